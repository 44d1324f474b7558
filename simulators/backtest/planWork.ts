import { horizonHoursOf } from '#contract/site/planning.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, type Millis } from '#contract/units.ts'
import { decideHour } from '#models/planning/decideHour.ts'
import { forecastersFor, type KeptForecasters } from '#models/planning/hourAhead.ts'
import type { Decision } from '#models/planning/planHour.ts'
import { noProspect, prospectAfter } from '#models/planning/prospect.ts'
import { isTrusted } from '#models/planning/trust.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { isComplete, type PlantRow } from '#models/plant/row.ts'
import { oneStepError } from '#models/plant/score.ts'

/** What the planner is told at the full hour: telemetry of up to three weeks and what stands now. */
export type PlanMoment = {
  readonly now: Millis
  readonly rows: readonly PlantRow[]
  readonly held: Settings
  readonly wetBulbC: number
  readonly dewPointC: number | undefined
}

/** An hour more of three weeks changes little: what a fit costs is paid every few hours. */
const refitEveryMs = 3 * hour

/** The hub's hourly turn without a hub: learn, judge the model on an hour that it had not seen, plan. */
export function hourlyPlanner(options: { site: Site; approachK: number; seed: number }) {
  const { site, approachK, seed } = options
  const priors = nameplatePriors(site)
  let learned: { readonly of: Predictor; readonly at: Millis } | undefined
  let trusted = false
  let forecasters: KeptForecasters | undefined
  let prospect = noProspect
  const learn = async (rows: readonly PlantRow[], at: Millis) => ({
    of: { priors, model: await fitPlant(priors, rows, { seed }) },
    at,
  })

  /** The decision of this hour; undefined: the model is not to be trusted or promises no saving, `reset` drives. */
  return async (moment: PlanMoment): Promise<Decision | undefined> => {
    const rows = moment.rows.filter(isComplete)
    const seen = rows.filter(row => row.at < moment.now - hour)
    if (seen.length === 0) return undefined
    learned ??= await learn(seen, moment.now - hour)
    const score = oneStepError(learned.of, rows.slice(seen.length))
    trusted = isTrusted(score.errorPercent, trusted)
    if (moment.now - learned.at >= refitEveryMs) learned = await learn(rows, moment.now)
    if (!trusted) return undefined
    forecasters = await forecastersFor(forecasters, rows, {
      now: moment.now,
      seed,
      hours: horizonHoursOf(site),
    })
    const decision = decideHour(site, learned.of, rows, {
      ...moment,
      hourStartAt: moment.now,
      plantIsFree: true,
      cduIsFree: moment.held.cduSupplyC.map(() => true),
      resetApproachK: approachK,
      modelSpreadKw: score.spreadKw,
      forecasters,
      seed,
    })
    prospect = prospectAfter(prospect, decision)
    return prospect.isAside ? undefined : decision
  }
}
