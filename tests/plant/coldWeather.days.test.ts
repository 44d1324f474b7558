import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { day, hour, minute } from '#contract/units.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import type { Weather } from '#simulators/weather/weather.ts'
import { mildWeather, smallPlant, startAt, steadyLoad } from '#tests/plant/smallPlant.ts'

const airOf = (dryBulbC: (at: number) => number): Weather => ({
  ...mildWeather,
  coldestDryBulbC: -30,
  at: at => ({
    dryBulbC: dryBulbC(at),
    wetBulbC: dryBulbC(at) - 0.3,
    relativeHumidityPercent: 80,
    pressurePa: 99_000,
  }),
})
const designFlowLpm = resolveSite('small', mildWeather).design.towerFlowLpm
const wave = (at: number) => Math.sin((2 * Math.PI * (at - startAt)) / day)
const weathers = {
  '-30 °C all week': airOf(() => -30),
  '-30 to 0 °C each day': airOf(at => -15 + 15 * wave(at)),
  'thaw and frost each day': airOf(at => 1 + 4 * wave(at)),
}

describe('frost', () => {
  test.each(Object.keys(weathers).flatMap(name => [0, 0.02, 0.1, 0.6, 1].map(load => [name, load] as const)))(
    '%s at %d of nameplate: water leaves at 7 °C or more for a week, open cells are wetted',
    (name, load) => {
      const weather = weathers[name as keyof typeof weathers]
      const plant = smallPlant({ weather, load: steadyLoad(load), stepMs: 30_000 })
      plant.write('tower.leavingTemperatureSp', 5)
      plant.write('tower.waterFlowSp', 30)
      plant.after(3 * hour)
      for (let look = 0; look < 7 * 24 * 6; look++) {
        plant.after(10 * minute)
        if (weather.at(plant.siteNow()).wetBulbC >= 2) continue
        expect(plant.truthOf('tower.leavingTemperature')!).toBeGreaterThanOrEqual(7)
        // Four cells: an open one has half of a quarter of design flow at least, were all of the water on the fill.
        const perCell = (plant.truthOf('tower.waterFlow')! / designFlowLpm) * 4
        expect(perCell / Math.max(1, plant.truthOf('tower.cellsOpen')!)).toBeGreaterThanOrEqual(0.49)
      }
      expect(plant.energy().energyBalanceError).toBeLessThan(0.001)
    },
  )

  test('as commissioned at -30 °C nothing changes for the hall', () => {
    const plant = smallPlant({ weather: weathers['-30 °C all week'], stepMs: 5_000 })
    plant.after(day)
    expect(plant.truthOf('tower.leavingTemperature')!).toBeCloseTo(30, 0)
    expect(plant.truthOf('cdu-1.supplyTemperature')!).toBeCloseTo(36, 0)
    expect(plant.truthOf('tower.cellsOpen')).toBe(4)
  })

  test('heaters of an idle basin are metered with the fans, and the parts add up to the cooling', () => {
    const plant = smallPlant({ weather: weathers['-30 °C all week'], load: steadyLoad(0), stepMs: 30_000 })
    for (const place of ['cdu-1', 'cdu-2', 'cdu-3', 'cdu-4', 'facility'])
      plant.inject({ id: place, kind: 'pumpTrip', place })
    plant.after(2 * day)
    expect(plant.truthOf('tower.fanPower')).toBe(0)
    expect(plant.truthOf('meter-tower-fans.activePower')!).toBeGreaterThan(2)
    expect(plant.truthOf('tower.leavingTemperature')!).toBeGreaterThan(7)
    const { partsKwh } = plant.tally()
    const cooling = partsKwh.cduPumps! + partsKwh.facilityPumps! + partsKwh.towerFans! + partsKwh.towerPumps!
    expect(cooling).toBeCloseTo(plant.energy().coolingKwh, 6)
    const now = plant.powerNow()
    expect(
      now.itKw + now.coolingKw + now.lossesKw + plant.truthOf('meter-lighting.activePower')!,
    ).toBeCloseTo(now.facilityKw, 1)
  })
})

describe('coolant and climate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-frost-'))
  const withPipes = (pipes: string, secondary = 'PG25', freezingPointC = -10) => {
    const path = join(folder, 'mine.yaml')
    const coolant = `coolant: { secondary: ${secondary}, facility: water, freezingPointC: ${freezingPointC}, outdoorPipes: [${pipes}] }`
    writeFileSync(path, readFileSync('simulators/sites/small.yaml', 'utf8').replace(/^coolant:.*$/m, coolant))
    return path
  }
  const chicago = builtinWeather({ city: 'chicago', seed: 1 })

  test('the pinned sites keep their loops indoors and load in Chicago and at -40 °C', () => {
    for (const name of ['small', 'warm-water']) {
      expect(resolveSite(name, chicago).name).toBe(name)
      expect(resolveSite(name, { designWetBulbC: 24, coldestDryBulbC: -40 }).name).toBe(name)
    }
  })

  test('a loop with pipes outdoors needs a coolant that freezes 5 K under the coldest hour', () => {
    try {
      const at = (path: string, coldestDryBulbC: number) => () =>
        resolveSite(path, { designWetBulbC: 24, coldestDryBulbC })
      expect(at(withPipes('facility'), -18)).toThrow(
        /facility holds water, which freezes at 0 °C, where the coldest hour of this climate \(-18.0 °C\) allows only what freezes below -23.0 °C/,
      )
      expect(at(withPipes('cdu'), -18)).toThrow(/cdu holds PG25, which freezes at -10 °C/)
      expect(at(withPipes('cdu', 'PG50', -34), -18)().name).toBe('small')
      expect(at(withPipes('cdu', 'PG50', -34), -29)).toThrow(/below -34.0 °C/)
      expect(at(withPipes('facility'), 6)().name).toBe('small')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
