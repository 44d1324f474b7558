import { day, hour } from '#contract/units.ts'
import {
  quantileOf,
  resolutionOf,
  type Sensor,
  type SensorTable,
  type Span,
  sensorRoles,
  sortedOf,
} from '#models/sanity/sensors.ts'

/** Rows further apart than this do not belong to one stand-still: nobody saw what lay between. */
const breakMs = 24 * hour
/** Fewer steps of the last digit within a usual day say nothing when they stop. */
const levelsLeast = 4
/** One false alarm in a thousand histories. */
const falseAlarms = 0.001
/** Something around the sensor has moved when it crossed this share of its usual range during the stand-still. */
const movedShare = 0.4

type Run = Span & { readonly hours: number; readonly rows: number }

/** A stand-still, and what moved meanwhile; `moved` is absent where nothing is there to compare with, or all stand still. */
export type StandStill = Span & {
  readonly moved?: { readonly column: string; readonly by: number; readonly unit: string }
}

/**
 * Spans in which a sensor shows one value for longer than it ever does by itself, while what drives it moves. `excluded`
 * rows (dropouts) end a run. Sensors that may rest for ever (status, speed) have none.
 */
export function frozenSpans(
  table: SensorTable,
  sensor: Sensor,
  excluded: ReadonlyMap<string, Uint8Array>,
): StandStill[] {
  const { stillHours } = sensorRoles[sensor.role]
  if (stillHours === 0) return []
  const runs = runsOf(table, sensor, excluded.get(sensor.column))
  if (!dayShowsLevels(table, sensor, runs)) return []
  const longestFirst = [...runs].sort((a, b) => b.rows - a.rows)
  const found: StandStill[] = []
  for (let at = 0; at < longestFirst.length; at++) {
    const run = longestFirst[at]!
    if (run.hours < stillHours || run.rows < ownHabitRows(longestFirst.slice(at + 1))) break
    const moved = restsAtAnEnd(sensor, run) ? undefined : movedAround(table, sensor, run)
    if (moved) found.push({ first: run.first, last: run.last, ...moved })
  }
  return found.sort((a, b) => a.first - b.first)
}

/**
 * Whether a day of this sensor usually crosses enough of its own steps: a supply temperature that is held within the logger's last
 * digit rests for days and is well. Days inside long stand-stills do not count; a sensor that has no others is judged.
 */
function dayShowsLevels(table: SensorTable, { role, values }: Sensor, runs: readonly Run[]): boolean {
  const resolution = resolutionOf(values)
  // Within the dead band nothing is reported, however fine the digits.
  const step = resolution === 0 ? 0 : Math.max(resolution, sensorRoles[role].point.deadBand)
  const asleep = new Set(runs.filter(({ hours }) => hours >= 24).flatMap(run => daysOf(table, run)))
  const days = new Map<number, { lowest: number; highest: number }>()
  values.forEach((value, row) => {
    const index = Math.floor(table.at[row]! / day)
    if (!Number.isFinite(value) || asleep.has(index)) return
    const own = days.get(index)
    if (!own) days.set(index, { lowest: value, highest: value })
    else {
      own.lowest = Math.min(own.lowest, value)
      own.highest = Math.max(own.highest, value)
    }
  })
  if (step === 0 || days.size === 0) return true
  const levels = sortedOf([...days.values()].map(({ lowest, highest }) => (highest - lowest) / step))
  return quantileOf(levels, 0.5) >= levelsLeast
}

const daysOf = (table: SensorTable, { first, last }: Span): number[] => {
  const [from, to] = [Math.floor(table.at[first]! / day), Math.floor(table.at[last]! / day)]
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}

/** Stretches of equal values, by rows that follow each other without a long break. */
function runsOf(table: SensorTable, { values }: Sensor, excluded: Uint8Array | undefined): Run[] {
  const runs: Run[] = []
  let first = -1
  const close = (last: number) => {
    if (first >= 0)
      runs.push({
        first,
        last,
        rows: last - first + 1,
        hours: (table.at[last]! - table.at[first]! + table.intervalMs) / hour,
      })
  }
  for (let row = 0; row < values.length; row++) {
    const usable = Number.isFinite(values[row]!) && !excluded?.[row]
    const goesOn =
      usable &&
      first >= 0 &&
      // A dead sensor repeats its last value to the digit; one that is merely held steady does not.
      Math.abs(values[row]! - values[first]!) < 1e-9 &&
      table.at[row]! - table.at[row - 1]! < breakMs
    if (goesOn) continue
    close(row - 1)
    first = usable ? row : -1
  }
  close(values.length - 1)
  return runs
}

/**
 * How many rows of one value this sensor may show by chance: the tail of its other runs, extended as an exponential. A
 * thousand runs whose longest tenth last 3 rows and 2 more on average reach 26 once in a thousand histories.
 */
function ownHabitRows(others: readonly Run[]): number {
  if (others.length < 10) return 0
  const lengths = Float64Array.from(others, run => run.rows).sort()
  const usual = quantileOf(lengths, 0.9)
  const beyond = lengths.filter(rows => rows > usual)
  const excess = Math.max(1, beyond.reduce((sum, rows) => sum + rows - usual, 0) / Math.max(1, beyond.length))
  return usual + excess * Math.log((0.1 * others.length) / falseAlarms)
}

/** Heat, flow and power stand still at zero when the plant is off; air in fog and rain is at 100 % for as long as it lasts. */
function restsAtAnEnd({ role, values }: Sensor, { first }: Run): boolean {
  const { quantity, range, deadBand } = sensorRoles[role].point
  const value = values[first]!
  if (quantity === 'humidity') return value >= range[1] - deadBand
  return (quantity === 'power' || quantity === 'flow') && Math.abs(value) < 1e-6
}

/** What says that the sensor should have moved too; undefined: it may truly have stood still. */
function movedAround(table: SensorTable, sensor: Sensor, run: Run): Pick<StandStill, 'moved'> | undefined {
  const around = sensorRoles[sensor.role].around
  const others = table.sensors.filter(
    other =>
      other !== sensor && sensorRoles[other.role].around === around && sensorRoles[other.role].stillHours > 0,
  )
  const [witness] = others
    .map(other => ({ other, share: movedShareOf(other, run) }))
    .filter(({ share }) => share >= movedShare)
    .sort((a, b) => b.share - a.share)
  if (witness) {
    const { column, role, values } = witness.other
    const { unit } = sensorRoles[role].point
    // A difference of temperatures is in kelvin.
    return { moved: { column, by: rangeOf(values, run), unit: unit === 'C' ? 'K' : unit } }
  }
  const together = others.filter(other => rangeOf(other.values, run) === 0)
  // Every sensor of the place stands still at once: the logger, not the plant.
  const isLogger = others.length >= 2 && together.length === others.length
  // Outdoor air never rests for a day; and with nothing to compare, a day of one value is believed to be a fault.
  const isDayOfOneValue = run.hours >= 24 && (around === 'weather' || others.length === 0)
  return isLogger || isDayOfOneValue ? {} : undefined
}

/** What a sensor moved by during the stand-still, as a share of its usual range; 0: it never moves. */
function movedShareOf(other: Sensor, run: Span): number {
  const sorted = sortedOf(other.values)
  const usual = quantileOf(sorted, 0.9) - quantileOf(sorted, 0.1)
  return usual > 0 ? rangeOf(other.values, run) / usual : 0
}

/** Between the twentieth and the nineteenth of twenty values, so that one wild row does not count. */
function rangeOf(values: Float64Array, { first, last }: Span): number {
  const sorted = sortedOf(values.subarray(first, last + 1))
  return sorted.length === 0 ? 0 : quantileOf(sorted, 0.95) - quantileOf(sorted, 0.05)
}
