import { Failure } from '#contract/failure.ts'
import { densityKgPerL, heatCapacityKjPerKgK } from '#models/physics/coolants.ts'
import { moistAirHeatCapacity, saturatedSlopeKjPerKgK, towerHeatPerK } from '#models/physics/coolingTowers.ts'
import { polynomialWithin, rootOfRising, valueOnCurve } from '#models/physics/curves.ts'
import { counterFlowNtu } from '#models/physics/exchangers.ts'
import {
  moistAirDensityKgPerM3,
  saturatedEnthalpyKjPerKg,
  saturatedTemperatureOfEnthalpyC,
  saturationHumidityRatio,
} from '#models/physics/psychrometrics.ts'

/**
 * A cooling tower from its data sheet, after Merkel with Scheier's corrections of UA, as EnergyPlus (Engineering Reference,
 * CoolingTower:VariableSpeed:Merkel) and Modelica Buildings (Fluid.HeatExchangers.CoolingTowers.Merkel) define it: air is a
 * fluid at the wet bulb whose heat capacity is the slope of saturated enthalpy, counter-flow to the water; UA is sized so that
 * design range and approach are met at full fan, then multiplied by polynomials of (design wet bulb - wet bulb), air fraction
 * and water fraction. Range: wet bulb 10 K above to 25 K below design, air 0.2..1, water 0.3..1 of design; beyond, straight
 * lines continue.
 */
export type MerkelDesign = {
  readonly waterFlowM3PerS: number
  readonly airFlowM3PerS: number
  readonly wetBulbC: number
  readonly rangeK: number
  readonly approachK: number
  readonly fanPowerW: number
  readonly fanCurve: { readonly speed: readonly number[]; readonly power: readonly number[] }
  readonly uaCorrections: {
    readonly wetBulb: readonly number[]
    readonly airFraction: readonly number[]
    readonly waterFraction: readonly number[]
  }
  /** Share of the design air that moves through the tower with its fans still. */
  readonly freeConvectionFraction: number
}

export type MerkelTower = MerkelDesign & {
  readonly pressurePa: number
  readonly waterKgPerS: number
  readonly uaKwPerK: number
}

export type TowerMoment = {
  readonly wetBulbC: number
  readonly waterInC: number
  readonly waterFlowKgPerS: number
}

const airRange = { from: 0.2, to: 1 }
const waterRange = { from: 0.3, to: 1 }
const wetBulbRange = { from: -10, to: 25 }

/**
 * UA from the design point. 1.09 kg/s from 35.06 to 29.5 °C against 0.5606 m³/s of air at 25.6 °C wet bulb needs 1.83 kW/K
 * at sea level.
 * A design that its own air cannot carry is a Failure.
 */
export function sizedMerkelTower(design: MerkelDesign, pressurePa: number): MerkelTower {
  const enteringC = design.wetBulbC + design.approachK + design.rangeK
  const leavingC = enteringC - design.rangeK
  const waterKgPerS = design.waterFlowM3PerS * 1000 * densityKgPerL('water', (enteringC + leavingC) / 2)
  const waterKwPerK = waterKgPerS * heatCapacityKjPerKgK('water', enteringC)
  const heatKw = waterKwPerK * design.rangeK
  const airKgPerS = design.airFlowM3PerS * airDensity(design.wetBulbC, pressurePa)
  const outWetBulbC = saturatedTemperatureOfEnthalpyC(
    saturatedEnthalpyKjPerKg(design.wetBulbC, pressurePa) + heatKw / airKgPerS,
    pressurePa,
  )
  const slope = saturatedSlopeKjPerKgK({ inWetBulbC: design.wetBulbC, outWetBulbC, pressurePa })
  const least = Math.min(waterKwPerK, airKgPerS * slope)
  const effectiveness = heatKw / (least * (enteringC - design.wetBulbC))
  if (effectiveness >= 0.999)
    throw new Failure(
      'CONFIG_INVALID',
      `design: ${design.airFlowM3PerS} m³/s of air cannot take ${heatKw.toFixed(1)} kW at an approach of ${design.approachK} K; allowed is a design that needs an effectiveness below 0.999`,
    )
  const ratio = least / Math.max(waterKwPerK, airKgPerS * slope)
  // towerHeatPerK turns UA into wet heat by slope ÷ heat capacity of moist air; here the way back.
  const uaKwPerK = (counterFlowNtu(effectiveness, ratio) * least * moistAirHeatCapacity) / slope
  return { ...design, pressurePa, waterKgPerS, uaKwPerK }
}

/**
 * Leaving water at a fan speed, 0..1. The tower above at 18.56 °C wet bulb, 1.0888 kg/s in at 31.92 °C and speed 0.242 leaves at
 * 29.99 °C (EnergyPlus 9.2: 30.00). Air moves with speed, and at least by free convection. Water colder than the wet bulb passes
 * as it came.
 */
export function merkelLeavingC(tower: MerkelTower, moment: TowerMoment, fanSpeedRatio: number): number {
  const { wetBulbC, waterInC } = moment
  const airFraction = Math.max(fanSpeedRatio, tower.freeConvectionFraction)
  if (waterInC <= wetBulbC || airFraction <= 0) return waterInC
  const airKgPerS = tower.airFlowM3PerS * airFraction * airDensity(wetBulbC, tower.pressurePa)
  const waterKwPerK = moment.waterFlowKgPerS * heatCapacityKjPerKgK('water', waterInC)
  const uaKwPerK = tower.uaKwPerK * conductanceFactor(tower, moment, airFraction)
  const heatKw = (outWetBulbC: number): { heat: number; airKwPerK: number } => {
    const slopeKjPerKgK = saturatedSlopeKjPerKgK({
      inWetBulbC: wetBulbC,
      outWetBulbC,
      pressurePa: tower.pressurePa,
    })
    const perK = towerHeatPerK({ uaKwPerK, waterKwPerK, airKgPerS, slopeKjPerKgK })
    return { heat: perK * (waterInC - wetBulbC), airKwPerK: airKgPerS * slopeKjPerKgK }
  }
  // The slope depends on the leaving wet bulb, which depends on the heat: where the two agree.
  const outWetBulbC = rootOfRising(
    out => {
      const { heat, airKwPerK } = heatKw(out)
      return out - wetBulbC - heat / airKwPerK
    },
    { low: wetBulbC, high: waterInC },
  )
  return waterInC - heatKw(outWetBulbC).heat / waterKwPerK
}

/**
 * Fan speed that brings the water to a temperature. 0 where free convection already passes it, 1 where the full fan does not
 * reach it: the leaving temperature then tells. The tower above reaches 30.00 °C with 0.241 of its speed.
 */
export function merkelFanSpeedRatio(tower: MerkelTower, moment: TowerMoment, waterOutC: number): number {
  if (merkelLeavingC(tower, moment, 0) <= waterOutC) return 0
  if (merkelLeavingC(tower, moment, 1) >= waterOutC) return 1
  return rootOfRising(speed => waterOutC - merkelLeavingC(tower, moment, speed), {
    low: tower.freeConvectionFraction,
    high: 1,
  })
}

/** Electrical fan power by its curve, W: 213 W rated with the EnergyPlus curve draws 7.2 W at 0.242. Still fans draw nothing. */
export const merkelFanPowerW = (tower: MerkelDesign, fanSpeedRatio: number): number =>
  fanSpeedRatio <= 0
    ? 0
    : tower.fanPowerW *
      Math.max(0, valueOnCurve({ x: tower.fanCurve.speed, y: tower.fanCurve.power }, fanSpeedRatio))

function conductanceFactor(tower: MerkelTower, moment: TowerMoment, airFraction: number): number {
  const { wetBulb, airFraction: air, waterFraction: water } = tower.uaCorrections
  const factors = [
    polynomialWithin(wetBulb, tower.wetBulbC - moment.wetBulbC, wetBulbRange),
    polynomialWithin(air, airFraction, airRange),
    polynomialWithin(water, moment.waterFlowKgPerS / tower.waterKgPerS, waterRange),
  ]
  return factors.reduce((product, factor) => product * Math.max(0, factor), 1)
}

/** Air saturated at the wet bulb stands for the air in the tower, at design and now: its dry bulb is not part of a data sheet. */
const airDensity = (wetBulbC: number, pressurePa: number): number =>
  moistAirDensityKgPerM3({
    dryBulbC: wetBulbC,
    humidityRatio: saturationHumidityRatio(wetBulbC, pressurePa),
    pressurePa,
  })
