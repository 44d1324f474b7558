import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crahFanKw, waterSideEconomiser } from '#models/physics/airCooling.ts'
import { cduAtFlows, cduAtSetpoint } from '#models/physics/cdus.ts'
import { electricEirChiller } from '#models/physics/chillers.ts'
import { coldPlateResistanceKPerW } from '#models/physics/coldPlates.ts'
import {
  airAfterPadsC,
  type DryCoolerDesign,
  dryCoolerFanSpeedRatio,
  dryCoolerLeavingC,
  dryCoolerPowerKw,
} from '#models/physics/dryCoolers.ts'
import {
  effectiveness,
  filmsConductanceKwPerK,
  ntuOf,
  plateConductanceKwPerK,
} from '#models/physics/exchangers.ts'
import { merkelFanSpeedRatio, merkelLeavingC, sizedMerkelTower } from '#models/physics/merkelTowers.ts'
import { dewPointC, wetBulbC } from '#models/physics/psychrometrics.ts'
import { driveEfficiency, motorEfficiency, pumpAt } from '#models/physics/pumpCurves.ts'
import { evaporationKgPerS } from '#models/physics/towerWater.ts'
import { yorkCalcLeavingC } from '#models/physics/yorkCalc.ts'
import { energyPlusTower } from '#tests/physics/towerCases.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })

describe('laws that hold everywhere', () => {
  test('wet bulb lies between dew point and dry bulb', () => {
    fc.assert(
      fc.property(
        between(-40, 55),
        between(1, 99.9),
        between(60_000, 105_000),
        (dryBulb, humidity, pressurePa) => {
          const air = { dryBulbC: dryBulb, relativeHumidityPercent: humidity, pressurePa }
          const wet = wetBulbC(air)
          expect(wet).toBeLessThanOrEqual(dryBulb + 1e-9)
          expect(wet).toBeGreaterThanOrEqual(dewPointC(air) - 1e-6)
        },
      ),
    )
  })

  test('effectiveness lies in 0..1 and comes back from its NTU', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('counter', 'parallel', 'cross' as const),
        between(0.01, 6),
        between(0, 1),
        (arrangement, ntu, ratio) => {
          const share = effectiveness(arrangement as 'counter', { ntu, ratio })
          expect(share).toBeGreaterThan(0)
          expect(share).toBeLessThanOrEqual(1)
          const back = ntuOf(arrangement as 'counter', { effectiveness: share, ratio })
          expect(
            Math.abs(effectiveness(arrangement as 'counter', { ntu: back, ratio }) - share),
          ).toBeLessThan(1e-4)
        },
      ),
    )
  })

  test('two equal films are the plate exchanger’s', () => {
    fc.assert(
      fc.property(between(0.1, 1.5), between(0.1, 1.5), (hot, cold) => {
        const films = {
          hot: { fraction: hot, exponent: 0.8 },
          cold: { fraction: cold, exponent: 0.8 },
          hotToCold: 1,
        }
        const plate = plateConductanceKwPerK(250, { hotFraction: hot, coldFraction: cold, exponent: 0.8 })
        expect(filmsConductanceKwPerK(250, films)).toBeCloseTo(plate, 9)
      }),
    )
  })

  test('more flow never warms the chip', () => {
    const plate = {
      flowLpm: [0.4, 0.5, 1, 1.6, 2.4],
      resistanceKPerW: [0.0389, 0.0325, 0.0245, 0.0214, 0.0197],
    }
    fc.assert(
      fc.property(between(0.01, 6), between(1, 3), (flow, more) => {
        expect(coldPlateResistanceKPerW(plate, flow * more)).toBeLessThanOrEqual(
          coldPlateResistanceKPerW(plate, flow) + 1e-12,
        )
      }),
    )
  })

  test('more facility flow never warms the racks, and a held setpoint is held', () => {
    const design = {
      heatKw: 1200,
      rackReturnC: 46,
      rackSupplyC: 36,
      facilitySupplyC: 32,
      facilityReturnC: 40,
      exponent: 0.8,
    }
    fc.assert(
      fc.property(
        between(100, 1400),
        between(15, 40),
        between(0.4, 1.3),
        between(0.1, 1.3),
        between(20, 50),
        (rackHeatKw, facilitySupplyC, rackFlowFraction, facilityFlow, rackSupplyC) => {
          const moment = { rackHeatKw, facilitySupplyC, rackFlowFraction }
          const before = cduAtFlows(design, moment, facilityFlow)
          const after = cduAtFlows(design, moment, facilityFlow * 1.1)
          expect(after.rackSupplyC).toBeLessThanOrEqual(before.rackSupplyC + 1e-9)
          const held = cduAtSetpoint(design, moment, { rackSupplyC, facilityFlowFractionMax: 1 })
          if (held.saturated) expect(held.rackSupplyC).toBeGreaterThan(rackSupplyC)
          else expect(Math.abs(held.rackSupplyC - rackSupplyC)).toBeLessThan(0.001)
        },
      ),
    )
  })
})

describe('towers', () => {
  const tower = sizedMerkelTower(energyPlusTower, 101_325)
  const moments = fc.record({
    wetBulbC: between(-15, 28),
    waterInC: between(12, 45),
    waterFlowKgPerS: between(0.3, 1.4),
  })

  test('more fan never warms the leaving water, which stays between wet bulb and entering', () => {
    fc.assert(
      fc.property(moments, between(0, 0.98), between(0, 0.02), (moment, fan, more) => {
        const leaving = merkelLeavingC(tower, moment, fan)
        expect(merkelLeavingC(tower, moment, fan + more)).toBeLessThanOrEqual(leaving + 1e-9)
        expect(leaving).toBeLessThanOrEqual(moment.waterInC + 1e-9)
        if (moment.waterInC > moment.wetBulbC) expect(leaving).toBeGreaterThan(moment.wetBulbC)
      }),
    )
  })

  test('fan → leaving water → the same fan', () => {
    fc.assert(
      fc.property(moments, between(0.11, 0.999), (moment, fan) => {
        fc.pre(moment.waterInC > moment.wetBulbC + 3)
        const leaving = merkelLeavingC(tower, moment, fan)
        // Where a warm tower is nearly at its limit a fan does next to nothing; there the water is compared.
        const back = merkelFanSpeedRatio(tower, moment, leaving)
        expect(Math.abs(merkelLeavingC(tower, moment, back) - leaving)).toBeLessThan(1e-6)
        expect(Math.abs(back - fan)).toBeLessThan(0.001)
      }),
    )
  })

  test('colder air never warms the York tower’s water', () => {
    fc.assert(
      fc.property(between(10, 25), between(0.3, 1), (wetBulb, air) => {
        const at = (wetBulbC: number) =>
          yorkCalcLeavingC({ waterInC: 35, wetBulbC, waterFlowFraction: 1, airFlowFraction: air })
        expect(at(wetBulb - 1)).toBeLessThanOrEqual(at(wetBulb) + 1e-6)
      }),
    )
  })

  test('evaporation is never more than the heat can make, and dry summers take more than wet winters', () => {
    fc.assert(
      fc.property(between(10, 5000), between(-10, 40), between(0, 15), (heatKw, wetBulb, depression) => {
        const kgPerS = evaporationKgPerS({
          heatKw,
          airKgPerS: heatKw / 45,
          dryBulbC: wetBulb + depression,
          wetBulbC: wetBulb,
          pressurePa: 101_325,
        })
        expect(kgPerS).toBeGreaterThanOrEqual(0)
        // What the air gives by cooling to saturation evaporates too: sensible heat of 15 K is 15 kJ/kg beside 45.
        expect(kgPerS * 2400).toBeLessThan(heatKw * 1.45)
      }),
    )
  })
})

describe('machines', () => {
  const chiller = {
    QEva_flow_nominal: -1406600,
    COP_nominal: 6.04,
    PLRMin: 0.2,
    PLRMinUnl: 0.2,
    PLRMax: 1.04,
    TEvaLvgMin: 277.59,
    TEvaLvgMax: 283.15,
    TConEntMin: 285.93,
    TConEntMax: 305.37,
    capFunT: [1.042261, 0.002644821, -0.001468026, 0.01366256, -0.0008302334, 0.001573579],
    EIRFunT: [1.02634, -0.01612819, -0.001092591, -0.01784393, 0.0007961842, -0.00009586049],
    EIRFunPLR: [0.118888, 0.6723542, 0.2068754],
  }
  test('COP falls with lift: warmer condenser water, colder chilled water', () => {
    fc.assert(
      fc.property(
        between(4.5, 9.5),
        between(13, 31.5),
        between(0.2, 1),
        (evaporator, condenser, partLoadRatio) => {
          const cop = (evaporatorLeavingC: number, condenserEnteringC: number) =>
            electricEirChiller(chiller, { evaporatorLeavingC, condenserEnteringC, partLoadRatio }).cop
          expect(cop(evaporator, condenser + 0.5)).toBeLessThan(cop(evaporator, condenser))
          expect(cop(evaporator - 0.4, condenser)).toBeLessThanOrEqual(cop(evaporator, condenser))
        },
      ),
    )
  })

  test('pump power rises with speed, and a faster pump never loses head', () => {
    const curve = {
      flow: [0.003, 0.0086, 0.0146, 0.0214, 0.0282],
      head: [168, 164, 154, 128, 87],
      power: [1905, 2549, 3146, 3593, 3793],
    }
    fc.assert(
      fc.property(between(0.2, 0.98), between(0.001, 0.02), between(0, 0.02), (speedRatio, more, flow) => {
        const slow = pumpAt(curve, { speedRatio, flow })
        const fast = pumpAt(curve, { speedRatio: speedRatio + more, flow })
        expect(fast.head).toBeGreaterThanOrEqual(slow.head - 1e-9)
        const affine = pumpAt(curve, {
          speedRatio: speedRatio + more,
          flow: (flow * (speedRatio + more)) / speedRatio,
        })
        expect(affine.power).toBeGreaterThan(slow.power)
      }),
    )
  })

  test('motors and drives lose more at a tenth of load than at all of it', () => {
    for (const efficiency of [motorEfficiency, driveEfficiency]) {
      expect(efficiency(1, 0.95)).toBeCloseTo(0.95, 9)
      expect(efficiency(0.1, 0.95)).toBeLessThan(0.88)
      expect(efficiency(0, 0.95)).toBe(0)
    }
  })

  test('dry cooler: its design point, more fan never warms, fan → coolant → fan', () => {
    const design: DryCoolerDesign = {
      heatKw: 2931,
      coolantInC: 46.11,
      coolantOutC: 40.55,
      airInC: 35,
      fanPowerKw: 117.68,
      airToCoolant: 1,
      freeConvectionFraction: 0.06,
    }
    expect(
      dryCoolerLeavingC(design, { coolantInC: 46.11, coolantFlowFraction: 1, airInC: 35 }, 1),
    ).toBeCloseTo(40.55, 6)
    fc.assert(
      fc.property(
        between(-20, 38),
        between(40, 55),
        between(0.4, 1.2),
        between(0.08, 0.95),
        (air, warm, flow, fan) => {
          const moment = { airInC: air, coolantInC: warm, coolantFlowFraction: flow }
          const leaving = dryCoolerLeavingC(design, moment, fan)
          expect(dryCoolerLeavingC(design, moment, fan + 0.02)).toBeLessThanOrEqual(leaving)
          expect(dryCoolerFanSpeedRatio(design, moment, leaving)).toBeCloseTo(fan, 4)
        },
      ),
    )
    expect(dryCoolerPowerKw(design, { fanSpeedRatio: 1, padsWet: true })).toBeCloseTo(117.68 * 1.15 + 0.6, 9)
  })

  test('pads cool by 70 % of the wet-bulb depression, and stay dry below 5 °C', () => {
    expect(airAfterPadsC({ dryBulbC: 35, wetBulbC: 22, padsOn: true })).toBeCloseTo(25.9, 9)
    expect(airAfterPadsC({ dryBulbC: 4.9, wetBulbC: 2, padsOn: true })).toBe(4.9)
  })

  test('CRAH fans at 60 % of the air draw a quarter, and the economiser never passes its setpoint', () => {
    expect(crahFanKw({ designHeatKw: 500, airFraction: 1 })).toBeCloseTo(27.5, 9)
    expect(crahFanKw({ designHeatKw: 500, airFraction: 0.6 })).toBeCloseTo(6.92, 2)
    const plant = { returnC: 18, setpointC: 12, chilledKwPerK: 200, towerKwPerK: 200, uaKwPerK: 600 }
    expect(waterSideEconomiser({ ...plant, towerSupplyC: 14 })).toMatchObject({
      leavingC: 15,
      carriesAll: false,
    })
    expect(waterSideEconomiser({ ...plant, towerSupplyC: 5 })).toMatchObject({
      leavingC: 12,
      carriesAll: true,
    })
    expect(waterSideEconomiser({ ...plant, towerSupplyC: 25 })).toMatchObject({ leavingC: 18, heatKw: 0 })
  })
})
