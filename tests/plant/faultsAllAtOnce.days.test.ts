import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { type Fault, faultKinds, faultRules } from '#simulators/faults/fault.ts'
import type { Weather } from '#simulators/weather/weather.ts'
import { mildWeather, smallPlant, startAt, steadyLoad } from '#tests/plant/smallPlant.ts'

const weatherAt = (dryBulbC: number): Weather => ({
  ...mildWeather,
  at: () => ({
    dryBulbC,
    wetBulbC: dryBulbC > 20 ? 0.6 * dryBulbC : dryBulbC - 0.3,
    relativeHumidityPercent: 50,
    pressurePa: 99_000,
  }),
})

type Plant = ReturnType<typeof smallPlant>

/** Every kind at every place and point where the plant takes it, at the least and the largest size; of the trays those of one rack. */
function everyFault(plant: Plant): Fault[] {
  const points = ['isolationValvePosition', 'returnValvePosition', 'bypassValvePosition', 'flow', 'pumpRun']
  const places = plant.site.equipment.filter(({ kind, id }) => kind !== 'tray' || id.startsWith('A1-'))
  const candidates = faultKinds.flatMap(kind =>
    places.flatMap(({ id }) =>
      (faultRules[kind].point === 'none' ? [undefined] : [undefined, ...points]).flatMap(point =>
        [faultRules[kind].size?.lowest, faultRules[kind].size?.highest].map(size => ({
          kind,
          place: id,
          ...(point === undefined ? {} : { point }),
          ...(size === undefined ? {} : { size }),
        })),
      ),
    ),
  )
  return candidates.map((candidate, index) => ({ ...candidate, id: `f${index}` }))
}

/** Injects what the plant takes; how many that were. */
function injectAll(plant: Plant, faults: readonly Fault[]): number {
  let taken = 0
  for (const fault of faults)
    try {
      plant.inject(fault)
      taken++
    } catch {
      // Refused in a sentence: tests/plant/faultsScenario.test.ts reads those.
    }
  return taken
}

function expectSane(plant: Plant): void {
  for (const key of plant.keys) {
    expect(Number.isFinite(plant.truthOf(key)), key).toBe(true)
    const { value, quality, at } = plant.read(key)
    expect(value === null ? quality === 'bad' : Number.isFinite(value), key).toBe(true)
    expect(Number.isFinite(at), key).toBe(true)
  }
  for (const figure of [...Object.values(plant.energy()), ...Object.values(plant.powerNow())])
    expect(Number.isFinite(figure)).toBe(true)
  for (const figure of Object.values(plant.tally().partsKwh)) expect(figure).toBeGreaterThanOrEqual(0)
  expect(plant.energy().energyBalanceError).toBeLessThan(0.001)
}

describe('whatever happens, no reading is ever not a number', () => {
  test.each([
    [250, -30],
    [5_000, 45],
    [60_000, -30],
  ])('every fault at every place at once, steps of %d ms, %d °C outdoors', (stepMs, dryBulbC) => {
    const plant = smallPlant({ stepMs, weather: weatherAt(dryBulbC) })
    expect(injectAll(plant, everyFault(plant))).toBeGreaterThan(400)
    const kinds = new Set(plant.activeFaults().map(fault => fault.kind))
    expect(faultKinds.filter(kind => !kinds.has(kind))).toEqual(['chillerTrip'])
    for (let look = 0; look < 6; look++) {
      plant.after(5 * minute)
      expectSane(plant)
    }
    for (const { id } of plant.activeFaults()) plant.clear(id)
    plant.after(hour)
    expectSane(plant)
  })

  test('any writes, load, weather, step and handful of faults', () => {
    const some = everyFault(smallPlant())
    fc.assert(
      fc.property(
        fc.record({
          load: fc.constantFrom(0, 0.05, 0.6, 1),
          dryBulbC: fc.constantFrom(-30, -5, 1, 20, 45),
          stepMs: fc.constantFrom(250, 1_000, 5_000, 60_000),
          seed: fc.integer({ min: 1, max: 1e6 }),
          faults: fc.array(fc.constantFrom(...some), { maxLength: 12 }),
          valves: fc.integer({ min: 0, max: 7 }),
          pumpRun: fc.integer({ min: 0, max: 1 }),
        }),
        asked => {
          const { stepMs, seed } = asked
          const plant = smallPlant({
            stepMs,
            seed,
            load: steadyLoad(asked.load),
            weather: weatherAt(asked.dryBulbC),
          })
          injectAll(plant, asked.faults)
          plant.after(2 * minute)
          for (const cdu of ['cdu-1', 'cdu-2']) {
            plant.write(`${cdu}.pumpRun`, asked.pumpRun)
            plant.write(`${cdu}.isolationValveOpen`, asked.valves & 1)
            plant.write(`${cdu}.returnValveOpen`, (asked.valves >> 1) & 1)
            plant.write(`${cdu}.bypassValveOpen`, asked.valves >> 2)
          }
          plant.after(3 * minute)
          expectSane(plant)
          plant.after(15 * minute)
          expectSane(plant)
        },
      ),
      { numRuns: 40, seed: 20261121 },
    )
  })

  test('zero load, every pump tripped and every valve shut for a day', () => {
    const plant = smallPlant({ load: steadyLoad(0), stepMs: 60_000, weather: weatherAt(-30) })
    for (const place of ['cdu-1', 'cdu-2', 'cdu-3', 'cdu-4', 'facility', 'tower'])
      plant.inject({ id: place, kind: 'pumpTrip', place })
    for (const cdu of [1, 2, 3, 4]) plant.write(`cdu-${cdu}.isolationValveOpen`, 0)
    plant.after(24 * hour)
    expectSane(plant)
    expect(plant.truthOf('tower.leavingTemperature')!).toBeGreaterThan(7)
  })

  test('same seed, same bytes, with faults that come and go', () => {
    const day = () => {
      const plant = smallPlant({ stepMs: 5_000, seed: 9 })
      plant.inject({ id: 'a', kind: 'leak', place: 'A1', size: 2, startAt: startAt + hour })
      plant.inject({
        id: 'b',
        kind: 'pumpTrip',
        place: 'cdu-2-pa',
        startAt: startAt + hour,
        endAt: startAt + 2 * hour,
      })
      plant.inject({ id: 'c', kind: 'loadJump', place: 'hall', size: 0.3, startAt: startAt + hour })
      plant.inject({ id: 'd', kind: 'sensorDrift', place: 'cdu-1', point: 'flow', size: 9 })
      plant.after(6 * hour)
      return JSON.stringify([plant.keys.map(key => plant.read(key)), plant.energy(), plant.tally()])
    }
    expect(day()).toBe(day())
  })
})
