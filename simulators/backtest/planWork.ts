import type { Site } from '#contract/site/site.ts'
import { hour, type Millis } from '#contract/units.ts'
import { decideHour } from '#models/planning/decideHour.ts'
import type { Decision } from '#models/planning/planHour.ts'
import { isTrusted } from '#models/planning/trust.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { isComplete, type PlantRow } from '#models/plant/row.ts'
import { noScore, oneStepError } from '#models/plant/score.ts'

/** What the planner is told at the full hour: telemetry and what stands now. */
export type PlanMoment = {
  readonly now: Millis
  readonly rows: readonly PlantRow[]
  readonly held: Settings
  readonly wetBulbC: number
  readonly dewPointC: number | undefined
}

/** The hub's hourly turn without a hub: fit on the last day, judge last hour's model on the hour that it had not seen, plan. */
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
    trusted = isTrusted(score.errorPercent, trusted)
    before = of
    if (!trusted) return undefined
    return decideHour(site, of, rows, {
      ...moment,
      hourStartAt: moment.now,
      plantIsFree: true,
      cduIsFree: moment.held.cduSupplyC.map(() => true),
      resetApproachK: approachK,
      modelSpreadKw: score.spreadKw,
      seed,
    })
  }
}
