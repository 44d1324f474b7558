import { describe, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { smallPlant, startAt } from '#tests/plant/smallPlant.ts'

const wet = (plant: ReturnType<typeof smallPlant>, id: string) => plant.read(`${id}.leak`).value === 1

describe('leaks', () => {
  test('in a tray: its own sensor first, the rack rope when the tray spills, nothing further away', () => {
    const plant = smallPlant({ stepMs: 250 })
    const level = plant.read('cdu-1.reservoirLevel').value!
    plant.inject({ id: 'l1', kind: 'leak', place: 'A1-t03', size: 0.5 })
    plant.after(1_500)
    expect([wet(plant, 'A1-t03'), wet(plant, 'A1')]).toEqual([true, false])
    plant.after(minute)
    expect([wet(plant, 'A1-t03'), wet(plant, 'A1')]).toEqual([true, true])
    expect([wet(plant, 'A1-t04'), wet(plant, 'A2'), wet(plant, 'cdu-1')]).toEqual([false, false, false])
    plant.after(5 * minute)
    expect(plant.read('cdu-1.reservoirLevel').value!).toBeLessThan(level - 2)
    expect(plant.read('cdu-2.reservoirLevel').value!).toBeGreaterThan(level - 3)
  })

  test('isolating the rack ends its leak; mending it dries the rope', () => {
    const plant = smallPlant()
    plant.inject({ id: 'l2', kind: 'leak', place: 'A1', size: 2 })
    plant.after(10_000)
    expect(wet(plant, 'A1')).toBe(true)
    plant.write('A1.liquidIsolationRequest', 1)
    plant.write('cdu-1.makeupEnable', 0)
    plant.after(20_000)
    const level = plant.truthOf('cdu-1.reservoirLevel')!
    plant.after(5 * minute)
    expect(Math.abs(plant.truthOf('cdu-1.reservoirLevel')! - level)).toBeLessThan(0.4)
    plant.clear('l2')
    expect(wet(plant, 'A1')).toBe(false)
  })

  test.each([['manifold-2'], ['cdu-2'], ['floor-1']])('at %s the rope there gets wet', place => {
    const plant = smallPlant()
    plant.inject({ id: 'l3', kind: 'leak', place, size: 1 })
    expect(wet(plant, place)).toBe(false)
    plant.after(20_000)
    expect(wet(plant, place)).toBe(true)
  })

  test('make-up never feeds more than 5 L/h', () => {
    const plant = smallPlant({ stepMs: 5_000 })
    plant.inject({ id: 'l4', kind: 'leak', place: 'cdu-1', size: 0.3 })
    plant.after(hour)
    expect(plant.read('cdu-1.makeupFlow').value).toBeGreaterThan(0)
    expect(plant.read('cdu-1.makeupFlow').value! * 60).toBeLessThanOrEqual(5.03)
    plant.write('cdu-1.makeupEnable', 0)
    plant.after(10_000)
    expect(plant.read('cdu-1.makeupFlow').value).toBe(0)
  })
})

describe('devices and sensors that fail', () => {
  test('a tripped pump reads tripped; the other carries on', () => {
    const plant = smallPlant()
    plant.inject({ id: 'p', kind: 'pumpTrip', place: 'cdu-1-pa' })
    plant.after(minute)
    expect(plant.read('cdu-1-pa.status').value).toBe(2)
    expect(plant.read('cdu-1-pb.status').value).toBe(1)
    expect(plant.read('cdu-1.pumpSpeed').value).toBeGreaterThan(99)
    expect(plant.read('cdu-1.flow').value!).toBeGreaterThan(450)
    plant.inject({ id: 'p2', kind: 'pumpTrip', place: 'cdu-1' })
    plant.after(10_000)
    expect(plant.read('cdu-1.flow').value!).toBeLessThan(5)
    plant.clear('p2')
    expect(plant.read('cdu-1-pa.status').value).toBe(2)
  })

  test('a frozen sensor keeps its value, not its time', () => {
    const plant = smallPlant()
    plant.inject({ id: 'f', kind: 'frozenSensor', place: 'cdu-1', point: 'supplyTemperature' })
    const before = plant.read('cdu-1.supplyTemperature')
    plant.write('cdu-1.supplyTemperatureSp', 38)
    plant.after(10 * minute)
    const after = plant.read('cdu-1.supplyTemperature')
    expect(after.value).toBe(before.value)
    expect(after.at).toBeGreaterThan(before.at)
    expect(plant.truthOf('cdu-1.supplyTemperature')!).toBeCloseTo(38, 0)
  })

  test('bad and unknown are said, never zero', () => {
    const plant = smallPlant()
    plant.inject({ id: 'b', kind: 'badSensor', place: 'cdu-1', point: 'flow' })
    plant.inject({ id: 's', kind: 'leakSensorFault', place: 'A1' })
    expect(plant.read('cdu-1.flow')).toMatchObject({ value: null, quality: 'bad' })
    expect(plant.read('A1.leak')).toMatchObject({ value: null, quality: 'bad' })
    expect(plant.read('A1.leakSensorFault').value).toBe(1)
  })

  test('a silent controller answers nothing; one deaf point takes a write and does nothing', () => {
    const plant = smallPlant()
    plant.inject({ id: 'q', kind: 'silentController', place: 'cdu-1' })
    expect(plant.write('cdu-1.pumpRun', 0)).toEqual({ taken: false, because: 'deviceSilent' })
    expect(plant.read('cdu-1.flow').quality).toBe('bad')
    expect(plant.read('cdu-1-pa.speed').quality).toBe('bad')
    plant.inject({ id: 'd', kind: 'silentController', place: 'A1', point: 'electricalIsolationRequest' })
    expect(plant.write('A1.electricalIsolationRequest', 1)).toEqual({ taken: true, held: 0 })
    plant.after(10_000)
    expect(plant.read('A1.electricalIsolationStatus').value).toBe(0)
  })

  test('a stuck rack valve does not confirm', () => {
    const plant = smallPlant()
    plant.inject({ id: 'v', kind: 'stuckValve', place: 'A1' })
    plant.write('A1.liquidIsolationRequest', 1)
    plant.after(30_000)
    expect(plant.read('A1.liquidIsolationStatus').value).toBe(0)
  })

  test('a meter wired backwards counts down', () => {
    const plant = smallPlant()
    plant.after(hour)
    const before = plant.read('meter-facility.activeEnergyKwh').value!
    plant.inject({ id: 'm', kind: 'meterBackwards', place: 'meter-facility' })
    plant.after(10 * minute)
    expect(plant.read('meter-facility.activeEnergyKwh').value!).toBeLessThan(before)
  })

  test('faults come and go at their times, and nonsense is refused in a sentence', () => {
    const plant = smallPlant()
    plant.inject({
      id: 't',
      kind: 'pumpTrip',
      place: 'tower-p1',
      startAt: startAt + minute,
      endAt: startAt + 2 * minute,
    })
    expect(plant.activeFaults()).toEqual([])
    plant.after(61_000)
    expect(plant.read('tower-p1.status').value).toBe(2)
    plant.after(minute)
    expect(plant.activeFaults()).toEqual([])
    expect(plant.read('tower-p1.status').value).toBe(1)
    expect(() => plant.inject({ id: 'x', kind: 'leak', place: 'Z9' })).toThrow(
      /place "Z9" is no equipment of this site/,
    )
    expect(() => plant.inject({ id: 'y', kind: 'frozenSensor', place: 'cdu-1', point: 'smell' })).toThrow(
      /no point "smell"/,
    )
  })
})
