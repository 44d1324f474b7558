import type { AnySite } from '#contract/site/anySite.ts'
import { hour, type Millis } from '#contract/units.ts'
import { forecastSeries } from '#models/forecast/forecastSeries.ts'
import type { KnownOutside } from '#models/planning/levers/familiar.ts'
import type { Values } from '#models/planning/levers/patternSearch.ts'
import { type LeverDecision, planLevers } from '#models/planning/levers/planLevers.ts'
import type { Objective } from '#models/planning/objective.ts'
import { isTrusted } from '#models/planning/trust.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { oneStepOf, usualNonItKw } from '#models/plant/learned/oneStep.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import { knownRanges, type RowReader, rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { rowMs } from '#models/plant/row.ts'
import type { OneStepScore } from '#models/plant/score.ts'
import { leverForecast, type SiteHour } from '#simulators/backtest/leverForecast.ts'

export type LeverPlanOptions = {
  readonly site: AnySite
  readonly seed: number
  readonly learn: (table: TelemetryTable) => Promise<LearnedPlant>
  readonly objective?: Objective
  readonly candidates?: number
  /** Hours that a decision is judged over. */
  readonly horizonHours?: number
  /** A fit is used for this long. */
  readonly learnEveryMs?: number
  /** Told each hour: what is decided (undefined: nothing), and how the model did on the hour before. */
  readonly onDecision?: (decision: LeverDecision | undefined, score: OneStepScore) => void
}

/** What stands at the full hour. */
export type LeverMoment = {
  readonly now: Millis
  readonly table: TelemetryTable
  readonly held: Values
  readonly wetBulbC: number
  readonly dryBulbC: number
  readonly dewPointC: number
}

const candidatesUsual = 400
const learnEveryUsualMs = 6 * hour
/** A chiller that started or stopped against the forecast makes an hour this wrong. */
const forgivenBelowPercent = 20
/** History that a forecast looks at: jobs, a day's weather. */
const forecastRows = 288
/** The hour's peak minute: at least this much above the last hours (DESIGN 7). */
const peakOverRecent = 1.25
const peakRows = 36

/** The hub's hourly turn for a plant of any kind: learn now and then, judge the model on the hour that it had not seen, look ahead, plan. */
export function leverPlanner(options: LeverPlanOptions) {
  const { site } = options
  const places = placesOf(site)
  const forecast = leverForecast({ seed: options.seed, hours: options.horizonHours ?? 1 })
  let plant: LearnedPlant | undefined
  let learnedAt: Millis = Number.NEGATIVE_INFINITY
  let trusted = false
  let wasBad = false

  /** Undefined: the model is not to be trusted or the hour not like any seen, `reset` drives. */
  return async (moment: LeverMoment): Promise<LeverDecision | undefined> => {
    const { table, now } = moment
    const seen = table.rows.filter(row => row.at < now - hour)
    if (seen.length === 0) return undefined
    // The first model leaves out the last hour, to be judged on it.
    plant ??= await learn({ keys: table.keys, rows: seen }, now - hour)
    const reader = rowReader(site, plant.levers, table.keys)
    const score = oneStepOf(plant, reader, table.rows.slice(seen.length), usualNonItKw(reader, seen))
    const isGood = isTrusted(score.errorPercent, trusted)
    // A bad hour is learned from at once. The second in a row in which the plant took more than it should, or one that is far
    // off either way, ends the trust.
    const isHarmless = !wasBad || score.biasKw > 0
    const isForgiven = trusted && isHarmless && (score.errorPercent ?? Number.NaN) < forgivenBelowPercent
    trusted = isGood || isForgiven
    wasBad = !isGood
    const isDue = now - learnedAt >= (options.learnEveryMs ?? learnEveryUsualMs)
    if (isDue || wasBad) plant = await learn(table, now)
    const decision = trusted ? await decide(plant, reader, moment) : undefined
    options.onDecision?.(decision, score)
    return decision && decision.unfamiliar.length === 0 ? decision : undefined
  }

  async function learn(table: TelemetryTable, at: Millis): Promise<LearnedPlant> {
    learnedAt = at
    return options.learn(table)
  }

  async function decide(
    of: LearnedPlant,
    reader: RowReader,
    moment: LeverMoment,
  ): Promise<LeverDecision | undefined> {
    const { rows } = moment.table
    const recent = rows.slice(-forecastRows)
    const itByRow = recent.map(row => reader.itKw(row))
    const itOf = (place: number) => itByRow.map(it => it[place] as number)
    const hours = hoursAhead(
      { reader, recent, it: places.map((_, place) => itOf(place)), moment },
      await forecast(reader, rows, moment.now),
    )
    if (!hours) return undefined
    const first = hours[0] as (typeof hours)[0]
    const recentItKw = places.map((_, place) =>
      Math.max(first.itKw[place] as number, ...itOf(place).slice(-peakRows).filter(Number.isFinite)),
    )
    const peakItKw = recentItKw.map((kw, place) =>
      Math.min(
        (places[place] as (typeof places)[0]).itNameplateKw,
        Math.max(peakOverRecent * kw, ...itOf(place).filter(Number.isFinite)),
      ),
    )
    return planLevers({
      site,
      plant: { ...of, known: knownRanges(reader, rows, of.levers.length) },
      held: moment.held,
      hours,
      peakItKw,
      recentItKw,
      dewPointC: Number.isFinite(moment.dewPointC) ? moment.dewPointC : undefined,
      isFree: of.levers.map(() => true),
      objective: options.objective ?? { name: 'energy' },
      knownOutside: knownOutside(reader, rows),
      seed: options.seed + Math.floor(moment.now / hour),
      candidates: options.candidates ?? candidatesUsual,
    })
  }

  /** Undefined where load or weather cannot be seen. */
  function hoursAhead(
    seen: {
      readonly reader: RowReader
      readonly recent: readonly TelemetryRow[]
      readonly it: readonly (readonly number[])[]
      readonly moment: LeverMoment
    },
    siteHours: readonly SiteHour[] | undefined,
  ) {
    const weather = seen.recent.map(row => seen.reader.conditions(row))
    const newest = weather.at(-1)
    const wereChillersOn = newest?.areChillersOn
    const count = options.horizonHours ?? 1
    const hours = Array.from({ length: count }, (_, ahead) => {
      const foreseen = (values: readonly number[]) => hourOf(values, ahead) ?? Number.NaN
      // The newest reading is fresher than the newest row; a forecast adds its trend to it.
      const air = (name: 'wetBulbC' | 'dryBulbC') =>
        seen.moment[name] +
        (siteHours?.[ahead]?.[name] ?? foreseen(weather.map(row => row[name]))) -
        (newest?.[name] ?? Number.NaN)
      const placesKw = seen.it.map(foreseen)
      // Places for themselves hardly tell a day's course; the site does.
      const share = (siteHours?.[ahead]?.itKw ?? Number.NaN) / placesKw.reduce((sum, kw) => sum + kw, 0)
      return {
        itKw: Number.isFinite(share) ? placesKw.map(kw => kw * share) : placesKw,
        wetBulbC: air('wetBulbC'),
        dryBulbC: air('dryBulbC'),
        ...(wereChillersOn === undefined ? {} : { wereChillersOn }),
      }
    })
    const isSeen = hours.every(
      ({ itKw, wetBulbC, dryBulbC }) =>
        itKw.every(Number.isFinite) && Number.isFinite(wetBulbC) && Number.isFinite(dryBulbC),
    )
    return isSeen ? hours : undefined
  }
}

/** Mean of one hour ahead, from the means to its end and to its beginning. */
function hourOf(values: readonly number[], ahead: number): number | undefined {
  const rowsPerHour = hour / rowMs
  const toEnd = forecastSeries(values, (ahead + 1) * rowsPerHour)?.value
  if (ahead === 0 || toEnd === undefined) return toEnd
  const toBeginning = forecastSeries(values, ahead * rowsPerHour)?.value ?? toEnd
  return (ahead + 1) * toEnd - ahead * toBeginning
}

function knownOutside(reader: RowReader, rows: readonly TelemetryRow[]): KnownOutside {
  const range = (): [number, number] => [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const known = { wetBulbC: range(), dryBulbC: range(), itKw: range() }
  const widen = (of: [number, number], value: number) => {
    if (value < of[0]) of[0] = value
    if (value > of[1]) of[1] = value
  }
  for (const row of rows) {
    const { itKw, wetBulbC, dryBulbC } = reader.conditions(row)
    widen(known.wetBulbC, wetBulbC)
    widen(known.dryBulbC, dryBulbC)
    widen(
      known.itKw,
      itKw.reduce((sum, kw) => sum + kw, 0),
    )
  }
  return known
}
