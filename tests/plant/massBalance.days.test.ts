import { describe, expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { smallPlant, steadyLoad } from '#tests/plant/smallPlant.ts'

function weekPlant(options: { name: string; month: number; stepMs?: number; city?: string; load?: string }) {
  const weather = builtinWeather({ city: options.city ?? 'chicago', seed: 3 })
  const site = resolveSite(options.name, weather)
  return createPlant({
    site,
    weather,
    load: builtinLoad(options.load ?? 'ai', site, 3),
    seed: 3,
    startAt: Date.UTC(2025, options.month, 14),
    stepMs: options.stepMs ?? 60_000,
  })
}

describe('water', () => {
  test.each([
    ['small', 0],
    ['small', 6],
    ['warm-water', 6],
  ])(
    '%s, a week from month %d: make-up is what evaporated, drifted, was blown down and stayed',
    (name, month) => {
      const plant = weekPlant({ name, month })
      plant.advanceTo(plant.siteNow() + 168 * hour)
      const { towerWaterL: water, waterL } = plant.tally()
      const left = water!.evaporated + water!.drift + water!.blowDown
      expect(water!.basinAtStart + water!.madeUp - left - water!.basin).toBeCloseTo(0, 3)
      expect(Math.abs(waterL / (left + water!.basin - water!.basinAtStart) - 1)).toBeLessThan(0.001)
      // Four cycles of concentration: a third of what evaporates is blown down.
      expect(water!.blowDown / water!.evaporated).toBeCloseTo(1 / 3, 1)
      expect(plant.truthOf('tower.basinLevel')!).toBeGreaterThan(78)
      expect(plant.truthOf('tower.basinLevel')!).toBeLessThan(82)
      expect(plant.truthOf('tower.conductivity')!).toBeCloseTo(1800, -2)
    },
  )

  test('litres per kWh are what towers need with four cycles: 1 to 2.6, less in winter than in summer', () => {
    const perKwh = (month: number) => {
      const plant = weekPlant({ name: 'small', month })
      plant.advanceTo(plant.siteNow() + 168 * hour)
      return plant.tally().waterL / plant.energy().itKwh
    }
    const [winter, summer] = [perKwh(0), perKwh(6)]
    expect(winter).toBeGreaterThan(1)
    expect(winter).toBeLessThan(summer)
    expect(summer).toBeLessThan(2.6)
  })

  test('the make-up meter counts what the tally does', () => {
    const plant = smallPlant({ stepMs: 5_000 })
    const before = plant.tally().waterL
    let metered = 0
    for (let step = 0; step < 720; step++) {
      plant.after(5_000)
      metered += (plant.truthOf('tower.makeupFlow')! * 5) / 60
    }
    expect(metered / (plant.tally().waterL - before)).toBeCloseTo(1, 6)
  })
})

describe('coolant', () => {
  test('reservoirs and vessel: start + made up − leaked = now, through a week of leaks everywhere', () => {
    const plant = weekPlant({ name: 'small', month: 6 })
    const from = plant.siteNow()
    for (const [place, size, startHour, endHour] of [
      ['A1-t03', 0.02, 1, 60],
      ['A2', 0.5, 5, 9],
      ['manifold-2', 30, 20, 21],
      ['cdu-3', 0.05, 2, 150],
      ['floor-1', 3, 30, 40],
      ['floor-2', 40, 100, 103],
    ] as const)
      plant.inject({
        id: place,
        kind: 'leak',
        place,
        size,
        startAt: from + startHour * hour,
        endAt: from + endHour * hour,
      })
    plant.advanceTo(from + 168 * hour)
    const { atStart, madeUp, leaked, now } = plant.tally().coolantL!
    expect(leaked).toBeGreaterThan(1_000)
    expect(madeUp).toBeGreaterThan(100)
    expect(Math.abs(atStart + madeUp - leaked - now)).toBeLessThan(1e-6 * leaked)
  })

  test('an empty reservoir leaks no more, and the pump stops before it runs dry', () => {
    const plant = smallPlant({ stepMs: 5_000 })
    plant.write('cdu-1.makeupEnable', 0)
    plant.inject({ id: 'l', kind: 'leak', place: 'A1', size: 50 })
    plant.after(hour)
    expect(plant.truthOf('cdu-1.flow')).toBe(0)
    const { leaked } = plant.tally().coolantL!
    expect(leaked).toBeLessThanOrEqual(56)
    plant.after(hour)
    expect(plant.tally().coolantL!.leaked).toBeCloseTo(leaked, 6)
  })

  test('mains under the floor: a small hole is filled up, a large one takes the pressure and stops the pumps', () => {
    const plant = smallPlant({ stepMs: 5_000, load: steadyLoad(0.2) })
    plant.inject({ id: 'l', kind: 'leak', place: 'floor-1', size: 2 })
    plant.after(6 * hour)
    expect(plant.truthOf('facility.staticPressure')!).toBeGreaterThan(140)
    plant.inject({ id: 'm', kind: 'leak', place: 'floor-2', size: 60 })
    plant.after(hour)
    expect(plant.truthOf('facility.staticPressure')!).toBeLessThan(70)
    expect(plant.truthOf('facility.pumpSpeed')).toBe(0)
    plant.clear('l')
    plant.clear('m')
    plant.after(3 * hour)
    expect(plant.truthOf('facility.staticPressure')!).toBeGreaterThan(140)
    expect(plant.truthOf('facility.supplyTemperature')!).toBeCloseTo(32, 0)
  })
})

describe('a week in steps of 60 s and of 5 s', () => {
  test.each([
    ['warm-water', 'ai', 6],
    ['small', 'ai', 0],
    ['small', 'inference', 6],
    ['small', 'annual', 0],
  ])(
    '%s, %s, month %d: energy and water within 0.3 per cent, and no chip over its limit',
    (name, load, month) => {
      const week = (stepMs: number) => {
        const plant = weekPlant({ name, month, stepMs, load })
        plant.advanceTo(plant.siteNow() + 168 * hour)
        return { ...plant.energy(), over: plant.tally().overLimitDegreeMinutes, waterL: plant.tally().waterL }
      }
      const [short, long] = [week(5_000), week(60_000)]
      expect(Math.abs(long.facilityKwh / short.facilityKwh - 1)).toBeLessThan(0.003)
      expect(Math.abs(long.coolingKwh / short.coolingKwh - 1)).toBeLessThan(0.003)
      expect(Math.abs(long.waterL / short.waterL - 1)).toBeLessThan(0.003)
      expect([short.over, long.over]).toEqual([0, 0])
    },
  )
})
