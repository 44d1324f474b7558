import { horizonHoursOf } from '#contract/site/planning.ts'
import type { Site } from '#contract/site/site.ts'
import { day, hour, type Millis } from '#contract/units.ts'
import { forecastSeries } from '#models/forecast/forecastSeries.ts'
import { type ForetoldHours, hourAhead, type KeptForecasters, rackKwOf } from '#models/planning/hourAhead.ts'
import { type Decision, type PlanInputs, planHour } from '#models/planning/planHour.ts'
import { unknownsOf } from '#models/planning/unknowns.ts'
import { objectiveOf } from '#models/planning/worth.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** What stands at the full hour, beside the history. */
export type HourMoment = {
  readonly now: Millis
  readonly hourStartAt: Millis
  readonly held: Settings
  readonly wetBulbC: number
  readonly dewPointC: number | undefined
  readonly plantIsFree: boolean
  readonly cduIsFree: readonly boolean[]
  readonly resetApproachK: number
  readonly modelSpreadKw: number
  readonly seed: number
  /** Absent: load and weather stay as they are. */
  readonly forecasters?: KeptForecasters | undefined
}

/** Candidates before refinement: thousands on a site of few CDUs; a large one spends the same time on fewer. */
const cduJudgementsMost = 8_000
/** The hour's peak minute: at least this much above the last hours (DESIGN 7). */
const peakOverRecent = 1.25
const peakWindowMs = 3 * hour

/**
 * The plan of an hour from complete rows, at least one of them of the last day: load and weather looked ahead, peaks to be safe
 * against, then the search. How far ahead, and what is lowered, the site says.
 */
export function decideHour(
  site: Pick<Site, 'nameplate' | 'timeZone' | 'planning'>,
  of: Predictor,
  history: readonly PlantRow[],
  moment: HourMoment,
): Decision {
  const rows = history.filter(row => row.at >= moment.now - day)
  const newest = rows.at(-1)
  if (!newest) throw new Error('an hour cannot be planned without a row of the last day')
  const ahead = hourAhead(moment.forecasters, history)
  const itOf = (row: PlantRow, cdu: number): number => row.cdus[cdu]?.itKw ?? Number.NaN
  const nowKw = rackKwOf(newest)
  // A hall that is off has no shares to keep.
  const shareOf = (totalKw: number) => (nowKw > 1 ? Math.max(0, totalKw) / nowKw : 1)
  const { itPerCduKw } = site.nameplate
  const itKw = loadsAhead(
    moment.cduIsFree.map(
      (_, cdu) =>
        forecastSeries(
          rows.map(row => itOf(row, cdu)),
          hour / rowMs,
        )?.value ?? 0,
    ),
    { siteKw: ahead.itKw?.mean.value, mostKw: itPerCduKw },
  )
  const recent = rows.filter(row => row.at >= moment.now - peakWindowMs)
  const recentItKw = itKw.map((kw, cdu) => Math.max(kw, ...recent.map(row => itOf(row, cdu))))
  // What a CDU has drawn within the day it may draw again within the hour: jobs come back.
  const peakItKw = recentItKw.map((kw, cdu) =>
    Math.min(itPerCduKw, Math.max(peakOverRecent * kw, ...rows.map(row => itOf(row, cdu)))),
  )
  // Air that dries is believed when it comes: a tower that cannot follow costs far more than one that could have been colder.
  const wetBulbAt = (foretoldC: number | undefined) =>
    moment.wetBulbC + (Number.isFinite(foretoldC) ? Math.max(0, (foretoldC as number) - newest.wetBulbC) : 0)
  const hours = horizonHoursOf(site)
  const laterHours = Array.from({ length: hours - 1 }, (_, place) => ({
    itKw: loadsAhead(itKw, { siteKw: laterOf(ahead.itKw, place), mostKw: itPerCduKw }),
    wetBulbC: wetBulbAt(laterOf(ahead.wetBulbC, place)),
  }))
  return planHour({
    of,
    hourStartAt: moment.hourStartAt,
    held: moment.held,
    forecast: { itKw, wetBulbC: wetBulbAt(ahead.wetBulbC?.mean.value) },
    laterHours,
    objective: objectiveOf(site, { hourStartAt: moment.hourStartAt, hours }, history),
    busyWetBulbC: wetBulbAt(ahead.wetBulbC?.highest),
    peakItKw,
    ...busyHour(itPerCduKw, history, {
      recentItKw,
      highestShare: shareOf(ahead.itKw?.highest ?? Number.NaN),
    }),
    dewPointC: moment.dewPointC,
    plantIsFree: moment.plantIsFree,
    cduIsFree: moment.cduIsFree,
    resetApproachK: moment.resetApproachK,
    modelSpreadKw: moment.modelSpreadKw,
    // A sweep has shown what can be shown; its rows stay for three weeks.
    toLearn: history.some(row => row.swept) ? undefined : unknownsOf(of),
    seed: moment.seed + Math.floor(moment.hourStartAt / hour),
    candidates: Math.min(1_000, Math.ceil(cduJudgementsMost / Math.max(1, itKw.length))),
  })
}

/** Mean of an hour after the first; beyond the last that is foretold it stays there. Undefined: nothing is, and all hours are like the first. */
const laterOf = (foretold: ForetoldHours | undefined, place: number): number | undefined =>
  foretold && (foretold.later[Math.min(place, foretold.later.length - 1)] ?? foretold.mean.value)

/** Each CDU by what it has drawn itself, all of them together by what the site's load is foretold to be. */
function loadsAhead(
  ownKw: readonly number[],
  all: { readonly siteKw: number | undefined; readonly mostKw: number },
): number[] {
  const sumKw = ownKw.reduce((sum, kw) => sum + kw, 0)
  const scale = all.siteKw === undefined || sumKw < 1 ? 1 : Math.max(0, all.siteKw) / sumKw
  return ownKw.map(kw => Math.min(all.mostKw, scale * kw))
}

/** An hour in fifty brings more growth than this share of them. */
const usualShare = 0.98
/** Loads that seldom grow by more are looked after by the agent's protections, which costs less than to be ready for each. */
const multipliesFrom = 1.5
/** Hours of all CDUs from which a share so near to one can be read. */
const growthsNeeded = 50

/**
 * What each CDU may well draw in the coming hour: what it has drawn lately; where loads multiply within an hour, what the day
 * had, and how far its water then shoots over its setpoint before the valve has followed.
 */
function busyHour(
  plateKw: number,
  history: readonly PlantRow[],
  load: { readonly recentItKw: readonly number[]; readonly highestShare: number },
): Pick<PlanInputs, 'busyItKw' | 'overshootK'> {
  const { recentItKw, highestShare } = load
  const growth = usualGrowth(history, recentItKw.length)
  if (growth === undefined || growth < multipliesFrom) return { busyItKw: recentItKw }
  const lastDay = history.slice(-(day / rowMs))
  const newest = history.at(-1)
  return {
    busyItKw: recentItKw.map((kw, cdu) => {
      const lastDayKw = Math.max(growth * kw, ...lastDay.map(row => row.cdus[cdu]?.itKw ?? kw))
      const foretoldKw = highestShare * (newest?.cdus[cdu]?.itKw ?? Number.NaN)
      return Math.min(plateKw, lastDayKw, Number.isFinite(foretoldKw) ? foretoldKw : lastDayKw)
    }),
    overshootK: recentItKw.map((_, cdu) => {
      const overK = history
        .filter(row => !row.swept)
        .map(row => aboveSetpointK(row.cdus[cdu]))
        .filter(Number.isFinite)
      return Math.max(0, quantileOf(overK, usualShare) ?? 0)
    }),
  }
}

const aboveSetpointK = (cdu: PlantRow['cdus'][number] | undefined): number =>
  cdu ? cdu.supplyC - cdu.supplySpC : Number.NaN

/** What a load grows to within an hour, above the highest of the three hours before, in all hours but one of fifty. */
function usualGrowth(history: readonly PlantRow[], cdus: number): number | undefined {
  const perHour = hour / rowMs
  const growths: number[] = []
  for (let origin = 3 * perHour; origin + perHour <= history.length; origin += perHour)
    for (let cdu = 0; cdu < cdus; cdu++) {
      const most = (from: number, to: number) =>
        Math.max(...history.slice(from, to).map(row => row.cdus[cdu]?.itKw ?? Number.NaN))
      const growth = most(origin, origin + perHour) / most(origin - 3 * perHour, origin)
      if (growth > 0) growths.push(growth)
    }
  return growths.length < growthsNeeded ? undefined : quantileOf(growths, usualShare)
}

const quantileOf = (values: readonly number[], share: number): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(share * values.length)]
