import { day } from '#contract/units.ts'
import type { Conditions } from '#models/audit/channels.ts'
import { conditionColumns, type Hours, hoursOf, improvement, type Lever } from '#models/audit/levers.ts'
import { momentsOf, scalingOf, solveLine } from '#models/audit/ridge.ts'
import { seededRandom } from '#models/plant/random.ts'
import { quantileOf, sortedOf } from '#models/sanity/sensors.ts'

/** What one lever could save, as shares of the consumption, with the bounds of a 90 % interval. */
export type Measure = {
  readonly what: string
  readonly share: number
  readonly low: number
  readonly high: number
  readonly why: string
}

/** What the plant could save by always doing what it has already done best under equal load and weather. */
export type Potential = {
  /** For a year like the history; null where less than four weeks are known. */
  readonly kwhPerYear: number | null
  readonly share: number
  readonly low: number
  readonly high: number
  /** 'none': nothing proven. A history alone never earns 'high': only a switchback on the plant does. */
  readonly confidence: 'none' | 'low' | 'medium'
  readonly measures: readonly Measure[]
  /** Levers that were looked at and whose effect this history cannot prove. */
  readonly unproven: readonly Measure[]
  readonly notes: readonly string[]
}

const hoursLeast = 14 * 24
const drawn = 80
const placebos = 40

/**
 * Savings from levers, never from residuals: the mean of max(residual, 0) is half the model's error in any plant, wasteful
 * or not. Each lever's effect is estimated beside load and weather, applied only as far as the plant has gone before under
 * equal conditions, drawn again by days, and must beat a placebo: the same lever taken from other days.
 */
export function potentialOf(task: {
  readonly conditions: Conditions
  readonly at: Float64Array
  readonly targetKw: Float64Array
  readonly seed: number
}): Potential {
  const hours = hoursOf(task)
  if (!hours || hours.count < hoursLeast)
    return nothing([
      hours
        ? `only ${hours.count} whole hours of sound data: ${hoursLeast} are needed for a statement`
        : 'no load or IT power is mapped: without it equal conditions cannot be told',
    ])
  const levers = hours.levers.filter(lever => spreadOf(lever.values) > 0)
  if (levers.length === 0)
    return nothing(['no lever (temperatures, flow, machines running) is mapped or moves'])
  const moves = levers.map(lever => improvement(hours, lever))
  const random = seededRandom(task.seed)
  const days = groupsOf(hours.dayOf)
  const everyHour = Array.from({ length: hours.count }, (_, at) => at)
  const best = sharesOf(hours, levers, { moves, rows: everyHour })
  const draws = Array.from({ length: drawn }, () =>
    sharesOf(hours, levers, { moves, rows: days.flatMap(() => days[Math.floor(random() * days.length)]!) }),
  )
  const judged = levers.map((lever, at) => judge({ hours, levers, moves, at, best, draws, lever }))
  const proven = judged.filter(({ isProven }) => isProven)
  const [low, high] = interval(draws.map(draw => proven.reduce((sum, { index }) => sum + draw[index]!, 0)))
  const share = proven.reduce((sum, { measure }) => sum + measure.share, 0)
  const spanDays = (task.at.at(-1)! - task.at[0]!) / day
  const enough = hours.count >= 28 * 24
  return {
    kwhPerYear: enough && proven.length > 0 ? Math.round(meanOf(hours.kw) * 8_760 * share) : null,
    share,
    low: proven.length > 0 ? Math.max(0, low) : 0,
    high: proven.length > 0 ? high : Math.max(0, ...judged.map(({ measure }) => measure.high)),
    confidence:
      proven.length === 0 ? 'none' : enough && hours.knowsWeather && low > share / 2 ? 'medium' : 'low',
    measures: proven.map(({ measure }) => measure),
    unproven: judged.filter(({ isProven }) => !isProven).map(({ measure }) => measure),
    notes: [
      ...(hours.knowsWeather ? [] : ['no outdoor air is known: equal conditions are equal load only']),
      'ceiling from the past, not a verified saving: what varied together in the past need not be cause and effect; a switchback on the plant proves it',
      `from ${hours.count} hours within ${Math.round(spanDays)} days${spanDays < 330 ? '; a year has other seasons' : ''}`,
    ],
  }
}

const nothing = (notes: readonly string[]): Potential => ({
  kwhPerYear: null,
  share: 0,
  low: 0,
  high: 0,
  confidence: 'none',
  measures: [],
  unproven: [],
  notes,
})

/**
 * Saving of each lever as a share: its slope beside load, load², weather and load × weather, times the improvement. The
 * slopes of temperatures grow with load: a kelvin of lift costs a share of the compressor's work.
 */
function sharesOf(
  hours: Hours,
  levers: readonly Lever[],
  given: { readonly moves: readonly Float64Array[]; readonly rows: readonly number[] },
): number[] {
  const meanLoad = meanOf(hours.load)
  const scaled = (lever: Lever) =>
    lever.unit === 'K' ? lever.values.map((value, at) => (value * hours.load[at]!) / meanLoad) : lever.values
  const columns = [...conditionColumns(hours), ...levers.map(scaled)]
  const scaling = scalingOf(columns, given.rows)
  const line = solveLine(momentsOf(columns, hours.kw, { rows: given.rows, scaling }), scaling, {
    punishment: 1e-5,
  })
  let consumption = 0
  for (const row of given.rows) consumption += hours.kw[row]!
  return levers.map((lever, at) => {
    const slope = line.slopes[at + 4]!
    let saved = 0
    for (const row of given.rows) {
      const weight = lever.unit === 'K' ? hours.load[row]! / meanLoad : 1
      saved -= slope * weight * given.moves[at]![row]!
    }
    return saved / consumption
  })
}

function judge(given: {
  readonly hours: Hours
  readonly levers: readonly Lever[]
  readonly moves: readonly Float64Array[]
  readonly at: number
  readonly best: readonly number[]
  readonly draws: ReadonlyArray<readonly number[]>
  readonly lever: Lever
}) {
  const { hours, levers, moves, at, lever } = given
  const share = given.best[at]!
  const [low, high] = interval(given.draws.map(draw => draw[at]!))
  const chance = placeboShare({ hours, levers, moves, at })
  const isProven = low > 0 && share > chance
  const meanMove = meanOf(moves[at]!.map(Math.abs))
  const done = `${Number(meanMove.toPrecision(2))} ${lever.unit} on average, as in the best fifth of hours of equal load and weather`
  const why = isProven
    ? `${done}; by chance alone ${percent(chance)} would have shown`
    : low <= 0
      ? `${done}; the interval holds zero`
      : `${done}; as much shows by chance (${percent(chance)})`
  return { index: at, isProven, measure: { what: lever.what, share, low, high, why } }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** What the same arithmetic finds when the lever is taken from other days: the ninetieth of a hundred such findings. */
function placeboShare({
  hours,
  levers,
  moves,
  at,
}: {
  hours: Hours
  levers: readonly Lever[]
  moves: readonly Float64Array[]
  at: number
}): number {
  const rows = Array.from({ length: hours.count }, (_, row) => row)
  const found = Array.from({ length: placebos }, (_, turn) => {
    const by = Math.floor(((turn + 1) * hours.count) / (placebos + 1) / 24) * 24
    const moved = (values: Float64Array) => values.map((_, row) => values[(row + by) % hours.count]!)
    const fake = { ...levers[at]!, values: moved(levers[at]!.values) }
    const fakes = levers.map((lever, other) => (other === at ? fake : lever))
    return Math.abs(sharesOf(hours, fakes, { moves, rows })[at]!)
  })
  return quantileOf(sortedOf(found), 0.9)
}

const interval = (values: readonly number[]): [number, number] => {
  const sorted = sortedOf(values)
  return [quantileOf(sorted, 0.05), quantileOf(sorted, 0.95)]
}

function groupsOf(dayOf: Int32Array): number[][] {
  const days = new Map<number, number[]>()
  dayOf.forEach((value, at) => {
    const list = days.get(value)
    if (list) list.push(at)
    else days.set(value, [at])
  })
  return [...days.values()]
}

const spreadOf = (values: Float64Array): number => {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(values.map(value => (value - mean) ** 2)))
}
const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]!
  return sum / values.length
}
