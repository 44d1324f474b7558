import type { Clock } from '#contract/clock.ts'
import { sentenceOf } from '#contract/failure.ts'
import { day, type Millis, minute, second } from '#contract/units.ts'
import type { History } from '#hub/planning/history.ts'
import type { PlanningLog } from '#hub/planning/options.ts'
import { handedMs, pieceBefore, rowStartOf, type Span } from '#hub/planning/remembered.ts'
import { isComplete, type PlantRow, rowMs } from '#models/plant/row.ts'

/**
 * Brings back what a thread that has just begun does not know: the three weeks before its first day, from the store, a
 * day at a time, newest first, with rests in between. Nobody waits for it, and a piece that fails is left out.
 */
export type Recall = {
  /** The thread has learned from the day before `now`: what is older is read from here on. Once for each thread. */
  begin(now: Millis): void
  /** The thread is gone, with all that it remembered. */
  lost(): void
  /** Reads a piece where one is due; resolves when it is read. */
  turn(): Promise<void>
  /** Rows to hand over with the next piece of work, oldest first; they are handed over once. */
  take(): readonly PlantRow[]
  close(): Promise<void>
}

export type RecallOptions = {
  readonly clock: Clock
  readonly history: Pick<History, 'past'>
  /** Marks the rows of a sweep. */
  readonly marked: (rows: readonly PlantRow[]) => readonly PlantRow[]
  readonly log: PlanningLog
}

/** Reading takes a fifth of one core at most, so that whoever ingests has the rest. */
const restPerWork = 4
const restMs = second
/** A store that failed is left alone for this long; after so many attempts the piece is left out. */
const restAfterFailureMs = minute
const attemptsMost = 3
/** No further ahead than the next piece of work takes: three days of 25 CDUs are copied in 40 ms. */
const waitingMost = (3 * day) / rowMs
/** A planner that crashes again and again does not have the store read again and again. */
const againAfterMs = day

export function createRecall({ clock, history, marked, log }: RecallOptions): Recall {
  const closing = new AbortController()
  let isWanted = true
  let begunAt = Number.NEGATIVE_INFINITY
  /** Where the next piece ends; undefined: nothing is under way. */
  let endAt: Millis | undefined
  let waiting: readonly PlantRow[] = []
  let restsUntilMs = Number.NEGATIVE_INFINITY
  let attempts = 0
  let told = { rows: 0, daysLeftOut: 0 }
  let running: Promise<void> | undefined
  /** Which thread the rows are for: a piece that was asked for another one is not taken in. */
  let thread = 0

  const goOn = (piece: Span, rows: readonly PlantRow[]): void => {
    waiting = [...rows, ...waiting]
    told = { ...told, rows: told.rows + rows.length }
    endAt = piece.fromAt
    attempts = 0
  }
  const failed = (piece: Span, cause: unknown): void => {
    attempts++
    restsUntilMs = clock.machineNow() + restAfterFailureMs
    if (attempts === 1)
      log.warn(
        { cause: sentenceOf(cause), day: new Date(piece.fromAt).toISOString() },
        'an earlier day could not be read for the planner',
      )
    if (attempts < attemptsMost) return
    told = { ...told, daysLeftOut: told.daysLeftOut + 1 }
    goOn(piece, [])
  }
  const read = async (piece: Span): Promise<void> => {
    const startedMs = clock.machineNow()
    const of = thread
    try {
      const rows = await history.past(piece, closing.signal)
      if (of !== thread) return
      restsUntilMs = clock.machineNow() + Math.max(restMs, restPerWork * (clock.machineNow() - startedMs))
      goOn(piece, marked(rows.filter(isComplete)))
    } catch (cause) {
      if (of === thread && !closing.signal.aborted) failed(piece, cause)
    }
  }
  const next = (): Span | undefined => {
    if (endAt === undefined || waiting.length >= waitingMost || clock.machineNow() < restsUntilMs)
      return undefined
    const piece = pieceBefore(endAt, clock.siteNow())
    if (piece) return piece
    endAt = undefined
    log.info(told, 'the planner has its earlier rows again')
    return undefined
  }

  return {
    begin(now) {
      if (!isWanted || now - begunAt < againAfterMs) return
      isWanted = false
      begunAt = now
      endAt = rowStartOf(now) - handedMs
      attempts = 0
      told = { rows: 0, daysLeftOut: 0 }
    },
    lost() {
      thread++
      isWanted = true
      endAt = undefined
      waiting = []
    },
    turn() {
      if (running) return running
      const piece = closing.signal.aborted ? undefined : next()
      if (!piece) return Promise.resolve()
      running = read(piece).finally(() => {
        running = undefined
      })
      return running
    },
    take() {
      const rows = waiting
      waiting = []
      return rows
    },
    async close() {
      closing.abort()
      await running
    },
  }
}
