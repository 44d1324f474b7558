import type { Answer, Question } from '#contract/query/question.ts'
import type { Reading, Sample, SeriesKey } from '#contract/reading.ts'

/** One outbox record as it arrived; `mark` is absent for another vendor's edge, which proves no delivery. */
export type IngestBatch = {
  readonly agent: string
  readonly mark?: { readonly epoch: string; readonly position: number }
  readonly samples: readonly Sample[]
}

/** Positions of one agent's epoch that are committed: closed ranges, ascending, never touching. */
export type DeliveredRanges = ReadonlyArray<readonly [first: number, last: number]>

export type StoreCounts = {
  /** Metric values kept: a reading without a value counts by its quality. */
  readonly values: number
  /** Rows that repeat a series and instant with an equal value: must be 0. */
  readonly duplicates: number
}

/** The time series. Two adapters: DuckDB (embedded, the default) and InfluxDB. */
export type Store = {
  readonly kind: 'duckdb' | 'influx'
  /** Resolves after the database has committed all of them; rejects with STORE_* and then none is acknowledged. */
  append(batches: readonly IngestBatch[]): Promise<void>
  ask(question: Question): Promise<Answer>
  /** Newest reading of every series, for a hub that has just started. */
  latest(): Promise<ReadonlyMap<SeriesKey, Reading>>
  /** What is already kept, by agent and epoch: `${agent}/${epoch}`. */
  delivered(): Promise<ReadonlyMap<string, DeliveredRanges>>
  counts(): Promise<StoreCounts>
  close(): Promise<void>
}
