import { resolve as absolutePath } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { Failure, isFailure, sentenceOf } from '#contract/failure.ts'
import { checkQuestion } from '#contract/query/checkQuestion.ts'
import type { AnswerSeries, Question } from '#contract/query/question.ts'
import { answersFromHours, toHourlySql, toSql } from '#contract/query/sql.ts'
import { type Reading, type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, minute, second } from '#contract/units.ts'
import { type Catalogue, openCatalogue } from '#hub/store/duckdbCatalogue.ts'
import { commitBatches, readDelivered } from '#hub/store/duckdbCommit.ts'
import { type HourlyRollUp, hourlyRollUp } from '#hub/store/duckdbHours.ts'
import { readLatest } from '#hub/store/duckdbLatest.ts'
import { groupCommit, shared } from '#hub/store/groupCommit.ts'
import type { Store } from '#hub/store/store.ts'

export type DuckdbOptions = {
  /** The file; `:memory:` for a store that is gone with the process. */
  readonly path: string
  readonly site: Pick<Site, 'name' | 'equipment'>
  /** DuckDB's own memory; 256 MB leave room for the rest of the hub on a small machine. */
  readonly memoryLimit?: string
  /** One thread keeps the second core for the broker and the agents. */
  readonly threads?: number
  /** How long samples stay, in site time; absent: for ever. Hourly roll-ups always stay. */
  readonly keepMs?: number
  /** Site time; absent: the newest sample stands for it. */
  readonly now?: () => number
  /** Samples that have no place in the site: counted, never in the way of the others. */
  readonly onQuarantine?: (samples: number, why: string) => void
}

export type DuckdbStore = Store & {
  readonly kind: 'duckdb'
  /** Brings the hourly roll-ups up to date; runs by itself each minute. Resolves to the hours that it added. */
  rollUp(): Promise<number>
}

/** A question that takes longer is too large for a screen or a report: it is interrupted. */
const questionLimitMs = 10 * second
/** Questions that run at once; each holds its own memory in DuckDB. */
const questionsAtOnceMax = 4
/** A question may bring so many missing hours up to date on its way; more are left to the background. */
const hoursOnDemandMax = 48

/**
 * Repeated rows are looked for in the newest ten million: about two seconds and within DuckDB's own memory. That is a
 * long run, or the last hours of a large site, where a fault of delivery would show first.
 */
const rowsToLookThroughMax = 10_000_000
const duplicatesSql = `SELECT CAST(coalesce(sum(n - 1), 0) AS DOUBLE) FROM (SELECT count(*) AS n FROM samples WHERE rowid > (SELECT coalesce(max(rowid), 0) FROM samples) - ${rowsToLookThroughMax} GROUP BY series, takenAt, value, quality)`
const valuesSql = 'SELECT CAST(count(*) AS DOUBLE) FROM samples'

/** Files that this process holds: DuckDB does not refuse a second instance in one process and then loses rows. */
const openPaths = new Set<string>()

export async function openDuckdbStore(options: DuckdbOptions): Promise<DuckdbStore> {
  const path = options.path === ':memory:' ? options.path : absolutePath(options.path)
  if (openPaths.has(path))
    throw new Failure('STORE_BUSY', `${path} is already open in this process; one instance may own it`)
  if (path !== ':memory:') openPaths.add(path)
  let instance: DuckDBInstance | undefined
  try {
    instance = await openInstance(path, options)
    const writer = await instance.connect()
    const catalogue = await openCatalogue(writer, options.site)
    const delivered = await readDelivered(writer)
    await readLatest(writer, catalogue)
    const hours = await hourlyRollUp(writer, options.now)
    return duckdbStore({ path, options, instance, writer, catalogue, delivered, hours })
  } catch (cause) {
    openPaths.delete(path)
    instance?.closeSync()
    throw isFailure(cause)
      ? cause
      : new Failure('STORE_UNREACHABLE', `${path} cannot be opened as a store: ${sentenceOf(cause)}`, {
          cause,
        })
  }
}

async function openInstance(path: string, options: DuckdbOptions): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(path, {
      threads: String(options.threads ?? 1),
      memory_limit: options.memoryLimit ?? '256MB',
    })
  } catch (cause) {
    if (/lock/i.test(sentenceOf(cause)))
      throw new Failure(
        'STORE_BUSY',
        `${path} is held by another process: ask the hub that runs, or stop it`,
        { cause },
      )
    throw cause
  }
}

type Parts = {
  readonly path: string
  readonly options: DuckdbOptions
  readonly instance: DuckDBInstance
  readonly writer: DuckDBConnection
  readonly catalogue: Catalogue
  readonly delivered: Awaited<ReturnType<typeof readDelivered>>
  readonly hours: HourlyRollUp
}

function duckdbStore(parts: Parts): DuckdbStore {
  const { path, options, instance, writer, catalogue, delivered, hours } = parts
  const exclusive = oneAtATime()
  const quarantine = options.onQuarantine ?? (() => undefined)
  // Both the data and the hub's clock must have gone on: neither alone may make the store forget.
  const keptFromAt = () => {
    const { keepMs, now } = options
    if (keepMs === undefined) return 0
    const at = Math.min(hours.newestAt(), now?.() ?? Number.POSITIVE_INFINITY) - keepMs
    return Math.max(0, at - (at % hour))
  }
  const commits = groupCommit(batches =>
    exclusive(() => commitBatches({ writer, catalogue, delivered, hours, quarantine, keptFromAt }, batches)),
  )
  const gate = atMost(questionsAtOnceMax)

  /** Whole hours at a time, and only after their roll-up. */
  const drop = async () => {
    const beforeAt = keptFromAt()
    if (hours.oldestAt() >= beforeAt) return
    await writer.run(`DELETE FROM samples WHERE takenAt < ${beforeAt}`)
    hours.dropped(beforeAt)
  }
  const rollUp = async (only?: Pick<Question, 'fromAt' | 'toAt'>) => {
    const missing = hours.missing(only)
    for (const at of missing) await exclusive(() => hours.add(at))
    if (only === undefined) await exclusive(drop)
    return missing.length
  }
  // A failed roll-up costs speed, never an answer: questions fall back to the samples; the next minute tries again.
  let rollUpTrouble: unknown
  const timer = setInterval(() => rollUp().catch(cause => (rollUpTrouble = cause)), minute).unref()

  const rows = (sql: string) => gate(() => withReader(instance, connection => readRows(connection, sql)))

  return {
    kind: 'duckdb',
    append: commits.append,
    rollUp: () => rollUp(),
    ask: async asked => {
      const question = checkQuestion(asked, options.site)
      const closedUntilAt = hours.closedUntilAt()
      const fromHours = answersFromHours(question, closedUntilAt)
      if (fromHours && hours.missing(question).length <= hoursOnDemandMax) await rollUp(question)
      const sql =
        fromHours && hours.missing(question).length === 0
          ? toHourlySql(question, closedUntilAt)
          : toSql(question)
      return { question, series: toSeries(await rows(sql), catalogue) }
    },
    latest: async () => {
      const latest = new Map<SeriesKey, Reading>()
      for (const { equipment, point, newest } of catalogue.series)
        if (newest) latest.set(seriesKey(equipment, point), newest)
      return latest
    },
    delivered: async () =>
      new Map(
        [...delivered].map(([key, ranges]) => [key, ranges.map(([first, last]) => [first, last] as const)]),
      ),
    counts: shared(async () => {
      const [[values], [duplicates]] = (await Promise.all([rows(valuesSql), rows(duplicatesSql)])) as [
        [number[]],
        [number[]],
      ]
      return { values: values?.[0] ?? 0, duplicates: duplicates?.[0] ?? 0 }
    }),
    close: async () => {
      clearInterval(timer)
      await commits.idle()
      await exclusive(async () => {
        writer.closeSync()
        instance.closeSync()
      })
      openPaths.delete(path)
      if (rollUpTrouble)
        throw new Failure('STORE_REJECTED', `${path}: hourly roll-ups failed: ${sentenceOf(rollUpTrouble)}`, {
          cause: rollUpTrouble,
        })
    },
  }
}

async function withReader<T>(
  instance: DuckDBInstance,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect()
  let late = false
  const deadline = setTimeout(() => {
    late = true
    connection.interrupt()
  }, questionLimitMs)
  try {
    return await work(connection)
  } catch (cause) {
    if (late)
      throw new Failure(
        'QUERY_TOO_LARGE',
        `the store did not answer within ${questionLimitMs / second} s: ask for a shorter range, wider buckets or fewer points`,
        { cause },
      )
    throw new Failure('STORE_REJECTED', `the store refused a question: ${sentenceOf(cause)}`, { cause })
  } finally {
    clearTimeout(deadline)
    connection.closeSync()
  }
}

async function readRows(connection: DuckDBConnection, sql: string): Promise<Array<Array<number | null>>> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getColumns() as Array<Array<number | null>>
}

/** Columns series, at, value (and quality), in order of series and time, cut into series. */
function toSeries(
  columns: ReadonlyArray<ReadonlyArray<number | null>>,
  catalogue: Catalogue,
): AnswerSeries[] {
  const [ids = [], ats = [], values = [], qualities] = columns
  const answer: AnswerSeries[] = []
  for (let first = 0; first < ids.length; ) {
    const id = ids[first] as number
    let end = first + 1
    while (end < ids.length && ids[end] === id) end++
    const { equipment, point } = catalogue.series[id] as Catalogue['series'][number]
    answer.push({
      equipment,
      point,
      at: ats.slice(first, end) as number[],
      value: values.slice(first, end),
      ...(qualities ? { quality: qualities.slice(first, end) as number[] } : {}),
    })
    first = end
  }
  return answer
}

/** Work on the writing connection, one piece after the other, in order; a failed piece does not stop the next. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve()
  return work => {
    const done = tail.then(work, work)
    tail = done.then(
      () => undefined,
      () => undefined,
    )
    return done
  }
}

function atMost(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: Array<() => void> = []
  return async work => {
    if (running >= limit) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
