import type { Logger } from 'pino'
import { createBacklog } from '#agent/outbox/backlog.ts'
import { intoBodies, isUnkeepable } from '#agent/outbox/batching.ts'
import type { Committed, KeptState, Refused, Row } from '#agent/outbox/keeper.ts'
import { type FarKeeper, type OpenFarKeeper, openThread } from '#agent/outbox/openThread.ts'
import type { Outbox, OutboxCounters, OutboxRecord } from '#agent/outbox/outbox.ts'
import { encodeSamples } from '#agent/outbox/recordBody.ts'
import { createTail } from '#agent/outbox/tail.ts'
import { atMost } from '#agent/sources/within.ts'
import type { Clock } from '#contract/clock.ts'
import { sentenceOf } from '#contract/failure.ts'
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
  /** Telemetry was dropped because the disk is full, too slow, or the limit reached: so many values just now. */
  readonly onDrop?: (values: number, sentence: string) => void
  /** true: nothing can be committed; false: it can again. */
  readonly onUnavailable?: (active: boolean, sentence: string) => void
  /** Who has the file: a thread of its own; a test may hand in another. */
  readonly open?: OpenFarKeeper
}

/** 2 GB hold some 50 million values: a week of a site with 80 changes a second. */
const maxBytesDefault = 2 * 1024 ** 3
const groupCommitMsDefault = 100
/** Committed at once when this many wait, and this many at a time: a second of the busiest agent (10,000 values/s). */
const batchValuesMax = 10_000
/** While the disk refuses or lags, this much is held in memory: 200,000 values are about 30 MB, under the 64 MB allowed for it. */
const heldValuesMax = 200_000
/** An event is some 500 bytes; 10,000 are days of the worst agent. */
const heldEventsMax = 10_000
const retryDiskMs = 1_000
/** A commit that takes longer says that the disk hangs; a slow one syncs in half a second. */
const hangsAfterMs = 5_000
/** At the limit values are dropped with each offer; once a second is told of. */
const overflowToldEveryMs = 1_000
/** A disk that hangs must not keep the agent from ending; what was not committed was not accepted. */
const closeMsMax = 2_000

type Pending = { samples: Sample[]; events: AgentEvent[]; unkeepable: number; overflowed: number }
const nothingPending = (): Pending => ({ samples: [], events: [], unkeepable: 0, overflowed: 0 })

/**
 * Opens the agent's outbox in its data folder. OUTBOX_LOCKED when another process has it, OUTBOX_UNAVAILABLE when there is
 * no disk at all. The file is with a thread that may wait for the disk; here is what waits for the thread, one batch at a
 * time, and what was just committed.
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { clock, log } = options
  const deviceOf = options.deviceOf ?? (equipment => equipment)
  const maxBytes = options.maxBytes ?? maxBytesDefault
  const groupCommitMs = Math.min(200, options.groupCommitMs ?? groupCommitMsDefault)
  const open = () =>
    (options.open ?? openThread)({ dataDir: options.dataDir, maxBytes }, (level, about, sentence) =>
      log[level](about, sentence),
    )
  const tail = createTail()
  const listeners: Array<() => void> = []
  const unreadable = new Set<number>()
  let keeper: FarKeeper | undefined = await open()
  let state = keeper.state
  let pending = nothingPending()
  /** With the keeper now; `pending` has come since. */
  let underway: (Pending & { readonly sinceMs: number }) | undefined
  /** Was with a keeper that ended without a word. */
  let doubtful: Pending | undefined
  let acknowledgedPosition = 0
  let durability: OutboxCounters['durability'] = 'disk'
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  let overflowUntold = 0
  let overflowToldMs = Number.NEGATIVE_INFINITY

  const backlog = createBacklog({
    read: async (afterPosition, limit) => (await keeper?.read(afterPosition, limit)) ?? [],
    onArrived: announce,
    onRefused: refused,
    onGone: threadGone,
    onUnreadable(position, error) {
      if (unreadable.has(position)) return
      unreadable.add(position)
      log.error({ position, error: sentenceOf(error) }, 'a record of the outbox cannot be read: quarantined')
      schedule(groupCommitMs)
    },
  })

  function announce(): void {
    for (const listener of listeners) listener()
  }

  function schedule(waitMs: number): void {
    if (timer !== undefined || isClosed) return
    timer = setTimeout(() => {
      timer = undefined
      void commit()
    }, waitMs)
    timer.unref()
  }

  const hasWork = () =>
    pending.samples.length > 0 ||
    pending.events.length > 0 ||
    pending.unkeepable > 0 ||
    pending.overflowed > 0 ||
    acknowledgedPosition > 0 ||
    unreadable.size > 0

  /** Commits a bounded part of what is pending; what came meanwhile follows. One at a time. */
  function commit(): Promise<void> {
    running ??= commitOne().finally(() => {
      running = undefined
      if (durability === 'degraded') schedule(retryDiskMs)
      else if (pending.events.length > 0 || pending.samples.length >= batchValuesMax) void commit()
      else if (hasWork()) schedule(groupCommitMs)
    })
    return running
  }

  async function commitOne(): Promise<void> {
    const outcome = await askKeeper()
    // Apart from the asking: a listener's fault is not the thread's.
    outcome?.()
  }

  /** What to do with the answer; undefined: there was nothing to commit, or nobody who could. */
  async function askKeeper(): Promise<(() => void) | undefined> {
    try {
      keeper ??= await reopened()
      if (!hasWork()) return undefined
      const batch = { ...pending, samples: pending.samples.slice(0, batchValuesMax) }
      pending = { ...nothingPending(), samples: pending.samples.slice(batch.samples.length) }
      underway = { ...batch, sinceMs: clock.machineNow() }
      const acknowledged = acknowledgedPosition
      const unread = [...unreadable]
      const bodies = newBodies(batch)
      const acceptedWallAt = clock.wallNow()
      const answer = await keeper.commit({
        epoch: state.totals.epoch,
        rows: bodies.map(body => rowOf(body, acceptedWallAt)),
        unkeepable: batch.unkeepable,
        overflowed: batch.overflowed,
        acknowledged,
        unreadable: unread,
      })
      underway = undefined
      if ('refused' in answer) {
        takeBack(batch)
        return () => refused(answer)
      }
      if (acknowledgedPosition === acknowledged) acknowledgedPosition = 0
      for (const position of unread) unreadable.delete(position)
      tail.dropUpTo(acknowledged)
      return () => committed(answer, bodies, acceptedWallAt)
    } catch (error) {
      return () => threadGone(error)
    }
  }

  function newBodies({ samples, events }: Pending): OutboxRecord['body'][] {
    return [...intoBodies(samples, deviceOf), ...events.map(event => ({ kind: 'event', event }) as const)]
  }

  function committed(
    answer: Committed,
    bodies: readonly OutboxRecord['body'][],
    acceptedWallAt: number,
  ): void {
    take(answer.state)
    for (const [index, body] of bodies.entries())
      tail.push({ position: answer.firstPosition + index, acceptedWallAt, body })
    if (durability === 'degraded') {
      durability = 'disk'
      log.info({ outbox: options.dataDir }, 'the outbox is on disk again')
      options.onUnavailable?.(false, 'the outbox is on disk again')
    }
    if (answer.droppedValues > 0) {
      // What left the disk must not be sent from memory: it would be acknowledged and dropped at once.
      tail.clear()
      backlog.clear()
      options.onDrop?.(
        answer.droppedValues,
        `the outbox reached ${maxBytes} bytes: its oldest ${answer.droppedValues} values were dropped`,
      )
    }
    if (answer.droppedEvents > 0)
      log.error({ events: answer.droppedEvents }, 'the outbox dropped its oldest events')
    if (bodies.length > 0) announce()
  }

  /** After damage the file is another one: nothing that is known of the old one holds. */
  function take(next: KeptState): void {
    if (next.totals.epoch !== state.totals.epoch) {
      acknowledgedPosition = 0
      unreadable.clear()
      tail.clear()
      backlog.clear()
    }
    state = next
  }

  function takeBack(batch: Pending): void {
    pending = {
      samples: [...batch.samples, ...pending.samples],
      events: [...batch.events, ...pending.events],
      unkeepable: batch.unkeepable + pending.unkeepable,
      overflowed: batch.overflowed + pending.overflowed,
    }
  }

  /** The disk is full, read-only or damaged. */
  function refused(answer: Refused): void {
    take(answer.state)
    unavailable(answer.refused)
  }

  function threadGone(cause: unknown): void {
    keeper = undefined
    doubtful = underway ?? doubtful
    underway = undefined
    unavailable(sentenceOf(cause))
  }

  /** A new thread on the same file. The last one may have died between its commit and its word: then the file counts more than is known here. */
  async function reopened(): Promise<FarKeeper> {
    const fresh = await open()
    const { totals: now } = fresh.state
    const { totals: before } = state
    const wasCommitted =
      now.epoch === before.epoch &&
      (now.newestPosition > before.newestPosition || now.accepted > before.accepted)
    if (doubtful !== undefined && !wasCommitted) takeBack(doubtful)
    doubtful = undefined
    take(fresh.state)
    if (wasCommitted) {
      // Those records are in the file alone: memory would show a gap where they are.
      tail.clear()
      queueMicrotask(announce)
    }
    return fresh
  }

  /** Nothing is lost that memory can hold, and the agent goes on. */
  function unavailable(because: string): void {
    holdWithinLimits()
    schedule(retryDiskMs)
    if (durability === 'degraded') return
    durability = 'degraded'
    log.error({ because }, 'the outbox cannot write: samples are held in memory')
    options.onUnavailable?.(true, `the outbox cannot write, samples are held in memory: ${because}`)
  }

  function holdWithinLimits(): void {
    const overflow = pending.samples.length + (underway?.samples.length ?? 0) - heldValuesMax
    if (overflow > 0) {
      pending.samples.splice(0, overflow)
      pending.overflowed += overflow
      overflowUntold += overflow
    }
    const eventsTooMany = pending.events.length - heldEventsMax
    if (eventsTooMany > 0) {
      pending.events.splice(0, eventsTooMany)
      log.error({ events: eventsTooMany }, 'the outbox holds no more events: its oldest are lost')
    }
    const nowMs = clock.machineNow()
    if (overflowUntold === 0 || nowMs - overflowToldMs < overflowToldEveryMs) return
    overflowToldMs = nowMs
    const values = overflowUntold
    overflowUntold = 0
    options.onDrop?.(values, `the outbox has no disk and memory is full: ${values} values were dropped`)
  }

  function lookForHang(): void {
    if (underway && durability === 'disk' && clock.machineNow() - underway.sinceMs > hangsAfterMs)
      unavailable(`the disk has not answered for ${hangsAfterMs / 1_000} s`)
  }

  async function flush(): Promise<void> {
    await running
    const turns = Math.ceil(pending.samples.length / batchValuesMax) + 1
    for (let turn = 0; turn < turns && hasWork(); turn++) {
      await commit()
      if (durability === 'degraded') return
    }
  }

  return {
    get epoch() {
      return state.totals.epoch
    },
    offer(samples) {
      for (const sample of samples) {
        if (isUnkeepable(sample)) pending.unkeepable += 1
        else pending.samples.push(sample)
      }
      lookForHang()
      holdWithinLimits()
      if (durability === 'disk' && pending.samples.length >= batchValuesMax) void commit()
      else schedule(groupCommitMs)
    },
    offerEvent(event) {
      pending.events.push(event)
      // Without a disk, trying with every event would help nobody: the retry takes it along.
      if (durability === 'disk') void commit()
      else schedule(retryDiskMs)
    },
    flush,
    newestPosition: () => state.totals.newestPosition,
    floorPosition: () => (state.oldest?.position ?? state.totals.newestPosition + 1) - 1,
    read: (afterPosition, limit) => tail.after(afterPosition, limit) ?? backlog.after(afterPosition, limit),
    acknowledge(epoch, position) {
      const { totals } = state
      if (epoch !== totals.epoch || position > totals.newestPosition || position <= acknowledgedPosition)
        return
      acknowledgedPosition = position
      schedule(groupCommitMs)
    },
    counters(): OutboxCounters {
      const { accepted, acknowledged, dropped, quarantined } = state.totals
      const lost = pending.overflowed + (underway?.overflowed ?? 0) + (doubtful?.overflowed ?? 0)
      return {
        accepted: accepted + lost,
        acknowledged,
        queued: accepted - acknowledged - dropped - quarantined,
        dropped: dropped + lost,
        quarantined,
        eventsQueued: state.eventsQueued,
        waiting: [pending, underway, doubtful].reduce((sum, part) => sum + (part?.samples.length ?? 0), 0),
        durability,
        oldestQueuedWallAt: state.oldest?.acceptedWallAt ?? null,
      }
    },
    onCommit: listener => {
      listeners.push(listener)
    },
    async close() {
      if (isClosed) return
      await atMost(closeMsMax, flush())
      isClosed = true
      clearTimeout(timer)
      await atMost(closeMsMax, closeFile())
    },
  }

  async function closeFile(): Promise<void> {
    try {
      await running
      await keeper?.close()
    } catch (error) {
      log.error({ error: sentenceOf(error) }, 'the outbox could not be closed')
    }
  }
}

function rowOf(body: OutboxRecord['body'], acceptedWallAt: number): Row {
  return body.kind === 'samples'
    ? {
        acceptedWallAt,
        metricValues: body.samples.length,
        device: body.device,
        body: ownBytes(encodeSamples(body.device, body.samples)),
      }
    : {
        acceptedWallAt,
        metricValues: 0,
        device: null,
        body: ownBytes(Buffer.from(JSON.stringify(body.event))),
      }
}

/** Small buffers share one larger, which would travel to the thread as a whole. */
const ownBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
