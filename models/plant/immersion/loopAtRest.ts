import { leakageFactor } from '#models/physics/coldPlates.ts'
import { counterFlowEffectiveness } from '#models/physics/exchangers.ts'
import type { Features } from '#models/plant/fitFactors.ts'
import type { PlantComponent } from '#models/plant/immersion/beliefs.ts'
import { featuresOf } from '#models/plant/immersion/components.ts'
import { factorOf, type ImmersionModel } from '#models/plant/immersion/model.ts'
import type { ImmersionPriors } from '#models/plant/immersion/priors.ts'
import { zeroOfRising } from '#models/plant/immersion/solve.ts'
import type { OutsideConditions } from '#models/plant/learned/learnedPlant.ts'

/** What may be set; tanks in the site's order. */
export type ImmersionSettings = {
  readonly tankSupplyC: readonly number[]
  readonly facilitySupplyC: number
  readonly tankDpKpa: readonly number[]
  readonly facilityDpKpa: number
  readonly padsAboveC: number
}

/** One member of the ensemble. */
export type ImmersionMember = {
  readonly priors: ImmersionPriors
  readonly model: ImmersionModel
  readonly member: number
}

/** What a tank does by itself, whatever the facility's coolant. */
export type Tank = {
  readonly unit: number
  readonly plainItKw: number
  readonly itKw: number
  readonly supplyC: number
  readonly flowLpm: number
  readonly pumpKw: number
  readonly riseK: number
  /** Capacity flow of the dielectric, kW/K. */
  readonly hot: number
}

/** All tanks on one facility loop at rest. */
export type LoopAtRest = {
  readonly primaryLpm: readonly number[]
  /** Share of full opening; above 1 the supply cannot be held. */
  readonly openings: readonly number[]
  readonly reachedC: readonly number[]
  readonly flowLpm: number
  readonly pumpKw: number
  /** What the coolers must give to the air. */
  readonly heatKw: number
}

/** Learned ÷ nameplate for a component of the plant. */
export const learned = (
  { model, member }: ImmersionMember,
  name: PlantComponent,
  features: Features,
): number => factorOf(model, name, { unit: 0, member }, features)

/** Chips that run warmer draw more: IT power at this mean junction, where it was drawn at the reference. */
export function leakedKw(
  plainKw: number,
  meanC: number,
  unit: number,
  { leakage }: OutsideConditions,
): number {
  const reference = leakage?.referenceC[unit]
  return leakage && reference !== undefined
    ? (plainKw * leakageFactor(meanC, leakage.perK)) / leakageFactor(reference, leakage.perK)
    : plainKw
}

export function tankAlone(
  { priors, model, member }: ImmersionMember,
  unit: number,
  settings: ImmersionSettings,
  conditions: OutsideConditions,
): Tank {
  const at = { unit, member }
  const plainItKw = conditions.itKw[unit] as number
  const supplyC = settings.tankSupplyC[unit] as number
  const dpKpa = settings.tankDpKpa[unit] as number
  const flowLpm = priors.tankFlow(dpKpa) * factorOf(model, 'tankFlow', at, featuresOf.tankFlow(priors, dpKpa))
  const riseK =
    priors.chipRise(plainItKw, flowLpm) *
    factorOf(model, 'chipRise', at, featuresOf.chipRise(priors, plainItKw, flowLpm))
  const meanC = supplyC + riseK * priors.meanOverHottest(plainItKw)
  return {
    unit,
    plainItKw,
    itKw: leakedKw(plainItKw, meanC, unit, conditions),
    supplyC,
    flowLpm,
    pumpKw:
      priors.tankPump(flowLpm, dpKpa) * factorOf(model, 'tankPump', at, featuresOf.tankPump(priors, flowLpm)),
    riseK,
    hot: priors.dielectricKwPerKLpm * flowLpm,
  }
}

/**
 * Tanks on coolant of this temperature; where the pumps cannot hold the pressure, on the pressure that they can.
 * `pumpsRunning` where it is known: two or three pumps may carry the same flow.
 */
export function loopAtRest(
  of: ImmersionMember,
  tanks: readonly Tank[],
  facilityC: number,
  dpSpKpa: number,
  pumpsRunning?: number,
): LoopAtRest {
  const { priors } = of
  const needed = tanks.map(tank => primaryNeeded(of, tank, facilityC))
  const widest = tanks.map(tank => shareFullyOpen(of, tank.unit))
  const dpKpa = pressureHeld(of, needed, widest, dpSpKpa)
  const fullLpm = priors.primaryFullOpen(dpKpa)
  let heatKw = 0
  let sumLpm = 0
  const primaryLpm: number[] = []
  const reachedC: number[] = []
  const openings: number[] = []
  for (const [index, tank] of tanks.entries()) {
    const want = needed[index] as number
    const most = fullLpm * (widest[index] as number)
    const lpm = Math.min(want, most)
    const ratio = want / fullLpm
    primaryLpm.push(lpm)
    openings.push(ratio * valveFactor(of, tank.unit, ratio))
    reachedC.push(want > most ? Math.max(tank.supplyC, supplyWith(of, tank, lpm, facilityC)) : tank.supplyC)
    heatKw += tank.itKw + tank.pumpKw
    sumLpm += lpm
  }
  const flowLpm = priors.loopFlow(sumLpm)
  const running =
    pumpsRunning === undefined
      ? priors.facilityStages(flowLpm) *
        learned(of, 'facilityStages', featuresOf.facilityStages(priors, flowLpm))
      : pumpsRunning * priors.leastRunning
  const pumpKw =
    priors.facilityPump(flowLpm, dpKpa, Math.min(1, Math.max(priors.leastRunning, running))) *
    learned(of, 'facilityPump', featuresOf.facilityPump(priors, flowLpm))
  return { primaryLpm, openings, reachedC, flowLpm, pumpKw, heatKw: heatKw + pumpKw }
}

const valveFactor = ({ model, member }: ImmersionMember, unit: number, ratio: number): number =>
  factorOf(model, 'tankValve', { unit, member }, featuresOf.tankValve(ratio))

/** The valve's line read backwards: share of the plate's full flow that the open valve passes. */
function shareFullyOpen({ model, member }: ImmersionMember, unit: number): number {
  const [level = 0, slope = 0] = model.parameters.tankValve[unit]?.[member] ?? []
  return Math.exp(-level / (1 + slope))
}

/** Facility pressure that the pumps can hold: flow rises with it, what pumps have left falls with flow; they cross once. */
function pressureHeld(
  { priors }: ImmersionMember,
  needed: readonly number[],
  widest: readonly number[],
  dpSpKpa: number,
): number {
  const lackKpa = (dpKpa: number): number => {
    const fullLpm = priors.primaryFullOpen(dpKpa)
    let flowLpm = 0
    for (let tank = 0; tank < needed.length; tank++)
      flowLpm += Math.min(needed[tank] as number, fullLpm * (widest[tank] as number))
    return dpKpa - priors.facilityDpMost(priors.loopFlow(flowLpm))
  }
  return lackKpa(dpSpKpa) <= 0 ? dpSpKpa : zeroOfRising(lackKpa, { low: 1, high: dpSpKpa, closeEnough: 0.1 })
}

/** Beyond this multiple of design flow no valve passes more; a need above it reads as saturation. */
const primaryMost = 2.5
const primaryLeast = 0.005

/** Primary flow that cools the dielectric to its supply: the heat moved rises with flow. */
function primaryNeeded(of: ImmersionMember, tank: Tank, facilityC: number): number {
  const design = of.priors.site.design.tankPrimaryFlowLpm
  const heatKw = tank.itKw + tank.pumpKw
  const spreadK = tank.supplyC + heatKw / tank.hot - facilityC
  if (spreadK <= 0 || tank.supplyC <= facilityC) return primaryMost * design
  // With an endless exchanger this flow would do: less never does.
  const leastLpm = Math.max(primaryLeast * design, heatKw / spreadK / of.priors.facilityKwPerKLpm)
  const wanted = heatKw / spreadK
  return Math.exp(
    zeroOfRising(logLpm => heatPerK(of, tank, Math.exp(logLpm)) / wanted - 1, {
      low: Math.log(Math.min(leastLpm, primaryMost * design)),
      high: Math.log(primaryMost * design),
      closeEnough: 5e-5,
    }),
  )
}

/** Dielectric supply that this primary flow makes: heat = heat per kelvin × (dielectric return - facility supply). */
function supplyWith(of: ImmersionMember, tank: Tank, primaryLpm: number, facilityC: number): number {
  const heatKw = tank.itKw + tank.pumpKw
  return facilityC + heatKw / heatPerK(of, tank, primaryLpm) - heatKw / tank.hot
}

/** Heat per kelvin between the exchanger's inlets, kW/K. */
function heatPerK({ priors, model, member }: ImmersionMember, tank: Tank, primaryLpm: number): number {
  const cold = priors.facilityKwPerKLpm * primaryLpm
  const least = Math.min(tank.hot, cold)
  const ua =
    priors.tankUa(tank.flowLpm, primaryLpm) *
    factorOf(
      model,
      'tankExchanger',
      { unit: tank.unit, member },
      featuresOf.tankExchanger(priors, tank.flowLpm, primaryLpm),
    )
  return least * counterFlowEffectiveness(ua / least, least / Math.max(tank.hot, cold))
}
