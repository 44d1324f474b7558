import { day, hour } from '#contract/units.ts'
import type { ChannelName, Conditions } from '#models/audit/channels.ts'
import { momentsOf, onLine, scalingOf, solveLine } from '#models/audit/ridge.ts'
import { quantileOf, sortedOf } from '#models/sanity/sensors.ts'

/** What an operator can move. */
export type Lever = {
  readonly what: string
  readonly values: Float64Array
  /** +1: more is cheaper; −1: less is cheaper. */
  readonly cheaper: 1 | -1
  readonly unit: string
}

/** A history by the hour, as savings are sought in it. */
export type Hours = {
  readonly count: number
  readonly kw: Float64Array
  readonly load: Float64Array
  readonly weather: Float64Array
  readonly dayOf: Int32Array
  readonly knowsWeather: boolean
  readonly levers: readonly Lever[]
}

/** The favourable fifth of what was done under equal conditions is called best practice. */
const bestShare = 0.2
const loadBands = 5
const weatherBands = 3
/** A channel that is missing for more than this share of the rows is no witness. */
const missingShareMost = 0.2

/** Hourly means where at least half the hour is sound in everything that is asked of it. */
export function hoursOf(task: {
  conditions: Conditions
  at: Float64Array
  targetKw: Float64Array
}): Hours | undefined {
  const { channels } = task.conditions
  const load = channels.get('load') ?? channels.get('itPower')
  if (!load) return undefined
  const weather = mostlyThere(channels, 'wetBulb') ?? mostlyThere(channels, 'dryBulb')
  const columns: Float64Array[] = [task.targetKw, load.values, weather ?? new Float64Array(task.at.length)]
  const levers = leversOf(channels)
  columns.push(...levers.map(({ values }) => values))
  const means: number[][] = []
  const dayOf: number[] = []
  let sums = columns.map(() => 0)
  let [sound, seen, current] = [0, 0, Number.NaN]
  const close = () => {
    if (sound * 2 >= seen && sound > 0 && sums[1]! > 0) {
      means.push(sums.map(sum => sum / sound))
      dayOf.push(Math.floor((current * hour) / day))
    }
    sums = columns.map(() => 0)
    sound = 0
    seen = 0
  }
  for (let row = 0; row < task.at.length; row++) {
    const index = Math.floor(task.at[row]! / hour)
    if (index !== current) {
      close()
      current = index
    }
    seen++
    if (columns.some(column => !Number.isFinite(column[row]!))) continue
    sound++
    columns.forEach((column, at) => {
      sums[at]! += column[row]!
    })
  }
  close()
  const column = (at: number) => Float64Array.from(means, row => row[at]!)
  return {
    count: means.length,
    kw: column(0),
    load: column(1),
    weather: column(2),
    dayOf: Int32Array.from(dayOf),
    knowsWeather: weather !== undefined,
    levers: levers.map((lever, at) => ({ ...lever, values: column(at + 3) })),
  }
}

/** What an operator can move, from what is measured enough of the time. Without weather a cold tower is no merit. */
function leversOf(channels: Conditions['channels']): Lever[] {
  const lever = (name: ChannelName, what: string, cheaper: 1 | -1, unit: string): Lever[] => {
    const values = mostlyThere(channels, name)
    return values ? [{ what, values, cheaper, unit }] : []
  }
  const weather = mostlyThere(channels, 'wetBulb') ?? mostlyThere(channels, 'dryBulb')
  return [
    ...lever('supply', 'warmer water to the load', 1, 'K'),
    ...lever('condenserEntering', 'condenser water closer to the outdoor air', -1, 'K').flatMap(own =>
      weather ? [{ ...own, values: own.values.map((value, row) => value - weather[row]!) }] : [],
    ),
    ...lever('flow', 'less water for the same load', -1, 'L/min'),
    ...lever('running', 'fewer machines for the same load', -1, 'machines'),
    ...lever('pressure', 'lower pressure difference', -1, 'kPa'),
  ]
}

function mostlyThere(channels: Conditions['channels'], name: ChannelName): Float64Array | undefined {
  const values = channels.get(name)?.values
  return values && values.filter(Number.isNaN).length <= missingShareMost * values.length ? values : undefined
}

/**
 * How far each hour is from the best fifth of the hours of its load and weather; 0 for that fifth itself. What load and weather ask
 * of the lever within a band is taken off first, or the emptier hours of a band would pass for better practice.
 */
export function improvement(hours: Hours, lever: Lever): Float64Array {
  const rows = Array.from({ length: hours.count }, (_, at) => at)
  const columns = conditionColumns(hours)
  const scaling = scalingOf(columns, rows)
  const asked = solveLine(momentsOf(columns, lever.values, { rows, scaling }), scaling, { punishment: 1e-5 })
  const own = lever.values.map((value, at) => value - onLine(asked, columns, at))
  const loadBand = bandsOf(hours.load, loadBands)
  const weatherBand = bandsOf(hours.weather, weatherBands)
  const bandOf = (at: number) => loadBand[at]! * weatherBands + weatherBand[at]!
  const best = new Map<number, number>()
  for (let band = 0; band < loadBands * weatherBands; band++) {
    const inBand = sortedOf(own.filter((_, at) => bandOf(at) === band))
    // A handful of hours is no practice.
    if (inBand.length >= 20) best.set(band, quantileOf(inBand, lever.cheaper > 0 ? 1 - bestShare : bestShare))
  }
  return own.map((value, at) => {
    const goal = best.get(bandOf(at)) ?? value
    return lever.cheaper > 0 ? Math.max(0, goal - value) : Math.min(0, goal - value)
  })
}

/** Load, load², weather and load × weather. */
export const conditionColumns = ({ load, weather }: Hours): Float64Array[] => [
  load,
  load.map(value => value ** 2),
  weather,
  load.map((value, at) => value * weather[at]!),
]

function bandsOf(values: Float64Array, count: number): Uint8Array {
  const sorted = sortedOf(values)
  const borders = Array.from({ length: count - 1 }, (_, at) => quantileOf(sorted, (at + 1) / count))
  return Uint8Array.from(values, value => borders.filter(border => value >= border).length)
}
