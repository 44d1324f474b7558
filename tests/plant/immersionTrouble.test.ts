import { describe, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { immersionPlant, truth } from '#tests/plant/immersionPlant.ts'

describe('what devices do with writes and with trouble', () => {
  test('setpoints are held within the device range; under local control nothing is taken', () => {
    const plant = immersionPlant()
    expect(plant.write('tank-1.supplyTemperatureSp', 99)).toEqual({ taken: true, held: 60 })
    expect(plant.write('facility.supplyTemperatureSp', 1)).toEqual({ taken: true, held: 10 })
    expect(truth(plant, 'coolers.leavingTemperatureSp')).toBe(10)
    plant.setDevice('coolers.authority', 0)
    expect(plant.write('coolers.padsAboveSp', 20)).toEqual({ taken: false, because: 'localControl' })
  })

  test('when the watchdog stops, coolers and tanks go back to what they were commissioned with', () => {
    const plant = immersionPlant({ stepMs: 1_000 })
    plant.write('coolers.padsAboveSp', 30)
    plant.write('coolers.leavingTemperatureSp', 30)
    plant.write('tank-1.differentialPressureSp', 60)
    for (let second = 0; second < 20; second++) {
      for (const id of ['coolers', 'tank-1']) plant.write(`${id}.watchdog`, (second + 1) % 2)
      plant.after(1_000)
    }
    expect(truth(plant, 'coolers.padsAboveSp')).toBe(30)
    plant.after(12_000)
    expect(truth(plant, 'coolers.watchdogHealthy')).toBe(0)
    expect(truth(plant, 'coolers.padsAboveSp')).toBe(25)
    expect(truth(plant, 'coolers.leavingTemperatureSp')).toBe(36)
    expect(truth(plant, 'tank-1.differentialPressureSp')).toBeCloseTo(127.7, 1)
  })

  test('a leaking tank loses level, wets its pan, and in the end its pumps lose suction', () => {
    const plant = immersionPlant()
    plant.after(hour)
    const before = truth(plant, 'tank-3.level')
    plant.inject({ id: 'weld', kind: 'leak', place: 'tank-3', size: 5 })
    plant.after(10 * minute)
    expect(plant.read('tank-3.leak').value).toBe(1)
    expect(plant.read('tank-4.leak').value).toBe(0)
    expect(before - truth(plant, 'tank-3.level')).toBeCloseTo((100 * 50) / 1500, 0)
    plant.after(hour)
    expect(truth(plant, 'tank-3.flow')).toBe(0)
    expect(truth(plant, 'tank-4.flow')).toBeGreaterThan(300)
    plant.clear('weld')
    plant.after(minute)
    expect(plant.read('tank-3.leak').value).toBe(0)
  })

  test('water on the floor wets its rope only; it is missing in the facility loop, and the account closes', () => {
    const plant = immersionPlant()
    plant.inject({ id: 'drip', kind: 'leak', place: 'floor-2', size: 4 })
    plant.inject({ id: 'weld', kind: 'leak', place: 'tank-1', size: 1 })
    plant.after(5 * minute)
    expect([1, 2].map(rope => plant.read(`floor-${rope}.leak`).value)).toEqual([0, 1])
    expect(truth(plant, 'facility.staticPressure')).toBeLessThan(180)
    const { coolantL } = plant.tally()
    expect(coolantL?.leaked).toBeCloseTo(25, 6)
    expect(coolantL && coolantL.atStart - coolantL.leaked - coolantL.now).toBeCloseTo(0, 6)
  })

  test('with half of the fans lost the others speed up; dirty coils ask for more fan as well', () => {
    const lost = immersionPlant()
    const dirty = immersionPlant()
    const sound = immersionPlant()
    lost.inject({ id: 'belts', kind: 'towerFanFailure', place: 'coolers', size: 0.5 })
    dirty.inject({ id: 'pollen', kind: 'fouling', place: 'coolers', size: 0.6 })
    for (const plant of [lost, dirty, sound]) plant.after(2 * hour)
    expect([1, 4, 5, 8].map(fan => lost.read(`coolers-f${fan}.status`).value)).toEqual([2, 2, 1, 1])
    for (const plant of [lost, dirty])
      expect(truth(plant, 'coolers.fanSpeed')).toBeGreaterThan(truth(sound, 'coolers.fanSpeed') + 5)
    lost.clear('belts')
    expect(lost.read('coolers-f1.status').value).toBe(1)
  })

  test('with one of two circulation pumps tripped the tank still flows, at less pressure', () => {
    const plant = immersionPlant()
    plant.after(10 * minute)
    plant.inject({ id: 'trip', kind: 'pumpTrip', place: 'tank-1-pa' })
    plant.after(10 * minute)
    expect(plant.read('tank-1-pa.status').value).toBe(2)
    expect(plant.read('tank-1-pb.status').value).toBe(1)
    expect(truth(plant, 'tank-1.differentialPressure')).toBeLessThan(120)
    expect(truth(plant, 'tank-1.flow')).toBeGreaterThan(150)
  })

  test('a valve that sticks stays where it is while its tank warms', () => {
    const plant = immersionPlant({ stepMs: 5_000 })
    plant.after(2 * hour)
    plant.inject({ id: 'stuck', kind: 'stuckValve', place: 'tank-6' })
    const position = truth(plant, 'tank-6.valvePosition')
    plant.write('tank-6.supplyTemperatureSp', 37)
    plant.after(hour)
    expect(truth(plant, 'tank-6.valvePosition')).toBe(position)
    expect(truth(plant, 'tank-6.supplyTemperature')).toBeGreaterThan(40)
  })

  test('a fault that cannot be at a place is refused in a sentence', () => {
    const plant = immersionPlant()
    expect(() => plant.inject({ id: 'a', kind: 'leak', place: 'coolers' })).toThrow(
      /allowed are tanks and floor ropes/,
    )
    expect(() => plant.inject({ id: 'b', kind: 'pumpTrip', place: 'hall' })).toThrow(/has no pump/)
  })
})
