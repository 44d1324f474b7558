import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  dewPointC,
  humidityRatioFromWetBulb,
  humidityRatioOf,
  relativeHumidityPercentOf,
  saturatedEnthalpyKjPerKg,
  saturationHumidityRatio,
  saturationPressurePa,
  wetBulbC,
} from '#models/physics/psychrometrics.ts'

const casesPath = '../shared/data/reference/psychrolib_si_saturation_cases.json'

type Case = { fn: string; args: number[]; expected: number; tol: { rel?: number; abs?: number } }

describe.skipIf(!existsSync(casesPath))(
  'moist air against a published test suite (needs ../shared/data)',
  () => {
    const functions: Record<string, (...args: number[]) => number> = {
      GetSatVapPres: t => saturationPressurePa(t!),
      GetSatHumRatio: (t, p) => saturationHumidityRatio(t!, p!),
      GetSatAirEnthalpy: (t, p) => 1000 * saturatedEnthalpyKjPerKg(t!, p!),
    }
    test.each(Object.keys(functions))('%s', name => {
      const cases = (JSON.parse(readFileSync(casesPath, 'utf8')) as { cases: Case[] }).cases.filter(
        entry => entry.fn === name,
      )
      expect(cases.length).toBeGreaterThan(3)
      for (const { args, expected, tol } of cases) {
        const allowed = Math.max(tol.abs ?? 0, (tol.rel ?? 0) * Math.abs(expected))
        expect(
          Math.abs(functions[name]!(...args) - expected),
          `${name}(${args.join(', ')})`,
        ).toBeLessThanOrEqual(allowed)
      }
    })
  },
)

describe('wet bulb', () => {
  test('30 °C at 50 % is 22.0 °C at sea level and a little lower in the mountains', () => {
    expect(wetBulbC({ dryBulbC: 30, relativeHumidityPercent: 50, pressurePa: 101_325 })).toBeCloseTo(22.0, 1)
    expect(wetBulbC({ dryBulbC: 30, relativeHumidityPercent: 50, pressurePa: 83_000 })).toBeCloseTo(21.55, 1)
  })

  test('going back from the wet bulb gives the same humidity, in frost as in heat', () => {
    for (const dryBulb of [-25, -5, 0.5, 12, 28, 45])
      for (const relativeHumidityPercent of [15, 55, 90])
        for (const pressurePa of [75_000, 101_325]) {
          const air = { dryBulbC: dryBulb, relativeHumidityPercent, pressurePa }
          const back = humidityRatioFromWetBulb({ ...air, wetBulbC: wetBulbC(air) })
          expect(back).toBeCloseTo(humidityRatioOf(air), 4)
        }
  })

  test('lies between dew point and dry bulb', () => {
    for (const dryBulb of [-10, 5, 20, 35]) {
      const air = { dryBulbC: dryBulb, relativeHumidityPercent: 60, pressurePa: 100_000 }
      const wet = wetBulbC(air)
      expect(wet).toBeLessThan(dryBulb)
      expect(wet).toBeGreaterThan(dewPointC(air) - 0.01)
      expect(relativeHumidityPercentOf({ dryBulbC: dryBulb, dewPointC: dewPointC(air) })).toBeCloseTo(60, 4)
    }
  })
})
