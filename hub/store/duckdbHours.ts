import type { DuckDBConnection } from '@duckdb/node-api'
import { hour, minute } from '#contract/units.ts'

/**
 * Late samples of an hour are expected for so long after it; rolling it up earlier would often be for nothing. Later
 * ones still count: their hour is forgotten in the transaction that brings them, and added again.
 */
const settlingMs = 10 * minute

type Span = { readonly fromAt: number; readonly toAt: number }

/** Hourly roll-ups beside the samples: an hour is either kept complete or not at all. */
export type HourlyRollUp = {
  /** Closed hours, within a span or anywhere, that are not rolled up yet; oldest first. */
  missing(span?: Span): readonly number[]
  /** The end of the newest closed hour; 0 before there is one. */
  closedUntilAt(): number
  /** The newest instant in the store; 0 while it is empty. */
  newestAt(): number
  /** The oldest one; the newest while it is empty. */
  oldestAt(): number
  /** Samples before this instant are gone; their hours stay. */
  dropped(beforeAt: number): void
  /** Rolls up one hour. */
  add(at: number): Promise<void>
  /** Nothing at or after this instant is rolled up. */
  keptUntilAt(): number
  /** Inside a transaction that brings late samples of these hours. */
  forget(hours: ReadonlySet<number>): Promise<void>
  /** After that transaction has committed. */
  forgotten(hours: ReadonlySet<number>): void
  /** Committed samples move the newest and the oldest instant. */
  saw(extent: { readonly oldestAt: number; readonly newestAt: number }): void
}

export async function hourlyRollUp(
  writer: DuckDBConnection,
  /** Hours that a source with a wrong clock opened in the future are not rolled up before they have come. */
  now: () => number = () => Number.POSITIVE_INFINITY,
): Promise<HourlyRollUp> {
  const extent = await writer.runAndReadAll(
    'SELECT CAST(min(takenAt) AS DOUBLE), CAST(max(takenAt) AS DOUBLE) FROM samples',
  )
  let [oldestAt, newestAt] = extent.getRows()[0] as [number | null, number | null]
  const rows = await writer.runAndReadAll('SELECT CAST(takenAt AS DOUBLE) FROM hoursKept')
  const kept = new Set(rows.getColumns()[0] as number[])
  let keptUntilAt = [...kept].reduce((latest, at) => Math.max(latest, at + hour), 0)

  const closedUntilAt = () => {
    const settledAt = Math.max(0, Math.min(newestAt ?? 0, now()) - settlingMs)
    return settledAt - (settledAt % hour)
  }
  const missing = (span?: Span): number[] => {
    const hours: number[] = []
    if (oldestAt === null || newestAt === null) return hours
    const start = Math.max(oldestAt, span?.fromAt ?? 0)
    const end = Math.min(closedUntilAt(), span?.toAt ?? Number.POSITIVE_INFINITY)
    for (let at = start - (start % hour); at + hour <= end; at += hour) if (!kept.has(at)) hours.push(at)
    return hours
  }

  return {
    missing,
    closedUntilAt,
    newestAt: () => newestAt ?? 0,
    oldestAt: () => oldestAt ?? newestAt ?? 0,
    dropped: beforeAt => {
      if (oldestAt !== null && oldestAt < beforeAt) oldestAt = beforeAt
    },
    add: async at => {
      if (kept.has(at)) return
      await writer.run('BEGIN')
      try {
        await writer.run(
          `INSERT INTO hourly SELECT series, ${at}, count(value), sum(value), min(value), max(value) FROM samples WHERE takenAt >= ${at} AND takenAt < ${at + hour} AND value IS NOT NULL GROUP BY series ORDER BY series`,
        )
        await writer.run(`INSERT INTO hoursKept VALUES (${at})`)
        await writer.run('COMMIT')
      } catch (cause) {
        await writer.run('ROLLBACK')
        throw cause
      }
      kept.add(at)
      keptUntilAt = Math.max(keptUntilAt, at + hour)
    },
    keptUntilAt: () => keptUntilAt,
    forget: async hours => {
      const list = [...hours].filter(at => kept.has(at)).join(', ')
      if (list === '') return
      await writer.run(`DELETE FROM hourly WHERE takenAt IN (${list})`)
      await writer.run(`DELETE FROM hoursKept WHERE takenAt IN (${list})`)
    },
    forgotten: hours => {
      for (const at of hours) kept.delete(at)
    },
    saw: extent => {
      if (oldestAt === null || extent.oldestAt < oldestAt) oldestAt = extent.oldestAt
      if (newestAt === null || extent.newestAt > newestAt) newestAt = extent.newestAt
    },
  }
}
