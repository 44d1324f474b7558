import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coldPlateResistanceKPerKw, junctionC, leakageFactor } from '#models/physics/coldPlates.ts'
import {
  capacityFlowKwPerK,
  coolantNames,
  densityKgPerL,
  flowForHeatLpm,
  heatCapacityKjPerKgK,
} from '#models/physics/coolants.ts'
import {
  designTowerConductanceKwPerK,
  evaporationLpm,
  makeupLpm,
  saturatedSlopeKjPerKgK,
  towerConductanceFactor,
  towerHeatPerK,
} from '#models/physics/coolingTowers.ts'
import { lossKw } from '#models/physics/electrical.ts'
import {
  counterFlowEffectiveness,
  counterFlowNtu,
  designConductanceKwPerK,
  effectiveness,
  plateConductanceKwPerK,
} from '#models/physics/exchangers.ts'
import {
  affinity,
  cyclingFan,
  fanPowerFraction,
  pumpPowerKw,
  speedForHead,
} from '#models/physics/pumpsAndFans.ts'

describe('coolants', () => {
  test('1,800 L/min of PG25 carries 1,200 kW with ten kelvin', () => {
    expect(1200 / capacityFlowKwPerK('PG25', 1800, 40)).toBeCloseTo(10.07, 1)
    expect(flowForHeatLpm({ coolant: 'water', kw: 1200, warmingK: 8, meanC: 36 })).toBeCloseTo(2168, 0)
  })
  test('water matches the steam table', () => {
    for (const [t, density, heat] of [
      [4, 1.0, 4.205],
      [20, 0.9982, 4.184],
      [40, 0.9922, 4.179],
      [60, 0.9832, 4.185],
      [80, 0.9718, 4.196],
    ] as const) {
      expect(densityKgPerL('water', t)).toBeCloseTo(density, 3)
      expect(Math.abs(heatCapacityKjPerKgK('water', t) - heat)).toBeLessThan(0.005)
    }
  })
  test('every coolant gets lighter as it warms', () => {
    for (const coolant of coolantNames)
      expect(densityKgPerL(coolant, 60)).toBeLessThan(densityKgPerL(coolant, 20))
  })
})

describe('exchangers', () => {
  test('NTU 4 with equal flows: 0.80 counter, 0.50 parallel, 0.72 cross', () => {
    expect(effectiveness('counter', { ntu: 4, ratio: 1 })).toBeCloseTo(0.8, 3)
    expect(effectiveness('parallel', { ntu: 4, ratio: 1 })).toBeCloseTo(0.5, 3)
    expect(effectiveness('cross', { ntu: 4, ratio: 1 })).toBeCloseTo(0.72, 2)
  })
  test('counter flow is the best, and more area never moves less heat', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 8, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (ntu, ratio) => {
          const counter = effectiveness('counter', { ntu, ratio })
          expect(counter).toBeGreaterThanOrEqual(effectiveness('parallel', { ntu, ratio }) - 1e-9)
          expect(counter).toBeLessThanOrEqual(1)
          expect(effectiveness('counter', { ntu: ntu * 1.1, ratio })).toBeGreaterThanOrEqual(counter)
          expect(counterFlowNtu(counterFlowEffectiveness(ntu, ratio), ratio)).toBeCloseTo(ntu, 2)
        },
      ),
    )
  })
  test('a CDU of 1,200 kW needs 243 kW/K, and half the flows leave 57 % of it', () => {
    const ua = designConductanceKwPerK({ heatKw: 1200, hotInC: 46, hotOutC: 36, coldInC: 32, coldOutC: 40 })
    expect(ua).toBeCloseTo(243, 0)
    expect(
      plateConductanceKwPerK(ua, { hotFraction: 0.5, coldFraction: 0.5, exponent: 0.8 }) / ua,
    ).toBeCloseTo(0.574, 3)
  })
})

describe('chips', () => {
  const plate = { flowLpm: [0.4, 1.4, 1.6], resistanceKPerKw: [38.9, 22, 21.4] }
  test('1 kW at 36 °C and design flow sits at 77.7 °C', () => {
    const plateKPerKw = coldPlateResistanceKPerKw(plate, 1.5)
    expect(plateKPerKw).toBeCloseTo(21.7, 5)
    expect(junctionC({ inletC: 36, powerKw: 1, plateKPerKw, junctionKPerKw: 20 })).toBeCloseTo(77.7, 5)
  })
  test('less flow never cools better', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (a, b) => {
          expect(coldPlateResistanceKPerKw(plate, Math.min(a, b))).toBeGreaterThanOrEqual(
            coldPlateResistanceKPerKw(plate, Math.max(a, b)),
          )
        },
      ),
    )
  })
  test('leakage is 0.15 %/K at 65 °C', () => {
    expect(leakageFactor(65, 0.0015)).toBe(1)
    expect((leakageFactor(65.5, 0.0015) - leakageFactor(64.5, 0.0015)) / 1).toBeCloseTo(0.0015, 6)
  })
})

describe('tower', () => {
  const design = {
    heatKw: 30_000,
    waterKwPerK: 3750,
    enteringC: 38,
    wetBulbC: 25.4,
    airKgPerS: 750,
    pressurePa: 101_325,
  }
  test('its design UA carries the design heat', () => {
    const uaKwPerK = designTowerConductanceKwPerK(design)
    const slope = saturatedSlopeKjPerKgK({ inWetBulbC: 25.4, outWetBulbC: 34, pressurePa: 101_325 })
    const heat =
      towerHeatPerK({
        uaKwPerK,
        waterKwPerK: design.waterKwPerK,
        airKgPerS: design.airKgPerS,
        slopeKjPerKgK: slope,
      }) *
      (38 - 25.4)
    expect(heat).toBeGreaterThan(29_000)
    expect(heat).toBeLessThan(31_000)
  })
  test('more air takes more heat', () => {
    const heatAt = (air: number) =>
      towerHeatPerK({
        uaKwPerK:
          5000 * towerConductanceFactor({ wetBulbBelowDesignK: 5, airFraction: air, waterFraction: 0.8 }),
        waterKwPerK: 3000,
        airKgPerS: 750 * air,
        slopeKjPerKgK: 4.5,
      })
    for (let air = 0.06; air < 0.96; air += 0.1) expect(heatAt(air + 0.05)).toBeGreaterThan(heatAt(air))
  })
  test('30 MW evaporate about 630 L/min; four cycles need a third more', () => {
    expect(evaporationLpm(30_000)).toBeCloseTo(632, 0)
    expect(makeupLpm({ evaporationLpm: 600, cycles: 4, driftLpm: 0 })).toBeCloseTo(800, 6)
  })
})

describe('pumps, fans, losses', () => {
  test('half the speed: half the flow, a quarter of the head, an eighth of the power', () => {
    expect(affinity(0.5)).toEqual({ flow: 0.5, head: 0.25, power: 0.125 })
  })
  test('drives lose a little at all loads', () => {
    expect(fanPowerFraction(1)).toBe(1)
    expect(fanPowerFraction(0.5)).toBeCloseTo(0.14, 2)
    const pump = { ratedHydraulicKw: 10, wireToWater: 0.65, runningFraction: 1 }
    expect(pumpPowerKw({ ...pump, hydraulicKw: 10 })).toBeCloseTo(10 / 0.65, 9)
    expect(pumpPowerKw({ ...pump, hydraulicKw: 1 })).toBeCloseTo(2.07, 2)
    expect(speedForHead({ headFraction: 1, flowFraction: 1 })).toBe(1)
  })
  test('a cycling fan meets the steady fan at its least speed', () => {
    const fan = { leastSpeed: 0.2, freeConvection: 0.06 }
    expect(cyclingFan(0, fan)).toEqual({ air: 0.06, power: 0 })
    expect(cyclingFan(0.1999999, fan).power).toBeCloseTo(cyclingFan(0.2, fan).power, 5)
  })
  test('a UPS at half load loses 19.8 kW of 1,000', () => {
    expect(
      lossKw({ constant: 0.0095, linear: 0.012, square: 0.017 }, { outputKw: 500, ratingKw: 1000 }),
    ).toBeCloseTo(19.75, 6)
  })
})
