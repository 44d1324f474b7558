import type { Site } from '#contract/site/site.ts'
import { day, hour, type Millis } from '#contract/units.ts'
import { forecastSeries } from '#models/forecast/forecastSeries.ts'
import { type Decision, planHour } from '#models/planning/planHour.ts'
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
}

/** Candidates before refinement: thousands on a site of few CDUs; a large one spends the same time on fewer. */
const cduJudgementsMost = 8_000
/** The hour's peak minute: at least this much above the last hours (DESIGN 7). */
const peakOverRecent = 1.25
const peakWindowMs = 3 * hour

/** The plan of an hour from complete rows, at least one of them of the last day: load and weather looked ahead, peaks to be safe against, then the search. */
export function decideHour(
  site: Pick<Site, 'nameplate'>,
  of: Predictor,
  history: readonly PlantRow[],
  moment: HourMoment,
): Decision {
  const rows = history.filter(row => row.at >= moment.now - day)
  const newest = rows.at(-1)
  if (!newest) throw new Error('an hour cannot be planned without a row of the last day')
  const foreseen = (values: readonly number[]) => forecastSeries(values, hour / rowMs)
  const itOf = (row: PlantRow, cdu: number): number => row.cdus[cdu]?.itKw ?? Number.NaN
  const itKw = moment.cduIsFree.map(
    (_, cdu) => foreseen(rows.map(row => itOf(row, cdu)))?.value ?? Number.NaN,
  )
  const recent = rows.filter(row => row.at >= moment.now - peakWindowMs)
  const recentItKw = itKw.map((kw, cdu) => Math.max(kw, ...recent.map(row => itOf(row, cdu))))
  // What a CDU has drawn within the day it may draw again within the hour: jobs come back.
  const peakItKw = recentItKw.map((kw, cdu) =>
    Math.min(site.nameplate.itPerCduKw, Math.max(peakOverRecent * kw, ...rows.map(row => itOf(row, cdu)))),
  )
  // The newest reading is fresher than the newest row; a method with skill may add its trend to it.
  const wetBulb = foreseen(rows.map(row => row.wetBulbC))
  const trendK = wetBulb && wetBulb.method !== 'persistence' ? wetBulb.value - newest.wetBulbC : 0
  return planHour({
    of,
    hourStartAt: moment.hourStartAt,
    held: moment.held,
    forecast: { itKw, wetBulbC: moment.wetBulbC + trendK },
    peakItKw,
    busyItKw: busyLoads(site.nameplate.itPerCduKw, history, recentItKw),
    dewPointC: moment.dewPointC,
    plantIsFree: moment.plantIsFree,
    cduIsFree: moment.cduIsFree,
    resetApproachK: moment.resetApproachK,
    modelSpreadKw: moment.modelSpreadKw,
    seed: moment.seed + Math.floor(moment.hourStartAt / hour),
    candidates: Math.min(1_000, Math.ceil(cduJudgementsMost / Math.max(1, itKw.length))),
  })
}

/** An hour in fifty brings more growth than this share of them. */
const usualShare = 0.98
/** Loads that seldom grow by more are looked after by the agent's protections, which costs less than to be ready for each. */
const multipliesFrom = 1.5
/** Hours of all CDUs from which a share so near to one can be read. */
const growthsNeeded = 50

/** What each CDU may well draw in the coming hour: what it has drawn lately; where loads multiply within an hour, what the day had. */
function busyLoads(plateKw: number, history: readonly PlantRow[], recentItKw: readonly number[]): number[] {
  const perHour = hour / rowMs
  const growths: number[] = []
  for (let origin = 3 * perHour; origin + perHour <= history.length; origin += perHour)
    recentItKw.forEach((_, cdu) => {
      const most = (from: number, to: number) =>
        Math.max(...history.slice(from, to).map(row => row.cdus[cdu]?.itKw ?? Number.NaN))
      const growth = most(origin, origin + perHour) / most(origin - 3 * perHour, origin)
      if (growth > 0) growths.push(growth)
    })
  if (growths.length < growthsNeeded) return [...recentItKw]
  growths.sort((a, b) => a - b)
  const growth = growths[Math.floor(usualShare * growths.length)] as number
  if (growth < multipliesFrom) return [...recentItKw]
  const lastDay = history.slice(-(day / rowMs))
  return recentItKw.map((kw, cdu) =>
    Math.min(plateKw, Math.max(growth * kw, ...lastDay.map(row => row.cdus[cdu]?.itKw ?? kw))),
  )
}
