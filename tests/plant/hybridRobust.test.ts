import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import { hybridLoad, hybridPlant, hybridSite, standingAir, write } from '#tests/plant/hybridPlant.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })

test('whatever is written, and at whatever load and weather, the plant stays finite, keeps its energy and PUE is above 1', () => {
  const asked = fc.record({
    writes: fc.array(fc.record({ place: fc.integer({ min: 0, max: 10_000 }), share: between(-0.2, 1.2) }), {
      maxLength: 30,
    }),
    load: between(0, 1),
    dryBulbC: between(-30, 45),
    dryK: between(0, 20),
    seed: fc.integer({ min: 1, max: 1e6 }),
    stepMs: fc.constantFrom(1_000, 5_000, 60_000),
  })
  fc.assert(
    fc.property(asked, ({ writes, load, dryBulbC, dryK, seed, stepMs }) => {
      const weather = standingAir({ dryBulbC, wetBulbC: Math.max(-31, Math.min(30, dryBulbC - dryK)) })
      const plant = hybridPlant({ weather, load: hybridLoad(load), seed, stepMs })
      for (const { place, share } of writes) {
        const key = plant.keys[place % plant.keys.length]!
        plant.write(key, share * 100)
      }
      write(plant, { chilledC: 4 + 20 * load, airPercent: 130 * load, economiser: seed % 3 })
      plant.after(40 * minute)
      for (const key of plant.keys) expect(Number.isFinite(plant.truthOf(key)), key).toBe(true)
      expect(plant.energy().energyBalanceError).toBeLessThan(1e-6)
      if (load > 0) expect(plant.energy().pue).toBeGreaterThan(1)
    }),
    { numRuns: 25, seed: 20261121 },
  )
})

test('same seed, same bytes; another seed, another plant; a snapshot brings the same steps back', () => {
  const weather = openWeather('builtin:chicago', 3)
  const day = (seed: number) => {
    const plant = hybridPlant({ weather, load: builtinLoad('ai', hybridSite(weather), 3), seed })
    plant.after(6 * hour)
    return plant
  }
  const image = (plant: ReturnType<typeof day>) => JSON.stringify(plant.keys.map(key => plant.read(key)))
  const plant = day(7)
  expect(image(day(7))).toBe(image(plant))
  expect(image(day(8))).not.toBe(image(plant))
  const snapshot = plant.snapshot()
  plant.after(2 * hour)
  const first = image(plant) + JSON.stringify([plant.energy(), plant.tally()])
  plant.restore(snapshot)
  write(plant, { chilledC: 20, economiser: 2, airPercent: 60 })
  plant.after(hour)
  plant.restore(snapshot)
  plant.after(2 * hour)
  expect(image(plant) + JSON.stringify([plant.energy(), plant.tally()])).toBe(first)
})

test('more air warms the room less; too little is answered by the units themselves: never more than 16 K over supply', () => {
  const risesK = [50, 80, 100, 120].map(airPercent => {
    const plant = hybridPlant()
    write(plant, { airPercent })
    plant.after(3 * hour)
    return plant.truth('crah-1.returnAirTemperature') - plant.truth('crah-1.supplyAirTemperature')
  })
  expect(risesK).toEqual([...risesK].sort((a, b) => b - a))
  expect(risesK[0]!).toBeLessThan(16.2)
})

test('warm air costs at the IT meter: server fans draw 6 % more per kelvin above 24 °C', () => {
  const itKwAt = (airC: number) => {
    const plant = hybridPlant()
    write(plant, { airC })
    plant.after(3 * hour)
    return plant.powerNow().itKw
  }
  const [at22, at24, at27] = [22, 24, 27].map(itKwAt)
  expect(Math.abs(at24! - at22!)).toBeLessThan(0.1)
  // 400 kW of air heat × 8 % × 6 %/K × 3 K = 5.8 kW.
  expect(at27! - at24!).toBeGreaterThan(5)
  expect(at27! - at24!).toBeLessThan(6.5)
})

test('a device in local control takes nothing; a watchdog that falls silent sends it home', () => {
  const plant = hybridPlant({ watchdogTimeoutMs: 10_000 })
  plant.setDevice('crah-1.authority', 1)
  expect(plant.write('crah-1.airFlowSp', 60)).toEqual({ taken: false, because: 'localControl' })
  plant.write('chiller-1.watchdog', 1)
  expect(plant.write('chiller-1.leavingTemperatureSp', 40)).toEqual({ taken: true, held: 26 })
  plant.write('chiller-1.economiserMode', 2)
  plant.after(minute)
  expect(plant.truth('chiller-1.watchdogHealthy')).toBe(0)
  expect(plant.truth('chiller-1.leavingTemperatureSp')).toBe(12)
  expect(plant.truth('chiller-1.economiserMode')).toBe(1)
})
