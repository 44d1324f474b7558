import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import type { AlarmView } from '#contract/api.ts'
import { virtualClock } from '#contract/clock.ts'
import type { EquipmentKind } from '#contract/points.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { day, hour, minute } from '#contract/units.ts'
import { createAccess } from '#hub/access/access.ts'
import { createAlarms } from '#hub/alarms/alarms.ts'
import { createLive } from '#hub/live.ts'
import type { SensorDoubts } from '#hub/planning/believed.ts'
import { startThread } from '#hub/planning/workerThread.ts'
import { judgeSensors, type SanityRequest, type SanityResult } from '#hub/sanity/judgement.ts'
import { causesOf, cleanRecord, isDoubtfulIn, recorded } from '#hub/sanity/record.ts'
import { registerSensorDoubts } from '#hub/sanity/routes.ts'
import { doubtSentence } from '#hub/sanity/words.ts'
import { openState } from '#hub/state/state.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import type { Doubt } from '#models/sanity/sensors.ts'
import { hubAt, startAt } from '#tests/planning/support/hubAt.ts'
import { testSite } from '#tests/support/siteOf.ts'

const doubt = (more: Partial<Doubt> = {}): Doubt => ({
  column: 'weather.wetBulb',
  finding: 'frozen',
  fromAt: Date.UTC(2025, 6, 4, 4, 10),
  toAt: Date.UTC(2025, 6, 4, 9),
  rows: 58,
  reason: 'one value for longer than it ever shows by itself, while weather.dryBulb moved by 6.0 K',
  cause: 'weather.wetBulb frozen',
  evidence: false,
  ...more,
})

/** A hub of which some sensors come into doubt when a test says so. */
function doubting() {
  const doubted = new Map<string, string>()
  const sensors: SensorDoubts = {
    whyDoubted: key => doubted.get(key),
    isDoubtful: () => false,
  }
  return { doubted, hub: hubAt({ sensors }) }
}

describe('a plan that needs a sensor in doubt', () => {
  test('rests with that sentence when the wet bulb is in doubt, raises no alarm of its own, and comes back', async () => {
    const { doubted, hub } = doubting()
    await hub.goTo(startAt + 3.6 * hour)
    const sent = hub.sent.length
    expect(sent).toBe(1)
    doubted.set('weather.wetBulb', 'frozen since 2025-07-01 03:30 UTC')
    await hub.goTo(startAt + 5.5 * hour)
    expect(hub.sent).toHaveLength(sent)
    expect(hub.planning.current().reason).toContain(
      'weather.wetBulb (frozen since 2025-07-01 03:30 UTC) cannot be believed',
    )
    expect(hub.planning.view().ladder.every(({ mode, isSteered }) => mode === 'auto' && !isSteered)).toBe(
      true,
    )
    expect([...hub.standing].filter(alarm => alarm.startsWith('planInputsMissing'))).toEqual([])
    doubted.clear()
    await hub.goTo(startAt + 6.5 * hour)
    expect(hub.sent.length).toBeGreaterThan(sent)
  })

  test('goes on without the CDU whose IT power is in doubt', async () => {
    const { doubted, hub } = doubting()
    await hub.goTo(startAt + 3.6 * hour)
    doubted.set('A2.power', 'drifting since 2025-07-01 00:00 UTC')
    await hub.goTo(startAt + 4.5 * hour)
    const [resting, ...others] = hub.planning.view().ladder
    expect(resting).toMatchObject({
      cdu: 'cdu-1',
      isSteered: false,
      holds: ['A2.power (drifting since 2025-07-01 00:00 UTC) cannot be believed'],
    })
    expect(others.every(({ isSteered }) => isSteered)).toBe(true)
    const last = hub.sent.at(-1)!.leases.map(({ equipment }) => equipment)
    expect(last).toContain('cdu-2')
    expect(last).not.toContain('cdu-1')
    expect([...hub.standing]).toEqual([])
  })

  test('what cannot be read besides is told as ever', async () => {
    const { doubted, hub } = doubting()
    await hub.goTo(startAt + 3.6 * hour)
    doubted.set('weather.wetBulb', 'frozen since 2025-07-01 03:30 UTC')
    hub.silent.add('tower.leavingTemperature')
    await hub.goTo(startAt + 4.5 * hour)
    expect(hub.planning.current().reason).toContain(
      'tower.leavingTemperature cannot be read; weather.wetBulb (frozen',
    )
    expect([...hub.standing]).toContain('planInputsMissing/planner')
  })
})

describe('what is kept of doubts', () => {
  test('a sensor is in doubt from its first doubtful row until it had been sound for an hour', () => {
    const open = recorded(cleanRecord, [doubt()], doubt().toAt)
    expect(isDoubtfulIn(open, 'weather.wetBulb', doubt().fromAt - 1)).toBe(false)
    expect(isDoubtfulIn(open, 'weather.wetBulb', doubt().toAt + day)).toBe(true)
    expect(isDoubtfulIn(open, 'weather.dryBulb', doubt().toAt)).toBe(false)
    const over = recorded(open, [], doubt().toAt + hour)
    expect(isDoubtfulIn(over, 'weather.wetBulb', doubt().toAt + minute)).toBe(true)
    expect(isDoubtfulIn(over, 'weather.wetBulb', doubt().toAt + hour)).toBe(false)
  })

  test('the past is three weeks, and two hundred doubts at most', () => {
    let record = cleanRecord
    for (let at = 0; at < 400; at++) {
      record = recorded(record, [doubt({ fromAt: at * hour, toAt: at * hour })], at * hour)
      record = recorded(record, [], (at + 0.5) * hour)
    }
    expect(record.past).toHaveLength(200)
    expect(recorded(record, [], 400 * hour + 22 * day).past).toEqual([])
  })

  test('sensors that stopped together are named in one sentence', () => {
    const both = [doubt(), doubt({ column: 'weather.dryBulb' })] as const
    expect(doubtSentence(both)).toBe(
      'Wet bulb (with it: weather.dryBulb) frozen since 2025-07-04 04:10 UTC: one value for longer than it ever shows by itself, while weather.dryBulb moved by 6.0 K; kept out of learning and planning',
    )
  })

  test('they can be asked for, by those who may look', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldloop-doubts-'))
    const state = openState(join(folder, 'hub.sqlite'))
    const access = createAccess({ state, anonymousViewer: false })
    const app = fastify()
    const record = recorded(
      recorded(cleanRecord, [doubt()], doubt().toAt),
      [doubt({ column: 'cdu-1.flow', finding: 'dropout', cause: 'cdu-1.flow drops out' })],
      doubt().toAt + hour,
    )
    registerSensorDoubts(app, { access, sensors: { record: () => record } })
    const url = '/api/v1/sensors/doubts'
    expect((await app.inject({ url })).statusCode).not.toBe(200)
    const answer = await app.inject({ url, headers: { authorization: `Bearer ${access.firstToken}` } })
    expect(answer.json()).toMatchObject([
      { sensor: 'cdu-1.flow', finding: 'dropout', toAt: null },
      { sensor: 'weather.wetBulb', finding: 'frozen', fromAt: doubt().fromAt, toAt: doubt().toAt + hour },
    ])
    await app.close()
    state.close()
    rmSync(folder, { recursive: true })
  })
})

describe('one cause', () => {
  const rowsAll = 4 * 288
  const course = (row: number) => Math.sin((row / 288) * 2 * Math.PI)
  /** Four days up to `rows`; a sensor in `frozen` stops three days after the start. */
  const judged = (
    kind: EquipmentKind,
    values: Readonly<Record<string, (row: number, noise: () => number) => number>>,
    at: { readonly rows: number; readonly frozen: readonly string[]; readonly standing: readonly Doubt[] },
  ) => {
    const random = seededRandom(11)
    const noise = () => 0.05 * seededNormal(random)
    const points = Object.entries(values)
    const last = new Map<string, number>()
    const cells = Array.from({ length: rowsAll }, (_, row) =>
      points.map(([point, valueAt]) => {
        const value = valueAt(row, noise)
        const isStopped = at.frozen.includes(point) && row > 3 * 288
        if (!isStopped) last.set(point, value)
        return last.get(point) as number
      }),
    ).slice(0, at.rows)
    return judgeSensors({
      block: {
        keys: points.map(([point]) => `it.${point}`),
        at: Float64Array.from(cells, (_, row) => startAt + row * 5 * minute),
        values: Float64Array.from(cells.flat()),
      },
      kinds: { it: kind },
      standing: at.standing,
      holdsMs: 15 * minute,
    }).standing
  }
  const weather = {
    wetBulb: (row: number, noise: () => number) => 18 + 3 * course(row) + noise(),
    dryBulb: (row: number, noise: () => number) => 24 + 5 * course(row) + noise(),
    relativeHumidity: (row: number, noise: () => number) => 55 - 15 * course(row) + noise(),
  }

  test('two sensors that stop together and are found hours apart', () => {
    const frozen = ['wetBulb', 'dryBulb']
    const first = judged('weatherStation', weather, { rows: 3 * 288 + 62, frozen, standing: [] })
    expect(first.map(({ column }) => column)).toEqual(['it.wetBulb'])
    const second = judged('weatherStation', weather, { rows: 3 * 288 + 90, frozen, standing: first })
    expect(second.map(({ column }) => column).sort()).toEqual(['it.dryBulb', 'it.wetBulb'])
    expect([...causesOf(second).keys()]).toEqual([first[0]!.cause])
  })

  test('a heat meter that was accused until its supply thermometer is found frozen', () => {
    const heat = (row: number) => 600 + 80 * course(row)
    const accused = doubt({
      column: 'it.heat',
      finding: 'impossible',
      fromAt: startAt + (3 * 288 + 4) * 5 * minute,
      toAt: startAt + (3 * 288 + 70) * 5 * minute,
      cause: 'it.heat: heat balance open',
    })
    const standing = judged(
      'cdu',
      {
        supplyTemperature: (row, noise) => 30 + 0.5 * course(row) + noise(),
        returnTemperature: (row, noise) => 30 + 0.5 * course(row) + heat(row) / 60 + noise(),
        flow: (_, noise) => 862 + 20 * noise(),
        heat: (row, noise) => heat(row) + 5 * noise(),
      },
      { rows: 3 * 288 + 80, frozen: ['supplyTemperature'], standing: [accused] },
    )
    expect(standing.map(({ column, finding, cause }) => [column, finding, cause])).toEqual([
      ['it.supplyTemperature', 'frozen', accused.cause],
    ])
  })
})

describe('alarms of points', () => {
  test('two sensors of a CDU have an alarm each; more that is known changes the text, not the alarm', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldloop-points-'))
    const state = openState(join(folder, 'hub.sqlite'))
    const announced: AlarmView[] = []
    const alarms = createAlarms({
      graph: siteGraph(testSite()),
      live: createLive(),
      state,
      clock: virtualClock(),
      log: sentence => {
        throw new Error(sentence)
      },
    })
    alarms.onChange(alarm => announced.push(alarm))
    const raise = (point: string, detail: string) =>
      alarms.raise('sensorDoubtful', 'cdu-1', { point, detail, isRestated: true })
    raise('flow', 'It drops out')
    raise('heat', 'It drifts')
    raise('heat', 'It drifts')
    raise('heat', 'It is frozen')
    expect(announced.map(({ point, response }) => [point, response.split('.')[0]])).toEqual([
      ['flow', 'It drops out'],
      ['heat', 'It drifts'],
      ['heat', 'It is frozen'],
    ])
    expect(alarms.counts()).toEqual({ raised: 2, active: 2 })
    alarms.clear('sensorDoubtful', 'cdu-1', 'heat')
    expect(alarms.standing().map(({ point, state }) => [point, state])).toEqual(
      expect.arrayContaining([
        ['flow', 'unackActive'],
        ['heat', 'unackReturned'],
      ]),
    )
    state.close()
    rmSync(folder, { recursive: true })
  })
})

test('the thread of its own judges as its function does', async () => {
  const keys = ['weather.wetBulb', 'weather.dryBulb']
  const at = Float64Array.from({ length: 288 }, (_, row) => startAt + row * 5 * minute)
  const values = Float64Array.from({ length: 576 }, (_, cell) =>
    cell % 2 === 0 && cell > 480 ? Number.NaN : 15 + Math.sin(cell / 40),
  )
  const request: SanityRequest = {
    block: { keys, at, values },
    kinds: { weather: 'weatherStation' },
    standing: [],
    holdsMs: 15 * minute,
  }
  const thread = startThread<SanityRequest, SanityResult>(
    new URL('../../hub/sanity/worker.ts', import.meta.url),
    'the judge of the sensors',
  )
  const { standing } = await thread.run(request, 20_000)
  expect(standing.map(({ column, finding }) => [column, finding])).toEqual([['weather.wetBulb', 'dropout']])
  expect(standing).toEqual(judgeSensors(request).standing)
  await expect(thread.run({ ...request, kinds: undefined as never }, 20_000)).rejects.toThrow(
    'the judge of the sensors failed',
  )
  await thread.close()
})
