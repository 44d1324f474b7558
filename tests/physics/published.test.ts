import { describe, expect, test } from 'vitest'
import { cduAtFlows, cduAtSetpoint } from '#models/physics/cdus.ts'
import { electricEirChiller } from '#models/physics/chillers.ts'
import { coldPlateResistanceKPerW } from '#models/physics/coldPlates.ts'
import { freezingPointC, heatCapacityKjPerKgK } from '#models/physics/coolants.ts'
import { effectiveness, ntuOf } from '#models/physics/exchangers.ts'
import {
  merkelFanPowerW,
  merkelFanSpeedRatio,
  merkelLeavingC,
  sizedMerkelTower,
} from '#models/physics/merkelTowers.ts'
import {
  dewPointFromHumidityRatioC,
  humidityRatioFromWetBulb,
  moistAirDensityKgPerM3,
  wetBulbFromHumidityRatioC,
} from '#models/physics/psychrometrics.ts'
import {
  propyleneGlycol,
  waterConductivityWPerMK,
  waterViscosityMpaS,
} from '#models/physics/transportProperties.ts'
import { yorkCalcApproachK } from '#models/physics/yorkCalc.ts'
import { energyPlusMinutes, energyPlusTower } from '#tests/physics/towerCases.ts'

const near = (value: number, expected: number, allowed: number, what = '') =>
  expect(Math.abs(value - expected), `${what} ${value} against ${expected}`).toBeLessThanOrEqual(allowed)

describe('moist air', () => {
  test('wet bulb back and forth as psychrolib tests it, at 500 m above the sea, liquid and ice', () => {
    for (const [dryBulbC, wetBulbC, published] of [
      [30, 25, 0.0192281274241096],
      [-1, -5, 0.00120399819933844],
    ] as const) {
      const humidityRatio = humidityRatioFromWetBulb({ dryBulbC, wetBulbC, pressurePa: 95_461 })
      near(humidityRatio / published, 1, 0.0003)
      near(wetBulbFromHumidityRatioC({ dryBulbC, humidityRatio, pressurePa: 95_461 }), wetBulbC, 0.001)
    }
  })
  test('ASHRAE Fundamentals 2017, chapter 1, example 1: 40 °C with 20 °C wet bulb', () => {
    const humidityRatio = humidityRatioFromWetBulb({ dryBulbC: 40, wetBulbC: 20, pressurePa: 101_325 })
    near(humidityRatio, 0.0065, 0.0001)
    near(dewPointFromHumidityRatioC({ dryBulbC: 40, humidityRatio, pressurePa: 101_325 }), 7, 0.5)
  })
  test('density of 30 °C with 0.02 kg/kg at 95,461 Pa (psychrolib)', () => {
    const density = moistAirDensityKgPerM3({ dryBulbC: 30, humidityRatio: 0.02, pressurePa: 95_461 })
    near(density / 1.08411986348219, 1, 0.0003)
  })
})

describe('coolants', () => {
  test('water’s viscosity and conductivity meet IAPWS tables', () => {
    for (const [temperature, viscosity] of [
      [0.01, 1.7916],
      [20, 1.0016],
      [40, 0.6527],
      [60, 0.466],
      [80, 0.354],
    ] as const)
      near(waterViscosityMpaS(temperature) / viscosity, 1, 0.01, `${temperature} °C`)
    near(waterConductivityWPerMK(25), 0.6065, 0.003)
  })
  test('glycol freezes where Lange’s Handbook table 5.13 says, within 1.5 K, and the site check never promises more than half a kelvin', () => {
    for (const [percent, published] of [
      [20, -6.7],
      [25, -8.9],
      [30, -12.8],
      [40, -20.6],
      [50, -33.3],
    ] as const)
      near(propyleneGlycol(percent, 20).freezingPointC, published, 1.5, `${percent} %`)
    for (const name of ['PG25', 'PG40', 'PG50'] as const)
      expect(freezingPointC[name]).toBeGreaterThan(
        propyleneGlycol(Number(name.slice(2)), 20).freezingPointC - 0.5,
      )
  })
  test('the plants’ straight lines stay within 1.5 % of Melinder’s heat capacity from 0 to 60 °C', () => {
    for (const name of ['PG25', 'PG40', 'PG50'] as const)
      for (const temperature of [0, 20, 40, 60]) {
        const melinder = propyleneGlycol(Number(name.slice(2)), temperature)
        near(
          heatCapacityKjPerKgK(name, temperature) / melinder.heatCapacityKjPerKgK,
          1,
          0.015,
          `${name} ${temperature}`,
        )
      }
  })
})

describe('exchangers against Modelica Buildings EpsilonNTUZ (Dymola, 2013)', () => {
  const at = (seconds: number) => {
    const ratio = Math.abs(Math.cos(seconds))
    return { ratio, effectiveness: 0.01 + (0.98 * Math.abs(Math.sin(seconds))) / (1 + ratio) }
  }
  test.each([
    ['parallel', 1, 1.1899353266],
    ['parallel', 0.99, 1.1626292211],
    ['counter', 1, 0.9554076195],
    ['counter', 0.99, 0.9390165055],
    ['cross', 1, 1.0252646208],
    ['cross', 0.99, 1.0077293945],
  ] as const)('%s flow at %f s', (arrangement, seconds, published) => {
    const { ratio, effectiveness: share } = at(seconds)
    near(ntuOf(arrangement, { effectiveness: share, ratio }) / published, 1, 1e-6)
    near(effectiveness(arrangement, { ntu: published, ratio }), share, 1e-6)
  })
})

describe('York tower against Modelica Buildings Correlations.Examples.YorkCalc (Dymola, 2013)', () => {
  test.each([
    [0.25, 1, 0.210221350193024],
    [0.75, 1, 2.63362097740173],
    [1, 1, 3.84451508522034],
    [1.25, 1, 5.05487155914307],
    [1, 0.25, 18.3333358764648],
    [1, 0.5, 8.68271827697754],
    [1, 0.8, 5.05487164952826],
    [1, 1.25, 2.87584280967712],
  ])('water %f, air %f', (waterFlowFraction, airFlowFraction, published) => {
    near(
      yorkCalcApproachK({ rangeK: 5.56, wetBulbC: 25.55, waterFlowFraction, airFlowFraction }),
      published,
      1e-5,
    )
  })
})

describe('Merkel tower against EnergyPlus 9.2', () => {
  // Chicago: 205 m above the sea.
  const tower = sizedMerkelTower(energyPlusTower, 98_886)
  const moment = (minute: (typeof energyPlusMinutes)[number]) => ({
    wetBulbC: minute.wetBulbC,
    waterInC: minute.waterInC,
    waterFlowKgPerS: 1.08879,
  })
  test('leaving water within 0.1 K in the median and 0.25 K at worst', () => {
    const errors = energyPlusMinutes
      .map(minute => Math.abs(merkelLeavingC(tower, moment(minute), minute.fan) - minute.waterOutC))
      .sort((a, b) => a - b)
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.1)
    expect(errors.at(-1)).toBeLessThan(0.25)
  })
  test('fan ratio within 0.03, still where EnergyPlus keeps it still; fan power within 3 % of rating', () => {
    for (const minute of energyPlusMinutes) {
      const fan = merkelFanSpeedRatio(tower, moment(minute), minute.waterOutC)
      near(fan, minute.fan, 0.03)
      near(merkelFanPowerW(energyPlusTower, minute.fan), minute.fanW, 0.03 * 213)
    }
  })
  test('at its design point it leaves at its design temperature (Buildings MerkelNominal: 29.43 of 29.44 °C)', () => {
    const nominal = sizedMerkelTower(
      {
        ...energyPlusTower,
        waterFlowM3PerS: 0.0005,
        airFlowM3PerS: 0.347,
        wetBulbC: 25.55,
        rangeK: 5.56,
        approachK: 3.89,
      },
      101_325,
    )
    const leavingC = merkelLeavingC(
      nominal,
      { wetBulbC: 25.55, waterInC: 35, waterFlowKgPerS: nominal.waterKgPerS },
      1,
    )
    near(leavingC, 302.57839966 - 273.15, 0.02)
  })
})

describe('electric chiller against Modelica Buildings Chillers.Examples.ElectricEIR (Dymola, 2013)', () => {
  const record = {
    QEva_flow_nominal: -471200,
    COP_nominal: 5.89,
    PLRMin: 0.1,
    PLRMinUnl: 0.1,
    PLRMax: 1.15,
    TEvaLvgMin: 280.37,
    TEvaLvgMax: 285.93,
    TConEntMin: 285.93,
    TConEntMax: 299.82,
    capFunT: [0.252113, 0.01324053, -0.008637329, 0.08581056, -0.004261176, 0.008661899],
    EIRFunT: [0.4475238, -0.0258821, -0.001459053, 0.04342595, -0.001000651, 0.001920106],
    EIRFunPLR: [0.2778889, 0.2338363, 0.4883748],
  }
  test.each([
    [10, 20, 0.36327752, 5.5946517],
    [10, 20, 0.45046407, 6.14577],
    [10, 20, 0.62483722, 6.6892786],
    [10, 21.6, 0.73102522, 6.5318732],
    [10, 22.4, 0.7381007, 6.4301162],
    [10.001, 26.4, 0.83310884, 6.053273],
  ])('%f °C, condenser %f °C, load %f', (evaporatorLeavingC, condenserEnteringC, partLoadRatio, cop) => {
    const answer = electricEirChiller(record, { evaporatorLeavingC, condenserEnteringC, partLoadRatio })
    near(answer.cop / cop, 1, 0.001)
    expect(answer.clamped).toBe(false)
  })
  test('outside its record it answers as at the border and says so', () => {
    const at = { evaporatorLeavingC: 10, condenserEnteringC: 45, partLoadRatio: 0.8 }
    const outside = electricEirChiller(record, at)
    expect(outside.clamped).toBe(true)
    expect(outside.cop).toBeCloseTo(electricEirChiller(record, { ...at, condenserEnteringC: 26.67 }).cop, 6)
  })
  test('under its least load it cycles: half the load, half the power', () => {
    const at = (partLoadRatio: number) =>
      electricEirChiller(record, { evaporatorLeavingC: 10, condenserEnteringC: 20, partLoadRatio })
    expect(at(0.05).powerW).toBeCloseTo(at(0.1).powerW / 2, 6)
    expect(at(0)).toMatchObject({ cop: 0, powerW: 0 })
  })
})

describe('cold plate of the OCP guidelines', () => {
  const pg25 = {
    flowLpm: [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4],
    resistanceKPerW: [
      0.0389, 0.0325, 0.03, 0.028, 0.0265, 0.0255, 0.0245, 0.023, 0.022, 0.0214, 0.0209, 0.0204, 0.02, 0.0197,
    ],
  }
  test('figure 7: every point is met, 0.45 L/min lies on the hyperbola between', () => {
    pg25.flowLpm.forEach((flow, i) => {
      near(coldPlateResistanceKPerW(pg25, flow), pg25.resistanceKPerW[i]!, 1e-12)
    })
    near(coldPlateResistanceKPerW(pg25, 0.45), 0.03534, 0.00001)
  })
  test('figure 13 within 0.35 K at 1 kW of the parabola that Modelica Buildings fits through R × flow', () => {
    const figure13 = { flowLpm: [6, 8, 10, 12, 14], resistanceKPerW: [0.0183, 0.0176, 0.017, 0.0166, 0.0157] }
    // Least squares of R·V over V, degree 2, computed apart from this project.
    for (const [flow, fitted] of [
      [6, 0.01821],
      [7, 0.01797],
      [9, 0.0174],
      [11, 0.01677],
      [12, 0.01644],
      [13, 0.0161],
      [14, 0.01576],
    ] as const)
      near(1000 * coldPlateResistanceKPerW(figure13, flow), 1000 * fitted, 0.35)
  })
})

describe('CDU', () => {
  const design = {
    heatKw: 1368,
    rackReturnC: 46.6,
    rackSupplyC: 30,
    facilitySupplyC: 26,
    facilityReturnC: 41.9,
    exponent: 0.8,
  }
  test('its data-sheet point is its own answer, both ways round', () => {
    const moment = { rackHeatKw: 1368, facilitySupplyC: 26, rackFlowFraction: 1 }
    const state = cduAtFlows(design, moment, 1)
    near(state.rackSupplyC, 30, 1e-9)
    near(state.facilityReturnC, 41.9, 1e-9)
    const held = cduAtSetpoint(design, moment, { rackSupplyC: 30.5, facilityFlowFractionMax: 1 })
    near(cduAtFlows(design, moment, held.facilityFlowFraction).rackSupplyC, 30.5, 1e-6)
    expect(held.saturated).toBe(false)
  })
  test('a valve that is open and still too little says saturated; no heat closes it', () => {
    const warm = { rackHeatKw: 1368, facilitySupplyC: 29, rackFlowFraction: 1 }
    const state = cduAtSetpoint(design, warm, { rackSupplyC: 30, facilityFlowFractionMax: 1 })
    expect(state).toMatchObject({ saturated: true, facilityFlowFraction: 1 })
    expect(state.rackSupplyC).toBeCloseTo(33, 6)
    const idle = cduAtSetpoint(
      design,
      { ...warm, rackHeatKw: 0 },
      { rackSupplyC: 30, facilityFlowFractionMax: 1 },
    )
    expect(idle).toMatchObject({ saturated: false, facilityFlowFraction: 0, rackSupplyC: 30 })
  })
})
