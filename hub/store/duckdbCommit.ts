import { BIGINT, DOUBLE, type DuckDBConnection, DuckDBDataChunk, INTEGER, SMALLINT } from '@duckdb/node-api'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { qualityCode, type Sample } from '#contract/reading.ts'
import { hour } from '#contract/units.ts'
import type { Catalogue } from '#hub/store/duckdbCatalogue.ts'
import type { HourlyRollUp } from '#hub/store/duckdbHours.ts'
import { addRange, keepAdded, notYetDelivered, type Ranges, splitDeliveryKey } from '#hub/store/ranges.ts'
import { whyNotStorable } from '#hub/store/storable.ts'
import type { IngestBatch } from '#hub/store/store.ts'

export type CommitParts = {
  readonly writer: DuckDBConnection
  readonly catalogue: Catalogue
  /** What the file holds, kept in step with it. */
  readonly delivered: Map<string, Ranges>
  readonly hours: HourlyRollUp
  readonly quarantine: (samples: number, why: string) => void
  /** Older samples have left the store for good and are not taken in again; 0 where everything is kept. */
  readonly keptFromAt: () => number
}

/** DuckDB's vector size: the most rows of one data chunk. */
const chunkRowsMax = 2_048

/** One transaction: the samples that are not kept yet, their new series, and which positions they were. */
export async function commitBatches(parts: CommitParts, batches: readonly IngestBatch[]): Promise<void> {
  const { writer, catalogue, delivered, hours } = parts
  const { fresh, added } = notYetDelivered(batches, delivered)
  if (fresh.length === 0) return
  const rows = place(fresh, parts)
  try {
    await writer.run('BEGIN')
    await appendSamples(writer, rows)
    for (const { id, kind, equipment, point } of catalogue.unwritten())
      await writer.run('INSERT INTO series VALUES ($1, $2, $3, $4)', [id, kind, equipment, point])
    await writeAdded(writer, added)
    await hours.forget(rows.lateHours)
    await writer.run('COMMIT')
  } catch (cause) {
    await rollBack(writer, cause)
    throw new Failure('STORE_REJECTED', `the store refused a write: ${sentenceOf(cause)}`, {
      retry: true,
      cause,
    })
  }
  catalogue.kept()
  hours.forgotten(rows.lateHours)
  if (rows.count > 0) hours.saw({ oldestAt: rows.oldestAt, newestAt: rows.newestAt })
  keepAdded(delivered, added)
  rows.newest.forEach((sample, id) => {
    const series = catalogue.series[id]
    if (series && (series.newest === undefined || sample.at >= series.newest.at)) series.newest = sample
  })
}

/**
 * The samples of a commit as the columns of its table, made in one pass: two hundred thousand objects lie all over the
 * memory, and each further walk over them costs as much as the work itself.
 */
type Rows = {
  count: number
  readonly series: Int32Array
  /** 64-bit instants, low word first, as they lie in the table: a BigInt for each would be thrown away at once. */
  readonly at: Uint32Array
  readonly quality: Int16Array
  readonly value: Float64Array
  /** Rows without a value. */
  readonly none: number[]
  /** By number of the series; of equal instants the later one. */
  readonly newest: Sample[]
  readonly lateHours: Set<number>
  oldestAt: number
  newestAt: number
}

/** The samples that have a place in the site, with the number of their series. */
function place(batches: readonly IngestBatch[], parts: CommitParts): Rows {
  const { catalogue, hours, quarantine } = parts
  const most = batches.reduce((sum, batch) => sum + batch.samples.length, 0)
  const rows: Rows = {
    count: 0,
    series: new Int32Array(most),
    at: new Uint32Array(2 * most),
    quality: new Int16Array(most),
    value: new Float64Array(most),
    none: [],
    newest: [],
    lateHours: new Set(),
    oldestAt: Number.POSITIVE_INFINITY,
    newestAt: 0,
  }
  const keptUntilAt = hours.keptUntilAt()
  const keptFromAt = parts.keptFromAt()
  for (const { samples } of batches)
    for (const sample of samples) {
      const why =
        whyNotStorable(sample) ??
        (sample.at < keptFromAt ? 'older than the retention of the store' : undefined)
      const id = why === undefined ? catalogue.find(sample.equipment, sample.point) : undefined
      if (id === undefined) {
        quarantine(1, why ?? `the site has no ${sample.equipment}.${sample.point}`)
        continue
      }
      putRow(rows, id, sample)
      if (sample.at < keptUntilAt) rows.lateHours.add(sample.at - (sample.at % hour))
    }
  return rows
}

const twoTo32 = 0x1_0000_0000

function putRow(rows: Rows, id: number, sample: Sample): void {
  const row = rows.count++
  const { at, value } = sample
  rows.series[row] = id
  rows.at[2 * row] = at
  rows.at[2 * row + 1] = at / twoTo32
  rows.quality[row] = qualityCode[sample.quality]
  if (value === null) rows.none.push(row)
  else rows.value[row] = value
  if (at < rows.oldestAt) rows.oldestAt = at
  if (at > rows.newestAt) rows.newestAt = at
  const newest = rows.newest[id]
  if (newest === undefined || at >= newest.at) rows.newest[id] = sample
}

async function appendSamples(writer: DuckDBConnection, rows: Rows): Promise<void> {
  const appender = await writer.createAppender('samples')
  let nextNone = 0
  for (let first = 0; first < rows.count; first += chunkRowsMax) {
    const count = Math.min(chunkRowsMax, rows.count - first)
    const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, SMALLINT, DOUBLE], count)
    fill(chunk, 0, rows.series.subarray(first, first + count))
    fill(chunk, 1, rows.at.subarray(2 * first, 2 * (first + count)))
    fill(chunk, 2, rows.quality.subarray(first, first + count))
    fill(chunk, 3, rows.value.subarray(first, first + count))
    const value = chunk.getColumnVector(3)
    for (; nextNone < rows.none.length && (rows.none[nextNone] as number) < first + count; nextNone++)
      value.setItem((rows.none[nextNone] as number) - first, null)
    for (const column of [0, 1, 2, 3]) chunk.getColumnVector(column).flush()
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

/**
 * A whole column at once. Its memory has no public name in the package, and setting items one by one costs four times
 * as much; a package that calls it otherwise fails at the first commit, in every test of the store.
 */
function fill(
  chunk: DuckDBDataChunk,
  column: number,
  from: Int32Array | Uint32Array | Int16Array | Float64Array,
): void {
  const { items } = chunk.getColumnVector(column) as unknown as { readonly items: ArrayBufferView }
  if (items.byteLength !== from.byteLength)
    throw new Error(`column ${column} takes ${items.byteLength} bytes, not ${from.byteLength}`)
  new Uint8Array(items.buffer, items.byteOffset, items.byteLength).set(
    new Uint8Array(from.buffer, from.byteOffset, from.byteLength),
  )
}

/** Appended only, one row for each range of a commit; merged when the file is opened next. */
async function writeAdded(writer: DuckDBConnection, added: ReadonlyMap<string, Ranges>): Promise<void> {
  for (const [key, ranges] of added) {
    const { agent, epoch } = splitDeliveryKey(key)
    for (const [first, last] of ranges)
      await writer.run('INSERT INTO deliveries VALUES ($1, $2, $3, $4)', [
        agent,
        epoch,
        BigInt(first),
        BigInt(last),
      ])
  }
}

async function rollBack(writer: DuckDBConnection, because: unknown): Promise<void> {
  try {
    await writer.run('ROLLBACK')
  } catch (cause) {
    throw new Failure(
      'STORE_REJECTED',
      `the store refused a write (${sentenceOf(because)}) and its rollback: ${sentenceOf(cause)}`,
      { retry: true, cause },
    )
  }
}

/**
 * What the file holds. Commits only append to the table (a year of four commits a second is 126 million rows), so
 * opening merges it into one row for each range.
 */
export async function readDelivered(writer: DuckDBConnection): Promise<Map<string, Ranges>> {
  const reader = await writer.runAndReadAll(
    'SELECT agent, epoch, CAST(first AS DOUBLE), CAST(last AS DOUBLE) FROM deliveries ORDER BY agent, epoch, first',
  )
  const rows = reader.getRows() as Array<[string, string, number, number]>
  const delivered = new Map<string, Ranges>()
  for (const [agent, epoch, first, last] of rows) {
    const key = `${agent}/${epoch}`
    let ranges = delivered.get(key)
    if (!ranges) delivered.set(key, (ranges = []))
    addRange(ranges, first, last)
  }
  const ranges = [...delivered.values()].reduce((sum, list) => sum + list.length, 0)
  if (ranges < rows.length) {
    await writer.run('BEGIN')
    await writer.run('DELETE FROM deliveries')
    await writeAdded(writer, delivered)
    await writer.run('COMMIT')
  }
  return delivered
}
