import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { watchedPoints } from '#models/sanity/watch.ts'
import { raisedBy, watchAt } from '#tests/hub/support/watchAt.ts'
import { watchedHall } from '#tests/hub/support/watchedHall.ts'

const startAt = Date.UTC(2025, 6, 1)

test('a return thermometer that drifts away is one alarm, whoever was accused first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-drift-'))
  const hall = watchedHall({
    startAt,
    load: 'builtin:ai',
    seed: 3,
    points: watchedPoints,
    faults: [
      {
        id: 'drift',
        kind: 'sensorDrift',
        place: 'cdu-3',
        point: 'returnTemperature',
        size: 1,
        startAt: startAt + 5 * day,
      },
    ],
  })
  const hub = watchAt(hall, { startAt, statePath: join(folder, 'hub.sqlite') })
  await hub.runTo(startAt + 11 * day, 12 * hour)
  expect(raisedBy(hub).map(({ equipment, state }) => [equipment, state])).toEqual([['cdu-3', 'unackActive']])
  expect(hub.watch.record().standing.length).toBeGreaterThan(0)
  await hub.close()
  rmSync(folder, { recursive: true })
})
