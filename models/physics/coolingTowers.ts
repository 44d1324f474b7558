import { saturatedEnthalpyKjPerKg } from '#models/physics/psychrometrics.ts'

/**
 * Cooling tower after Merkel, in the effectiveness form of the EnergyPlus engineering reference (Scheier): air is replaced
 * by a fluid whose temperature is the wet bulb and whose heat capacity is the slope of saturated enthalpy.
 */

/** Corrections of UA away from design (cooling_towers.json of the data pack): wet bulb, air, water. */
export function towerConductanceFactor(state: {
  wetBulbBelowDesignK: number
  airFraction: number
  waterFraction: number
}): number {
  const wetBulb = 1 + 0.0081 * state.wetBulbBelowDesignK
  const air = state.airFraction * (1.3 - 0.3 * state.airFraction)
  // Fitted for 0.3..1 of design water; held beyond it.
  const water = Math.min(1.05, Math.max(0.3, state.waterFraction))
  return Math.max(0.3, wetBulb) * air * (0.1082 + 1.667 * water - 0.7713 * water * water)
}

/** Slope of saturated enthalpy between two wet bulbs: 24 → 34 °C at 101,325 Pa gives 5.04 kJ/(kg·K). */
export function saturatedSlopeKjPerKgK(air: {
  inWetBulbC: number
  outWetBulbC: number
  pressurePa: number
}): number {
  // 0.2 K: nearer than that the quotient is the derivative all the same, and stays well conditioned.
  const out = Math.max(air.outWetBulbC, air.inWetBulbC + 0.2)
  return (
    (saturatedEnthalpyKjPerKg(out, air.pressurePa) -
      saturatedEnthalpyKjPerKg(air.inWetBulbC, air.pressurePa)) /
    (out - air.inWetBulbC)
  )
}

/** Heat capacity of moist air near saturation, kJ/(kg·K): UA is quoted for sensible heat, this turns it into wet heat. */
export const moistAirHeatCapacity = 1.03

/**
 * Heat that the open cells take per kelvin between entering water and wet bulb, kW/K. Counter-flow; the slope is taken at
 * the outlet wet bulb given, so the caller iterates (or lets one step of time do it).
 */
export function towerHeatPerK(tower: {
  uaKwPerK: number
  waterKwPerK: number
  airKgPerS: number
  slopeKjPerKgK: number
}): number {
  const airKwPerK = tower.airKgPerS * tower.slopeKjPerKgK
  const least = Math.min(tower.waterKwPerK, airKwPerK)
  if (least <= 0) return 0
  const ratio = least / Math.max(tower.waterKwPerK, airKwPerK)
  const ntu = (tower.uaKwPerK * tower.slopeKjPerKgK) / moistAirHeatCapacity / least
  if (1 - ratio < 1e-4) return (least * ntu) / (1 + ntu)
  const decay = Math.exp(-ntu * (1 - ratio))
  return (least * (1 - decay)) / (1 - ratio * decay)
}

export type TowerDesign = {
  readonly heatKw: number
  readonly waterKwPerK: number
  readonly enteringC: number
  readonly wetBulbC: number
  readonly airKgPerS: number
  readonly pressurePa: number
}

/** UA that carries the design heat; bisection, 60 halvings of a range of 1 : 1e6. */
export function designTowerConductanceKwPerK(design: TowerDesign): number {
  const outWetBulbC = outletWetBulbC(design)
  const slope = saturatedSlopeKjPerKgK({
    inWetBulbC: design.wetBulbC,
    outWetBulbC,
    pressurePa: design.pressurePa,
  })
  const wanted = design.heatKw / (design.enteringC - design.wetBulbC)
  let low = 0
  let high = design.waterKwPerK * 100
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if (
      towerHeatPerK({
        uaKwPerK: middle,
        waterKwPerK: design.waterKwPerK,
        airKgPerS: design.airKgPerS,
        slopeKjPerKgK: slope,
      }) > wanted
    )
      high = middle
    else low = middle
  }
  return (low + high) / 2
}

/** Wet bulb of the air that leaves with the heat, from its enthalpy: bisection to 1e-9 K. */
function outletWetBulbC(design: TowerDesign): number {
  const wanted =
    saturatedEnthalpyKjPerKg(design.wetBulbC, design.pressurePa) + design.heatKw / design.airKgPerS
  let low = design.wetBulbC
  let high = design.wetBulbC + 40
  for (let halving = 0; halving < 40; halving++) {
    const middle = (low + high) / 2
    if (saturatedEnthalpyKjPerKg(middle, design.pressurePa) > wanted) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/**
 * Water evaporated where the entering air is not known, L/min; where it is, towerWater.ts balances it. About 85 % of a tower's heat leaves as vapour at 2,420 kJ/kg in temperate air (Kröger, Air-cooled
 * Heat Exchangers and Cooling Towers): 30 MW evaporates about 630 L/min.
 */
export const evaporationLpm = (heatKw: number): number => Math.max(0, (heatKw * 0.85 * 60) / 2420)

/**
 * Make-up = evaporation × c / (c - 1) + drift, c cycles of concentration: 600 L/min at four cycles needs 800 L/min.
 */
export const makeupLpm = (water: { evaporationLpm: number; cycles: number; driftLpm: number }): number =>
  (water.evaporationLpm * water.cycles) / (water.cycles - 1) + water.driftLpm
