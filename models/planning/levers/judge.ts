import { guardLimits } from '#contract/control/guard.ts'
import { walkLever } from '#contract/control/levers/leverRamp.ts'
import { hour } from '#contract/units.ts'
import type { Values } from '#models/planning/levers/patternSearch.ts'
import type { LeverRole } from '#models/planning/levers/roles.ts'
import { planLimits } from '#models/planning/limits.ts'
import type { Weigh } from '#models/planning/objective.ts'
import type { LearnedOutcome, LearnedPlant, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'

/** What a candidate is judged against: the hours as foreseen, the worst minute, and the load that may come back. */
export type Situation = {
  readonly plant: LearnedPlant
  readonly roles: readonly LeverRole[]
  readonly held: Values
  /** Means of the coming hours, the first one first; leakage tied to the settings held. */
  readonly hours: readonly OutsideConditions[]
  readonly peak: OutsideConditions
  /** The most that each place has drawn lately, or is foreseen to draw: valves and coolers must carry it. */
  readonly busy: OutsideConditions
  /** Highest that each place's hottest chip may reach at the peak: limit less margin less reserve, °C. */
  readonly chipMostC: readonly number[]
  /** Highest that it may reach under the busy load: warmer, and the agent itself takes its pressure from the plan. */
  readonly chipBusyMostC: readonly number[]
  readonly weigh: Weigh
  /** Weight of one kelvin: far above what any kelvin saves. */
  readonly penaltyPerUnitKw: number
}

export type Verdict = {
  /** At the end of the first hour, under its forecast. */
  readonly outcome: LearnedOutcome
  readonly hottestPeakC: readonly number[]
  /** Facility power averaged over the hours as the objective weighs it. */
  readonly weighedKw: number
  /** Broken limits, weighted to kW; 0: none. */
  readonly penaltyKw: number
  readonly costKw: number
}

/** A gap of unmet setpoints counts thrice a kelvin of chip: what follows it is beyond the model. */
const unmetWeight = 3
const valveWeight = 0.2
/** Valves far above their stop say no more than wide open. */
const valveMost = 200

/** Where the levers stand that many hours ahead, each on its way at its ramp. */
export const walkedTo = (situation: Situation, targets: Values, hoursAhead: number): number[] =>
  situation.plant.levers.map((lever, place) =>
    walkLever(lever, {
      held: situation.held[place] as number,
      target: targets[place] as number,
      elapsedMs: hoursAhead * hour,
    }),
  )

/** What the coming hours cost; `enough`: a candidate that is already dearer than this need not be judged to the end. */
export function judgeLevers(
  situation: Situation,
  targets: Values,
  enough = Number.POSITIVE_INFINITY,
): Verdict {
  const { plant, hours, weigh, penaltyPerUnitKw } = situation
  const values = walkedTo(situation, targets, 1)
  const facilityKw: number[] = []
  let broken = orderBroken(situation, values)
  let first: LearnedOutcome | undefined
  for (const [ahead, conditions] of hours.entries()) {
    const outcome = plant.predict(
      0,
      ahead === 0 ? values : walkedTo(situation, targets, ahead + 1),
      conditions,
    )
    facilityKw.push(outcome.facilityKw)
    broken += outcomeBroken(outcome, planLimits.valvePercent) / hours.length
    first ??= outcome
  }
  const outcome = first as LearnedOutcome
  const weighedKw = weigh.meanKw(facilityKw)
  const sofarKw = weighedKw + penaltyPerUnitKw * broken
  if (sofarKw > enough)
    return { outcome, hottestPeakC: [], weighedKw, penaltyKw: sofarKw - weighedKw, costKw: sofarKw }
  const busy = plant.predict(0, values, situation.busy)
  broken +=
    outcomeBroken(busy, planLimits.busyValvePercent) -
    unmetWeight * Math.min(busy.unmetK, planLimits.busyLackK) +
    tooWarm(busy.hottestC, situation.chipBusyMostC)
  const { hottestC: hottestPeakC } = plant.predict(0, values, situation.peak)
  broken += tooWarm(hottestPeakC, situation.chipMostC)
  const penaltyKw = penaltyPerUnitKw * broken
  return { outcome, hottestPeakC, weighedKw, penaltyKw, costKw: weighedKw + penaltyKw }
}

const tooWarm = (hottestC: readonly number[], mostC: readonly number[]): number =>
  hottestC.reduce((sum, chipC, place) => sum + Math.max(0, chipC - (mostC[place] as number)), 0)

function outcomeBroken(outcome: LearnedOutcome, valvePercent: number): number {
  let broken = unmetWeight * outcome.unmetK
  for (const percent of outcome.valvePercent)
    broken += valveWeight * Math.max(0, Math.min(valveMost, percent) - valvePercent)
  return broken
}

/** Water given to racks or tanks stays above the water that cools it. */
function orderBroken({ roles }: Situation, values: Values): number {
  const facilityPlace = roles.findIndex(role => role.sets === 'facilitySupply')
  if (facilityPlace < 0) return 0
  const leastC = (values[facilityPlace] as number) + guardLimits.cduOverFacilityK
  return values.reduce(
    (sum, value, place) => (roles[place]?.sets === 'placeSupply' ? sum + Math.max(0, leastC - value) : sum),
    0,
  )
}

/** How far apart the ensemble sees the hottest chip, and how far rows stray from the fit: 3.09 standard deviations of both, K. */
export function chipReserve(plant: LearnedPlant, held: Values, peak: OutsideConditions): number[] {
  const members = Array.from(
    { length: plant.memberCount },
    (_, member) => plant.predict(member, held, peak).hottestC,
  )
  return peak.itKw.map((_, place) => {
    const seen = members.map(hottestC => hottestC[place] as number)
    const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length
    const spread = Math.sqrt(
      seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, seen.length - 1),
    )
    return planLimits.chipSigmas * Math.hypot(spread, plant.hottestResidualK[place] ?? 0)
  })
}
