import type { Site } from '#contract/site/site.ts'
import { hour, type Millis } from '#contract/units.ts'
import { forecastSeries } from '#models/forecast/forecastSeries.ts'
import { type Decision, planHour } from '#models/planning/planHour.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { isComplete, type PlantRow, rowMs } from '#models/plant/row.ts'
import { noScore, oneStepError } from '#models/plant/score.ts'

/** What the planner is told at the full hour: telemetry and what stands now. */
export type PlanMoment = {
  readonly now: Millis
  readonly rows: readonly PlantRow[]
  readonly held: Settings
  readonly wetBulbC: number
  readonly dewPointC: number | undefined
}

/**
 * The hub's hourly turn without a hub: fit on the last day, judge last hour's model on the hour that it had not seen, look
 * ahead, plan. The figures of caution are those of hub/planning, which a simulator may not import.
 */
const cduJudgementsMost = 10_000
const peakOverRecent = 1.25
const peakWindowMs = 3 * hour
const trustBelowPercent = 5
const distrustAbovePercent = 10

export function hourlyPlanner(options: { site: Site; approachK: number; seed: number }) {
  const { site, approachK, seed } = options
  const priors = nameplatePriors(site)
  let before: Predictor | undefined
  let trusted = false

  /** The decision of this hour; undefined: the model is not to be trusted, `reset` drives. */
  return async (moment: PlanMoment): Promise<Decision | undefined> => {
    const rows = moment.rows.filter(isComplete)
    if (rows.length === 0) return undefined
    const lastHour = rows.filter(row => row.at >= moment.now - hour)
    const score = before ? oneStepError(before, lastHour) : noScore
    const of: Predictor = { priors, model: await fitPlant(priors, rows, { seed }) }
    // The first model has nothing before it to be judged on: it is trusted from its second hour on, like the hub's.
    const { errorPercent } = score
    trusted = errorPercent !== null && errorPercent < (trusted ? distrustAbovePercent : trustBelowPercent)
    before = of
    return trusted ? decide(of, rows, moment, score.spreadKw) : undefined
  }

  function decide(
    of: Predictor,
    rows: readonly PlantRow[],
    moment: PlanMoment,
    modelSpreadKw: number,
  ): Decision {
    const cdus = moment.held.cduSupplyC.map((_, cdu) => cdu)
    const rowsAhead = hour / rowMs
    const itOf = (row: PlantRow, cdu: number): number => row.cdus[cdu]?.itKw ?? Number.NaN
    const foreseen = (values: readonly number[]) => forecastSeries(values, rowsAhead)
    const itKw = cdus.map(cdu => foreseen(rows.map(row => itOf(row, cdu)))?.value ?? Number.NaN)
    const recent = rows.filter(row => row.at >= moment.now - peakWindowMs)
    const recentItKw = itKw.map((kw, cdu) => Math.max(kw, ...recent.map(row => itOf(row, cdu))))
    const peakItKw = recentItKw.map((kw, cdu) =>
      Math.min(site.nameplate.itPerCduKw, Math.max(peakOverRecent * kw, ...rows.map(row => itOf(row, cdu)))),
    )
    const wetBulb = foreseen(rows.map(row => row.wetBulbC))
    const trendK =
      wetBulb && wetBulb.method !== 'persistence' ? wetBulb.value - (rows.at(-1) as PlantRow).wetBulbC : 0
    return planHour({
      of,
      hourStartAt: moment.now,
      held: moment.held,
      forecast: { itKw, wetBulbC: moment.wetBulbC + trendK },
      peakItKw,
      recentItKw,
      dewPointC: moment.dewPointC,
      plantIsFree: true,
      cduIsFree: cdus.map(() => true),
      resetApproachK: approachK,
      modelSpreadKw,
      seed: seed + Math.floor(moment.now / hour),
      candidates: Math.min(2_000, Math.ceil(cduJudgementsMost / Math.max(1, cdus.length))),
    })
  }
}
