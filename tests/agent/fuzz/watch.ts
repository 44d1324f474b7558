import type { Memory } from '#agent/control/memory.ts'
import { modeOf } from '#agent/control/modes.ts'
import type { Output, Station } from '#agent/control/outputs.ts'
import type { PointWrite } from '#agent/sources/source.ts'
import { holderOf } from '#contract/control/priority.ts'
import type { SeriesKey } from '#contract/reading.ts'
import { hour, minute, second } from '#contract/units.ts'

/** The plant in one cycle, as it is and not as the agent may believe. */
export type Truth = {
  readonly siteAt: number
  readonly elapsedMs: number
  readonly dewPointC: number | undefined
  readonly facilityC: number
  readonly flowFraction: Readonly<Record<string, number>>
}

/** Reach since the last write, in the unit of the point. */
type Reach = { up: number; down: number; value: number }

/**
 * Looks at every write as the device sees it, with rules of its own: REQUIREMENTS CS-14 to CS-17 in figures, not the
 * guard's code. Who asks is taken from the priority array.
 */
export function watchWrites(
  station: Station,
  /** The agent's own bounds, by output. */
  bounds: (output: Output) => { readonly lowest: number; readonly highest: number },
  held: (key: string) => number,
) {
  const reaches = new Map<string, Reach>(
    station.outputs.map(output => {
      const key = `${output.equipment}.${output.point}`
      return [key, { up: 0, down: 0, value: held(key) }]
    }),
  )
  return {
    /** What is wrong with this cycle's writes; empty: nothing. */
    look(writes: readonly PointWrite[], next: Memory, truth: Truth): string[] {
      for (const output of station.outputs) extend(output, next, truth)
      return writes.flatMap(write => {
        const key = `${write.equipment}.${write.point}`
        const output = station.outputs.find(
          one => one.equipment === write.equipment && one.point === write.point,
        )
        const reach = reaches.get(key)
        if (!output || !reach) return [`${key} is not steered by this agent`]
        const wrong = wrongs(output, write.value, reach, next, truth)
        reaches.set(key, { up: 0, down: 0, value: write.value })
        return wrong.map(why => `${key} = ${write.value} after ${reach.value}: ${why}`)
      })
    },
  }

  function extend(output: Output, next: Memory, truth: Truth): void {
    const reach = reaches.get(`${output.equipment}.${output.point}`)
    const memory = next.outputs[output.key as SeriesKey]
    if (!reach || !memory) return
    const { priority } = holderOf(memory.slots, truth.siteAt, { held: memory.ramped, relinquishDefault: 0 })
    const rates = ratesOf(output, priority)
    const isEconomisingUp = output.steered.economising === 'up'
    reach.up += (isEconomisingUp ? rates.economising : rates.cooling) * truth.elapsedMs
    reach.down += (isEconomisingUp ? rates.cooling : rates.economising) * truth.elapsedMs
    // The guard's own: away from the dew point at 1 K/min, out of too little flow at once.
    const floor = floorOf(output, truth)
    if (floor !== undefined && reach.value < floor) reach.up += truth.elapsedMs / minute
    if (isShortOfFlow(output, truth)) reach.up = Number.POSITIVE_INFINITY
  }

  function wrongs(output: Output, value: number, reach: Reach, next: Memory, truth: Truth): string[] {
    const { lowest, highest } = bounds(output)
    const floor = floorOf(output, truth)
    const found: string[] = []
    if (typeof value !== 'number' || !Number.isFinite(value)) found.push('not a number')
    if (!(value >= lowest && value <= highest)) found.push(`outside ${lowest} to ${highest}`)
    const step = value - reach.value
    if (step > reach.up + slack || -step > reach.down + slack)
      found.push(`a step of ${step}, its ramp allows ${step > 0 ? reach.up : -reach.down}`)
    // A sensor lost meanwhile: what the ramp had come to before, less than the write dead band, may still arrive.
    const late = truth.dewPointC === undefined ? writeDeadBandK : slack
    if (floor !== undefined && value < floor - slack && step < -late)
      found.push(`falls below ${floor}: dew point or facility water`)
    if (isShortOfFlow(output, truth) && step < -slack) found.push('less pressure with too little flow')
    const mode = modeOf(station, next.modes, output)
    if (mode === 'off' || mode === 'monitor') found.push(`written in ${mode}`)
    return found
  }
}

const slack = 1e-6
const marginK = 2
const writeDeadBandK = 0.1

/** Units per ms: planned or by an operator; `reset` and going home; protection. */
function ratesOf(output: Output, priority: number): { economising: number; cooling: number } {
  const { quantity, kind } = output.steered
  const design = quantity === 'flow' ? 100 : kind === 'cdu' ? 100 : 120
  const planned =
    quantity === 'temperature' ? 2 / hour : ((quantity === 'pressure' ? 0.15 : 0.2) * design) / hour
  const device = quantity === 'temperature' ? 1 / minute : (0.05 * design) / second
  if (priority <= 6) return { economising: planned, cooling: device }
  if (priority <= 13) return { economising: planned, cooling: 3 * planned }
  return { economising: quantity === 'temperature' ? 0.5 / minute : (0.1 * design) / minute, cooling: device }
}

/** Below it a temperature may only rise. */
function floorOf({ steered }: Output, truth: Truth): number | undefined {
  if (steered.quantity !== 'temperature' || steered.kind === 'coolingTower') return undefined
  // Unknown: nothing is lowered at all.
  const dewFloor = truth.dewPointC === undefined ? Number.POSITIVE_INFINITY : truth.dewPointC + marginK
  return steered.kind === 'cdu' ? Math.max(dewFloor, truth.facilityC + 1) : dewFloor
}

const isShortOfFlow = ({ steered, equipment }: Output, truth: Truth): boolean =>
  steered.kind === 'cdu' && steered.quantity === 'pressure' && (truth.flowFraction[equipment] ?? 1) < 0.5
