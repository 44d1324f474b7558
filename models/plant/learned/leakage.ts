import { day, hour } from '#contract/units.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'

/** Growth of IT power with chip temperature, share per kelvin, and how sure it is (one standard deviation). */
export type Leakage = { readonly perK: number; readonly sdPerK: number }

/** What is believed before any telemetry (YARDSTICKS 1): 0.2 %/K, between 0.1 and 0.3. */
const believed = { perK: 0.002, sdPerK: 0.0006, lowest: 0.001, highest: 0.003 } as const
/** What chips' equations and lagging water leave wrong however many hours there are. */
const systematicSdPerK = 0.00015
/** Five-minute means that make an hour. */
const rowsLeast = 10
/** From hour to hour, less what is believed of leakage: more is the work itself that changed. */
const workJump = 0.008
/** A stretch of even work: this long at least, and this quiet (standard deviation of the logarithm). */
const hoursLeast = 6
const quietSd = 0.004
/** Days that stand for independent trials. */
const daysLeast = 5

/** One hour of one plant: logarithm of the IT power and mean junction temperature of each place. */
type Hour = { readonly at: number; readonly lnIt: readonly number[]; readonly junctionC: readonly number[] }

/**
 * How much more chips draw when they are warmer, from stretches in which their work was even: there, what power follows is
 * temperature. The temperature is that of the setpoints under a constant load, so that power cannot be its cause. Loads that
 * never stand still tell nothing, and the belief stays. Days are the trials of which the spread is told.
 */
export function leakageOf(
  reader: RowReader,
  rows: readonly TelemetryRow[],
  predict: LearnedPlant['predict'],
): Leakage {
  const sums = new Map<number, { xy: number; xx: number }>()
  for (const { at, xy, xx } of stretchesOf(hoursOf(reader, rows, predict))) {
    const today = Math.floor(at / day)
    const before = sums.get(today) ?? { xy: 0, xx: 0 }
    sums.set(today, { xy: before.xy + xy, xx: before.xx + xx })
  }
  const days = [...sums.values()]
  const xx = days.reduce((sum, one) => sum + one.xx, 0)
  if (days.length < daysLeast || !(xx > 0)) return { perK: believed.perK, sdPerK: believed.sdPerK }
  const slope = days.reduce((sum, one) => sum + one.xy, 0) / xx
  const scatter = days.reduce((sum, one) => sum + (one.xy - slope * one.xx) ** 2, 0)
  const sd = Math.hypot(Math.sqrt((scatter * days.length) / (days.length - 1)) / xx, systematicSdPerK)
  const [seen, before] = [1 / sd ** 2, 1 / believed.sdPerK ** 2]
  const perK = (seen * slope + before * believed.perK) / (seen + before)
  return {
    perK: Math.min(believed.highest, Math.max(believed.lowest, perK)),
    sdPerK: 1 / Math.sqrt(seen + before),
  }
}

function hoursOf(reader: RowReader, rows: readonly TelemetryRow[], predict: LearnedPlant['predict']): Hour[] {
  const means = clockHours(rows).map(own => ({
    at: own[0]!.at,
    itKw: meansOf(own.map(row => reader.itKw(row))),
    values: meansOf(own.map(row => reader.leverValues(row))),
    air: meansOf(
      own.map(row => reader.conditions(row)).map(({ wetBulbC, dryBulbC }) => [wetBulbC, dryBulbC]),
    ),
  }))
  const known = means.filter(({ itKw, values, air }) => [...itKw, ...values, ...air].every(Number.isFinite))
  const evenItKw = meansOf(known.map(({ itKw }) => itKw))
  const evenTotal = evenItKw.reduce((sum, kw) => sum + kw, 0)
  return known.map(({ at, itKw, values, air }) => {
    const [wetBulbC = Number.NaN, dryBulbC = Number.NaN] = air
    // No leakage, but told: what else warm air does to IT power (server fans) is then in the prediction.
    const leakage = { referenceC: evenItKw.map(() => 0), perK: 0 }
    const outcome = predict(0, values, { itKw: evenItKw, wetBulbC, dryBulbC, leakage })
    const elseShare = Math.log(outcome.itKw / evenTotal)
    return { at, lnIt: itKw.map(kw => Math.log(kw) - elseShare), junctionC: outcome.meanJunctionC }
  })
}

function clockHours(rows: readonly TelemetryRow[]): TelemetryRow[][] {
  const hours = new Map<number, TelemetryRow[]>()
  for (const row of rows) {
    const number = Math.floor(row.at / hour)
    const own = hours.get(number)
    if (own) own.push(row)
    else hours.set(number, [row])
  }
  return [...hours.values()].filter(({ length }) => length >= rowsLeast)
}

const meansOf = (lists: readonly (readonly number[])[]): number[] =>
  (lists[0] ?? []).map(
    (_, index) => lists.reduce((sum, list) => sum + (list[index] as number), 0) / lists.length,
  )

/** Sums of products about the means of each stretch of even work of each place. */
function stretchesOf(hours: readonly Hour[]): Array<{ at: number; xy: number; xx: number }> {
  const places = hours[0]?.lnIt.length ?? 0
  return Array.from({ length: places }, (_, place) => place).flatMap(place => {
    const work = (one: Hour) => (one.lnIt[place] as number) - believed.perK * (one.junctionC[place] as number)
    const stretches: Hour[][] = []
    hours.forEach((one, index) => {
      const before = hours[index - 1]
      const goesOn =
        before && one.at - before.at < 1.5 * hour && Math.abs(work(one) - work(before)) < workJump
      if (goesOn) stretches.at(-1)!.push(one)
      else stretches.push([one])
    })
    return stretches
      .filter(own => own.length >= hoursLeast && spreadOf(own.map(work)) < quietSd)
      .map(own => {
        const y = aboutMean(own.map(({ lnIt }) => lnIt[place] as number))
        const x = aboutMean(own.map(({ junctionC }) => junctionC[place] as number))
        return { at: own[0]!.at, xy: dot(x, y), xx: dot(x, x) }
      })
  })
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0)

function aboutMean(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map(value => value - mean)
}

const spreadOf = (values: readonly number[]): number => {
  const about = aboutMean(values)
  return Math.sqrt(dot(about, about) / values.length)
}
