import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Outbox } from '#agent/outbox/outbox.ts'
import { openOutbox } from '#agent/outbox/sqliteOutbox.ts'
import { systemClock } from '#contract/clock.ts'
import { keeperHere } from './support/keepers.ts'
import { newFolder, quiet, until } from './support/pair.ts'
import { deviceOf, supplyTemperature } from './support/plant.ts'

const open = (dataDir: string): Promise<Outbox> =>
  openOutbox({ dataDir, clock: systemClock(), log: quiet, deviceOf, open: keeperHere })

async function offer(outbox: Outbox, first: number, count: number): Promise<void> {
  outbox.offer(Array.from({ length: count }, (_, index) => supplyTemperature(first + index)))
  await outbox.flush()
}

/** The outbox's files as a killed agent leaves them: the log is still there. */
function asKilled(dataDir: string): string {
  const killed = newFolder()
  for (const name of ['outbox.sqlite', 'outbox.sqlite-wal', 'outbox.totals'])
    if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(killed, name))
  return killed
}

const mustAddUp = (outbox: Outbox): void => {
  const { accepted, acknowledged, queued, dropped, quarantined } = outbox.counters()
  expect(acknowledged + queued + dropped + quarantined).toBe(accepted)
}

test('a log that was cut short takes the outbox back to an earlier moment: what is missing is counted, no position is given out again', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  const bytesBefore = readFileSync(join(dataDir, 'outbox.sqlite-wal')).length
  await offer(alive, 600, 1_000)
  const { epoch } = alive
  const newest = alive.newestPosition()
  const killed = asKilled(dataDir)
  await alive.close()
  truncateSync(join(killed, 'outbox.sqlite-wal'), bytesBefore)
  const back = await open(killed)
  expect(back.counters()).toMatchObject({ accepted: 1_600, queued: 600, dropped: 1_000, quarantined: 0 })
  expect(back.epoch).toBe(epoch)
  await offer(back, 1_600, 10)
  expect(back.newestPosition()).toBe(newest + 1)
  mustAddUp(back)
  await back.close()
})

test('an outbox whose log is gone altogether begins a new epoch and goes on counting', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  const { epoch } = alive
  const killed = asKilled(dataDir)
  await alive.close()
  truncateSync(join(killed, 'outbox.sqlite-wal'), 0)
  truncateSync(join(killed, 'outbox.sqlite'), 0)
  const back = await open(killed)
  expect(back.counters()).toMatchObject({ accepted: 600, queued: 0, dropped: 600 })
  expect(back.epoch).not.toBe(epoch)
  await back.close()
})

test('what the hub had acknowledged does not come back with an earlier moment', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  const bytesBefore = readFileSync(join(dataDir, 'outbox.sqlite-wal')).length
  alive.acknowledge(alive.epoch, alive.newestPosition())
  await until('it is acknowledged', () => alive.counters().acknowledged === 600)
  const killed = asKilled(dataDir)
  await alive.close()
  truncateSync(join(killed, 'outbox.sqlite-wal'), bytesBefore)
  const back = await open(killed)
  expect(back.counters()).toMatchObject({ accepted: 600, acknowledged: 600, queued: 0, dropped: 0 })
  await back.close()
})

test('one flipped bit in a value: that record is quarantined, its values are counted, the others are kept', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  await alive.close()
  const database = new DatabaseSync(join(dataDir, 'outbox.sqlite'))
  const { body } = database.prepare('SELECT body FROM record WHERE position = 2').get() as {
    body: Uint8Array
  }
  body[body.length - 3] = (body[body.length - 3] as number) ^ 1
  database.prepare('UPDATE record SET body = ? WHERE position = 2').run(body)
  database.close()
  const back = await open(dataDir)
  expect(back.counters()).toMatchObject({ accepted: 600, queued: 400, quarantined: 200 })
  await back.close()
})

test('totals that were altered in the file give way to those beside it', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  await alive.close()
  const database = new DatabaseSync(join(dataDir, 'outbox.sqlite'))
  database.exec('UPDATE totals SET accepted = 70000, newestPosition = 0')
  database.close()
  const back = await open(dataDir)
  expect(back.counters()).toMatchObject({ accepted: 600, queued: 600, dropped: 0, quarantined: 0 })
  expect(back.newestPosition()).toBe(3)
  await back.close()
})

test('totals altered in both places: the file is set aside, as nothing says what it held', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  await alive.close()
  const database = new DatabaseSync(join(dataDir, 'outbox.sqlite'))
  database.exec('UPDATE totals SET accepted = 70000')
  database.close()
  writeFileSync(join(dataDir, 'outbox.totals'), 'no totals')
  const back = await open(dataDir)
  expect(existsSync(join(dataDir, 'outbox.damaged.sqlite'))).toBe(true)
  expect(back.counters()).toMatchObject({ accepted: 0, queued: 0 })
  await back.close()
})

test('totals that are gone from the file, with its records left: those beside it hold', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  const { epoch } = alive
  await alive.close()
  const database = new DatabaseSync(join(dataDir, 'outbox.sqlite'))
  database.exec('DELETE FROM totals')
  database.close()
  const back = await open(dataDir)
  await offer(back, 600, 10)
  expect(back.counters()).toMatchObject({ accepted: 610, queued: 610, durability: 'disk' })
  expect(back.epoch).toBe(epoch)
  await back.close()
})

test('an outbox of before there were checksums is read as it is', async () => {
  const dataDir = newFolder()
  const alive = await open(dataDir)
  await offer(alive, 0, 600)
  await alive.close()
  const database = new DatabaseSync(join(dataDir, 'outbox.sqlite'))
  for (const table of ['record', 'totals']) database.exec(`ALTER TABLE ${table} DROP COLUMN checksum`)
  database.close()
  rmSync(join(dataDir, 'outbox.totals'))
  const back = await open(dataDir)
  await offer(back, 600, 10)
  expect(back.counters()).toMatchObject({ accepted: 610, queued: 610, quarantined: 0, dropped: 0 })
  await back.close()
})
