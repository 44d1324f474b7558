import { describe, expect, test } from 'vitest'
import type { EquipmentKind } from '#contract/points.ts'
import { minute } from '#contract/units.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import type { Doubt } from '#models/sanity/sensors.ts'
import { freshSanityMemory, type SanityMemory, sanityStep } from '#models/sanity/watch.ts'

const startAt = Date.UTC(2025, 6, 1)
const keys = [
  'weather.wetBulb',
  'weather.dryBulb',
  'tower-1.leavingTemperature',
  'tower-1.enteringTemperature',
  'cdu-1.supplyTemperature',
  'cdu-1.returnTemperature',
  'cdu-1.flow',
  'cdu-1.heat',
  'rack-1.power',
]
const kinds: Readonly<Record<string, EquipmentKind>> = {
  weather: 'weatherStation',
  'tower-1': 'coolingTower',
  'cdu-1': 'cdu',
  'rack-1': 'rack',
}
const kindOf = (equipment: string) => kinds[equipment]

/** Rows of five minutes, changed as a test wants. */
function telemetry(
  days: number,
  seed: number,
  change: (values: Float64Array, row: number) => void,
): TelemetryTable {
  const random = seededRandom(seed)
  let demand = 0
  const rows = Array.from({ length: days * 288 }, (_, row) => {
    const course = Math.sin((row / 288) * 2 * Math.PI)
    demand = 0.98 * demand + 8 * seededNormal(random)
    const noise = () => 0.04 * seededNormal(random)
    const heat = 600 + 80 * course + demand
    const flow = 800 + 0.5 * heat + 20 * noise()
    const wetBulb = 18 + 3 * course + noise()
    const supply = 30 + noise()
    const values = Float64Array.of(
      wetBulb,
      wetBulb + 6 + course,
      wetBulb + 5 + heat / 600 + noise(),
      wetBulb + 11 + heat / 300 + noise(),
      supply,
      supply + (heat / flow) * (60 / 3.9) + noise(),
      flow,
      heat,
      heat,
    )
    change(values, row)
    return { at: startAt + row * 5 * minute, values }
  })
  return { keys, rows }
}

/** Hands rows over in portions, as a hub does. */
function watched(table: TelemetryTable, portion = 6) {
  let memory: SanityMemory = freshSanityMemory
  const opened: Doubt[] = []
  const closed: Doubt[] = []
  for (let at = 0; at < table.rows.length; at += portion) {
    const step = sanityStep(memory, { keys, rows: table.rows.slice(at, at + portion) }, kindOf)
    memory = step.memory
    opened.push(...step.opened)
    closed.push(...step.closed)
  }
  return { memory, opened, closed }
}
const names = (doubts: readonly Doubt[]) => doubts.map(({ column, finding }) => `${column} ${finding}`)

describe('sensors of a running site', () => {
  test('a sound week raises nothing', () => {
    const { opened, memory } = watched(telemetry(7, 1, () => undefined))
    expect(names(opened)).toEqual([])
    expect(memory.rows.length).toBeLessThanOrEqual(14 * 288)
  })

  test('a supply thermometer that sticks is raised once, kept out of control while it lasts, and closed when it lives again', () => {
    const [first, last] = [4 * 288, 4 * 288 + 100]
    let stuck = Number.NaN
    const { opened, closed, memory } = watched(
      telemetry(6, 2, (values, row) => {
        if (row === first) stuck = values[4]!
        if (row >= first && row <= last) values[4] = stuck
      }),
    )
    expect(names(opened)).toEqual(['cdu-1.supplyTemperature frozen'])
    expect(opened[0]!.fromAt).toBe(startAt + first * 5 * minute)
    expect(names(closed)).toEqual(['cdu-1.supplyTemperature frozen'])
    expect(memory.standing).toEqual([])
  })

  test('a dead wet bulb is one alarm, though the tower soon cools below it', () => {
    const first = 3 * 288 + 72
    let stuck = Number.NaN
    const { opened, memory } = watched(
      telemetry(6, 3, (values, row) => {
        if (row === first) stuck = values[0]! + 4
        if (row >= first) values[0] = stuck
      }),
    )
    const alarms = new Set(opened.map(({ cause }) => cause))
    expect(new Set(opened.map(({ column }) => column))).toEqual(new Set(['weather.wetBulb']))
    expect(alarms.size).toBe(1)
    expect(new Set(memory.standing.map(({ column }) => column))).toEqual(new Set(['weather.wetBulb']))
  })

  test('a flow that is not there is a dropout; a point without a law is left alone', () => {
    const { opened } = watched(
      telemetry(4, 4, (values, row) => {
        if (row > 3 * 288 && row < 3 * 288 + 40) values[6] = Number.NaN
        if (row > 2 * 288) values[8] = 0
      }),
    )
    expect(names(opened)).toEqual(['cdu-1.flow dropout'])
  })

  test('the memory holds two weeks, whatever comes', () => {
    const { memory } = watched(
      telemetry(16, 5, () => undefined),
      288,
    )
    expect(memory.rows).toHaveLength(14 * 288)
  })
})
