import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import { placeScenario, readScenario } from '#simulators/faults/scenario.ts'
import { smallPlant, startAt, steadyLoad } from '#tests/plant/smallPlant.ts'

const examples = 'simulators/faults/scenarios'
const folder = mkdtempSync(join(tmpdir(), 'coldloop-scenario-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = (text: string): string => {
  const path = join(folder, 'mine.yaml')
  writeFileSync(path, text)
  return path
}
const one = (entry: string) => `title: One\nfaults:\n  - ${entry}\n`

describe('scenarios', () => {
  test.each(readdirSync(examples))('the example %s loads, runs its course and leaves a sound plant', name => {
    const path = join(examples, name)
    const faults = readScenario(path, startAt)
    expect(faults.length).toBeGreaterThan(3)
    const plant = smallPlant({ stepMs: 5_000 })
    placeScenario(plant, { path, startAt })
    const seen = new Set<string>()
    for (let minutes = 0; minutes < 300; minutes++) {
      plant.after(minute)
      for (const fault of plant.activeFaults()) seen.add(fault.id)
    }
    expect([...seen].sort()).toEqual(faults.map(fault => fault.id).sort())
    for (const fault of plant.activeFaults()) plant.clear(fault.id)
    for (const key of plant.keys) expect(plant.read(key).quality, key).toBe('good')
  })

  test('the README shows how to run one, and a user finds the examples there', () => {
    expect(readFileSync('simulators/faults/README.md', 'utf8')).toMatch(/--scenario FILE/)
  })

  test('times are instants with their zone or offsets from the start', () => {
    const [fault] = readScenario(
      fileOf(one('{ kind: pumpTrip, place: cdu-1, at: "2025-07-01T02:00+02:00", until: +1d2h3m4s }')),
      startAt,
    )
    expect(fault).toEqual({
      id: 'pumpTrip-cdu-1',
      kind: 'pumpTrip',
      place: 'cdu-1',
      startAt: Date.UTC(2025, 6, 1),
      endAt: startAt + 26 * hour + 3 * minute + 4_000,
    })
  })

  test.each([
    ['at: soon', '{ kind: leak, place: A1, at: soon }', /faults\[0\]: at: "soon" where an ISO 8601 instant/],
    [
      'a local time',
      '{ kind: leak, place: A1, at: "2025-07-01T12:00" }',
      /faults\[0\]: at: "2025-07-01T12:00" where/,
    ],
    ['an empty offset', '{ kind: leak, place: A1, at: "+" }', /at: "\+" where/],
    [
      'the end first',
      '{ kind: leak, place: A1, at: +2h, until: +1h }',
      /faults\[0\] \(leak-A1\): leak ends before it starts/,
    ],
    ['an unknown kind', '{ kind: flood, place: A1 }', /faults.0.kind = "flood"/],
    ['an unknown key', '{ kind: leak, place: A1, litres: 3 }', /faults.0: unknown key "litres"/],
    [
      'no size',
      '{ kind: fouling, place: cdu-1 }',
      /\(fouling-cdu-1\): fouling needs a size, 0.05..1 \(share of/,
    ],
    [
      'too large a size',
      '{ kind: fouling, place: cdu-1, size: 3 }',
      /size 3 where 0.05..1 \(share of the conductance that is left\) is allowed/,
    ],
    [
      'a place that is not there',
      '{ kind: leak, place: Z9 }',
      /faults\[0\]: fault "leak-Z9" \(leak\): place "Z9" is no equipment/,
    ],
    [
      'twice the same',
      '{ kind: pumpTrip, place: cdu-1 }\n  - { kind: pumpTrip, place: cdu-1 }',
      /faults\[1\] \(pumpTrip-cdu-1\): this id appears twice/,
    ],
    ['no YAML', '{ kind: [', /not YAML/],
  ])('%s: one sentence with file, entry, value and what is allowed', (_, entry, sentence) => {
    const path = fileOf(one(entry))
    const place = () => placeScenario(smallPlant(), { path, startAt })
    expect(place).toThrow(sentence)
    expect(place).toThrow(path)
  })
  test('a file that is not there is named', () => {
    expect(() => readScenario(join(folder, 'nowhere.yaml'), startAt)).toThrow(
      /nowhere.yaml: the scenario cannot be read/,
    )
  })
})

describe('faults that cannot be are refused in a sentence', () => {
  const plant = smallPlant()
  test.each<[Omit<Fault, 'id'>, RegExp]>([
    [{ kind: 'leak', place: 'cdu-1-pa' }, /a leak cannot be at "cdu-1-pa"; allowed are trays, racks/],
    [
      { kind: 'leak', place: 'A1', size: -1 },
      /size -1 where 0..1000 \(L\/min at operating pressure\) is allowed/,
    ],
    [{ kind: 'leak', place: 'A1', point: 'leak' }, /takes no point, but has "leak"/],
    [{ kind: 'pumpTrip', place: 'A1' }, /place "A1" has no pump/],
    [{ kind: 'pumpTrip', place: 'cdu-1', size: 1 }, /takes no size, but has 1/],
    [{ kind: 'stuckValve', place: 'cdu-1', point: 'flow' }, /has no valve "flow"/],
    [{ kind: 'fouling', place: 'A1', size: 0.5 }, /has no exchanger; allowed are CDUs and hx-1/],
    [{ kind: 'towerFanFailure', place: 'cdu-1', size: 0.5 }, /has no tower fans; allowed is tower/],
    [{ kind: 'chillerTrip', place: 'tower' }, /this plant has no chiller/],
    [{ kind: 'loadJump', place: 'A1', size: 0.5 }, /a load cannot jump at "A1"; allowed are CDUs/],
    [{ kind: 'loadJump', place: 'cdu-1', size: 2 }, /size 2 where -1..1/],
    [{ kind: 'sensorDrift', place: 'cdu-1', size: 1 }, /needs a point/],
    [{ kind: 'sensorDrift', place: 'cdu-1', point: 'flow' }, /needs a size/],
    [
      { kind: 'sensorDrift', place: 'cdu-1', point: 'pumpRun', size: 1 },
      /is a state or a setpoint and measures nothing/,
    ],
    [{ kind: 'frozenSensor', place: 'cdu-1', point: 'smell' }, /cdu-1 has no point "smell"/],
    [{ kind: 'leakSensorFault', place: 'tower' }, /tower has no leak sensor/],
    [{ kind: 'silentController', place: 'cdu-1', point: 'smell' }, /cdu-1 has no point "smell"/],
    [
      { kind: 'clockSkew', place: 'cdu-1' },
      /needs a size, -86400..86400 \(seconds that the clock is ahead\)/,
    ],
    [{ kind: 'meterBackwards', place: 'cdu-1' }, /place "cdu-1" is no meter/],
    [{ kind: 'meterRollover', place: 'cdu-1' }, /place "cdu-1" is no meter/],
  ])('%j', (fault, sentence) => {
    expect(() => plant.inject({ id: 'x', ...fault })).toThrow(sentence)
    expect(plant.activeFaults()).toEqual([])
  })
})

describe('faults that overlap', () => {
  test('the end of one leaves the other', () => {
    const plant = smallPlant()
    plant.inject({ id: 'a', kind: 'frozenSensor', place: 'cdu-1', point: 'flow' })
    const held = plant.read('cdu-1.flow').value
    plant.write('cdu-1.differentialPressureSp', 60)
    plant.after(minute)
    plant.inject({ id: 'b', kind: 'frozenSensor', place: 'cdu-1', point: 'flow' })
    plant.inject({ id: 'c', kind: 'fouling', place: 'cdu-1', size: 0.5 })
    plant.inject({ id: 'd', kind: 'fouling', place: 'cdu-1', size: 0.8 })
    plant.clear('a')
    plant.clear('d')
    expect(plant.read('cdu-1.flow').value).toBe(held)
    plant.after(20 * minute)
    const sound = smallPlant()
    sound.write('cdu-1.differentialPressureSp', 60)
    sound.after(21 * minute)
    expect(plant.truthOf('cdu-1.valvePosition')!).toBeGreaterThan(sound.truthOf('cdu-1.valvePosition')! + 5)
    plant.clear('b')
    expect(plant.read('cdu-1.flow').value).toBeLessThan(held! - 100)
  })

  test('drift and bias add up and end as if calibrated; values stay within the instrument', () => {
    const plant = smallPlant({ stepMs: 5_000 })
    plant.inject({ id: 'a', kind: 'sensorDrift', place: 'cdu-1', point: 'returnTemperature', size: 24 })
    plant.inject({ id: 'b', kind: 'sensorBias', place: 'cdu-1', point: 'returnTemperature', size: -2 })
    plant.after(3 * hour)
    const error = () =>
      plant.read('cdu-1.returnTemperature').value! - plant.truthOf('cdu-1.returnTemperature')!
    const drifted = error()
    plant.clear('a')
    expect(drifted - error()).toBeCloseTo(3, 1)
    plant.clear('b')
    expect(Math.abs(error())).toBeLessThan(0.5)
    plant.inject({ id: 'c', kind: 'sensorBias', place: 'cdu-1', point: 'returnTemperature', size: 1e5 })
    expect(plant.read('cdu-1.returnTemperature').value).toBe(100)
  })

  test('a load jumps by its share within a minute, stays within nameplate, and falls back', () => {
    const plant = smallPlant({ load: steadyLoad(0.3) })
    plant.inject({ id: 'a', kind: 'loadJump', place: 'cdu-1', size: 0.6 })
    plant.inject({ id: 'b', kind: 'loadJump', place: 'hall', size: 0.2 })
    const cduKw = (cdu: string) =>
      ['1', '2', '3'].reduce((sum, n) => sum + plant.truthOf(`${cdu}${n}.power`)!, 0)
    plant.after(30_000)
    expect(cduKw('A') / 375).toBeCloseTo(0.7, 1)
    plant.after(minute)
    expect(cduKw('A') / 375).toBeCloseTo(1, 1)
    expect(cduKw('B') / 375).toBeCloseTo(0.5, 1)
    plant.clear('a')
    plant.clear('b')
    plant.after(2 * minute)
    expect(cduKw('A') / 375).toBeCloseTo(0.3, 1)
  })

  test('what plant faults moved comes back with a snapshot', () => {
    const plant = smallPlant({ stepMs: 5_000 })
    plant.inject({ id: 'a', kind: 'leak', place: 'A1', size: 2 })
    plant.inject({ id: 'b', kind: 'fouling', place: 'cdu-1', size: 0.6 })
    plant.inject({ id: 'c', kind: 'towerFanFailure', place: 'tower', size: 0.5 })
    plant.after(10 * minute)
    const snapshot = plant.snapshot()
    const readings = () =>
      JSON.stringify([plant.keys.map(key => plant.read(key)), plant.tally(), plant.energy()])
    plant.after(10 * minute)
    const first = readings()
    plant.restore(snapshot)
    plant.after(10 * minute)
    expect(readings()).toBe(first)
  })
})
