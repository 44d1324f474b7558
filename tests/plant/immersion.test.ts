import { describe, expect, test } from 'vitest'
import { pointsOf } from '#contract/points.ts'
import { coolingRoles } from '#contract/site/site.ts'
import { day, hour, minute } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { immersionPlant, immersionSite, stillAir, truth } from '#tests/plant/immersionPlant.ts'
import { startAt, steadyLoad } from '#tests/plant/smallPlant.ts'

describe('an immersion plant', () => {
  test('every catalogue point of every equipment can be read, within its instrument range', () => {
    const plant = immersionPlant()
    plant.after(hour)
    const expected = plant.site.equipment.flatMap(entry =>
      pointsOf(entry.kind).map(([name, spec]) => ({ key: `${entry.id}.${name}`, spec })),
    )
    expect(plant.keys).toEqual(expected.map(entry => entry.key))
    for (const { key, spec } of expected) {
      const reading = plant.read(key)
      expect(reading.quality, key).toBe('good')
      expect(reading.value, key).toBeGreaterThanOrEqual(spec.range[0])
      expect(reading.value, key).toBeLessThanOrEqual(spec.range[1])
    }
  })

  test.each(
    ['chicago', 'phoenix'].flatMap(city =>
      ['2025-01-13', '2025-04-14', '2025-07-14', '2025-10-13'].map(monday => [city, monday] as const),
    ),
  )('%s, the week of %s: energy and pad water are kept, parts add up, PUE is above 1', (city, monday) => {
    const weather = builtinWeather({ city, seed: 2 })
    const site = immersionSite(weather)
    const from = Date.parse(monday)
    const plant = immersionPlant({
      site,
      weather,
      load: builtinLoad('ai', site, 2),
      startAt: from,
      stepMs: minute,
    })
    plant.advanceTo(from + 7 * day)
    const energy = plant.energy()
    expect(energy.energyBalanceError).toBeLessThan(1e-9)
    expect(energy.pue).toBeGreaterThan(1.05)
    expect(energy.pue).toBeLessThan(1.15)
    const { partsKwh, waterL, towerWaterL: water } = plant.tally()
    const parts = coolingRoles.reduce((sum, role) => sum + (partsKwh[role] ?? 0), 0)
    expect(parts / energy.coolingKwh).toBeCloseTo(1, 9)
    if (!water) throw new Error('no account of the pads')
    expect(waterL).toBe(water.madeUp)
    expect(water.basinAtStart + water.madeUp - water.evaporated - water.blowDown).toBeCloseTo(water.basin, 5)
    expect(water.blowDown).toBeCloseTo(water.evaporated / 2, 5)
  })

  test('5 s steps and 60 s steps tell the same day, and both keep their energy', () => {
    const weather = builtinWeather({ city: 'phoenix', seed: 4 })
    const site = immersionSite(weather)
    const dayWith = (stepMs: number) => {
      const plant = immersionPlant({ site, weather, load: builtinLoad('ai', site, 4), stepMs })
      plant.after(day)
      return plant.energy()
    }
    const fine = dayWith(5_000)
    const coarse = dayWith(60_000)
    expect(fine.energyBalanceError).toBeLessThan(1e-9)
    expect(coarse.energyBalanceError).toBeLessThan(1e-9)
    expect(coarse.facilityKwh / fine.facilityKwh).toBeCloseTo(1, 3)
    expect(coarse.coolingKwh / fine.coolingKwh).toBeCloseTo(1, 2)
  })

  test.each([5_000, 60_000])('as commissioned, in steps of %i ms, all loops hold their setpoints', stepMs => {
    const plant = immersionPlant({ stepMs })
    plant.after(3 * hour)
    for (let look = 0; look < 60; look++) {
      plant.after(minute)
      expect(Math.abs(truth(plant, 'facility.supplyTemperature') - 36)).toBeLessThan(0.3)
      for (const tank of [1, 5, 10])
        expect(Math.abs(truth(plant, `tank-${tank}.supplyTemperature`) - 41)).toBeLessThan(0.3)
    }
    expect(plant.tally().hottestC).toBeLessThan(85)
    expect(plant.tally().overLimitDegreeMinutes).toBe(0)
  })

  test('power adds up from the tanks to the utility, and meters agree with it within their class', () => {
    const plant = immersionPlant()
    plant.after(2 * hour)
    const now = plant.powerNow()
    const metered = (id: string) => truth(plant, `${id}.activePower`)
    expect(now.itKw + now.coolingKw + now.lossesKw + 4).toBeCloseTo(now.facilityKw, 6)
    expect(metered('meter-it-1') + metered('meter-it-2')).toBeCloseTo(now.itKw, -1)
    expect(Math.abs(metered('meter-facility') / now.facilityKw - 1)).toBeLessThan(0.005)
    const cooling = ['tank-pumps', 'facility-pumps', 'dry-coolers'].map(part => metered(`meter-${part}`))
    const sum = cooling.reduce((total, kw) => total + kw, 0)
    expect(Math.abs(sum / now.coolingKw - 1)).toBeLessThan(0.005)
  })

  test('same seed, same bytes; another seed, another plant; a snapshot brings all of it back', () => {
    const run = (seed: number) => {
      const weather = builtinWeather({ city: 'chicago', seed })
      const site = immersionSite(weather)
      const load = builtinLoad('inference', site, seed)
      const plant = createPlant({ site, weather, load, seed, startAt, stepMs: minute })
      plant.inject({ id: 'drip', kind: 'leak', place: 'tank-2', size: 0.2, startAt: startAt + 2 * hour })
      plant.advanceTo(startAt + 6 * hour)
      plant.write('tank-2.supplyTemperatureSp', 36)
      const before = plant.snapshot()
      const onwards = () => {
        plant.advanceTo(startAt + 20 * hour)
        return JSON.stringify([plant.energy(), plant.tally(), plant.keys.map(key => plant.read(key))])
      }
      const first = onwards()
      plant.restore(before)
      expect(onwards()).toBe(first)
      return first
    }
    expect(run(7)).toBe(run(7))
    expect(run(7)).not.toBe(run(8))
  })

  test('the dielectric is slow: without circulation of the loop a tank warms by about 2 K a minute, not at once', () => {
    const plant = immersionPlant({ stepMs: 5_000 })
    plant.after(2 * hour)
    const before = truth(plant, 'tank-1.tankTemperature')
    plant.inject({ id: 'dark', kind: 'pumpTrip', place: 'facility' })
    plant.after(5 * minute)
    const warmedK = truth(plant, 'tank-1.tankTemperature') - before
    expect(warmedK).toBeGreaterThan(4)
    expect(warmedK).toBeLessThan(15)
    plant.clear('dark')
    plant.after(2 * hour)
    expect(truth(plant, 'tank-1.tankTemperature')).toBeCloseTo(before, 0)
  })

  test('hotter chips leak more power', () => {
    const cold = immersionPlant()
    for (let tank = 1; tank <= 10; tank++) cold.write(`tank-${tank}.supplyTemperatureSp`, 34)
    cold.write('facility.supplyTemperatureSp', 29)
    const warm = immersionPlant()
    cold.after(4 * hour)
    warm.after(4 * hour)
    const ratio = warm.powerNow().itKw / cold.powerNow().itKw
    expect(ratio).toBeGreaterThan(1.005)
    expect(ratio).toBeLessThan(1.03)
  })
})

describe('pads and frost', () => {
  test('pads run above their setpoint, cool the air by 70 % of the depression, cost 0.6 kW and 15 % of fan power', () => {
    const plant = immersionPlant({ weather: stillAir({ dryBulbC: 32, wetBulbC: 22 }) })
    plant.after(2 * hour)
    expect(truth(plant, 'coolers.padsOn')).toBe(1)
    expect(truth(plant, 'coolers.airEnteringTemperature')).toBeCloseTo(25, 9)
    expect(truth(plant, 'coolers.padPumpPower')).toBe(0.6)
    const wet = { speed: truth(plant, 'coolers.fanSpeed'), water: plant.tally().waterL }
    expect(wet.water).toBeGreaterThan(0)
    plant.write('coolers.padsAboveSp', 40)
    plant.after(2 * hour)
    expect(truth(plant, 'coolers.padsOn')).toBe(0)
    expect(truth(plant, 'coolers.airEnteringTemperature')).toBe(32)
    expect(truth(plant, 'coolers.fanSpeed')).toBeGreaterThan(wet.speed)
  })

  test('below 5 °C the pads stay dry whatever is asked', () => {
    const plant = immersionPlant({ weather: stillAir({ dryBulbC: 4.9, wetBulbC: 2 }) })
    plant.write('coolers.padsAboveSp', 0)
    plant.after(hour)
    expect(truth(plant, 'coolers.padsAboveSp')).toBe(5)
    expect(truth(plant, 'coolers.padsOn')).toBe(0)
    expect(plant.tally().waterL).toBe(0)
  })

  test.each([0, 0.3, 1])(
    'at -30 °C and %f of nameplate nothing leaves the coolers below 10 °C, and it flows',
    load => {
      const plant = immersionPlant({
        weather: stillAir({ dryBulbC: -30, wetBulbC: -30 }),
        load: steadyLoad(load, 100),
        stepMs: minute,
      })
      plant.write('facility.supplyTemperatureSp', 5)
      for (let look = 0; look < 24 * 6; look++) {
        plant.after(10 * minute)
        expect(truth(plant, 'facility.supplyTemperature')).toBeGreaterThan(9.5)
        expect(truth(plant, 'facility.flow')).toBeGreaterThan(200)
      }
      expect(plant.energy().energyBalanceError).toBeLessThan(1e-9)
    },
  )

  test('at 45 °C and nameplate the plant goes over its setpoints, says so, and stays finite', () => {
    const plant = immersionPlant({
      weather: stillAir({ dryBulbC: 45, wetBulbC: 30 }),
      load: steadyLoad(1, 100),
      stepMs: minute,
    })
    plant.write('coolers.padsAboveSp', 60)
    plant.after(12 * hour)
    expect(truth(plant, 'coolers.fanSpeed')).toBe(100)
    expect(truth(plant, 'facility.supplyTemperature')).toBeGreaterThan(45)
    expect(plant.tally().overLimitDegreeMinutes).toBeGreaterThan(0)
    for (const key of plant.keys) expect(Number.isFinite(plant.truthOf(key)), key).toBe(true)
  })
})
