import { setImmediate as breath } from 'node:timers/promises'
import type { Answer, Question } from '#contract/query/question.ts'
import { hour, type Millis } from '#contract/units.ts'
import {
  type Heard,
  hear,
  moveOn,
  nothingHeard,
  type RowOptions,
  rowsIn,
  spokenAtOf,
} from '#hub/planning/plantRows.ts'
import { handedMs, rowStartOf, type Span } from '#hub/planning/remembered.ts'
import { rowQuestions } from '#hub/planning/rowQuestions.ts'
import type { PlantRow } from '#models/plant/row.ts'

/** What the planner knows of the plant: five-minute rows, fetched piece by piece from the store. */
export type History = {
  /** The last day: fetches what is new (and the last half hour again: late samples), and returns the rows in order of time. */
  refresh(now: Millis): Promise<readonly PlantRow[]>
  /** The rows of a span that is over, as they would have been then; the hub's own thread breathes in between. */
  past(span: Span, signal: AbortSignal): Promise<readonly PlantRow[]>
}

/** Samples may be this late (uplink, commit, accelerated time) and still get into their row. */
const lateMs = hour / 2
/** Of the past, this many rows are put together at a stretch: ten milliseconds with 25 CDUs. */
const rowsAtAStretch = 12

export type HistoryOptions = RowOptions & {
  readonly ask: (question: Question) => Promise<Answer>
}

export function createHistory(options: HistoryOptions): History {
  const lastDay = nothingHeard()
  let fetchedToAt: Millis | undefined
  /** The newest instant at which meters and racks had spoken: no row before it waits for samples any more. */
  let spokenAt = Number.NEGATIVE_INFINITY

  // One question at a time: all at once would stand in the way of the screens' questions.
  const askAll = async (
    questions: readonly Question[],
    heard: Heard,
    fromAt: Millis,
    signal?: AbortSignal,
  ) => {
    for (const question of questions) {
      signal?.throwIfAborted()
      hear(heard, await options.ask(question), fromAt)
    }
  }

  return {
    async refresh(now) {
      const toAt = rowStartOf(now)
      const oldestAt = toAt - handedMs
      const isFirst = fetchedToAt === undefined
      const fromAt = Math.max(0, oldestAt, fetchedToAt === undefined ? oldestAt : fetchedToAt - lateMs)
      if (toAt <= fromAt) return []
      await askAll(rowQuestions({ fromAt, toAt }, { lead: isFirst }), lastDay, oldestAt)
      fetchedToAt = toAt
      moveOn(lastDay, oldestAt)
      const spokenNowAt = spokenAtOf(options.site, lastDay)
      spokenAt = Math.max(spokenAt, spokenNowAt)
      const rows = rowsIn(options, lastDay, { fromAt: oldestAt, toAt, spokenAt: spokenNowAt })
      return [...rows].filter(row => row !== undefined)
    },
    async past(span, signal) {
      const heard = nothingHeard()
      await askAll(rowQuestions(span, { lead: true }), heard, span.fromAt, signal)
      spokenAt = Math.max(spokenAt, spokenAtOf(options.site, heard))
      const rows: PlantRow[] = []
      let walked = 0
      for (const row of rowsIn(options, heard, { ...span, spokenAt })) {
        if (row) rows.push(row)
        if (++walked % rowsAtAStretch > 0) continue
        await breath()
        signal.throwIfAborted()
      }
      return rows
    },
  }
}
