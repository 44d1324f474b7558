import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { intoBodies } from '#agent/outbox/batching.ts'
import type { Outbox } from '#agent/outbox/outbox.ts'
import { openOutbox } from '#agent/outbox/sqliteOutbox.ts'
import { virtualClock } from '#contract/clock.ts'
import type { Sample } from '#contract/reading.ts'
import { newFolder, quiet } from './support/pair.ts'
import { deviceOf, pumpSpeed, supplyTemperature } from './support/plant.ts'

const clock = virtualClock()
const open = (dataDir: string, more: { maxBytes?: number; onDrop?: (values: number) => void } = {}): Outbox =>
  openOutbox({ dataDir, clock, log: quiet, deviceOf, ...more })

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

test('what is committed is read back as it was, from memory and after a restart from disk', () => {
  const dataDir = newFolder()
  const outbox = open(dataDir)
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
  outbox.flush()
  outbox.offerEvent({
    type: 'mode',
    at: 1,
    agent: 'agent-1',
    equipment: 'cdu-1',
    from: 'auto',
    to: 'off',
    sentence: 'Switched off at the console',
  })
  const fresh = outbox.read(0, 10)
  expect(fresh.map(record => record.position)).toEqual([1, 2, 3])
  const { epoch } = outbox
  outbox.close()
  const again = open(dataDir)
  expect(again.epoch).toBe(epoch)
  expect(again.read(0, 10)).toEqual(fresh)
  expect(again.read(2, 10)).toEqual(fresh.slice(2))
  expect(again.counters()).toMatchObject({ accepted: 4, queued: 4, eventsQueued: 1 })
  again.close()
})

test('acknowledged records leave the disk; another epoch and a position never given out change nothing', () => {
  const outbox = open(newFolder())
  outbox.offer(many(600))
  outbox.flush()
  outbox.acknowledge('another-epoch', 3)
  outbox.acknowledge(outbox.epoch, 9)
  outbox.flush()
  expect(outbox.counters().acknowledged).toBe(0)
  outbox.acknowledge(outbox.epoch, 2)
  outbox.flush()
  expect(outbox.counters()).toMatchObject({ acknowledged: 400, queued: 200 })
  expect(outbox.floorPosition()).toBe(2)
  expect(outbox.read(0, 10).map(record => record.position)).toEqual([3])
  outbox.close()
})

test('counters add up at every moment, whatever is offered, acknowledged and restarted', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('offer' as const), count: fc.integer({ min: 1, max: 500 }) }),
    fc.record({
      kind: fc.constant('acknowledge' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('restart' as const) }),
    fc.record({ kind: fc.constant('poison' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), steps => {
      const dataDir = newFolder()
      let outbox = open(dataDir)
      for (const each of steps) {
        if (each.kind === 'offer') outbox.offer(many(each.count))
        if (each.kind === 'poison')
          outbox.offer([{ ...supplyTemperature(1), value: Number.POSITIVE_INFINITY, quality: 'good' }])
        if (each.kind === 'acknowledge')
          outbox.acknowledge(outbox.epoch, Math.floor(each.share * outbox.newestPosition()))
        mustAddUp(outbox)
        outbox.flush()
        mustAddUp(outbox)
        if (each.kind !== 'restart') continue
        const before = outbox.counters()
        outbox.close()
        outbox = open(dataDir)
        expect(outbox.counters()).toEqual(before)
      }
      outbox.close()
    }),
    { numRuns: 15 },
  )
})

test('a second agent on the same data folder is refused', () => {
  const dataDir = newFolder()
  const outbox = open(dataDir)
  expect(() => open(dataDir)).toThrow(expect.objectContaining({ code: 'OUTBOX_LOCKED' }))
  outbox.offer(many(1))
  outbox.flush()
  expect(outbox.counters().accepted).toBe(1)
  outbox.close()
})

test('a full outbox drops its oldest telemetry, counts it, and keeps every event', () => {
  let dropped = 0
  const outbox = open(newFolder(), { maxBytes: 600_000, onDrop: values => (dropped += values) })
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
    outbox.flush()
    mustAddUp(outbox)
  }
  const counters = outbox.counters()
  expect(counters.accepted).toBe(120_000)
  expect(counters.dropped).toBe(dropped)
  expect(dropped).toBeGreaterThan(50_000)
  expect(counters.eventsQueued).toBe(1)
  const [event, next] = outbox.read(0, 2)
  expect(event?.body.kind).toBe('event')
  expect(next?.position).toBeGreaterThan(100)
  outbox.close()
})

test('a damaged file is set aside and a new epoch begun', () => {
  const dataDir = newFolder()
  const outbox = open(dataDir)
  const { epoch } = outbox
  outbox.offer(many(1_000))
  outbox.close()
  const descriptor = openSync(join(dataDir, 'outbox.sqlite'), 'r+')
  writeSync(descriptor, Buffer.alloc(12_000, 0x5a), 0, 12_000, 0)
  closeSync(descriptor)
  const fresh = open(dataDir)
  expect(fresh.epoch).not.toBe(epoch)
  expect(existsSync(join(dataDir, 'outbox.damaged.sqlite'))).toBe(true)
  fresh.offer(many(3))
  fresh.flush()
  expect(fresh.counters()).toMatchObject({ accepted: 3, queued: 3, durability: 'disk' })
  fresh.close()
})

test('a disk that takes nothing more: values are held in memory, bounded and counted, and stored when it is back', () => {
  const dataDir = newFolder()
  let refused = true
  const outbox = open(dataDir)
  // SQLite itself refuses to grow the file: the same error as a full disk gives.
  const restore = limitPages(() => refused)
  try {
    outbox.offer(many(5_000))
    outbox.flush()
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
    outbox.flush()
    expect(outbox.counters()).toMatchObject({
      accepted: 255_000,
      queued: 200_000,
      dropped: 55_000,
      eventsQueued: 1,
      durability: 'disk',
    })
    mustAddUp(outbox)
  } finally {
    restore()
    outbox.close()
  }
})

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
