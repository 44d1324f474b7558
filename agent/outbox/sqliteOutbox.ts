import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { intoBodies, isUnkeepable } from '#agent/outbox/batching.ts'
import type { Outbox, OutboxCounters, OutboxRecord } from '#agent/outbox/outbox.ts'
import {
  isDamage,
  type OutboxFile,
  openOutboxFile,
  type Removed,
  type StoredRecord,
  setAside,
  type Totals,
} from '#agent/outbox/outboxFile.ts'
import { decodeSamples, encodeSamples } from '#agent/outbox/recordBody.ts'
import { createTail } from '#agent/outbox/tail.ts'
import type { Clock } from '#contract/clock.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { Sample } from '#contract/reading.ts'

export type OutboxOptions = {
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** The Sparkplug device that an equipment travels in; itself by default. */
  readonly deviceOf?: (equipment: string) => string
  readonly maxBytes?: number
  readonly groupCommitMs?: number
  /** Telemetry was dropped because the disk is full or the limit reached: so many values just now. */
  readonly onDrop?: (values: number, sentence: string) => void
}

/** 2 GB hold some 50 million values: a week of a site with 80 changes a second. */
const maxBytesDefault = 2 * 1024 ** 3
const groupCommitMsDefault = 100
/** Committed at once when this many wait, so that a burst costs no more memory than a quiet second (10,000 values/s). */
const pendingValuesMax = 10_000
/** While the disk refuses, this much is held in memory: 200,000 values are about 30 MB, under the 64 MB allowed for it. */
const heldValuesMax = 200_000
/** An event is some 500 bytes; 10,000 are days of the worst agent, and 100,000 on disk are 50 MB. */
const heldEventsMax = 10_000
const storedEventsMax = 100_000
/** Oldest records dropped in one go when the limit is reached: some 20,000 values, a hundredth of the smallest useful outbox. */
const recordsPerEviction = 100
const evictionsPerCommitMax = 50
const retryDiskMs = 1_000

type Pending = { samples: Sample[]; events: AgentEvent[]; unkeepable: number; overflowed: number }
const nothingPending = (): Pending => ({ samples: [], events: [], unkeepable: 0, overflowed: 0 })

/** Opens the agent's outbox in its data folder. OUTBOX_LOCKED when another process has it, OUTBOX_UNAVAILABLE when there is no disk at all. */
export function openOutbox(options: OutboxOptions): Outbox {
  const { clock, log } = options
  const deviceOf = options.deviceOf ?? (equipment => equipment)
  const maxBytes = options.maxBytes ?? maxBytesDefault
  const groupCommitMs = Math.min(200, options.groupCommitMs ?? groupCommitMsDefault)
  const tail = createTail()
  const listeners: Array<() => void> = []
  let file = openOrRenew(options)
  let totals = reconciled(file, log)
  let { events: eventsQueued } = file.queued()
  let pending = nothingPending()
  let acknowledgedPosition = 0
  let durability: OutboxCounters['durability'] = 'disk'
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  /** The damaged file could not be replaced yet: tried again with each commit. */
  let isBroken = false

  const oldest = () => (isBroken ? undefined : file.oldest())

  function schedule(waitMs: number): void {
    if (timer !== undefined || isClosed) return
    timer = setTimeout(() => {
      timer = undefined
      commit(false)
    }, waitMs)
    timer.unref()
  }

  /** Commits what is pending, a bounded part of it at a time; the rest follows at once. */
  function commit(synced: boolean): void {
    const batch: Pending = { ...pending, samples: pending.samples.slice(0, pendingValuesMax) }
    const hasNew =
      batch.samples.length > 0 || batch.events.length > 0 || batch.unkeepable > 0 || batch.overflowed > 0
    if (!hasNew && acknowledgedPosition === 0) return
    if (isBroken) renew(new Failure('OUTBOX_UNAVAILABLE', 'there is no outbox file'))
    const records = newRecords(batch.samples, batch.events)
    const change: Change = { totals, eventsQueued, droppedValues: 0, droppedEvents: 0 }
    try {
      file.transaction(synced, () => write(batch, records, change))
    } catch (error) {
      diskRefused(error)
      return
    }
    tail.dropUpTo(acknowledgedPosition)
    totals = change.totals
    eventsQueued = change.eventsQueued
    pending = { ...nothingPending(), samples: pending.samples.slice(batch.samples.length) }
    acknowledgedPosition = 0
    if (durability === 'degraded') log.info({ outbox: options.dataDir }, 'the outbox is on disk again')
    durability = 'disk'
    for (const record of records) tail.push(record)
    if (pending.samples.length > 0) schedule(1)
    afterCommit(synced, change)
    if (records.length > 0) for (const listener of listeners) listener()
  }

  function commitAll(synced: boolean): void {
    do commit(synced)
    while (pending.samples.length > 0 && durability === 'disk')
  }

  function newRecords(samples: readonly Sample[], events: readonly AgentEvent[]): OutboxRecord[] {
    const acceptedWallAt = clock.wallNow()
    const bodies: OutboxRecord['body'][] = [
      ...intoBodies(samples, deviceOf),
      ...events.map(event => ({ kind: 'event', event }) as const),
    ]
    return bodies.map((body, index) => ({
      position: totals.newestPosition + 1 + index,
      acceptedWallAt,
      body,
    }))
  }

  /** Inside the transaction: acknowledgement, new rows, the limit, and the totals that fit them. */
  function write(batch: Pending, records: readonly OutboxRecord[], change: Change): Totals {
    const { samples, events, unkeepable, overflowed } = batch
    const gone: Removed =
      acknowledgedPosition > 0
        ? file.removeUpTo(acknowledgedPosition)
        : { values: 0, telemetryRecords: 0, events: 0 }
    for (const record of records) file.insert(storedOf(record))
    change.eventsQueued = eventsQueued + events.length - gone.events
    keepWithinLimits(change)
    change.eventsQueued -= change.droppedEvents
    change.totals = {
      epoch: totals.epoch,
      accepted: totals.accepted + samples.length + unkeepable + overflowed,
      acknowledged: totals.acknowledged + gone.values,
      dropped: totals.dropped + change.droppedValues + overflowed,
      quarantined: totals.quarantined + unkeepable,
      newestPosition: totals.newestPosition + records.length,
    }
    return change.totals
  }

  function keepWithinLimits(change: Change): void {
    // A sixteenth is left for the page that a row or its index may still need.
    for (let turn = 0; turn < evictionsPerCommitMax && file.usedBytes() > (maxBytes * 15) / 16; turn++) {
      const gone = file.removeOldest('telemetry', recordsPerEviction)
      if (gone.telemetryRecords === 0) break
      change.droppedValues += gone.values
    }
    if (change.eventsQueued > storedEventsMax)
      change.droppedEvents += file.removeOldest('events', change.eventsQueued - storedEventsMax).events
  }

  function afterCommit(synced: boolean, change: Change): void {
    if (!synced)
      file.syncSoon(error =>
        log.warn({ error: sentenceOf(error) }, 'the disk did not confirm a commit of the outbox'),
      )
    if (change.droppedValues > 0) {
      // What left the disk must not be sent from memory: it would be acknowledged and dropped at once.
      tail.clear()
      options.onDrop?.(
        change.droppedValues,
        `the outbox reached ${maxBytes} bytes: its oldest ${change.droppedValues} values were dropped`,
      )
    }
    if (change.droppedEvents > 0)
      log.error({ events: change.droppedEvents }, 'the outbox dropped its oldest events')
    try {
      file.giveBackSpace()
    } catch (error) {
      log.warn({ error: sentenceOf(error) }, 'the outbox could not give space back')
    }
  }

  /** The disk is full, read-only or damaged: nothing is lost that memory can hold, and the agent goes on. */
  function diskRefused(error: unknown): void {
    if (durability === 'disk')
      log.error({ error: sentenceOf(error) }, 'the outbox cannot write: samples are held in memory')
    durability = 'degraded'
    if (isDamage(error)) renew(error)
    const overflow = pending.samples.length - heldValuesMax
    if (overflow > 0) {
      pending.samples.splice(0, overflow)
      pending.overflowed += overflow
      options.onDrop?.(overflow, `the outbox has no disk and memory is full: ${overflow} values were dropped`)
    }
    pending.events.splice(0, Math.max(0, pending.events.length - heldEventsMax))
    schedule(retryDiskMs)
  }

  function renew(cause: unknown): void {
    try {
      if (!isBroken) file.close()
      isBroken = true
      const aside = setAside(options.dataDir)
      file = openOutboxFile(options.dataDir, randomUUID())
      log.error({ aside, error: sentenceOf(cause) }, 'the outbox was damaged: set aside, a new one begun')
      isBroken = false
      totals = file.totals
      eventsQueued = 0
      acknowledgedPosition = 0
      tail.clear()
    } catch (error) {
      log.error({ error: sentenceOf(error) }, 'the outbox could not be begun anew')
    }
  }

  function recordOf(stored: StoredRecord): OutboxRecord | undefined {
    const { position, acceptedWallAt, device } = stored
    try {
      const body: OutboxRecord['body'] =
        device === null
          ? { kind: 'event', event: JSON.parse(Buffer.from(stored.body).toString('utf8')) as AgentEvent }
          : { kind: 'samples', device, samples: decodeSamples(device, stored.body) }
      return { position, acceptedWallAt, body }
    } catch (error) {
      log.error({ position, error: sentenceOf(error) }, 'a record of the outbox cannot be read: quarantined')
      quarantine(stored)
      return undefined
    }
  }

  function quarantine(stored: StoredRecord): void {
    const next = { ...totals, quarantined: totals.quarantined + stored.metricValues }
    file.transaction(false, () => {
      file.removeOne(stored.position)
      return next
    })
    totals = next
    if (stored.device === null) eventsQueued -= 1
  }

  return {
    get epoch() {
      return totals.epoch
    },
    offer(samples) {
      for (const sample of samples) {
        if (isUnkeepable(sample)) pending.unkeepable += 1
        else pending.samples.push(sample)
      }
      if (durability === 'disk' && pending.samples.length >= pendingValuesMax) commit(false)
      else if (pending.samples.length > heldValuesMax)
        diskRefused(new Failure('OUTBOX_UNAVAILABLE', 'more is held in memory than allowed'))
      else schedule(groupCommitMs)
    },
    offerEvent(event) {
      pending.events.push(event)
      // Without a disk, trying with every event would hold up the agent: the retry takes it along.
      if (durability === 'disk') commitAll(true)
      else schedule(retryDiskMs)
    },
    flush: () => commitAll(false),
    newestPosition: () => totals.newestPosition,
    floorPosition: () => (oldest()?.position ?? totals.newestPosition + 1) - 1,
    read(afterPosition, limit) {
      const fresh = tail.after(afterPosition, limit)
      if (fresh !== undefined) return fresh
      try {
        return file.read(afterPosition, limit).flatMap(stored => recordOf(stored) ?? [])
      } catch (error) {
        diskRefused(error)
        return []
      }
    },
    acknowledge(epoch, position) {
      if (epoch !== totals.epoch || position > totals.newestPosition || position <= acknowledgedPosition)
        return
      acknowledgedPosition = position
      schedule(groupCommitMs)
    },
    counters(): OutboxCounters {
      const { accepted, acknowledged, dropped, quarantined } = totals
      const lost = pending.overflowed
      const queued = accepted - acknowledged - dropped - quarantined
      return {
        accepted: accepted + lost,
        acknowledged,
        queued,
        dropped: dropped + lost,
        quarantined,
        eventsQueued,
        durability,
        oldestQueuedWallAt: oldest()?.acceptedWallAt ?? null,
      }
    },
    onCommit: listener => {
      listeners.push(listener)
    },
    close() {
      if (isClosed) return
      commitAll(true)
      isClosed = true
      clearTimeout(timer)
      if (!isBroken) file.close()
    },
  }
}

type Change = { totals: Totals; eventsQueued: number; droppedValues: number; droppedEvents: number }

function storedOf({ position, acceptedWallAt, body }: OutboxRecord): StoredRecord {
  return body.kind === 'samples'
    ? {
        position,
        acceptedWallAt,
        metricValues: body.samples.length,
        device: body.device,
        body: encodeSamples(body.device, body.samples),
      }
    : {
        position,
        acceptedWallAt,
        metricValues: 0,
        device: null,
        body: Buffer.from(JSON.stringify(body.event)),
      }
}

function openOrRenew(options: OutboxOptions): OutboxFile {
  try {
    return openOutboxFile(options.dataDir, randomUUID())
  } catch (error) {
    if (error instanceof Failure) throw error
    if (!isDamage(error)) throw unavailable(options.dataDir, error)
    const aside = setAside(options.dataDir)
    options.log.error(
      { aside, error: sentenceOf(error) },
      'the outbox was damaged: set aside, a new one begun under a new epoch',
    )
    try {
      return openOutboxFile(options.dataDir, randomUUID())
    } catch (second) {
      throw unavailable(options.dataDir, second)
    }
  }
}

const unavailable = (dataDir: string, cause: unknown): Failure =>
  cause instanceof Failure
    ? cause
    : new Failure('OUTBOX_UNAVAILABLE', `the outbox in ${dataDir} cannot be opened: ${sentenceOf(cause)}`, {
        retry: true,
        cause,
      })

/** Rows and totals are written together; where they differ all the same, the rows are what is there and the rest was lost. */
function reconciled(file: OutboxFile, log: OutboxOptions['log']): Totals {
  const { totals } = file
  const stated = totals.accepted - totals.acknowledged - totals.dropped - totals.quarantined
  const found = file.queued().values
  if (stated === found) return totals
  log.error(
    { stated, found },
    'the outbox holds another number of values than it counted: the difference is counted as dropped',
  )
  return { ...totals, dropped: totals.dropped + stated - found }
}
