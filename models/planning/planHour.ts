import { sameWithin } from '#contract/control/bounds.ts'
import { hour, minute } from '#contract/units.ts'
import { type Excitation, excitation } from '#models/planning/excite.ts'
import { type Horizon, outcomesLater, weighedHours } from '#models/planning/horizon.ts'
import { chipReserve, judge, leastFlow, type Situation, type Verdict } from '#models/planning/judge.ts'
import {
  type MoveName,
  moveNames,
  planLimits,
  type Reach,
  reachOf,
  returnableReach,
  steeredOf,
} from '#models/planning/limits.ts'
import { type Objective, weighBy } from '#models/planning/objective.ts'
import {
  holdReason,
  learnReason,
  leaseReason,
  type NotDone,
  notDoneOf,
  paragraph,
} from '#models/planning/reasons.ts'
import { type ResetCourse, resetCourse, withLeakage } from '#models/planning/resetCourse.ts'
import { search } from '#models/planning/search.ts'
import type { Unknown } from '#models/planning/unknowns.ts'
import { walkedSettings } from '#models/planning/walk.ts'
import { wantedLater } from '#models/planning/wantedLater.ts'
import type { Conditions, Predictor, Settings } from '#models/plant/predict.ts'
import { predict } from '#models/plant/settle.ts'

export type HourMean = { readonly itKw: readonly number[]; readonly wetBulbC: number }

export type PlanInputs = {
  readonly of: Predictor
  readonly hourStartAt: number
  /** Setpoints in force: what a lease would renew, and where a fresh site in auto starts from. */
  readonly held: Settings
  /** Mean of the coming hour. */
  readonly forecast: HourMean
  /** Means of the hours after it, up to five; absent: none is looked at. */
  readonly laterHours?: readonly HourMean[]
  /** Absent: energy. */
  readonly objective?: Objective
  /** Load at the hour's peak minute, per CDU: at least 1.25 × that of the last three hours, at most nameplate. */
  readonly peakItKw: readonly number[]
  /** The most that each CDU may well draw in the hour. */
  readonly busyItKw?: readonly number[]
  /** The wet bulb that the hour may well come to. */
  readonly busyWetBulbC?: number
  /** How far the water of each CDU shoots over its setpoint when its load multiplies; absent: loads do not. */
  readonly overshootK?: readonly number[]
  readonly dewPointC: number | undefined
  readonly plantIsFree: boolean
  readonly cduIsFree: readonly boolean[]
  /** The site's a: tower = wet bulb + a under `reset`. */
  readonly resetApproachK: number
  /** Standard deviation of the one-step error, kW: widens the expected band. */
  readonly modelSpreadKw: number
  /** What small steps may be made for in hours that are held; absent: none. */
  readonly toLearn?: readonly Unknown[] | undefined
  readonly seed: number
  readonly candidates: number
}

/** One setpoint of the decision; `cdu` is -1 for the plant's own. */
export type Move = {
  readonly name: MoveName
  readonly cdu: number
  readonly before: number
  readonly value: number
  readonly why: string
}

export type CurvePoint = {
  readonly at: number
  readonly coolingKw: number
  readonly resetKw: number
  readonly lowKw: number
  readonly highKw: number
}

export type Decision = {
  readonly action: 'move' | 'hold'
  readonly settings: Settings
  /** Every free setpoint, the kept ones too: a hold renews its lease. */
  readonly moves: readonly Move[]
  readonly reason: string
  readonly notDone: readonly NotDone[]
  readonly objective: Objective['name']
  /** New minus hold, facility kW as the objective weighs the hours, negative saves: median of the ensemble, and the share of it that sees a saving. */
  readonly againstHold: {
    readonly medianKw: number
    readonly savingShare: number
    readonly facilityKw: number
  }
  readonly againstResetKw: number
  readonly chipPeakC: readonly number[]
  readonly expectedCurve: readonly CurvePoint[]
  readonly judged: number
}

/** Pure: the same inputs give the same decision. */
export function planHour(inputs: PlanInputs): Decision {
  const { of, held } = inputs
  const { site } = of.priors
  const [conditions, ...later] = hoursOf(inputs, 0)
  const now: Situation = {
    of,
    conditions,
    peakItKw: inputs.peakItKw,
    busy: busyOf(inputs),
    overshootK: inputs.overshootK,
    chipReserveK: chipReserve(of, held, inputs.peakItKw),
    leastFlowLpm: leastFlow(of, held, conditions),
  }
  const reachWithin = (hours: number) =>
    reachOf({
      site,
      held,
      durationMs: hours * hour,
      dewPointC: inputs.dewPointC,
      plantIsFree: inputs.plantIsFree,
      cduIsFree: inputs.cduIsFree,
    })
  const reach = reachWithin(1)
  const wanted = wantedLater(now, later, { held, reachWithin })
  const situation: Situation = {
    ...now,
    horizon: horizonOf(inputs.objective ?? { name: 'energy' }, wanted.later),
  }
  const reset = resetCourse(of, conditions, inputs.resetApproachK)
  const hold = judge(situation, held)
  const within = (bounds: Reach) =>
    search(situation, bounds, [intoReach(held, bounds), intoReach(reset.settings, bounds)], inputs)
  const calm = within(returnableReach(site, reach, held))
  const found = calm.verdict.penaltyKw <= mendingFromKw ? calm : within(reach)
  const best = rounded(found.settings, held, reach)
  const verdict = judge(situation, best)
  const gain = ensembleGain(inputs, situation, best)
  // A share of this hour's energy: in the hours after it the plan goes on either way.
  const worthKw = (planLimits.worthShare * hold.outcome.facilityKw) / (1 + later.length)
  const isWorth = gain.savingShare >= planLimits.worthMembers && -gain.withLaterKw >= worthKw
  // A limit that the present settings break is mended whatever it costs.
  const mends = hold.penaltyKw > mendingFromKw && verdict.penaltyKw < 0.5 * hold.penaltyKw
  const moves = isWorth || mends
  const kept = moves ? undefined : intoReach(held, reach)
  const learns = kept && learningStep(inputs, situation, reach, kept)
  const settings = learns?.settings ?? kept ?? best
  const chosen = moves ? verdict : judge(situation, settings)
  const facts = { inputs, reach, hold, chosen, gain, reset, worthKw, mends, learns }
  return {
    action: moves || learns ? 'move' : 'hold',
    settings,
    moves: movesOf(inputs, situation, settings, {
      moves: moves || learns !== undefined,
      chosen,
      gain,
      learns,
    }),
    objective: inputs.objective?.name ?? 'energy',
    reason: paragraph(facts, settings),
    notDone: notDoneOf(facts, { best, settings, found: verdict }),
    againstHold: {
      medianKw: learns ? learns.costKw : gain.medianKw,
      savingShare: learns ? 0 : gain.savingShare,
      facilityKw: hold.outcome.facilityKw,
    },
    againstResetKw: chosen.outcome.facilityKw - reset.facilityKw,
    chipPeakC: chosen.chipPeakC,
    expectedCurve: curve(inputs, settings, reset),
    judged: found.judged + wanted.judged,
  }
}

/** In an hour that would have been held, a small step that shows what is not known. */
function learningStep(
  { toLearn, held, hourStartAt }: PlanInputs,
  situation: Situation,
  reach: Reach,
  kept: Settings,
): Excitation | undefined {
  if (!toLearn || toLearn.length === 0) return undefined
  const found = excitation(situation, reach, {
    settings: kept,
    verdict: judge(situation, kept),
    unknown: toLearn,
    hourNumber: Math.floor(hourStartAt / hour),
  })
  return found && { ...found, settings: rounded(found.settings, held, reach) }
}

/** Beyond this a forecast is a weather report. */
const laterHoursMost = 5

/** Energy of one hour needs none. */
function horizonOf(objective: Objective, later: Horizon['later']): Horizon | undefined {
  if (later.length > laterHoursMost)
    throw new Error(`a plan looks 1 to ${laterHoursMost + 1} hours ahead, not ${later.length + 1}`)
  if (objective.name === 'energy' && later.length === 0) return undefined
  return { weigh: weighBy(objective, later.length + 1), later }
}

/** The coming hour and those after it as one member sees them: their load is drawn by chips as warm as the settings held make them. */
function hoursOf(
  { of, held, forecast, laterHours = [] }: PlanInputs,
  member: number,
): [Conditions, ...Conditions[]] {
  const conditionsOf = (hourAhead: HourMean) =>
    withLeakage(of, held, hourAhead, { member, perK: leakageOf(of, member) })
  return [conditionsOf(forecast), ...laterHours.map(conditionsOf)]
}

/** The most that the hour may well bring, where that is more than what is foreseen. */
function busyOf(inputs: PlanInputs): Conditions | undefined {
  const { itKw, wetBulbC } = inputs.forecast
  const { busyItKw = itKw, busyWetBulbC = wetBulbC } = inputs
  const isBusier = busyItKw.some((kw, cdu) => kw > planLimits.busyFrom * (itKw[cdu] as number))
  if (!isBusier && busyWetBulbC < wetBulbC + planLimits.busyFromK) return undefined
  return {
    itKw: busyItKw.map((kw, cdu) => Math.max(kw, itKw[cdu] as number)),
    wetBulbC: Math.max(wetBulbC, busyWetBulbC),
  }
}

const leakageOf = (of: Predictor, member: number): number => of.model.leakage.perK[member] as number

/** Below this a penalty is rounding: 4 kW is a hundredth of a kelvin of chip, or a twentieth of a per cent of valve. */
const mendingFromKw = 4

export type Gain = {
  readonly medianKw: number
  /** The same with what later hours would break. */
  readonly withLaterKw: number
  /** Share of the ensemble in which that is below zero. */
  readonly savingShare: number
}

/** New minus hold in each member but the best fit, with the same inputs: what all get wrong alike cancels. */
function ensembleGain(inputs: PlanInputs, situation: Situation, best: Settings): Gain {
  const weighed: number[] = []
  const withLater: number[] = []
  for (let member = 1; member < inputs.of.model.memberCount; member++) {
    const [first, ...later] = hoursOf(inputs, member)
    const hoursWith = (settings: Settings) => {
      const outcome = predict(inputs.of, member, settings, first)
      return weighedHours(
        situation,
        outcome,
        outcomesLater(situation, settings, { member, conditions: later }),
      )
    }
    const [moved, held] = [hoursWith(best), hoursWith(inputs.held)]
    const gainKw = moved.weighedKw - held.weighedKw
    weighed.push(gainKw)
    withLater.push(gainKw + moved.laterBrokenKw - held.laterBrokenKw)
  }
  return {
    medianKw: medianOf(weighed),
    withLaterKw: medianOf(withLater),
    savingShare: withLater.filter(gain => gain < 0).length / Math.max(1, withLater.length),
  }
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

function intoReach(settings: Settings, reach: Reach): Settings {
  const one = (value: number, bounds: { lowest: number; highest: number }) =>
    Math.min(bounds.highest, Math.max(bounds.lowest, value))
  return {
    towerLeavingC: one(settings.towerLeavingC, reach.towerLeavingC),
    towerFlowPercent: one(settings.towerFlowPercent, reach.towerFlowPercent),
    facilitySupplyC: one(settings.facilitySupplyC, reach.facilitySupplyC),
    facilityDpKpa: one(settings.facilityDpKpa, reach.facilityDpKpa),
    cduSupplyC: settings.cduSupplyC.map((value, cdu) => one(value, reach.cduSupplyC[cdu]!)),
    cduDpKpa: settings.cduDpKpa.map((value, cdu) => one(value, reach.cduDpKpa[cdu]!)),
  }
}

/** Two decimals for water, one for pressure and flow; what would move by less than an instrument sees stays put. */
function rounded(settings: Settings, held: Settings, reach: Reach): Settings {
  const one = (name: MoveName, value: number, before: number): number => {
    if (Math.abs(value - before) < sameWithin(steeredOf[name])) return before
    const steps = steeredOf[name].quantity === 'temperature' ? 100 : 10
    // Rounded to the side of the value held, so that no ramp or bound is passed by rounding.
    return (value > before ? Math.floor(value * steps + 1e-6) : Math.ceil(value * steps - 1e-6)) / steps
  }
  const inside = intoReach(settings, reach)
  return {
    towerLeavingC: one('towerLeavingC', inside.towerLeavingC, held.towerLeavingC),
    towerFlowPercent: one('towerFlowPercent', inside.towerFlowPercent, held.towerFlowPercent),
    facilitySupplyC: one('facilitySupplyC', inside.facilitySupplyC, held.facilitySupplyC),
    facilityDpKpa: one('facilityDpKpa', inside.facilityDpKpa, held.facilityDpKpa),
    cduSupplyC: inside.cduSupplyC.map((value, cdu) => one('cduSupplyC', value, held.cduSupplyC[cdu]!)),
    cduDpKpa: inside.cduDpKpa.map((value, cdu) => one('cduDpKpa', value, held.cduDpKpa[cdu]!)),
  }
}

export const settingAt = (settings: Settings, name: MoveName, cdu: number): number =>
  name === 'cduSupplyC' || name === 'cduDpKpa' ? (settings[name][cdu] as number) : settings[name]

export const withValue = (
  settings: Settings,
  at: { name: MoveName; cdu: number; value: number },
): Settings =>
  at.name === 'cduSupplyC' || at.name === 'cduDpKpa'
    ? { ...settings, [at.name]: settings[at.name].map((value, cdu) => (cdu === at.cdu ? at.value : value)) }
    : { ...settings, [at.name]: at.value }

function movesOf(
  inputs: PlanInputs,
  situation: Situation,
  settings: Settings,
  plan: { moves: boolean; chosen: Verdict; gain: Gain; learns: Excitation | undefined },
): Move[] {
  const moves: Move[] = []
  for (const name of moveNames) {
    const isOfCdu = name === 'cduSupplyC' || name === 'cduDpKpa'
    const cdus = isOfCdu
      ? inputs.cduIsFree.flatMap((free, cdu) => (free ? [cdu] : []))
      : inputs.plantIsFree
        ? [-1]
        : []
    for (const cdu of cdus) {
      const before = settingAt(inputs.held, name, cdu)
      const value = settingAt(settings, name, cdu)
      const isMoved = Math.abs(value - before) >= sameWithin(steeredOf[name]) / 2
      const without = isMoved
        ? judge(situation, withValue(settings, { name, cdu, value: before }))
        : plan.chosen
      const why = !isMoved
        ? holdReason(name, plan.moves)
        : plan.learns
          ? learnReason(plan.learns.toLearn)
          : leaseReason({ name, cdu, before, value }, { inputs, chosen: plan.chosen, without })
      moves.push({ name, cdu, before, value, why })
    }
  }
  return moves
}

/** The way there: each value walks at its ramp, so the first half hour saves less than the second. */
function curve(inputs: PlanInputs, target: Settings, reset: ResetCourse): CurvePoint[] {
  const { of, held, hourStartAt } = inputs
  return Array.from({ length: 7 }, (_, step) => {
    const elapsedMs = step * 10 * minute
    const settings = walkedSettings(of.priors.site, held, { target, elapsedMs })
    const seen = Array.from(
      { length: of.model.memberCount },
      (_, member) => predict(of, member, settings, inputs.forecast).coolingKw,
    )
    // 1.645 standard deviations: 90 % of five-minute means lie inside.
    const spread = 1.645 * inputs.modelSpreadKw
    return {
      at: hourStartAt + elapsedMs,
      coolingKw: seen[0] as number,
      resetKw: reset.coolingKw,
      lowKw: Math.max(0, Math.min(...seen) - spread),
      highKw: Math.max(...seen) + spread,
    }
  })
}
