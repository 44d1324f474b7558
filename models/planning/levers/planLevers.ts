import { clamp } from '#contract/control/bounds.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import { leverSameWithin } from '#contract/control/levers/leverRamp.ts'
import { safetyRules } from '#contract/control/safetySequence.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { hour } from '#contract/units.ts'
import { type KnownOutside, unfamiliarOf } from '#models/planning/levers/familiar.ts'
import { ensembleGain, type Gain, type HourAhead, withLeakage } from '#models/planning/levers/gain.ts'
import { chipReserve, judgeLevers, type Situation, type Verdict } from '#models/planning/levers/judge.ts'
import type { Values } from '#models/planning/levers/patternSearch.ts'
import { type LeverReach, leverReaches, towardCoolingOnly } from '#models/planning/levers/reach.ts'
import {
  keptReason,
  moveReason,
  type NotDone,
  notDoneOf,
  planParagraph,
} from '#models/planning/levers/reasons.ts'
import { leverRoles } from '#models/planning/levers/roles.ts'
import { searchLevers } from '#models/planning/levers/search.ts'
import { planLimits } from '#models/planning/limits.ts'
import { type Objective, weighBy } from '#models/planning/objective.ts'
import { returnable } from '#models/planning/returnable.ts'
import type { LearnedPlant, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'

export type LeverPlanInputs = {
  readonly site: AnySite
  readonly plant: LearnedPlant
  /** Values in force, in the order of the plant's levers. */
  readonly held: Values
  /** The coming 1 to 6 hours, the first one first. */
  readonly hours: readonly HourAhead[]
  /** Load at the coming hour's peak minute, by place. */
  readonly peakItKw: readonly number[]
  /** The most that each place has drawn in the last three hours. */
  readonly recentItKw?: readonly number[]
  readonly dewPointC: number | undefined
  /** Which levers may be moved. */
  readonly isFree: readonly boolean[]
  readonly objective: Objective
  /** What `known` of the plant leaves out: ranges of the outside that telemetry has shown. */
  readonly knownOutside?: KnownOutside
  /** Settings worth a look beside those held: what `reset` would do. */
  readonly starts?: readonly Values[]
  readonly seed: number
  readonly candidates: number
}

export type LeverMove = {
  readonly lever: string
  readonly before: number
  readonly value: number
  readonly why: string
}

export type LeverDecision = {
  readonly action: 'move' | 'hold'
  /** Where each lever is to stand at the end of the hour, within its ramp. */
  readonly values: Values
  /** Every free lever, the kept ones too: a hold renews its lease. */
  readonly moves: readonly LeverMove[]
  readonly reason: string
  readonly notDone: readonly NotDone[]
  readonly againstHold: Gain & { readonly facilityKw: number }
  readonly facilityKw: number
  readonly hottestPeakC: readonly number[]
  /** What the telemetry does not tell: named by the learned plant; its cost is the spread of the gain. */
  readonly unknown: LearnedPlant['unknown']
  /** Conditions beyond what telemetry has shown; where there are any, nothing moves toward less cooling. */
  readonly unfamiliar: readonly string[]
  readonly judged: number
}

/** Horizons beyond this are weather reports, not forecasts of a load. */
const hoursMost = 6
/** Chips stay this far short of where the agent raises pressure by itself: a minute is warmer than its hour. */
const shyOfSafetyK = 0.5
/** Weight of a broken kelvin: this share of facility power. */
const penaltyShare = 0.25
/** A penalty below this share of a broken unit is rounding. */
const mendingFrom = 0.01

/** Pure: the same inputs give the same decision. */
export function planLevers(inputs: LeverPlanInputs): LeverDecision {
  const { plant, held, site } = inputs
  const situation = situationOf(inputs)
  const unfamiliar = inputs.knownOutside
    ? unfamiliarOf(inputs.knownOutside, situation.hours[0] as HourAhead)
    : []
  const reaches = leverReaches({
    site,
    levers: plant.levers,
    roles: situation.roles,
    held,
    durationMs: hour,
    dewPointC: inputs.dewPointC,
    isFree: inputs.isFree,
    known: plant.known,
  }).map((reach, place) =>
    unfamiliar.length === 0
      ? reach
      : towardCoolingOnly(plant.levers[place] as Lever, reach, held[place] as number),
  )
  const hold = judgeLevers(situation, held)
  const { best, judged } = bestWithin(inputs, situation, reaches)
  const verdict = judgeLevers(situation, best)
  const gain = ensembleGain(situation, inputs.hours, best)
  const worthKw = planLimits.worthShare * hold.weighedKw
  const isWorth = gain.savingShare >= planLimits.worthMembers && -gain.medianKw >= worthKw
  const isNotHotter = verdict.penaltyKw <= hold.penaltyKw + mendingFrom * situation.penaltyPerUnitKw
  // A limit that the present settings break is mended whatever it costs.
  const mends =
    hold.penaltyKw > mendingFrom * situation.penaltyPerUnitKw && verdict.penaltyKw < 0.5 * hold.penaltyKw
  const moves = (isWorth && isNotHotter) || mends
  const values = moves ? best : held.map((value, place) => clamp(value, reaches[place] as LeverReach))
  const chosen = moves ? verdict : judgeLevers(situation, values)
  const facts = { situation, hold, chosen, gain, moves, mends, unfamiliar, unknown: plant.unknown }
  return {
    action: moves ? 'move' : 'hold',
    values,
    moves: movesOf(inputs, situation, values, { moves, chosen }),
    reason: planParagraph(facts),
    notDone: notDoneOf(facts, { values, reaches, worthKw }),
    againstHold: { ...gain, facilityKw: hold.outcome.facilityKw },
    facilityKw: chosen.outcome.facilityKw,
    hottestPeakC: chosen.hottestPeakC,
    unknown: plant.unknown,
    unfamiliar,
    judged,
  }
}

/**
 * What goes toward more cooling three times as fast as back is gone for hours when the weather turns: for energy alone a lever
 * moves no further that way than it could come back in the hour. Where limits need more, all of the reach is open.
 */
function bestWithin(
  inputs: LeverPlanInputs,
  situation: Situation,
  reaches: readonly LeverReach[],
): { best: number[]; judged: number } {
  const { plant, held } = inputs
  const searchIn = (bounds: readonly LeverReach[]) => {
    const { targets, tried } = searchLevers(
      {
        levers: plant.levers,
        lowest: bounds.map(({ lowest }) => lowest),
        highest: bounds.map(({ highest }) => highest),
      },
      [held, ...(inputs.starts ?? [])],
      (wanted, enough) => judgeLevers(situation, wanted, enough).costKw,
      { seed: inputs.seed, candidates: inputs.candidates, singly: true },
    )
    const best = plant.levers.map((lever, place) =>
      tidied(lever, targets[place] as number, held[place] as number, reaches[place] as LeverReach),
    )
    return { best, tried }
  }
  const calm = searchIn(
    reaches.map((reach, place) => returnable(reach, held[place] as number, plant.levers[place] as Lever)),
  )
  const isEnough = judgeLevers(situation, calm.best).penaltyKw <= mendingFrom * situation.penaltyPerUnitKw
  if (isEnough) return { best: calm.best, judged: calm.tried }
  const all = searchIn(reaches)
  return { best: all.best, judged: calm.tried + all.tried }
}

function situationOf(inputs: LeverPlanInputs): Situation {
  const { plant, held, site } = inputs
  const [first] = inputs.hours
  if (!first || inputs.hours.length > hoursMost)
    throw new Error(`a plan looks 1 to ${hoursMost} hours ahead, not ${inputs.hours.length}`)
  const hours = inputs.hours.map(ahead => withLeakage(plant, 0, held, ahead))
  const peak = { ...first, itKw: inputs.peakItKw }
  const reserveK = chipReserve(plant, held, peak)
  const { limitC } = site.nameplate.chip
  const weigh = weighBy(inputs.objective, hours.length)
  return {
    plant,
    roles: leverRoles(site, plant.levers),
    held,
    hours,
    peak,
    busy: busyOf(inputs, first),
    chipMostC: reserveK.map(reserve => limitC - planLimits.chipMarginK - reserve),
    chipBusyMostC: reserveK.map(
      reserve => limitC - safetyRules.raiseUnderK - shyOfSafetyK - reserve / planLimits.chipSigmas,
    ),
    weigh,
    // No demand charge buys a broken limit.
    penaltyPerUnitKw: penaltyShare * weigh.mostPerKw * plant.predict(0, held, first).facilityKw,
  }
}

/** The load of the last three hours, where it was more than what is foreseen: loads come back within the hour. */
const busyOf = ({ recentItKw }: LeverPlanInputs, first: HourAhead): OutsideConditions => ({
  ...first,
  itKw: first.itKw.map((kw, place) => Math.max(kw, recentItKw?.[place] ?? kw)),
})

/** Two decimals for water, one for the rest; what would move by less than an instrument sees stays put. */
function tidied(lever: Lever, value: number, before: number, reach: LeverReach): number {
  const inside = clamp(value, reach)
  if (Math.abs(inside - before) < leverSameWithin(lever)) return clamp(before, reach)
  const steps = lever.unit === 'C' ? 100 : lever.unit === 'state' ? 1 : 10
  // Rounded to the side of the value held, so that no ramp or bound is passed by rounding.
  return (inside > before ? Math.floor(inside * steps + 1e-6) : Math.ceil(inside * steps - 1e-6)) / steps
}

function movesOf(
  inputs: LeverPlanInputs,
  situation: Situation,
  values: Values,
  plan: { readonly moves: boolean; readonly chosen: Verdict },
): LeverMove[] {
  return inputs.plant.levers.flatMap((lever, place) => {
    if (!inputs.isFree[place]) return []
    const before = inputs.held[place] as number
    const value = values[place] as number
    if (Math.abs(value - before) < leverSameWithin(lever) / 2)
      return [{ lever: lever.name, before, value, why: keptReason(lever, plan.moves) }]
    const without = judgeLevers(
      situation,
      values.map((other, index) => (index === place ? before : other)),
    )
    const move = { lever, before, value, place: situation.roles[place]?.place ?? -1 }
    return [
      {
        lever: lever.name,
        before,
        value,
        why: moveReason(move, { situation, chosen: plan.chosen, without }),
      },
    ]
  })
}
