import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { intoBodies } from '#agent/outbox/batching.ts'
import { openThread } from '#agent/outbox/openThread.ts'
import type { Outbox, OutboxRecord } from '#agent/outbox/outbox.ts'
import { type OutboxOptions, openOutbox } from '#agent/outbox/sqliteOutbox.ts'
import { virtualClock } from '#contract/clock.ts'
import type { Sample } from '#contract/reading.ts'
import { keeperHere, mortalThread, slowDisk } from './support/keepers.ts'
import { newFolder, quiet, until } from './support/pair.ts'
import { deviceOf, pumpSpeed, supplyTemperature } from './support/plant.ts'

const clock = virtualClock()
const open = (dataDir: string, more: Partial<OutboxOptions> = {}): Promise<Outbox> =>
  openOutbox({ dataDir, clock, log: quiet, deviceOf, ...more })

/** What is old comes from the thread that has the file. */
async function readAll(
  outbox: Outbox,
  afterPosition: number,
  limit: number,
): Promise<readonly OutboxRecord[]> {
  for (;;) {
    const records = outbox.read(afterPosition, limit)
    if (records !== undefined) return records
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

const many = (count: number): Sample[] =>
  Array.from({ length: count }, (_, index) => supplyTemperature(index))

function mustAddUp(outbox: Outbox): void {
  const { accepted, acknowledged, queued, dropped, quarantined } = outbox.counters()
  expect(accepted).toBe(acknowledged + queued + dropped + quarantined)
}

test('samples become one record per device, in order of time, at most 200 values each', () => {
  const bodies = intoBodies([pumpSpeed(3), supplyTemperature(1), ...many(450)], deviceOf)
  expect(bodies.map(body => body.samples.length)).toEqual([200, 200, 52])
  expect(bodies.every(body => body.device === 'cdu-1')).toBe(true)
  const times = bodies.flatMap(body => body.samples.map(sample => sample.at))
  expect(times).toEqual([...times].sort((one, other) => one - other))
})

test('what is committed is read back as it was, from memory and after a restart from disk', async () => {
  const dataDir = newFolder()
  const outbox = await open(dataDir)
  const samples: Sample[] = [
    supplyTemperature(1),
    {
      equipment: 'cdu-1-pa',
      point: 'status',
      value: 2,
      quality: 'uncertain',
      at: 5_000,
      statusCode: 0x40930000,
    },
    { equipment: 'A1', point: 'leak', value: null, quality: 'bad', at: 6_000, statusCode: 0x80310000 },
    { equipment: 'A1', point: 'leak', value: null, quality: 'stale', at: 7_000 },
  ]
  outbox.offer(samples)
  expect(outbox.counters().accepted).toBe(0)
  await outbox.flush()
  outbox.offerEvent({
    type: 'mode',
    at: 1,
    agent: 'agent-1',
    equipment: 'cdu-1',
    from: 'auto',
    to: 'off',
    sentence: 'Switched off at the console',
  })
  await outbox.flush()
  const fresh = await readAll(outbox, 0, 10)
  expect(fresh.map(record => record.position)).toEqual([1, 2, 3])
  const { epoch } = outbox
  await outbox.close()
  const again = await open(dataDir)
  expect(again.epoch).toBe(epoch)
  expect(await readAll(again, 0, 10)).toEqual(fresh)
  expect(await readAll(again, 2, 10)).toEqual(fresh.slice(2))
  expect(again.counters()).toMatchObject({ accepted: 4, queued: 4, eventsQueued: 1 })
  await again.close()
})

test('acknowledged records leave the disk; another epoch and a position never given out change nothing', async () => {
  const outbox = await open(newFolder())
  outbox.offer(many(600))
  await outbox.flush()
  outbox.acknowledge('another-epoch', 3)
  outbox.acknowledge(outbox.epoch, 9)
  await outbox.flush()
  expect(outbox.counters().acknowledged).toBe(0)
  outbox.acknowledge(outbox.epoch, 2)
  await outbox.flush()
  expect(outbox.counters()).toMatchObject({ acknowledged: 400, queued: 200 })
  expect(outbox.floorPosition()).toBe(2)
  expect((await readAll(outbox, 0, 10)).map(record => record.position)).toEqual([3])
  await outbox.close()
})

test('counters add up at every moment, whatever is offered, acknowledged and restarted', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('offer' as const), count: fc.integer({ min: 1, max: 500 }) }),
    fc.record({
      kind: fc.constant('acknowledge' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('restart' as const) }),
    fc.record({ kind: fc.constant('poison' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async steps => {
      const dataDir = newFolder()
      let outbox = await open(dataDir)
      for (const each of steps) {
        if (each.kind === 'offer') outbox.offer(many(each.count))
        if (each.kind === 'poison')
          outbox.offer([{ ...supplyTemperature(1), value: Number.POSITIVE_INFINITY, quality: 'good' }])
        if (each.kind === 'acknowledge')
          outbox.acknowledge(outbox.epoch, Math.floor(each.share * outbox.newestPosition()))
        mustAddUp(outbox)
        await outbox.flush()
        mustAddUp(outbox)
        if (each.kind !== 'restart') continue
        const before = outbox.counters()
        await outbox.close()
        outbox = await open(dataDir)
        expect(outbox.counters()).toEqual(before)
      }
      await outbox.close()
    }),
    { numRuns: 15 },
  )
})

test('a second agent on the same data folder is refused', async () => {
  const dataDir = newFolder()
  const outbox = await open(dataDir)
  await expect(open(dataDir)).rejects.toMatchObject({ code: 'OUTBOX_LOCKED' })
  outbox.offer(many(1))
  await outbox.flush()
  expect(outbox.counters().accepted).toBe(1)
  await outbox.close()
})

test('a full outbox drops its oldest telemetry, counts it, and keeps every event', async () => {
  let dropped = 0
  const outbox = await open(newFolder(), { maxBytes: 600_000, onDrop: values => (dropped += values) })
  outbox.offerEvent({
    type: 'alarm',
    at: 1,
    agent: 'agent-1',
    code: 'leak',
    active: true,
    sentence: 'Water in A1',
  })
  for (let turn = 0; turn < 60; turn++) {
    outbox.offer(many(2_000))
    await outbox.flush()
    mustAddUp(outbox)
  }
  const counters = outbox.counters()
  expect(counters.accepted).toBe(120_000)
  expect(counters.dropped).toBe(dropped)
  expect(dropped).toBeGreaterThan(50_000)
  expect(counters.eventsQueued).toBe(1)
  const [event, next] = await readAll(outbox, 0, 2)
  expect(event?.body.kind).toBe('event')
  expect(next?.position).toBeGreaterThan(100)
  await outbox.close()
})

test('a damaged file is set aside and a new epoch begun', async () => {
  const dataDir = newFolder()
  const outbox = await open(dataDir)
  const { epoch } = outbox
  outbox.offer(many(1_000))
  await outbox.close()
  const descriptor = openSync(join(dataDir, 'outbox.sqlite'), 'r+')
  writeSync(descriptor, Buffer.alloc(12_000, 0x5a), 0, 12_000, 0)
  closeSync(descriptor)
  const fresh = await open(dataDir)
  expect(fresh.epoch).not.toBe(epoch)
  expect(existsSync(join(dataDir, 'outbox.damaged.sqlite'))).toBe(true)
  fresh.offer(many(3))
  await fresh.flush()
  expect(fresh.counters()).toMatchObject({
    accepted: 1_003,
    quarantined: 1_000,
    queued: 3,
    durability: 'disk',
  })
  await fresh.close()
})

test('a disk that takes nothing more: values are held in memory, bounded and counted, and stored when it is back', async () => {
  const dataDir = newFolder()
  let refused = true
  const words: boolean[] = []
  const outbox = await open(dataDir, { open: keeperHere, onUnavailable: active => words.push(active) })
  // SQLite itself refuses to grow the file: the same error as a full disk gives.
  const restore = limitPages(() => refused)
  try {
    outbox.offer(many(5_000))
    await outbox.flush()
    expect(outbox.counters()).toMatchObject({ accepted: 0, durability: 'degraded' })
    outbox.offerEvent({
      type: 'alarm',
      at: 1,
      agent: 'agent-1',
      code: 'outboxUnavailable',
      active: true,
      sentence: 'No disk',
    })
    outbox.offer(many(250_000))
    mustAddUp(outbox)
    expect(outbox.counters().dropped).toBe(55_000)
    refused = false
    await outbox.flush()
    expect(outbox.counters()).toMatchObject({
      accepted: 255_000,
      queued: 200_000,
      dropped: 55_000,
      eventsQueued: 1,
      durability: 'disk',
    })
    mustAddUp(outbox)
    expect(words).toEqual([true, false])
  } finally {
    restore()
    await outbox.close()
  }
})

test('a disk that syncs late: the agent goes on, nothing is sent before it is synced, and one batch is underway at a time', async () => {
  const disk = slowDisk()
  const outbox = await open(newFolder(), { open: disk.open, groupCommitMs: 5 })
  let told = 0
  outbox.onCommit(() => {
    told += 1
  })
  outbox.offer(many(100))
  outbox.offerEvent(waterInA1)
  outbox.offer(many(100))
  outbox.offerEvent(waterInA1)
  await until('a commit waits', () => disk.waiting() === 1)
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(disk.waiting()).toBe(1)
  expect(outbox.counters()).toMatchObject({ accepted: 0, eventsQueued: 0 })
  expect({ told, newest: outbox.newestPosition() }).toEqual({ told: 0, newest: 0 })
  disk.sync()
  // What came while the first batch was underway follows at once, because an event is in it.
  await until('the next commit waits', () => told === 1 && disk.waiting() === 1)
  const firstOnes = outbox.newestPosition()
  expect(await readAll(outbox, 0, 100)).toHaveLength(firstOnes)
  mustAddUp(outbox)
  disk.sync()
  await until('all is committed', () => outbox.counters().eventsQueued === 2)
  expect(outbox.counters().accepted).toBe(200)
  const positions = (await readAll(outbox, 0, 100)).map(record => record.position)
  expect(positions).toEqual(positions.map((_, index) => index + 1))
  const closed = outbox.close()
  disk.sync()
  await closed
})

test('a thread that dies before its commit or between commit and word: another takes over, nothing is lost or counted twice', async () => {
  for (const when of ['before', 'after'] as const) {
    const thread = mortalThread()
    const words: boolean[] = []
    const outbox = await open(newFolder(), { open: thread.open, onUnavailable: active => words.push(active) })
    outbox.offer(many(3))
    await outbox.flush()
    thread.dies(when)
    outbox.offer(many(5))
    outbox.offerEvent(waterInA1)
    await outbox.flush()
    expect(outbox.counters().durability).toBe('degraded')
    outbox.offer(many(7))
    await until('another thread has the file', () => outbox.counters().accepted === 15)
    expect(thread.opened()).toBe(2)
    expect(outbox.counters()).toMatchObject({ queued: 15, eventsQueued: 1, durability: 'disk' })
    const records = await readAll(outbox, 0, 100)
    const values = records.map(({ body }) => (body.kind === 'samples' ? body.samples.length : 'event'))
    expect(values).toEqual(when === 'after' ? [3, 5, 'event', 7] : [3, 12, 'event'])
    expect(words).toEqual([true, false])
    await outbox.close()
  }
})

test('the thread has the file alone; when it has ended, it says so to whoever asks, and the file is free', async () => {
  const options = { dataDir: newFolder(), maxBytes: 1e9 }
  const thread = await openThread(options, () => undefined)
  const empty = { rows: [], unkeepable: 0, overflowed: 0, acknowledged: 0, unreadable: [] }
  const batch = { ...empty, epoch: thread.state.totals.epoch, unkeepable: 1 }
  expect(await thread.commit(batch)).toMatchObject({ state: { totals: { accepted: 1, quarantined: 1 } } })
  await expect(openThread(options, () => undefined)).rejects.toMatchObject({ code: 'OUTBOX_LOCKED' })
  await thread.close()
  await expect(thread.commit(batch)).rejects.toMatchObject({ code: 'OUTBOX_UNAVAILABLE' })
  const next = await openThread(options, () => undefined)
  expect(next.state.totals).toMatchObject({ accepted: 1, quarantined: 1 })
  await next.close()
})

test('what is older than memory comes from the file in order, whole, and never while something newer is missing', async () => {
  const dataDir = newFolder()
  const outbox = await open(dataDir)
  for (let turn = 0; turn < 40; turn++) {
    outbox.offer(many(2_000))
    await outbox.flush()
  }
  await outbox.close()
  const again = await open(dataDir)
  again.offer(many(200))
  await again.flush()
  const seen: number[] = []
  while ((seen.at(-1) ?? 0) < again.newestPosition())
    seen.push(...(await readAll(again, seen.at(-1) ?? 0, 32)).map(record => record.position))
  expect(seen).toEqual(Array.from({ length: 401 }, (_, index) => index + 1))
  expect(await readAll(again, 400, 32)).toHaveLength(1)
  await again.close()
})

const waterInA1 = {
  type: 'alarm',
  at: 1,
  agent: 'agent-1',
  code: 'leak',
  active: true,
  sentence: 'Water in A1',
} as const

/** Makes COMMIT fail as on a full disk while `isFull` says so. */
function limitPages(isFull: () => boolean): () => void {
  const { exec } = DatabaseSync.prototype
  DatabaseSync.prototype.exec = function (sql: string) {
    if (sql === 'COMMIT' && isFull())
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 })
    return exec.call(this, sql)
  }
  return () => {
    DatabaseSync.prototype.exec = exec
  }
}
