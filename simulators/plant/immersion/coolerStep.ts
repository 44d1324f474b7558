import { airAfterPadsC } from '#contract/control/resetImmersion.ts'
import { effectiveness, filmsConductanceKwPerK } from '#models/physics/exchangers.ts'
import { cyclingFan } from '#models/physics/pumpsAndFans.ts'
import { padWaterKgPerS } from '#models/physics/towerWater.ts'
import type { ImmersionSizing } from '#simulators/plant/immersion/immersionSizing.ts'
import { type CoolersState, sumpShare } from '#simulators/plant/immersion/immersionState.ts'
import type { TankPlant } from '#simulators/plant/immersion/tankStep.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** Pads that ran go on until the air is this much below their setpoint: clouds do not switch them. */
const padsHysteresisK = 1

/**
 * Heat that the coils pass per kelvin between return and air. Units stand side by side: those whose fan is tripped still see
 * their share of the coolant, and air that moves by itself.
 */
export function coilOf(
  coolers: CoolersState,
  plant: TankPlant,
  moment: { kwPerK: number; flowLpm: number; air: OutdoorAir },
): { heatPerK: number; airFlow: number } {
  const { cooler } = plant.site.nameplate
  switchPads(coolers, plant, moment.air)
  coolers.airC = airAfterPadsC(cooler.pads, { ...moment.air, padsOn: coolers.padsWet })
  let standing = 0
  for (const isTripped of coolers.fanTripped) if (isTripped) standing++
  const working = 1 - standing / coolers.fanTripped.length
  const fan = cyclingFan(Math.max(0, coolers.demand), {
    leastSpeed: cooler.fanLeastSpeedFraction,
    freeConvection: cooler.freeConvectionFraction,
  })
  const wetFactor = coolers.padsWet ? cooler.pads.fanPowerFactor : 1
  coolers.fanKw = working * fan.power * wetFactor * plant.site.design.fanPowerKw
  coolers.padPumpKw = coolers.padsWet ? cooler.pads.pumpKw : 0
  const through = 1 - coolers.bypass
  const coolant = {
    kwPerK: moment.kwPerK * through,
    fraction: (moment.flowLpm * through) / plant.site.design.facilityFlowLpm,
  }
  const share = coolers.cleanShare
  const still = cooler.freeConvectionFraction
  let heatPerK = 0
  if (working > 0) heatPerK += working * unitHeatPerK(plant, coolant, fan.air, share)
  if (working < 1) heatPerK += (1 - working) * unitHeatPerK(plant, coolant, still, share)
  return { heatPerK, airFlow: working * fan.air + (1 - working) * still }
}

/** All coils at one air flow: cross flow, film of coolant ∝ flow^0.85 and of air ∝ flow^0.8 in series (YARDSTICKS 1). */
function unitHeatPerK(
  { site, sizing }: { site: TankPlant['site']; sizing: ImmersionSizing },
  coolant: { kwPerK: number; fraction: number },
  airFraction: number,
  cleanShare: number,
): number {
  const { cooler } = site.nameplate
  const airKwPerK = sizing.coilAirKwPerK * airFraction
  const least = Math.min(coolant.kwPerK, airKwPerK)
  if (least <= 0) return 0
  const uaKwPerK =
    cleanShare *
    filmsConductanceKwPerK(site.design.coilUaKwPerK, {
      hot: { fraction: coolant.fraction, exponent: cooler.coolantExponent },
      cold: { fraction: airFraction, exponent: cooler.airExponent },
      hotToCold: 1 / cooler.airToCoolantFilm,
    })
  const ratio = least / Math.max(coolant.kwPerK, airKwPerK)
  return least * effectiveness('cross', { ntu: uaKwPerK / least, ratio })
}

/** Pads run above their setpoint, and never where they could freeze. */
function switchPads(coolers: CoolersState, { site }: TankPlant, { dryBulbC }: OutdoorAir): void {
  const { dryBelowC } = site.nameplate.cooler.pads
  const threshold = coolers.padsAboveC - (coolers.padsWet ? padsHysteresisK : 0)
  coolers.padsWet = dryBulbC > threshold && dryBulbC >= dryBelowC
}

/** Lowest setpoint that the coolers take: 10 °C while the air is below 2 °C, so that nothing downstream freezes. */
export const leavingHeldC = (coolers: CoolersState, { site }: TankPlant, dryBulbC: number): number => {
  const { winter } = site.nameplate.cooler
  return dryBulbC < winter.belowC ? Math.max(winter.leavingLowestC, coolers.leavingSpC) : coolers.leavingSpC
}

/** The coolers' own loop and the water of the pads. */
export function stepCoolerDevices(
  coolers: CoolersState,
  plant: TankPlant,
  moment: { supplyC: number; air: OutdoorAir; seconds: number; airFlow: number },
): void {
  const errorK = moment.supplyC - leavingHeldC(coolers, plant, moment.air.dryBulbC)
  // One loop, two ranges, bypass then fans: 0.06 of what is asked per kelvin, reset time 120 s; 60 s from end to end.
  const change =
    Math.max(0.25, Math.abs(coolers.demand)) *
    (0.06 * (errorK - coolers.lastErrorK) + 0.0005 * errorK * moment.seconds)
  coolers.lastErrorK = errorK
  const most = moment.seconds / 60
  coolers.demand = Math.max(-1, Math.min(1, coolers.demand + Math.max(-most, Math.min(most, change))))
  stepBypass(coolers, plant, moment)
  stepPadWater(coolers, plant, moment)
}

/** In frost a limiter opens the bypass over the last kelvins above the lowest leaving temperature, whatever the loop asks. */
const frostBandK = 4

/** The bypass follows the loop or the frost limiter, whichever opens it further, in 30 s from end to end. */
function stepBypass(
  coolers: CoolersState,
  { site }: TankPlant,
  moment: { supplyC: number; air: OutdoorAir; seconds: number },
): void {
  if (coolers.bypassIsStuck) return
  const { winter } = site.nameplate.cooler
  const overC = moment.supplyC - winter.leavingLowestC
  const limiter = moment.air.dryBulbC < winter.belowC ? 1 - overC / frostBandK : 0
  const wanted = Math.min(1, Math.max(0, -coolers.demand, limiter))
  const most = moment.seconds / 30
  coolers.bypass += Math.max(-most, Math.min(most, wanted - coolers.bypass))
  // Fans rest while the limiter holds.
  if (limiter > 0) coolers.demand = Math.min(coolers.demand, 0)
}

/** Evaporation from the air's own balance, bleed by cycles of concentration, float valve: what comes in goes out or stays. */
function stepPadWater(
  coolers: CoolersState,
  { site }: TankPlant,
  moment: { air: OutdoorAir; seconds: number; airFlow: number },
): void {
  const { pads } = site.nameplate.cooler
  const minutes = moment.seconds / 60
  coolers.evaporationLpm = coolers.padsWet
    ? 60 *
      padWaterKgPerS({
        ...moment.air,
        airKgPerS: site.design.airKgPerS * moment.airFlow,
        afterC: coolers.airC,
      })
    : 0
  const bleedLpm = coolers.evaporationLpm / (pads.cyclesOfConcentration - 1)
  // The float passes a tenth of what is missing in a minute, and what leaves.
  const missingL = sumpShare * pads.sumpL - coolers.sumpL
  coolers.makeupLpm = Math.max(
    0,
    coolers.evaporationLpm + bleedLpm + missingL * Math.min(0.1, 1 / Math.max(1, minutes)),
  )
  coolers.evaporatedL += coolers.evaporationLpm * minutes
  coolers.bledL += bleedLpm * minutes
  coolers.madeUpL += coolers.makeupLpm * minutes
  coolers.sumpL += (coolers.makeupLpm - coolers.evaporationLpm - bleedLpm) * minutes
}
