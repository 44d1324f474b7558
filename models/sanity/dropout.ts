import { day } from '#contract/units.ts'
import {
  quantileOf,
  type Sensor,
  type SensorTable,
  type Span,
  sensorRoles,
  sortedOf,
  spansOf,
} from '#models/sanity/sensors.ts'

export type Dropout = Span & { readonly why: string }

/** Longer than this at one far-off value is a dead sensor; it is still named a dropout, to its end. */
const dropoutLongestMs = 30 * day
/** A step counts as a fall when it is so many times larger than all but one in 200 of the sensor's own. */
const fallOverHabit = 3
/** Fewer empty cells in a row are noted, not alarmed. */
const emptyRowsLeast = 3

/** Spans without a value, at a value that stands for none, or at zero while the plant runs. */
export function dropoutSpans(table: SensorTable, sensor: Sensor): Dropout[] {
  const { around, point } = sensorRoles[sensor.role]
  if (around === 'switch') return emptySpans(sensor)
  const carriesZero = point.quantity === 'power' || point.quantity === 'flow'
  return [
    ...emptySpans(sensor),
    ...(carriesZero ? zeroSpans(table, sensor) : fallenSpans(table, sensor)),
  ].sort((a, b) => a.first - b.first)
}

const emptySpans = ({ values }: Sensor): Dropout[] =>
  spansOf(Uint8Array.from(values, value => (Number.isNaN(value) ? 1 : 0)))
    .filter(({ first, last }) => last - first + 1 >= emptyRowsLeast)
    .map(span => ({ ...span, why: 'no value' }))

/** Temperature, humidity and pressure: a fall to one level and back, where the level stands for none or lies far outside. */
function fallenSpans(table: SensorTable, sensor: Sensor): Dropout[] {
  const { values } = sensor
  const fall = fallOf(sensor)
  const far = farOutside(values)
  const spans: Dropout[] = []
  for (let first = 0; first < values.length; first++) {
    const level = values[first]!
    const last = endOfLevel(values, first)
    const standsForNone = sensor.sentinels.some(sentinel => Math.abs(sentinel - level) < 1e-6)
    const short = table.at[last]! - table.at[first]! <= dropoutLongestMs
    if ((standsForNone || far(level)) && short && fellAndRose(values, { first, last, fall }))
      spans.push({ first, last, why: `value falls to one level and comes back` })
    first = Math.max(first, last)
  }
  return spans
}

function endOfLevel(values: Float64Array, first: number): number {
  let last = first
  while (last + 1 < values.length && values[last + 1] === values[first]) last++
  return last
}

/** Steps in and out, of which the file's edge may hide one, both large and opposite. */
function fellAndRose(values: Float64Array, { first, last, fall }: Span & { readonly fall: number }): boolean {
  const stepIn = first > 0 ? values[first]! - values[first - 1]! : Number.NaN
  const stepOut = last + 1 < values.length ? values[last + 1]! - values[last]! : Number.NaN
  const isLarge = (step: number) => Number.isNaN(step) || Math.abs(step) >= fall
  const bothHidden = Number.isNaN(stepIn) && Number.isNaN(stepOut)
  const opposite = Number.isNaN(stepIn) || Number.isNaN(stepOut) || stepIn * stepOut < 0
  return !bothHidden && opposite && isLarge(stepIn) && isLarge(stepOut)
}

function fallOf({ role, values }: Sensor): number {
  const steps = sortedOf(
    values.map((value, row) => (row > 0 ? Math.abs(value - values[row - 1]!) : Number.NaN)),
  )
  const { range, quantity } = sensorRoles[role].point
  // 5 K, or a tenth of the range of humidity and pressure, is beyond what a fluid does from row to row.
  const leastFall = quantity === 'temperature' ? 5 : 0.1 * (range[1] - range[0])
  return Math.max(leastFall, fallOverHabit * quantileOf(steps, 0.995))
}

/** Beyond the middle 98 % of the values by once the width of that middle. */
function farOutside(values: Float64Array): (level: number) => boolean {
  const sorted = sortedOf(values)
  const [low, high] = [quantileOf(sorted, 0.01), quantileOf(sorted, 0.99)]
  const width = high - low
  return level => width > 0 && (level < low - width || level > high + width)
}

/** Heat, flow and power: zero while at least half of the plant's other signs, and no status, say that it runs. */
function zeroSpans(table: SensorTable, sensor: Sensor): Dropout[] {
  if (sensor.role === 'partPower') return []
  const own = middleOf(sensor.values)
  const witnesses = table.sensors.filter(other => other !== sensor && runningRoles.includes(other.role))
  const switches = table.sensors.filter(other => other.role === 'status')
  if (!(own > 0) || witnesses.length === 0) return []
  const middles = witnesses.map(witness => middleOf(witness.values))
  const flags = Uint8Array.from(sensor.values, (value, row) => {
    if (!(Math.abs(value) <= 0.005 * own)) return 0
    if (switches.length > 0 && switches.every(other => !(other.values[row]! > 0))) return 0
    const running = witnesses.filter((witness, at) => witness.values[row]! > 0.5 * middles[at]!).length
    return running * 2 > witnesses.length ? 1 : 0
  })
  return spansOf(flags).map(span => ({ ...span, why: 'reads zero while the plant runs' }))
}

const runningRoles: readonly string[] = [
  'totalPower',
  'load',
  'chilledWaterFlow',
  'condenserWaterFlow',
] satisfies Sensor['role'][]

const middleOf = (values: Float64Array): number =>
  quantileOf(sortedOf(values.filter(value => value > 0)), 0.5)
