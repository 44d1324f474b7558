import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { Failure } from '#contract/failure.ts'

/** The outbox's SQLite file: rows and totals, nothing of their meaning. Every call may wait for the disk: for a thread of its own. */
export type StoredRecord = {
  readonly position: number
  readonly acceptedWallAt: number
  readonly metricValues: number
  /** null: an event. */
  readonly device: string | null
  readonly body: Uint8Array
  /** Not as it was written. */
  readonly isDamaged?: boolean
}

/** Kept in the same transaction as the rows they count. */
export type Totals = {
  readonly epoch: string
  readonly accepted: number
  readonly acknowledged: number
  readonly dropped: number
  readonly quarantined: number
  readonly newestPosition: number
}

export type Removed = { readonly values: number; readonly telemetryRecords: number; readonly events: number }

export type OutboxFile = {
  /** undefined: not as they were written. */
  readonly totals: Totals | undefined
  /** Begun with this opening. */
  readonly isNew: boolean
  queued(): { readonly values: number; readonly events: number }
  /** Runs `work` in one transaction, on the disk itself when this returns; on a throw nothing of it remains. */
  transaction(work: () => Totals): void
  insert(record: StoredRecord): void
  removeUpTo(position: number): Removed
  removeOne(position: number): Removed
  /** Positions of records that are not as they were written. Reads the whole file, and nothing of one that is too large for it. */
  damaged(): readonly number[]
  /** Values of records above `position`. */
  valuesAbove(position: number): number
  /** The highest position that a record has; 0: there is none. */
  highestPosition(): number
  /** The oldest records of telemetry, or of events. */
  removeOldest(what: 'telemetry' | 'events', count: number): Removed
  read(afterPosition: number, limit: number): StoredRecord[]
  oldest(): { readonly position: number; readonly acceptedWallAt: number } | undefined
  usedBytes(): number
  giveBackSpace(): void
  close(): void
}

const fileName = 'outbox.sqlite'
/** Freed pages worth returning to the file system in one step: 4 MB, some 10 ms. */
const vacuumPages = 1_024
/** A full check reads the file: 64 MB take about 0.2 s; beyond, damage is found when a page is read. */
const checkedAtOpenBytes = 64 * 1024 * 1024

/** Records looked through at a time: under 2 MB. */
const checkedAtOnce = 256

const damageCodes = new Set([11, 26])
export const errorCodeOf = (error: unknown): number => (error as { errcode?: number }).errcode ?? 0
/** SQLITE_CORRUPT (11) and SQLITE_NOTADB (26), extended codes included, and integers that are larger than any of ours. */
export const isDamage = (error: unknown): boolean =>
  damageCodes.has(errorCodeOf(error) & 0xff) || (error as { code?: string }).code === 'ERR_OUT_OF_RANGE'
const isBusy = (error: unknown): boolean => (errorCodeOf(error) & 0xff) === 5

/** Opens the file, or begins a new one under `newEpoch`. Throws OUTBOX_LOCKED when another process has it; damage as SQLite says it. */
export function openOutboxFile(dataDir: string, newEpoch: string): OutboxFile {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, fileName)
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    prepareDatabase(database, newEpoch)
    const isChecked = statSync(path).size <= checkedAtOpenBytes
    if (isChecked) checkPages(database)
    return fileOf(database, { newEpoch, isChecked })
  } catch (error) {
    database.close()
    if (isBusy(error))
      throw new Failure('OUTBOX_LOCKED', `another agent owns the data folder ${dataDir}`, { cause: error })
    throw error
  }
}

function prepareDatabase(database: DatabaseSync, newEpoch: string): void {
  // Exclusive: a second process is refused for as long as this one lives, and the kernel frees the lock however it dies.
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  database.exec('PRAGMA auto_vacuum = INCREMENTAL')
  database.exec('PRAGMA journal_mode = WAL')
  // WAL with FULL syncs at each commit: no position is given out that a power cut could give out again.
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA journal_size_limit = 4194304')
  database.exec('BEGIN IMMEDIATE')
  database.exec(`CREATE TABLE IF NOT EXISTS record (
    position INTEGER PRIMARY KEY, acceptedWallAt INTEGER NOT NULL, metricValues INTEGER NOT NULL, device TEXT, body BLOB NOT NULL)`)
  database.exec(`CREATE TABLE IF NOT EXISTS totals (
    id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, accepted INTEGER NOT NULL, acknowledged INTEGER NOT NULL,
    dropped INTEGER NOT NULL, quarantined INTEGER NOT NULL, newestPosition INTEGER NOT NULL)`)
  database.exec('CREATE INDEX IF NOT EXISTS eventPositions ON record (position) WHERE device IS NULL')
  for (const table of ['record', 'totals']) addChecksum(database, table)
  database
    .prepare(
      `INSERT OR IGNORE INTO totals (id, epoch, accepted, acknowledged, dropped, quarantined, newestPosition)
       VALUES (1, ?, 0, 0, 0, 0, 0)`,
    )
    .run(newEpoch)
  database.exec('COMMIT')
}

/** Outboxes of before 2026-11-22 have none; what they hold is taken as it is. */
function addChecksum(database: DatabaseSync, table: string): void {
  const columns = database.prepare(`PRAGMA table_info(${table})`).all() as Array<{ name: string }>
  if (columns.some(({ name }) => name === 'checksum')) return
  database.exec(`ALTER TABLE ${table} ADD COLUMN checksum INTEGER`)
}

/** SQLite has no checksum of its own: a flipped bit in a value is a value. */
const recordChecksum = (record: Omit<StoredRecord, 'isDamaged'>): number => {
  const { position, acceptedWallAt, metricValues, device, body } = record
  return crc32(body, crc32(JSON.stringify([position, acceptedWallAt, metricValues, device])))
}
const totalsChecksum = (totals: Totals): number => {
  const { epoch, accepted, acknowledged, dropped, quarantined, newestPosition } = totals
  return crc32(JSON.stringify([epoch, accepted, acknowledged, dropped, quarantined, newestPosition]))
}

type Checked<T> = T & { readonly checksum: number | null }

function storedRecord(row: Checked<StoredRecord>): StoredRecord {
  const { checksum, ...record } = row
  return checksum === null || checksum === recordChecksum(record) ? record : { ...record, isDamaged: true }
}

function storedTotals(row: Checked<Totals>): Totals | undefined {
  const { checksum, ...totals } = row
  return checksum === null || checksum === totalsChecksum(totals) ? totals : undefined
}

function checkPages(database: DatabaseSync): void {
  const answer = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
  if (answer.quick_check !== 'ok') throw Object.assign(new Error(answer.quick_check), { errcode: 11 })
}

function fileOf(
  database: DatabaseSync,
  opening: { readonly newEpoch: string; readonly isChecked: boolean },
): OutboxFile {
  const insert = database.prepare(
    'INSERT INTO record (position, acceptedWallAt, metricValues, device, body, checksum) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const keepTotals = database.prepare(
    'UPDATE totals SET epoch = ?, accepted = ?, acknowledged = ?, dropped = ?, quarantined = ?, newestPosition = ?, checksum = ? WHERE id = 1',
  )
  const sums =
    'SELECT coalesce(sum(metricValues), 0) AS "values", count(device) AS telemetryRecords, count(*) - count(device) AS events FROM'
  const sumUpTo = database.prepare(`${sums} record WHERE position <= ?`)
  const removeUpTo = database.prepare('DELETE FROM record WHERE position <= ?')
  const sumOne = database.prepare(`${sums} record WHERE position = ?`)
  const removeOne = database.prepare('DELETE FROM record WHERE position = ?')
  const oldestOf = (condition: string) =>
    `SELECT * FROM record WHERE device IS ${condition} ORDER BY position LIMIT ?`
  const sumOldest = {
    telemetry: database.prepare(`${sums} (${oldestOf('NOT NULL')})`),
    events: database.prepare(`${sums} (${oldestOf('NULL')})`),
  }
  const removeThese = (condition: string) =>
    database.prepare(`DELETE FROM record WHERE position IN (SELECT position FROM (${oldestOf(condition)}))`)
  const removeOldest = { telemetry: removeThese('NOT NULL'), events: removeThese('NULL') }
  const readAfter = database.prepare('SELECT * FROM record WHERE position > ? ORDER BY position LIMIT ?')
  const sumAbove = database.prepare(`${sums} record WHERE position > ?`)
  const highest = database.prepare('SELECT coalesce(max(position), 0) AS position FROM record')
  const highestPosition = () => (highest.get() as { position: number }).position
  const oldest = database.prepare('SELECT position, acceptedWallAt FROM record ORDER BY position LIMIT 1')
  const pragma = (name: string) => {
    const statement = database.prepare(`PRAGMA ${name}`)
    return () => Object.values(statement.get() as object)[0] as number
  }
  const pageCount = pragma('page_count')
  const freePages = pragma('freelist_count')
  const pageBytes = pragma('page_size')()

  const totals = storedTotals(
    database
      .prepare(
        'SELECT epoch, accepted, acknowledged, dropped, quarantined, newestPosition, checksum FROM totals WHERE id = 1',
      )
      .get() as Checked<Totals>,
  )
  const rows = (statement: StatementSync, ...values: number[]) =>
    statement.all(...values) as unknown as Array<Checked<StoredRecord>>

  return {
    totals,
    isNew: totals?.epoch === opening.newEpoch && highestPosition() === 0,
    queued: () => queuedIn(database.prepare(`${sums} record`)),
    transaction(work) {
      database.exec('BEGIN IMMEDIATE')
      try {
        const totals = work()
        keepTotals.run(
          totals.epoch,
          totals.accepted,
          totals.acknowledged,
          totals.dropped,
          totals.quarantined,
          totals.newestPosition,
          totalsChecksum(totals),
        )
        database.exec('COMMIT')
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    insert: record => {
      const { position, acceptedWallAt, metricValues, device, body } = record
      insert.run(position, acceptedWallAt, metricValues, device, body, recordChecksum(record))
    },
    removeUpTo(position) {
      const removed = sumUpTo.get(position) as Removed
      removeUpTo.run(position)
      return removed
    },
    removeOne(position) {
      const removed = sumOne.get(position) as Removed
      removeOne.run(position)
      return removed
    },
    damaged() {
      if (!opening.isChecked) return []
      const damaged: number[] = []
      for (let after = -1; ; ) {
        const piece = rows(readAfter, after, checkedAtOnce)
        const last = piece.at(-1)
        if (last === undefined) return damaged
        after = last.position
        for (const row of piece) if (storedRecord(row).isDamaged) damaged.push(row.position)
      }
    },
    valuesAbove: position => (sumAbove.get(position) as Removed).values,
    highestPosition,
    removeOldest(what, count) {
      const removed = sumOldest[what].get(count) as Removed
      removeOldest[what].run(count)
      return removed
    },
    read: (afterPosition, limit) => rows(readAfter, afterPosition, limit).map(storedRecord),
    oldest: () => oldest.get() as { position: number; acceptedWallAt: number } | undefined,
    usedBytes: () => (pageCount() - freePages()) * pageBytes,
    giveBackSpace() {
      if (freePages() > vacuumPages) database.exec(`PRAGMA incremental_vacuum(${vacuumPages})`)
    },
    close: () => database.close(),
  }
}

function queuedIn(statement: StatementSync): { values: number; events: number } {
  const { values, events } = statement.get() as Removed
  return { values, events }
}

/** Moves a damaged file out of the way under one fixed name, so that at most one of them takes up room. */
export function setAside(dataDir: string): string {
  const aside = join(dataDir, 'outbox.damaged.sqlite')
  for (const ending of ['', '-wal', '-shm']) {
    rmSync(`${aside}${ending}`, { force: true })
    try {
      renameSync(join(dataDir, `${fileName}${ending}`), `${aside}${ending}`)
    } catch (error) {
      // Log and index files need not exist.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return aside
}
