import { leakageFactor } from '#models/physics/coldPlates.ts'
import { counterFlowEffectiveness } from '#models/physics/exchangers.ts'
import { featuresOf } from '#models/plant/components.ts'
import { factorOf, type PlantModel } from '#models/plant/model.ts'
import type { Priors } from '#models/plant/priors.ts'
import { type ResidualPart, residualInputs, residualLog } from '#models/plant/residualNets.ts'

/** What may be set. CDU arrays are in the order of the site's CDUs. */
export type Settings = {
  readonly towerLeavingC: number
  readonly towerFlowPercent: number
  readonly facilitySupplyC: number
  readonly facilityDpKpa: number
  readonly cduSupplyC: readonly number[]
  readonly cduDpKpa: readonly number[]
}

/** What comes from outside. */
export type Conditions = {
  readonly itKw: readonly number[]
  readonly wetBulbC: number
  /**
   * Mean junction temperatures at which `itKw` was drawn, and the assumed leakage: chips that run warmer draw more.
   * Absent: IT power is taken as it is.
   */
  readonly leakage?: { readonly referenceC: readonly number[]; readonly perK: number }
  /** Facility supply from which the plant comes, where it is warmer than its setpoint; absent: it holds what is asked. */
  readonly facilityC?: number
  /** Heat of each CDU that warms its loop instead of reaching the exchanger; absent: none, at rest. */
  readonly storedKw?: readonly number[]
}

export type CduOutcome = {
  readonly itKw: number
  readonly flowLpm: number
  readonly primaryLpm: number
  readonly pumpKw: number
  /** Opening that the primary valve needs, per cent; above 100 the supply cannot be held. */
  readonly valvePercent: number
  readonly chipC: number
  readonly meanJunctionC: number
}

export type Outcome = {
  readonly cdus: readonly CduOutcome[]
  readonly itKw: number
  readonly cduPumpKw: number
  readonly facilityPumpKw: number
  readonly towerFanKw: number
  readonly towerPumpKw: number
  readonly coolingKw: number
  readonly lossesKw: number
  readonly nonItKw: number
  readonly facilityKw: number
  /** Share of full air that the tower needs; above 1 it cannot hold its setpoint. */
  readonly towerAir: number
  /** Coldest facility supply that the exchanger can make of this tower water. */
  readonly facilityReachableC: number
  readonly towerHeatKw: number
  readonly towerLpm: number
  readonly primaryLpm: number
}

export type Predictor = { readonly priors: Priors; readonly model: PlantModel }

/** As if every setpoint were held; the outcome tells which are not. Enough for a search that shuns those. */
export function predictUnsettled(
  of: Predictor,
  member: number,
  settings: Settings,
  conditions: Conditions,
): Outcome {
  const cdus = conditions.itKw.map((_, cdu) => predictCdu(of, member, cdu, settings, conditions))
  return predictPlant(of, member, cdus, settings, conditions.wetBulbC)
}

/** One CDU with its racks; independent of the others but for the facility water that all share. */
export function predictCdu(
  of: Predictor,
  member: number,
  cdu: number,
  settings: Settings,
  conditions: Conditions,
): CduOutcome {
  const { priors, model } = of
  const unit = { unit: cdu, member }
  const supplyC = settings.cduSupplyC[cdu] as number
  const dpKpa = settings.cduDpKpa[cdu] as number
  const plainItKw = conditions.itKw[cdu] as number
  const flowLpm = cduFlowAt(of, unit, dpKpa)
  const riseK =
    priors.chipRise(plainItKw, flowLpm) *
    factorOf(model, 'chipRise', unit, featuresOf.chipRise(priors, plainItKw, flowLpm))
  const pumpKw =
    priors.cduPump(flowLpm, dpKpa) * factorOf(model, 'cduPump', unit, featuresOf.cduPump(priors, flowLpm))
  const heatKw = plainItKw + pumpKw - (conditions.storedKw?.[cdu] ?? 0)
  const neededLpm = primaryFlow(of, unit, {
    heatKw,
    flowLpm,
    supplyC,
    facilityC: settings.facilitySupplyC,
  })
  const fullOpenLpm = priors.primaryFullOpen(settings.facilityDpKpa)
  const ratio = neededLpm / fullOpenLpm
  // A saturated valve passes what it can; the supply then stands above its setpoint and the verdict says so.
  const primaryLpm = Math.min(neededLpm, fullOpenLpm * ratioAtOpening(model, unit, 1))
  const valvePercent = 100 * ratio * factorOf(model, 'cduValve', unit, featuresOf.cduValve(ratio))
  const reachedC =
    primaryLpm < neededLpm
      ? supplyAt(of, unit, {
          heatKw,
          flowLpm,
          primaryLpm,
          facilityC: settings.facilitySupplyC,
        })
      : supplyC
  const meanJunctionC = Math.max(supplyC, reachedC) + riseK * priors.meanOverHottest(plainItKw)
  const leakage = conditions.leakage
  // Leakage grows with the temperature itself: near-idle chips at 30 °C gain 0.4 of what chips at 65 °C gain by a kelvin.
  const itKw = leakage
    ? (plainItKw * leakageFactor(meanJunctionC, leakage.perK)) /
      leakageFactor(leakage.referenceC[cdu] as number, leakage.perK)
    : plainItKw
  return {
    itKw,
    flowLpm,
    primaryLpm,
    pumpKw,
    valvePercent,
    chipC: Math.max(supplyC, reachedC) + riseK,
    meanJunctionC,
  }
}

/** Secondary flow at this pressure. */
export const cduFlowAt = (
  { priors, model }: Predictor,
  unit: { readonly unit: number; readonly member: number },
  dpKpa: number,
): number => priors.cduFlow(dpKpa) * factorOf(model, 'cduFlow', unit, featuresOf.cduFlow(priors, dpKpa))

/** Secondary supply that this primary flow makes: heat = perK × (secondary return - facility supply). */
function supplyAt(
  of: Predictor,
  unit: { unit: number; member: number },
  at: { heatKw: number; flowLpm: number; primaryLpm: number; facilityC: number },
): number {
  const { perK, hot } = exchange(of, unit, at.flowLpm, at.primaryLpm)
  return at.facilityC + at.heatKw / perK - at.heatKw / hot
}

type Duty = {
  readonly heatKw: number
  readonly flowLpm: number
  readonly supplyC: number
  readonly facilityC: number
}

/** Beyond this multiple of design flow no valve passes more; a need above it reads as saturation. */
const primaryFlowMost = 2.5

/** Primary flow that cools the secondary to its supply: the heat moved rises with flow, so bisection finds it. */
function primaryFlow(of: Predictor, unit: { unit: number; member: number }, duty: Duty): number {
  const design = of.priors.site.design.cduPrimaryFlowLpm
  let low = 0.005 * design
  let high = primaryFlowMost * design
  if (heatMoved(of, unit, duty, high) < duty.heatKw) return high
  // 12 halvings in the logarithm of 500 : 1 leave 0.15 % of flow.
  for (let halving = 0; halving < 12; halving++) {
    const middle = Math.sqrt(low * high)
    if (heatMoved(of, unit, duty, middle) < duty.heatKw) low = middle
    else high = middle
  }
  return Math.sqrt(low * high)
}

function heatMoved(
  of: Predictor,
  unit: { unit: number; member: number },
  duty: Duty,
  primaryLpm: number,
): number {
  const { perK, hot } = exchange(of, unit, duty.flowLpm, primaryLpm)
  return perK * (duty.supplyC + duty.heatKw / hot - duty.facilityC)
}

/** Heat per kelvin between the inlets, and the secondary's capacity flow, both kW/K. */
function exchange(
  of: Predictor,
  unit: { unit: number; member: number },
  flowLpm: number,
  primaryLpm: number,
): { perK: number; hot: number } {
  const { priors, model } = of
  const hot = priors.secondaryKwPerKLpm * flowLpm
  const cold = priors.facilityKwPerKLpm * primaryLpm
  const least = Math.min(hot, cold)
  const ua =
    priors.cduUa(flowLpm, primaryLpm) *
    factorOf(model, 'cduExchanger', unit, featuresOf.cduExchanger(priors, flowLpm, primaryLpm))
  return { perK: least * counterFlowEffectiveness(ua / least, least / Math.max(hot, cold)), hot }
}

/** What a part's networks add to its equations; 1 where none are used. */
function beyondEquations(
  of: Predictor,
  member: number,
  part: ResidualPart,
  first: number,
  second = Number.NaN,
): number {
  const learned = of.model.residualNets[part]
  if (learned.nets.length === 0) return 1
  return Math.exp(residualLog(learned, member, residualInputs[part](of, first, second)))
}

/** What a plant is in the middle of; at rest nothing is stored, and as many pumps run as the flow needs. */
export type Moment = {
  readonly pumpsRunning: number
  /** Heat that warms the water instead of reaching the tower; below 0 the tower carries away what was stored. */
  readonly storedKw: number
}

export function predictPlant(
  of: Predictor,
  member: number,
  cdus: readonly CduOutcome[],
  settings: Settings,
  wetBulbC: number,
  moment?: Moment,
): Outcome {
  const { priors, model } = of
  const plant = { unit: 0, member }
  let rackKw = 0
  let cduPumpKw = 0
  let primaryLpm = 0
  for (const cdu of cdus) {
    rackKw += cdu.itKw
    cduPumpKw += cdu.pumpKw
    primaryLpm += cdu.primaryLpm
  }
  const facilityPumpKw =
    priors.facilityPump(primaryLpm, settings.facilityDpKpa, moment?.pumpsRunning) *
    factorOf(model, 'facilityPump', plant, featuresOf.facilityPump(priors, primaryLpm)) *
    beyondEquations(of, member, 'facilityPump', primaryLpm, settings.facilityDpKpa)
  const heatKw = rackKw + cduPumpKw + facilityPumpKw
  const askedLpm = priors.askedTowerLpm(settings.towerFlowPercent)
  const towerLpm =
    askedLpm * factorOf(model, 'towerFlow', plant, featuresOf.towerFlow(settings.towerFlowPercent))
  const towerPumpKw =
    priors.towerPump(towerLpm) *
    factorOf(model, 'towerPump', plant, featuresOf.towerPump(priors, towerLpm)) *
    beyondEquations(of, member, 'towerPump', towerLpm)
  const plateAir = priors.towerAir({
    heatKw: heatKw + towerPumpKw - (moment?.storedKw ?? 0),
    leavingC: settings.towerLeavingC,
    wetBulbC,
    flowLpm: towerLpm,
    askedLpm,
  })
  const towerAir =
    plateAir *
    factorOf(model, 'towerAir', plant, featuresOf.towerAir(plateAir, settings.towerLeavingC - wetBulbC))
  const towerFanKw =
    priors.towerFan(towerAir, towerLpm, askedLpm) *
    beyondEquations(of, member, 'towerFan', towerAir, towerLpm)
  const itKw = rackKw * factorOf(model, 'itMeter', plant, featuresOf.itMeter())
  const lossesKw =
    priors.losses(itKw, cduPumpKw, facilityPumpKw + towerFanKw + towerPumpKw) *
    factorOf(model, 'losses', plant, featuresOf.losses(priors, itKw)) *
    beyondEquations(of, member, 'losses', itKw)
  const coolingKw = cduPumpKw + facilityPumpKw + towerFanKw + towerPumpKw
  return {
    cdus,
    itKw,
    cduPumpKw,
    facilityPumpKw,
    towerFanKw,
    towerPumpKw,
    coolingKw,
    lossesKw,
    nonItKw: coolingKw + lossesKw,
    facilityKw: itKw + coolingKw + lossesKw,
    towerAir,
    towerHeatKw: heatKw + towerPumpKw,
    towerLpm,
    primaryLpm,
    facilityReachableC: facilityReachable(of, member, {
      heatKw,
      primaryLpm,
      towerLpm,
      towerLeavingC: settings.towerLeavingC,
    }),
  }
}

/** Facility supply with the exchanger fully in use: heat = perK × (facility return - tower leaving). */
function facilityReachable(
  of: Predictor,
  member: number,
  at: { heatKw: number; primaryLpm: number; towerLpm: number; towerLeavingC: number },
): number {
  const { perK, hot } = plantExchange(of, member, at)
  return at.towerLeavingC + at.heatKw / perK - at.heatKw / hot
}

/** The plant's exchanger fully in use: heat per kelvin between the inlets, and the facility's capacity flow, both kW/K. */
export function plantExchange(
  { priors, model }: Predictor,
  member: number,
  at: { readonly primaryLpm: number; readonly towerLpm: number },
): { perK: number; hot: number } {
  const hot = priors.facilityKwPerKLpm * at.primaryLpm
  const cold = priors.towerKwPerKLpm * at.towerLpm
  const least = Math.min(hot, cold)
  const ua =
    priors.exchangerUa(at.primaryLpm, at.towerLpm) *
    factorOf(
      model,
      'plantExchanger',
      { unit: 0, member },
      featuresOf.plantExchanger(priors, at.primaryLpm, at.towerLpm),
    )
  return { perK: least * counterFlowEffectiveness(ua / least, least / Math.max(hot, cold)), hot }
}

/** The valve's line read backwards: share of full flow that this opening passes. */
function ratioAtOpening(model: PlantModel, unit: { unit: number; member: number }, opening: number): number {
  const [level = 0, slope = 0] = model.parameters.cduValve[unit.unit]?.[unit.member] ?? []
  return Math.exp((Math.log(opening) - level) / (1 + slope))
}

/**
 * Hottest chip at a peak load that no one has planned for: the valve opens to 97 % and no further, the facility water
 * warms by as much as the exchanger lacks, and the CDU's supply with it.
 */
export function chipAtPeak(
  of: Predictor,
  member: number,
  cdu: number,
  settings: Settings,
  peak: { readonly itKw: number; readonly facilityC: number },
): number {
  const { priors, model } = of
  const unit = { unit: cdu, member }
  const dpKpa = settings.cduDpKpa[cdu] as number
  const flowLpm = cduFlowAt(of, unit, dpKpa)
  const pumpKw =
    priors.cduPump(flowLpm, dpKpa) * factorOf(model, 'cduPump', unit, featuresOf.cduPump(priors, flowLpm))
  const heatKw = peak.itKw + pumpKw
  const full = priors.primaryFullOpen(settings.facilityDpKpa)
  const passes = full * ratioAtOpening(model, unit, 0.97)
  const reachableC = supplyAt(of, unit, { heatKw, flowLpm, primaryLpm: passes, facilityC: peak.facilityC })
  const supplyC = Math.max(settings.cduSupplyC[cdu] as number, reachableC)
  return (
    supplyC +
    priors.chipRise(peak.itKw, flowLpm) *
      factorOf(model, 'chipRise', unit, featuresOf.chipRise(priors, peak.itKw, flowLpm))
  )
}
