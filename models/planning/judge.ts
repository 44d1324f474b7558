import { guardLimits } from '#contract/control/guard.ts'
import { safetyRules } from '#contract/control/safetySequence.ts'
import { type CostAhead, costAhead, type Horizon } from '#models/planning/horizon.ts'
import { planLimits } from '#models/planning/limits.ts'
import {
  type CduOutcome,
  type Conditions,
  chipAtPeak,
  type Outcome,
  type Predictor,
  predictCdu,
  predictPlant,
  predictUnsettled,
  type Settings,
} from '#models/plant/predict.ts'
import { predict } from '#models/plant/settle.ts'

/** What a candidate is judged against: the coming hour as foreseen, and its worst minute. */
export type Situation = {
  readonly of: Predictor
  readonly conditions: Conditions
  /** Load at the hour's peak minute, per CDU. */
  readonly peakItKw: readonly number[]
  /**
   * The load that the hour may well bring: valves, exchanger, tower and chips must carry it without calling the agent's
   * protections. Absent: not above the forecast.
   */
  readonly busy?: Conditions | undefined
  /** Kelvins by which the water of each CDU is warmer for a while when that load comes at once; absent: none. */
  readonly overshootK?: readonly number[] | undefined
  /** Kelvins that the chip of each CDU keeps under (limit - 1.5 K) for what the model does not know. */
  readonly chipReserveK: readonly number[]
  /** Least rack flow of each CDU, L/min: the floor and what the model does not know of the flow. */
  readonly leastFlowLpm: readonly number[]
  /** Absent: energy of the coming hour. */
  readonly horizon?: Horizon | undefined
}

export type Verdict = CostAhead & {
  /** Of the coming hour. */
  readonly outcome: Outcome
  readonly chipPeakC: readonly number[]
  /** Limits broken in the coming hour, weighted to kW; 0: none. */
  readonly penaltyKw: number
}

/** Weight of one kelvin, one per cent of valve or air, one per cent of flow: far above any saving (a whole site saves some 10 kW). */
const penaltyPerUnitKw = 400

/** `enough`: a candidate that is already dearer than this need not be judged to the end. */
export function judge(situation: Situation, settings: Settings, enough = Number.POSITIVE_INFINITY): Verdict {
  const { of, conditions } = situation
  const outcome = predictUnsettled(of, 0, settings, conditions)
  const lackK = Math.max(0, outcome.facilityReachableC - settings.facilitySupplyC)
  const chipPeakC: number[] = []
  let broken = 100 * Math.max(0, outcome.towerAir - planLimits.towerAir) + 3 * lackK
  for (const [index, cdu] of outcome.cdus.entries()) {
    const peakC = chipAtPeak(of, 0, index, settings, {
      itKw: situation.peakItKw[index] as number,
      facilityC: settings.facilitySupplyC + lackK,
    })
    chipPeakC.push(peakC)
    broken += cduBroken(situation, settings, index, { outcome: cdu, peakC })
  }
  broken += busyBroken(
    situation,
    settings,
    situation.busy ? predictUnsettled(of, 0, settings, situation.busy) : outcome,
  )
  const penaltyKw = penaltyPerUnitKw * broken
  return {
    outcome,
    chipPeakC,
    penaltyKw,
    ...costAhead(situation, settings, { outcome, penaltyKw }, enough),
  }
}

function cduBroken(
  situation: Situation,
  settings: Settings,
  cdu: number,
  seen: { readonly outcome: CduOutcome; readonly peakC: number },
): number {
  const { site } = situation.of.priors
  const mostC = site.nameplate.chip.limitC - planLimits.chipMarginK - (situation.chipReserveK[cdu] as number)
  const lackLpm = (situation.leastFlowLpm[cdu] as number) - seen.outcome.flowLpm
  const underFacilityK =
    settings.facilitySupplyC + guardLimits.cduOverFacilityK - (settings.cduSupplyC[cdu] as number)
  return (
    Math.max(0, seen.peakC - mostC) +
    0.2 * Math.max(0, seen.outcome.valvePercent - planLimits.valvePercent) +
    (100 * Math.max(0, lackLpm)) / site.design.cduFlowLpm +
    Math.max(0, underFacilityK)
  )
}

/**
 * What the settings lack when the load of the last hours comes back. Setpoints stand for an hour, loads do not: a valve
 * wide open calls the agent's own protection, which takes the pressure from the plan.
 */
function busyBroken(situation: Situation, settings: Settings, outcome: Outcome): number {
  let broken = 0.2 * Math.max(0, 100 * (outcome.towerAir - planLimits.busyTowerAir))
  for (const [index, cdu] of outcome.cdus.entries()) broken += cduBusyBroken(situation, index, cdu)
  return broken + Math.max(0, outcome.facilityReachableC - settings.facilitySupplyC - planLimits.busyLackK)
}

function cduBusyBroken(situation: Situation, cdu: number, outcome: CduOutcome): number {
  const doubtK = (situation.chipReserveK[cdu] as number) / planLimits.chipSigmas
  const calmC =
    situation.of.priors.site.nameplate.chip.limitC -
    safetyRules.raiseUnderK -
    planLimits.shyOfSafetyK -
    doubtK
  return (
    0.2 * Math.max(0, Math.min(200, outcome.valvePercent) - planLimits.busyValvePercent) +
    0.5 * Math.max(0, outcome.chipC + (situation.overshootK?.[cdu] ?? 0) - calmC)
  )
}

/** What the plant pays for a little more of what one CDU takes from it, kW each. */
export type CduPrices = {
  readonly perItKw: number
  readonly perPumpKw: number
  readonly perPrimaryLpm: number
}

/** From small steps about this verdict: towers, exchanger, facility pumps and losses follow. */
export function cduPrices(situation: Situation, settings: Settings, verdict: Verdict): CduPrices {
  const { cdus } = verdict.outcome
  const withMore = (more: Partial<Record<'itKw' | 'pumpKw' | 'primaryLpm', number>>, colderK = 0) => {
    const [first, ...others] = cdus as [CduOutcome, ...CduOutcome[]]
    const raised = {
      ...first,
      itKw: first.itKw + (more.itKw ?? 0),
      pumpKw: first.pumpKw + (more.pumpKw ?? 0),
      primaryLpm: first.primaryLpm + (more.primaryLpm ?? 0),
    }
    const { of, conditions } = situation
    const colder = { ...settings, towerLeavingC: settings.towerLeavingC - colderK }
    return predictPlant(of, 0, [raised, ...others], colder, conditions.wetBulbC)
  }
  const { facilityKw, facilityReachableC } = verdict.outcome
  const stepLpm = 0.02 * situation.of.priors.site.design.cduPrimaryFlowLpm
  // More water through the exchanger leaves it warmer: the tower must make up for it.
  const warmer = withMore({ primaryLpm: stepLpm })
  const colder = withMore({ primaryLpm: stepLpm }, warmer.facilityReachableC - facilityReachableC)
  return {
    perItKw: withMore({ itKw: 1 }).facilityKw - facilityKw,
    perPumpKw: withMore({ pumpKw: 1 }).facilityKw - facilityKw,
    perPrimaryLpm: (colder.facilityKw - facilityKw) / stepLpm,
  }
}

/** What one CDU costs with these settings, its own limits included: what all of them share is in the prices. */
export function cduCostKw(situation: Situation, settings: Settings, cdu: number, prices: CduPrices): number {
  const { of, conditions, busy } = situation
  const outcome = predictCdu(of, 0, cdu, settings, conditions)
  const peakC = chipAtPeak(of, 0, cdu, settings, {
    itKw: situation.peakItKw[cdu] as number,
    facilityC: settings.facilitySupplyC,
  })
  const broken =
    cduBroken(situation, settings, cdu, { outcome, peakC }) +
    cduBusyBroken(situation, cdu, busy ? predictCdu(of, 0, cdu, settings, busy) : outcome)
  return (
    prices.perItKw * outcome.itKw +
    prices.perPumpKw * outcome.pumpKw +
    prices.perPrimaryLpm * outcome.primaryLpm +
    penaltyPerUnitKw * broken
  )
}

/** How far apart the ensemble sees the chip, and how far rows stray from the fit: 3.09 standard deviations of both. */
export function chipReserve(of: Predictor, settings: Settings, peakItKw: readonly number[]): number[] {
  return peakItKw.map((itKw, cdu) => {
    const peaks = Array.from({ length: of.model.memberCount }, (_, member) =>
      chipAtPeak(of, member, cdu, settings, { itKw, facilityC: settings.facilitySupplyC }),
    )
    const mean = peaks.reduce((sum, value) => sum + value, 0) / peaks.length
    const spread = Math.sqrt(peaks.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (peaks.length - 1))
    const residual =
      (of.model.residuals.chipRise[cdu] ?? 0) * Math.max(0, mean - (settings.cduSupplyC[cdu] as number))
    return planLimits.chipSigmas * Math.hypot(spread, residual)
  })
}

/** The floor of rack flow, and 3.09 standard deviations of what the ensemble makes of the flow under these settings. */
export function leastFlow(of: Predictor, settings: Settings, conditions: Conditions): number[] {
  const { nameplate, design } = of.priors.site
  const floorLpm = nameplate.cdu.minimumFlowFraction * planLimits.flowReserve * design.cduFlowLpm
  return settings.cduDpKpa.map((_, cdu) => {
    const flows = Array.from(
      { length: of.model.memberCount },
      (_, member) => predictCdu(of, member, cdu, settings, conditions).flowLpm,
    )
    const mean = flows.reduce((sum, flow) => sum + flow, 0) / flows.length
    const spread = Math.sqrt(flows.reduce((sum, flow) => sum + (flow - mean) ** 2, 0) / (flows.length - 1))
    return floorLpm * (1 + Math.min(0.03, (planLimits.chipSigmas * spread) / mean))
  })
}

/** Mean junction temperatures under these settings, as one member sees them: where today's IT power was drawn. */
export const junctionsOf = (
  of: Predictor,
  settings: Settings,
  conditions: Conditions,
  member: number,
): number[] =>
  predict(of, member, settings, { itKw: conditions.itKw, wetBulbC: conditions.wetBulbC }).cdus.map(
    cdu => cdu.meanJunctionC,
  )
