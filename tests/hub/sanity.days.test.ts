import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { day, hour, minute } from '#contract/units.ts'
import { createHistory } from '#hub/planning/history.ts'
import { watchedPoints } from '#models/sanity/watch.ts'
import { raisedBy, watchAt } from '#tests/hub/support/watchAt.ts'
import { watchedHall } from '#tests/hub/support/watchedHall.ts'

const startAt = Date.UTC(2025, 6, 1)
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-sanity-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = () => ({ startAt, statePath: join(folder, 'hub.sqlite') })

describe('sensors that cannot be believed', () => {
  test('a clean hall raises nothing for five days', async () => {
    const hall = watchedHall({ startAt, load: 'builtin:ai', seed: 5, points: watchedPoints })
    const hub = watchAt(hall, at())
    await hub.runTo(startAt + 5 * day, 4 * hour)
    expect(raisedBy(hub)).toEqual([])
    expect(hub.watch.record()).toEqual({ standing: [], past: [], told: {} })
    expect(hub.troubles).toEqual([])
    await hub.close()
  })

  test('a wet bulb that freezes is one alarm, also for a hub that is started again, kept out of what is learned, and over when it lives again', async () => {
    const frozenAt = startAt + 3 * day + 7 * hour
    const mendedAt = frozenAt + 11 * hour
    const hall = watchedHall({
      startAt,
      seed: 3,
      // What the planner needs of a row besides.
      points: kind => [...new Set([...watchedPoints(kind), ...(plannerPoints[kind] ?? [])])],
      faults: [
        {
          id: 'frozen',
          kind: 'frozenSensor',
          place: 'weather',
          point: 'wetBulb',
          startAt: frozenAt,
          endAt: mendedAt,
        },
      ],
    })
    const before = watchAt(hall, at())
    await before.runTo(frozenAt + 9 * hour)
    const [told, ...others] = raisedBy(before)
    expect(others).toEqual([])
    expect(told).toMatchObject({
      equipment: 'weather',
      point: 'wetBulb',
      state: 'unackActive',
      title: 'Weather station: wet bulb cannot be believed',
    })
    expect(told?.response).toMatch(
      /^Wet bulb frozen since 2025-07-04 07:\d\d UTC: one value .* while weather\.\w+ moved by [\d.]+ \S+; kept out of learning and planning\. Check the sensor/,
    )
    expect(before.watch.whyDoubted('weather.wetBulb')).toMatch(/^frozen since 2025-07-04 07:/)
    await before.close()

    const after = watchAt(hall, { ...at(), startAt: frozenAt + 9 * hour })
    expect(after.watch.whyDoubted('weather.wetBulb')).toMatch(/^frozen since 2025-07-04 07:/)
    await after.runTo(mendedAt - minute)
    expect(raisedBy(after).map(({ id, state }) => [id, state])).toEqual([[told?.id, 'unackActive']])
    await after.runTo(mendedAt + 3 * hour)
    expect(raisedBy(after).map(({ id, state }) => [id, state])).toEqual([[told?.id, 'unackReturned']])
    expect(after.watch.whyDoubted('weather.wetBulb')).toBeUndefined()
    expect(after.watch.record().past.map(({ column, finding }) => [column, finding])).toEqual([
      ['weather.wetBulb', 'frozen'],
    ])

    const rows = await createHistory({
      site: hall.site,
      ask: hall.ask,
      live: () => undefined,
      sensors: after.watch,
    }).refresh(after.clock.siteNow())
    const spell = rows.filter(row => row.at >= frozenAt && row.at < mendedAt)
    expect(spell.length).toBeGreaterThan(120)
    // The mean of the five minutes in which it froze still moved.
    expect(spell.filter(row => Number.isFinite(row.wetBulbC)).length).toBeLessThanOrEqual(3)
    expect(spell.every(row => Number.isFinite(row.tower.leavingC))).toBe(true)
    expect(rows.some(row => row.at < frozenAt && Number.isFinite(row.wetBulbC))).toBe(true)
    await after.close()
  })

  test('a sensor that tells nothing is told once: by the plan, where it has said so already', async () => {
    const silentAt = startAt + 10 * hour
    const hall = watchedHall({
      startAt,
      points: watchedPoints,
      faults: ['wetBulb', 'dryBulb'].map(point => ({
        id: point,
        kind: 'badSensor',
        place: 'weather',
        point,
        startAt: silentAt,
      })),
    })
    const hub = watchAt(hall, at())
    await hub.runTo(silentAt)
    hub.alarms.raise('planInputsMissing', 'planner', { detail: 'weather.wetBulb cannot be read' })
    await hub.runTo(silentAt + 4 * hour)
    expect(raisedBy(hub).map(({ point }) => point)).toEqual(['dryBulb'])
    expect(hub.watch.record().standing.map(({ column }) => column)).toEqual([
      'weather.dryBulb',
      'weather.wetBulb',
    ])
    await hub.close()
  })

  test('a CDU whose controller is silent is no fault of its sensors', async () => {
    const hall = watchedHall({
      startAt,
      points: watchedPoints,
      faults: [{ id: 'silent', kind: 'silentController', place: 'cdu-2', startAt: startAt + 10 * hour }],
    })
    const hub = watchAt(hall, at())
    await hub.runTo(startAt + 14 * hour)
    expect(hall.plant.read('cdu-2.supplyTemperature').value).toBeNull()
    expect(raisedBy(hub)).toEqual([])
    await hub.close()
  })
})

const plannerPoints: Readonly<Record<string, readonly string[]>> = {
  rack: ['power'],
  powerMeter: ['activePower'],
}
