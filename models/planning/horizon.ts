import { hour } from '#contract/units.ts'
import type { Situation } from '#models/planning/judge.ts'
import { planLimits } from '#models/planning/limits.ts'
import type { Weigh } from '#models/planning/objective.ts'
import { walkedSettings } from '#models/planning/walk.ts'
import type { Conditions, Outcome, Settings } from '#models/plant/predict.ts'
import { predict } from '#models/plant/settle.ts'

/** What is judged beside the first hour's energy; absent in a situation: nothing. */
export type Horizon = {
  readonly weigh: Weigh
  /** The hours after the first: means, and where settings are wanted then, toward which plans walk on from this one's. */
  readonly later: readonly { readonly conditions: Conditions; readonly wanted: Settings }[]
}

export type CostAhead = {
  /** Facility power by hour; the first one alone where the look ahead was left out. */
  readonly hoursKw: readonly number[]
  /** The same as the objective weighs it; NaN where the look ahead was left out. */
  readonly weighedKw: number
  /** What the search lowers. */
  readonly costKw: number
}

/** Less than this share of its IT power no facility draws: chips that run colder leak less. */
const leastOfIt = 0.9

/**
 * The first hour's power and broken limits (weighted to kW), and the hours after it. `enough`: what would be dearer even if
 * those took nothing but IT is not looked at further.
 */
export function costAhead(
  situation: Situation,
  settings: Settings,
  first: { readonly outcome: Outcome; readonly penaltyKw: number },
  enough: number,
): CostAhead {
  const { horizon } = situation
  const { outcome, penaltyKw } = first
  const firstKw = outcome.facilityKw
  if (!horizon) return { hoursKw: [firstKw], weighedKw: firstKw, costKw: firstKw + penaltyKw }
  const { weigh, later } = horizon
  const brokenKw = weigh.mostPerKw * penaltyKw
  const leastKw = weigh.meanKw([firstKw, ...later.map(one => leastDrawnKw(one.conditions))]) + brokenKw
  if (later.length > 0 && leastKw > enough)
    return { hoursKw: [firstKw], weighedKw: Number.NaN, costKw: leastKw }
  const hours = weighedHours(situation, outcome, outcomesLater(situation, settings))
  return { ...hours, costKw: hours.weighedKw + hours.laterBrokenKw + brokenKw }
}

/**
 * The plant at rest in each later hour, where these settings and the ramps have let it come by then: what this hour decides
 * counts later only as far as ramps cannot make up for it. Of another member: with its own conditions.
 */
export function outcomesLater(
  { of, horizon }: Situation,
  settings: Settings,
  as: { readonly member: number; readonly conditions?: readonly Conditions[] } = { member: 0 },
): Outcome[] {
  let at = settings
  return (horizon?.later ?? []).map(({ conditions, wanted }, place) => {
    at = walkedSettings(of.priors.site, at, { target: wanted, elapsedMs: hour })
    return predict(of, as.member, at, as.conditions?.[place] ?? conditions)
  })
}

/** All hours weighed, and what later ones would break. */
export function weighedHours(
  situation: Situation,
  first: Outcome,
  later: readonly Outcome[],
): Pick<CostAhead, 'hoursKw' | 'weighedKw'> & { readonly laterBrokenKw: number } {
  const { horizon } = situation
  const hoursKw = [first, ...later].map(({ facilityKw }) => facilityKw)
  return {
    hoursKw,
    weighedKw: horizon ? horizon.weigh.meanKw(hoursKw) : first.facilityKw,
    laterBrokenKw: laterBrokenKw(situation, later),
  }
}

const leastDrawnKw = ({ itKw }: Conditions): number => leastOfIt * itKw.reduce((sum, kw) => sum + kw, 0)

/**
 * What later hours would break, a mean over all hours: a kelvin of chip (or 5 % of valve) counts what a kelvin of the CDU's
 * chips is worth in leakage. The plan is made anew each hour and loads are foretold roughly: it must not weigh like a limit of
 * this hour.
 */
function laterBrokenKw({ of, chipReserveK }: Situation, later: readonly Outcome[]): number {
  const { chip, itPerCduKw } = of.priors.site.nameplate
  let broken = 0
  for (const { cdus } of later)
    for (const [cdu, { chipC, valvePercent }] of cdus.entries()) {
      const mostC = chip.limitC - planLimits.chipMarginK - (chipReserveK[cdu] as number)
      // A valve that would need more than all is wide open.
      const valveOver = Math.max(0, Math.min(100, valvePercent) - planLimits.valvePercent)
      broken += Math.max(0, chipC - mostC) + 0.2 * valveOver
    }
  return (planLimits.leakagePerK * itPerCduKw * broken) / (later.length + 1)
}
