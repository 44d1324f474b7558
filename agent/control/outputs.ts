import { type Bounds, boundsOf, type SteeredPoint, steeredPoints } from '#contract/control/bounds.ts'
import { type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { DurationMs } from '#contract/units.ts'

/** A setpoint of a device that this agent looks after. */
export type Output = {
  readonly key: SeriesKey
  readonly equipment: string
  readonly point: string
  readonly steered: SteeredPoint
  readonly bounds: Bounds
}

/** `narrowed`: bounds of this agent's configuration; only the part inside the site's bounds counts. */
export function outputsOf(
  graph: SiteGraph,
  agent: string,
  narrowed: (equipment: string, point: string) => Bounds | undefined = () => undefined,
): readonly Output[] {
  return graph.site.equipment
    .filter(item => item.agent === agent)
    .flatMap(item =>
      steeredPoints
        .filter(steered => steered.kind === item.kind)
        .map(steered => ({
          key: seriesKey(item.id, steered.point),
          equipment: item.id,
          point: steered.point,
          steered,
          bounds: inside(boundsOf(graph.site, steered), narrowed(item.id, steered.point)),
        })),
    )
}

const inside = (outer: Bounds, inner: Bounds | undefined): Bounds =>
  inner
    ? { lowest: Math.max(outer.lowest, inner.lowest), highest: Math.min(outer.highest, inner.highest) }
    : outer

/** What does not change while the agent runs. */
export type Station = {
  readonly graph: SiteGraph
  readonly agent: string
  readonly outputs: readonly Output[]
  /** CDUs of this agent. */
  readonly cdus: readonly string[]
  /** `a` of the `reset` rules: tower leaving over wet bulb. */
  readonly approachK: number
  readonly speed: number
  /** No setpoint is written for so long after the start (CS-38). */
  readonly holdAtStartMs: DurationMs
  /** A write is read back within this machine time, or tried once more. */
  readonly readbackMs: DurationMs
}

export type StationOptions = {
  readonly agent: string
  readonly approachK: number
  readonly speed: number
  readonly narrowed?: (equipment: string, point: string) => Bounds | undefined
}

export function stationOf(graph: SiteGraph, options: StationOptions): Station {
  return {
    graph,
    agent: options.agent,
    outputs: outputsOf(graph, options.agent, options.narrowed),
    cdus: graph
      .ofKind('cdu')
      .filter(cdu => cdu.agent === options.agent)
      .map(cdu => cdu.id),
    approachK: options.approachK,
    speed: options.speed,
    holdAtStartMs: options.speed > 1 ? 2_000 : 30_000,
    readbackMs: 2_000,
  }
}

/** Stated site duration, never tighter than 2 s of machine time. */
export const stretched = (station: Station, statedMs: DurationMs): DurationMs =>
  Math.max(statedMs, 2_000 * station.speed)
