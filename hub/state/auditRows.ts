import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  AuditCheck,
  type AuditVerdict,
  beforeFirst,
  chainStart,
  type Link,
  linkHash,
} from '#contract/auditChain.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'

export type AuditEntry = {
  readonly at: Millis
  readonly who: string
  readonly what: string
  readonly target: string
  readonly result: string
}

export type AuditRows = {
  append(entry: AuditEntry): void
  tail(limit: number): readonly AuditEntry[]
}

/** Some 50 MB: a decision a minute for four months, a person's every act for many years. */
export const auditRowsKeptMax = 200_000
/** Rows between two looks at their number. */
const trimEvery = 10_000
const removedWhat = 'audit: oldest rows removed'

type Row = AuditEntry & { readonly position: number; readonly before: string; readonly hash: string }

/**
 * Who did what, each row chained to the one before by its hash. Rows of a former version are chained as they are found.
 * Beyond `keptMax` the oldest go, after a row that names their end.
 */
export function openAuditRows(database: DatabaseSync, keptMax: number = auditRowsKeptMax): AuditRows {
  database.exec(
    `CREATE TABLE IF NOT EXISTS audit (position INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, target TEXT NOT NULL, result TEXT NOT NULL, before TEXT NOT NULL DEFAULT '', hash TEXT NOT NULL DEFAULT '') STRICT`,
  )
  chainFormerRows(database)
  const insert = database.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const tail = database.prepare(
    'SELECT at, who, what, target, result FROM audit ORDER BY position DESC LIMIT ?',
  )
  let last = lastLink(database)
  const append = (entry: AuditEntry): void => {
    const { at } = entry
    const [who, what] = [storable(entry.who), storable(entry.what)]
    const [target, result] = [storable(entry.target), storable(entry.result)]
    const position = last.number + 1
    const hash = rowHash({ position, at, who, what, target, result, before: last.hash })
    insert.run(position, at, who, what, target, result, last.hash, hash)
    last = { number: position, hash }
  }
  trim(database, keptMax, append)
  return {
    append: entry => {
      append(entry)
      if (last.number % trimEvery === 0) trim(database, keptMax, append)
    },
    tail: limit => tail.all(limit) as unknown as AuditEntry[],
  }
}

/** What comes out of the database as it went in: no NUL, no half of a character. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()

const rowHash = ({ position, at, who, what, target, result, before }: Omit<Row, 'hash'>): string =>
  linkHash({ position, at, who, what, target, result, before })

function lastLink(database: DatabaseSync): Link {
  const row = database.prepare('SELECT position, hash FROM audit ORDER BY position DESC LIMIT 1').get() as
    | { position: number; hash: string }
    | undefined
  return row ? { number: row.position, hash: row.hash } : beforeFirst
}

function chainFormerRows(database: DatabaseSync): void {
  const columns = database.prepare("SELECT name FROM pragma_table_info('audit')").all()
  if (columns.some(column => column.name === 'hash')) return
  database.exec(`BEGIN;
    ALTER TABLE audit ADD COLUMN before TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT ''`)
  const update = database.prepare('UPDATE audit SET before = ?, hash = ? WHERE position = ?')
  let before = chainStart
  for (const row of database.prepare('SELECT * FROM audit ORDER BY position').all() as unknown as Row[]) {
    const hash = rowHash({ ...row, before })
    update.run(before, hash, row.position)
    before = hash
  }
  database.exec('COMMIT')
}

function trim(database: DatabaseSync, keptMax: number, append: (entry: AuditEntry) => void): void {
  const edge = database
    .prepare('SELECT position, hash, at FROM audit ORDER BY position DESC LIMIT 1 OFFSET ?')
    .get(keptMax) as { position: number; hash: string } | undefined
  if (!edge) return
  const { at } = database.prepare('SELECT at FROM audit ORDER BY position DESC LIMIT 1').get() as {
    at: number
  }
  database.exec('BEGIN')
  append({
    at,
    who: 'the hub',
    what: removedWhat,
    target: 'audit',
    result: JSON.stringify({ number: edge.position, hash: edge.hash } satisfies Link),
  })
  database.prepare('DELETE FROM audit WHERE position <= ?').run(edge.position)
  database.exec('COMMIT')
}

/** Reads the rows of `hub.sqlite`, or of the one in a data folder, while a hub writes or not, and changes nothing. */
export function verifyAuditRows(path: string): AuditVerdict {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'hub.sqlite') : path
  if (!existsSync(file)) throw new Failure('NOT_FOUND', `there is no hub database ${file}`)
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      return checkRows(database, path)
    } finally {
      database.close()
    }
  } catch (error) {
    throw new Failure('NOT_FOUND', `${file} cannot be read: ${sentenceOf(error)}`, { cause: error })
  }
}

function checkRows(database: DatabaseSync, what: string): AuditVerdict {
  const check = new AuditCheck()
  const removed: Link[] = []
  let first: Row | undefined
  const rows = database.prepare(
    'SELECT position, at, who, what, target, result, before, hash FROM audit ORDER BY position',
  )
  for (const row of rows.iterate() as Iterable<Row>) {
    const place = `row ${row.position}`
    first ??= row
    if (row.hash !== rowHash(row)) {
      check.find(place, 'is not what was written there')
      // The next row is held against what stood here as far as that is known.
      check.follow(place, { number: row.position, hash: row.hash, before: row.before })
      continue
    }
    if (row.what === removedWhat) removed.push(JSON.parse(row.result) as Link)
    check.follow(place, { number: row.position, hash: row.hash, before: row.before })
  }
  const known = removed.at(-1)
  if (first && first.before !== chainStart) {
    if (known?.number === first.position - 1 && known.hash === first.before)
      check.note(`begins with row ${first.position}: older rows were removed at the limit`)
    else check.find(`row ${first.position}`, `the beginning is missing: rows 1 to ${first.position - 1}`)
  }
  return check.verdict(what)
}
