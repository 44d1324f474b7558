import { airAfterPadsC } from '#contract/control/resetImmersion.ts'
import { featuresOf } from '#models/plant/immersion/components.ts'
import { type CoilAir, coolersAtRest, leavingAtFullAir } from '#models/plant/immersion/coolersAtRest.ts'
import {
  type ImmersionMember,
  type ImmersionSettings,
  type LoopAtRest,
  leakedKw,
  learned,
  loopAtRest,
  type Tank,
  tankAlone,
} from '#models/plant/immersion/loopAtRest.ts'
import { padsAfter } from '#models/plant/immersion/padsSwitch.ts'
import type { LearnedOutcome, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'

/** Effectiveness alone: the offset of the sensor behind the pads cools nothing. */
const padsWithoutSensor = featuresOf.pads(Number.POSITIVE_INFINITY)

/**
 * The plant at rest under these settings and conditions. Coolers at full air leave warmer coolant, a valve at its stop leaves its
 * tank warmer, pumps at full speed hold less pressure: the figures are those of the plant that comes to rest there.
 */
export function predictImmersion(
  of: ImmersionMember,
  settings: ImmersionSettings,
  conditions: OutsideConditions,
): LearnedOutcome {
  const { dryBelowC } = of.priors.site.nameplate.cooler.pads
  const { dryBulbC } = conditions
  const { padsAboveC } = settings
  const outside = coilAir(
    of,
    conditions,
    padsAfter(of.model.pads, false, { dryBulbC, padsAboveC, dryBelowC }),
  )
  const askedC = askedLeavingC(of, settings, dryBulbC)
  const tanks = conditions.itKw.map((_, unit) => tankAlone(of, unit, settings, conditions))

  let leavingC = askedC
  let loop = loopAtRest(of, tanks, leavingC, settings.facilityDpKpa)
  // Warmer coolant is pumped faster and leaves warmer still, until the valves stand open: twelve turns end it within 0.03 K.
  for (let turn = 0; turn < 12; turn++) {
    const nextC = Math.max(askedC, leavingAtFullAir(of, loop, outside))
    if (Math.abs(nextC - leavingC) < 0.02) break
    leavingC = nextC
    loop = loopAtRest(of, tanks, leavingC, settings.facilityDpKpa)
  }
  return outcomeOf(
    of,
    { tanks, loop, conditions, leavingC, settings },
    coolersAtRest(of, loop, leavingC, outside),
  )
}

/** Air as it reaches the coils, behind wet or dry pads. */
export function coilAir(
  of: ImmersionMember,
  { dryBulbC, wetBulbC }: OutsideConditions,
  padsWet: boolean,
): CoilAir {
  const { effectiveness, dryBelowC } = of.priors.site.nameplate.cooler.pads
  const pads = { effectiveness: effectiveness * learned(of, 'pads', padsWithoutSensor), dryBelowC }
  return { airC: airAfterPadsC(pads, { dryBulbC, wetBulbC, padsOn: padsWet }), padsWet }
}

/** Setpoint that the coolers make of what is asked: in frost they keep their coolant warm. */
export function askedLeavingC(
  { priors }: ImmersionMember,
  { facilitySupplyC }: ImmersionSettings,
  dryBulbC: number,
): number {
  const { winter } = priors.site.nameplate.cooler
  return dryBulbC < winter.belowC ? Math.max(facilitySupplyC, winter.leavingLowestC) : facilitySupplyC
}

export function outcomeOf(
  of: ImmersionMember,
  at: {
    tanks: readonly Tank[]
    loop: LoopAtRest
    conditions: OutsideConditions
    leavingC: number
    settings: ImmersionSettings
  },
  coolersKw: number,
): LearnedOutcome {
  const { priors } = of
  const { tanks, loop, conditions, settings } = at
  let rackKw = 0
  let tankPumpKw = 0
  let unmetK = Math.max(0, at.leavingC - settings.facilitySupplyC)
  const hottestC: number[] = []
  const meanJunctionC: number[] = []
  for (const [index, tank] of tanks.entries()) {
    const reachedC = loop.reachedC[index] as number
    const meanC = reachedC + tank.riseK * priors.meanOverHottest(tank.plainItKw)
    hottestC.push(reachedC + tank.riseK)
    meanJunctionC.push(meanC)
    rackKw += leakedKw(tank.plainItKw, meanC, index, conditions)
    tankPumpKw += tank.pumpKw
    unmetK = Math.max(unmetK, reachedC - tank.supplyC)
  }
  const itKw = rackKw * learned(of, 'itMeter', featuresOf.itMeter())
  const lossesKw =
    priors.losses(itKw, tankPumpKw, loop.pumpKw + coolersKw) *
    learned(of, 'losses', featuresOf.losses(priors, itKw))
  return {
    facilityKw: itKw + tankPumpKw + loop.pumpKw + coolersKw + lossesKw,
    itKw,
    partsKw: { cduPumps: tankPumpKw, facilityPumps: loop.pumpKw, dryCoolers: coolersKw },
    lossesKw,
    hottestC,
    meanJunctionC,
    valvePercent: loop.openings.map(opening => 100 * opening),
    unmetK,
  }
}
