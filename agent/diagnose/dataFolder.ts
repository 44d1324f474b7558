import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeptMemory } from '#agent/control/memory.ts'
import { keptFile } from '#agent/cycle/keptFile.ts'
import type { LatchRecord } from '#agent/interlock/interlock.ts'

/** What lies in an agent's data folder, read without changing a byte of it, whether the agent runs or not. */

/** The last decisions: a day of an hourly plan, and room for what went wrong. */
const auditLinesMax = 60
const auditLineLengthMax = 2_000
/** Sizes of this many files are listed. */
const filesMax = 200
/** Copied to be counted; a longer queue is told by its size. */
const countedBytesMax = 64 * 1024 ** 2

export function filesIn(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .slice(0, filesMax)
    .map(entry => {
      const path = join(entry.parentPath, entry.name)
      const { size, mtime, mode } = statSync(path)
      return {
        file: path.slice(folder.length + 1),
        bytes: size,
        changed: mtime.toISOString(),
        mode: octal(mode),
      }
    })
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0')

/** Totals of the outbox as its file has them. A running agent has the file to itself and may write meanwhile: then its own health is right. */
export async function outboxIn(folder: string) {
  const names = ['outbox.sqlite', 'outbox.sqlite-wal']
  const there = names.filter(name => statSync(join(folder, name), { throwIfNoEntry: false }) !== undefined)
  if (!there.includes('outbox.sqlite')) return { missing: 'there is no outbox.sqlite' }
  const bytes = there.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  if (bytes > countedBytesMax) return { bytes, missing: `longer than ${countedBytesMax} bytes: not counted` }
  // Opening a database in place would write its log back into it.
  const copy = mkdtempSync(join(tmpdir(), 'coldloop-diagnose-'))
  try {
    for (const name of there) copyFileSync(join(folder, name), join(copy, name))
    return { bytes, ...(await totalsOf(join(copy, 'outbox.sqlite'))) }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

async function totalsOf(path: string): Promise<object> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path)
  try {
    const totals = database.prepare('SELECT * FROM totals').get()
    const queued = database
      .prepare(
        'SELECT coalesce(sum(metricValues), 0) AS queued, count(*) - count(device) AS eventsQueued, min(acceptedWallAt) AS oldestQueuedWallAt FROM record',
      )
      .get()
    return { ...totals, ...queued }
  } finally {
    database.close()
  }
}

/** Modes of the CDUs and how many leases are held. */
export function controlIn(folder: string) {
  const { kept, problem } = keptFile<KeptMemory>(join(folder, 'control.json'))
  return {
    modes: kept?.modes ?? null,
    outputs: Object.keys(kept?.slots ?? {}).length,
    problem: problem ?? null,
  }
}

export function latchesIn(folder: string) {
  const { kept, problem } = keptFile<LatchRecord>(join(folder, 'latched.json'))
  return { ...kept, problem: problem ?? null }
}

export function auditIn(folder: string) {
  const lines = readFileSync(join(folder, 'audit', 'decisions.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
  return { lines: lines.length, last: lines.slice(-auditLinesMax).map(shortened) }
}

function shortened(line: string): unknown {
  if (line.length > auditLineLengthMax) return `${line.slice(0, auditLineLengthMax)} …`
  try {
    return JSON.parse(line)
  } catch {
    // Torn by a power cut: worth seeing as it is.
    return line
  }
}
