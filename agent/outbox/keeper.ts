import { randomUUID } from 'node:crypto'
import {
  isDamage,
  type OutboxFile,
  openOutboxFile,
  type StoredRecord,
  setAside,
  type Totals,
} from '#agent/outbox/outboxFile.ts'
import { begunAnew, settleTotals } from '#agent/outbox/settle.ts'
import { type KeptTotals, openTotalsFile } from '#agent/outbox/totalsFile.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'

/** A record without a position: the keeper gives it. */
export type Row = Omit<StoredRecord, 'position'>

/** One transaction: what is new, and what leaves. */
export type Batch = {
  /** Of the outbox that `acknowledged` and `unreadable` speak of; another one keeps what it has. */
  readonly epoch: string
  readonly rows: readonly Row[]
  /** Values that were accepted and are not in `rows`. */
  readonly unkeepable: number
  readonly overflowed: number
  /** Positions up to here are kept by the hub; 0: no news. */
  readonly acknowledged: number
  /** Positions whose bytes cannot be read any more. */
  readonly unreadable: readonly number[]
}

/** The outbox as its file has it, after a commit. */
export type KeptState = {
  readonly totals: Totals
  readonly eventsQueued: number
  readonly oldest: { readonly position: number; readonly acceptedWallAt: number } | undefined
}
export type Committed = {
  readonly state: KeptState
  readonly firstPosition: number
  readonly droppedValues: number
  readonly droppedEvents: number
}
/** What went wrong, and the file as it now is: after damage, a new one. */
export type Refused = { readonly refused: string; readonly state: KeptState }

/** Who has the file. Each call may wait for the disk. */
export type Keeper = {
  /** Of the last commit or refusal. */
  state(): KeptState
  commit(batch: Batch): Committed | Refused
  read(afterPosition: number, limit: number): readonly StoredRecord[] | Refused
  close(): void
}

export type KeeperOptions = { readonly dataDir: string; readonly maxBytes: number }
export type Tell = (level: 'warn' | 'error', about: object, sentence: string) => void

/** An event is some 500 bytes: 100,000 on disk are 50 MB. */
const storedEventsMax = 100_000
/** Oldest records dropped in one go when the limit is reached: some 20,000 values, a hundredth of the smallest useful outbox. */
const recordsPerEviction = 100
const evictionsPerCommitMax = 50

/** Opens the file, or begins anew where it is damaged. OUTBOX_LOCKED when another process has it, OUTBOX_UNAVAILABLE when there is no disk. */
export function openKeeper(options: KeeperOptions, tell: Tell): Keeper {
  const { dataDir, maxBytes } = options
  /** undefined: a damaged file could not be replaced yet; tried again with each commit. */
  const second = openTotalsFile(dataDir)
  const opened = openOrRenew(dataDir, second.found, tell)
  let file: OutboxFile | undefined = opened.file
  let totals = opened.totals
  let eventsQueued = file.queued().events
  let state = stateNow()
  let untold: string | undefined
  keepTwice()

  function stateNow(): KeptState {
    return { totals, eventsQueued, oldest: file?.oldest() }
  }

  function keepTwice(): void {
    const floor = (state.oldest?.position ?? totals.newestPosition + 1) - 1
    const because = second.keep({ ...totals, floor })
    if (because !== undefined && because !== untold)
      tell('warn', { because }, 'the totals of the outbox are not kept a second time')
    untold = because
  }

  function commit(batch: Batch): Committed | Refused {
    try {
      file ??= renewed()
      const change = write(file, batch)
      totals = change.totals
      eventsQueued = change.eventsQueued
      giveBackSpace(file)
      state = stateNow()
      keepTwice()
      return { ...change, state }
    } catch (error) {
      return refused(error)
    }
  }

  /** One transaction: acknowledgement, new rows, the limit, and the totals that fit them. */
  function write(into: OutboxFile, batch: Batch) {
    const isOurs = batch.epoch === totals.epoch
    const { rows, unkeepable, overflowed } = batch
    const offered = rows.reduce((sum, row) => sum + row.metricValues, 0)
    const firstPosition = totals.newestPosition + 1
    const change = { totals, eventsQueued, firstPosition, droppedValues: 0, droppedEvents: 0 }
    into.transaction(() => {
      const gone = isOurs && batch.acknowledged > 0 ? into.removeUpTo(batch.acknowledged) : nothing
      const lost = (isOurs ? batch.unreadable : []).map(position => into.removeOne(position))
      for (const [index, row] of rows.entries()) into.insert({ ...row, position: firstPosition + index })
      change.droppedValues = dropOldTelemetry(into)
      const events = rows.filter(row => row.device === null).length
      change.eventsQueued += events - gone.events - sum(lost, 'events')
      if (change.eventsQueued > storedEventsMax)
        change.droppedEvents = into.removeOldest('events', change.eventsQueued - storedEventsMax).events
      change.eventsQueued -= change.droppedEvents
      change.totals = {
        epoch: totals.epoch,
        accepted: totals.accepted + offered + unkeepable + overflowed,
        acknowledged: totals.acknowledged + gone.values,
        dropped: totals.dropped + change.droppedValues + overflowed,
        quarantined: totals.quarantined + unkeepable + sum(lost, 'values'),
        newestPosition: totals.newestPosition + rows.length,
      }
      return change.totals
    })
    return change
  }

  function dropOldTelemetry(from: OutboxFile): number {
    let dropped = 0
    // A sixteenth is left for the page that a row or its index may still need.
    for (let turn = 0; turn < evictionsPerCommitMax && from.usedBytes() > (maxBytes * 15) / 16; turn++) {
      const gone = from.removeOldest('telemetry', recordsPerEviction)
      if (gone.telemetryRecords === 0) break
      dropped += gone.values
    }
    return dropped
  }

  function giveBackSpace(of: OutboxFile): void {
    try {
      of.giveBackSpace()
    } catch (error) {
      tell('warn', { error: sentenceOf(error) }, 'the outbox could not give space back')
    }
  }

  function refused(error: unknown): Refused {
    if (isDamage(error)) renew(error)
    return { refused: sentenceOf(error), state }
  }

  function renew(cause: unknown): void {
    try {
      file?.close()
      file = undefined
      file = renewed()
      tell('error', { error: sentenceOf(cause) }, 'the outbox was damaged: set aside, a new one begun')
    } catch (error) {
      tell('error', { error: sentenceOf(error) }, 'the outbox could not be begun anew')
    }
  }

  function renewed(): OutboxFile {
    setAside(dataDir)
    const fresh = openOutboxFile(dataDir, randomUUID())
    try {
      totals = begunAnew(fresh, totals, 'quarantined')
    } catch (error) {
      fresh.close()
      throw error
    }
    eventsQueued = 0
    state = { totals, eventsQueued, oldest: undefined }
    keepTwice()
    return fresh
  }

  return {
    state: () => state,
    commit,
    read(afterPosition, limit) {
      try {
        return file?.read(afterPosition, limit) ?? []
      } catch (error) {
        return refused(error)
      }
    },
    close() {
      file?.close()
      second.close()
    },
  }
}

const nothing = { values: 0, telemetryRecords: 0, events: 0 } as const
const sum = <K extends 'values' | 'events'>(list: ReadonlyArray<Record<K, number>>, key: K): number =>
  list.reduce((all, entry) => all + entry[key], 0)

type Opened = { readonly file: OutboxFile; readonly totals: Totals }

function openOrRenew(dataDir: string, second: KeptTotals | undefined, tell: Tell): Opened {
  const open = (isSetAside: boolean): Opened => {
    const file = openOutboxFile(dataDir, randomUUID())
    try {
      return { file, totals: settleTotals(file, { isSetAside, second, tell }) }
    } catch (error) {
      file.close()
      throw error
    }
  }
  try {
    return open(false)
  } catch (error) {
    if (error instanceof Failure) throw error
    if (!isDamage(error)) throw unavailable(dataDir, error)
    try {
      const aside = setAside(dataDir)
      const opened = open(true)
      tell(
        'error',
        { aside, error: sentenceOf(error) },
        'the outbox was damaged: set aside, a new one begun under a new epoch',
      )
      return opened
    } catch (again) {
      throw unavailable(dataDir, again)
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
