import { rootOfRising } from '#models/physics/curves.ts'
import { effectiveness, filmsConductanceKwPerK, ntuOf } from '#models/physics/exchangers.ts'
import { fanPowerFraction } from '#models/physics/pumpsAndFans.ts'

/**
 * Dry cooler from its design point: cross flow with both sides unmixed, hA ∝ flow^0.85 on the coolant's side and flow^0.8 on the
 * air's (YARDSTICKS 1; Modelica Buildings HADryCoil), the air film half as conductive as the coolant's at design. Valid for
 * sensible heat only, coolant above the air, air flow from a twentieth of design up.
 */
export type DryCoolerDesign = {
  readonly heatKw: number
  readonly coolantInC: number
  readonly coolantOutC: number
  readonly airInC: number
  readonly fanPowerKw: number
  /** Design capacity flow of air ÷ that of the coolant. */
  readonly airToCoolant: number
  /** Share of the design air that moves with the fans still. */
  readonly freeConvectionFraction: number
}

export type DryCoolerMoment = {
  readonly coolantInC: number
  readonly coolantFlowFraction: number
  /** Air as it enters the coil, after the pads. */
  readonly airInC: number
}

/** Air film ÷ coolant film at design (Buildings HADryCoil, Data.DryCooler). */
const airToCoolantFilm = 0.5

/** Capacity flow of air at design, kW/K: 2,931 kW over 5.56 K with equal flows is 527 kW/K, 524 kg/s of air. */
export const dryCoolerAirKwPerK = (design: DryCoolerDesign): number =>
  (design.airToCoolant * design.heatKw) / (design.coolantInC - design.coolantOutC)

/**
 * Leaving coolant at a fan speed, 0..1. BAC TDFS1238N, 2,931 kW, 46.11 → 40.55 °C at 35 °C air: with half the fan speed 42.4 °C.
 * Coolant colder than the air passes as it came.
 */
export function dryCoolerLeavingC(
  design: DryCoolerDesign,
  moment: DryCoolerMoment,
  fanSpeedRatio: number,
): number {
  const airFraction = Math.max(fanSpeedRatio, design.freeConvectionFraction)
  const designCoolant = design.heatKw / (design.coolantInC - design.coolantOutC)
  const coolant = designCoolant * moment.coolantFlowFraction
  const air = dryCoolerAirKwPerK(design) * airFraction
  if (coolant <= 0 || air <= 0 || moment.coolantInC <= moment.airInC) return moment.coolantInC
  const uaKwPerK = filmsConductanceKwPerK(designUaKwPerK(design), {
    hot: { fraction: moment.coolantFlowFraction, exponent: 0.85 },
    cold: { fraction: airFraction, exponent: 0.8 },
    hotToCold: 1 / airToCoolantFilm,
  })
  const least = Math.min(coolant, air)
  const share = effectiveness('cross', { ntu: uaKwPerK / least, ratio: least / Math.max(coolant, air) })
  return moment.coolantInC - (share * least * (moment.coolantInC - moment.airInC)) / coolant
}

/** Fan speed that brings the coolant to a temperature; 0 or 1 where it is passed or out of reach. */
export function dryCoolerFanSpeedRatio(
  design: DryCoolerDesign,
  moment: DryCoolerMoment,
  coolantOutC: number,
): number {
  if (dryCoolerLeavingC(design, moment, 0) <= coolantOutC) return 0
  if (dryCoolerLeavingC(design, moment, 1) >= coolantOutC) return 1
  return rootOfRising(speed => coolantOutC - dryCoolerLeavingC(design, moment, speed), {
    low: design.freeConvectionFraction,
    high: 1,
  })
}

/** Pads wet only in air above this, or they freeze (YARDSTICKS 1). */
export const padsDryBelowC = 5

/** Air after adiabatic pads: 70 % of the wet-bulb depression. 35 °C with 22 °C wet bulb gives 25.9 °C; dry below 5 °C. */
export const airAfterPadsC = (air: { dryBulbC: number; wetBulbC: number; padsOn: boolean }): number =>
  padsAreWet(air) ? air.dryBulbC - 0.7 * Math.max(0, air.dryBulbC - air.wetBulbC) : air.dryBulbC

export const padsAreWet = (air: { dryBulbC: number; padsOn: boolean }): boolean =>
  air.padsOn && air.dryBulbC >= padsDryBelowC

/** Fans by cube and fixed drive loss; wet pads cost 15 % more fan power and a pump of 0.6 kW. 118 kW at half speed: 16.5 kW dry, 19.6 kW wet. */
export function dryCoolerPowerKw(
  design: DryCoolerDesign,
  state: { fanSpeedRatio: number; padsWet: boolean },
): number {
  const fan = state.fanSpeedRatio <= 0 ? 0 : design.fanPowerKw * fanPowerFraction(state.fanSpeedRatio)
  return state.padsWet ? fan * 1.15 + 0.6 : fan
}

/** UA that carries the design heat in cross flow; equal capacity flows at effectiveness 0.5 need NTU 1.10. */
function designUaKwPerK(design: DryCoolerDesign): number {
  const coolant = design.heatKw / (design.coolantInC - design.coolantOutC)
  const air = dryCoolerAirKwPerK(design)
  const least = Math.min(coolant, air)
  const share = design.heatKw / (least * (design.coolantInC - design.airInC))
  return ntuOf('cross', { effectiveness: share, ratio: least / Math.max(coolant, air) }) * least
}

/** Effectiveness that the design asks for; at 1 or above no area is enough. The BAC cooler asks for 0.50. */
export function dryCoolerDesignEffectiveness(design: DryCoolerDesign): number {
  const coolant = design.heatKw / (design.coolantInC - design.coolantOutC)
  return design.heatKw / (Math.min(coolant, dryCoolerAirKwPerK(design)) * (design.coolantInC - design.airInC))
}
