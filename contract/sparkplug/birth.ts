import {
  acknowledgeMetric,
  bdSeqMetric,
  type DeliveryMark,
  eventMetricPrefix,
  formatMark,
  rebirthMetric,
  releaseGroupMetric,
} from '#contract/messages/delivery.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import { healthMetric } from '#contract/messages/health.ts'
import { type PointSpec, pointsOf } from '#contract/points.ts'
import { type Reading, type SeriesKey, seriesKey } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { type DataType, dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { metricName } from '#contract/sparkplug/names.ts'
import type { Metric, Payload, Property } from '#contract/sparkplug/payload.ts'
import { dataTypeOfPoint, metricOfReading } from '#contract/sparkplug/readingMetric.ts'

/**
 * What an agent's node announces: every metric that it may ever send, with name, alias, type, unit, range and present
 * value. Aliases are given in the order of the site's file, so that the same site always has the same ones.
 */
export type PlannedPoint = {
  readonly device: string
  readonly equipment: string
  readonly point: string
  readonly name: string
  readonly alias: number
  readonly datatype: DataType
  readonly spec: PointSpec
}

export type BirthPlan = {
  readonly group: string
  readonly node: string
  readonly devices: ReadonlyMap<string, readonly PlannedPoint[]>
  readonly byAlias: ReadonlyMap<number, PlannedPoint>
  readonly byKey: ReadonlyMap<SeriesKey, PlannedPoint>
}

/** Everything at or below this position has left the outbox: acknowledged, or dropped and counted. Nobody waits for it. */
export const floorMetric = 'Delivery/Floor'

export const eventTypes: readonly AgentEvent['type'][] = ['lease', 'interlock', 'alarm', 'mode']

/** Node metrics have the first aliases, points follow from here. */
const floorAlias = 1
const healthAlias = 2
const firstEventAlias = 3
const firstPointAlias = 100

export const aliasOfEvent = (type: AgentEvent['type']): number => firstEventAlias + eventTypes.indexOf(type)

export function birthPlan(site: Site, agent: string): BirthPlan {
  const graph = siteGraph(site)
  const devices = new Map<string, PlannedPoint[]>()
  const byAlias = new Map<number, PlannedPoint>()
  const byKey = new Map<SeriesKey, PlannedPoint>()
  for (const { id, kind } of site.equipment.filter(item => item.agent === agent)) {
    const device = graph.assemblyOf(id)
    const planned = devices.get(device) ?? []
    devices.set(device, planned)
    for (const [point, spec] of pointsOf(kind)) {
      const entry: PlannedPoint = {
        device,
        equipment: id,
        point,
        spec,
        name: metricName({ device, equipment: id, point }),
        alias: firstPointAlias + byAlias.size,
        datatype: dataTypeOfPoint(spec),
      }
      planned.push(entry)
      byAlias.set(entry.alias, entry)
      byKey.set(seriesKey(id, point), entry)
    }
  }
  return { group: site.name, node: agent, devices, byAlias, byKey }
}

/** The Will and the NDEATH of a session: its bdSeq and nothing else. */
export const nodeDeath = (bdSeq: number, at: number): Payload => ({
  timestamp: at,
  metrics: [{ name: bdSeqMetric, timestamp: at, datatype: dataTypes.Int64, value: bdSeq }],
})

export function nodeBirth(facts: {
  readonly bdSeq: number
  readonly at: number
  readonly floor: DeliveryMark
}): Payload {
  const { at } = facts
  const text = { timestamp: at, datatype: dataTypes.String } as const
  return {
    timestamp: at,
    seq: 0,
    metrics: [
      { name: bdSeqMetric, timestamp: at, datatype: dataTypes.Int64, value: facts.bdSeq },
      // Without an alias, as the specification asks: a host that knows nothing of us must be able to send it.
      { name: rebirthMetric, timestamp: at, datatype: dataTypes.Boolean, value: false },
      { name: acknowledgeMetric, ...text, isNull: true },
      { name: releaseGroupMetric, ...text, isNull: true },
      { ...floorOf(facts.floor, at), name: floorMetric, datatype: dataTypes.String },
      { name: healthMetric, alias: healthAlias, ...text, isNull: true },
      ...eventTypes.map(type => ({
        name: `${eventMetricPrefix}${type}`,
        alias: aliasOfEvent(type),
        ...text,
        isNull: true,
      })),
    ],
  }
}

/** The floor as data. The mark of position 0 does not exist: an outbox that has sent nothing yet says null with its epoch unsaid. */
export const floorOf = (floor: DeliveryMark, at: number): Metric =>
  floor.position < 1
    ? { alias: floorAlias, timestamp: at, isNull: true }
    : { alias: floorAlias, timestamp: at, kind: 'string', value: formatMark(floor) }

/** The agent's word on itself, as JSON. */
export const healthOf = (json: string, at: number): Metric => ({
  alias: healthAlias,
  timestamp: at,
  kind: 'string',
  value: json,
})

/** One device's birth. A point that nobody has seen yet is null and stale as of now. */
export function deviceBirth(
  points: readonly PlannedPoint[],
  current: (equipment: string, point: string) => Reading | undefined,
  facts: { readonly at: number; readonly seq: number },
): Payload {
  return {
    timestamp: facts.at,
    seq: facts.seq,
    metrics: points
      .map(planned => {
        const reading = current(planned.equipment, planned.point) ?? {
          value: null,
          quality: 'stale',
          at: facts.at,
        }
        return metricOfReading({ name: planned.name, alias: planned.alias }, reading, planned.datatype, {
          datatype: true,
          quality: true,
          properties: describe(planned.spec),
        })
      })
      // As the specification asks of live values in one payload; equal times stay in the site's order.
      .sort((one, other) => (one.timestamp ?? 0) - (other.timestamp ?? 0)),
  }
}

/** Unit and range under the property names that SCADA hosts look for. */
function describe(spec: PointSpec): Property[] {
  return [
    { key: 'engUnit', type: dataTypes.String, value: spec.unit },
    { key: 'engLow', type: dataTypes.Double, value: spec.range[0] },
    { key: 'engHigh', type: dataTypes.Double, value: spec.range[1] },
    ...(spec.writable ? [{ key: 'writable', type: dataTypes.Boolean, value: true }] : []),
  ]
}
