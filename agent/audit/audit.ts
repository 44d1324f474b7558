import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import {
  type AuditEntry,
  beginningOf,
  claimedLink,
  endOf,
  type RemovedDetails,
  recordIn,
  removedWhat,
  rotatedFiles,
  rotatedName,
  tornDetails,
  tornWhat,
} from '#agent/audit/auditFiles.ts'
import { beforeFirst, type Link, linkHash } from '#contract/auditChain.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'

export type Audit = {
  /** The reason when the line could not be written; the decision stands all the same. */
  write(entry: AuditEntry, now: { siteAt: Millis; wallAt: Millis }): string | undefined
}

/** One file holds some 10,000 decisions; eight of them are years of an hourly plan, and 32 MB at most. */
export const auditLimits = { fileBytes: 4 * 1024 ** 2, files: 8 } as const
type Limits = { readonly fileBytes: number; readonly files: number }

/**
 * Append-only JSON lines; a changed or missing line breaks the chain at that place. Beyond the limit the oldest file
 * goes, after a record that names its end. Nothing waits for the disk: a kill loses nothing, a power cut the last lines.
 */
export function openAudit(path: string, limits: Limits = auditLimits): Audit {
  mkdirSync(dirname(path), { recursive: true })
  // Read again after a write that failed: it may have left a part of its line.
  let standing: Standing | undefined = resume(path)
  let unwritten = 0
  const append = (entry: AuditEntry, now: { siteAt: Millis; wallAt: Millis }): void => {
    const { last, words, mend } = standing ?? resume(path)
    standing = undefined
    const lines = new Lines(last, now)
    for (const word of words) lines.add(word)
    if (unwritten > 0) lines.add(unwrittenEntry(unwritten))
    lines.flush(path, mend)
    unwritten = 0
    rotate(path, limits, lines)
    lines.add(entry)
    lines.flush(path)
    standing = { last: lines.last, words: [], mend: '' }
  }
  return {
    write: (entry, now) => {
      try {
        append(entry, now)
        return undefined
      } catch (error) {
        unwritten += 1
        return `${path}: ${sentenceOf(error)}`
      }
    },
  }
}

/** Where the chain goes on; `words`: what must be said first; `mend`: what ends a line that has no end. */
type Standing = { readonly last: Link; readonly words: readonly AuditEntry[]; readonly mend: string }

function resume(path: string): Standing {
  const older = rotatedFiles(path).at(-1)
  const before = older === undefined ? beforeFirst : lastOf(endOf(older).lines)
  if (!existsSync(path)) return { last: before, words: [], mend: '' }
  const { lines, torn } = endOf(path)
  const whole = torn.length > 0 ? recordIn(torn) : undefined
  if (whole) return { last: whole, words: [], mend: '\n' }
  const last = lines.length > 0 ? lastOf(lines) : before
  if (torn.length > 0) return { last, words: [tornEntry(torn)], mend: '\n' }
  const ended = lines.at(-1)
  // Cut, ended, and cut again before its word was written.
  if (ended && !claimedLink(ended)) return { last, words: [tornEntry(ended)], mend: '' }
  return { last, words: [], mend: '' }
}

/** A last line that somebody has changed is followed as it stands: the check finds it, and the chain goes on. */
const lastOf = (lines: readonly Buffer[]): Link =>
  lines.map(claimedLink).findLast(link => link !== undefined) ?? beforeFirst

/** Records to be written in one go, each linked to the one before. */
class Lines {
  last: Link
  #text = ''
  readonly #now: { siteAt: Millis; wallAt: Millis }

  constructor(last: Link, now: { siteAt: Millis; wallAt: Millis }) {
    this.last = last
    this.#now = now
  }

  add(entry: AuditEntry): void {
    const isFirst = this.last.number === 0
    const body = {
      number: this.last.number + 1,
      siteAt: this.#now.siteAt,
      wallAt: this.#now.wallAt,
      ...(isFirst ? { begins: 'a new chain: there is no earlier record in this folder' } : {}),
      ...entry,
      before: this.last.hash,
    }
    const hash = linkHash(body)
    this.#text += `${JSON.stringify({ ...body, hash })}\n`
    this.last = { number: body.number, hash }
  }

  flush(path: string, mend = ''): void {
    const text = `${mend}${this.#text}`
    this.#text = ''
    if (text !== '') appendFileSync(path, text)
  }
}

function rotate(path: string, limits: Limits, lines: Lines): void {
  if (!existsSync(path) || statSync(path).size < limits.fileBytes) return
  const first = claimedLink(beginningOf(path))?.number ?? lines.last.number
  renameSync(path, rotatedName(path, first))
  const old = rotatedFiles(path)
  for (const file of old.slice(0, Math.max(0, old.length - (limits.files - 1)))) {
    lines.add(removedEntry({ file: basename(file), last: lastOf(endOf(file).lines) }))
    // Said first, removed second: a kill in between leaves a file too many, never one too few.
    lines.flush(path)
    rmSync(file)
  }
}

const own = { who: 'the agent', where: 'audit' } as const
const tornEntry = (torn: Buffer): AuditEntry => ({
  ...own,
  what: tornWhat,
  why: 'the line before was cut short: power failed or the disk was full while it was written',
  details: tornDetails(torn),
})
const unwrittenEntry = (count: number): AuditEntry => ({
  ...own,
  what: 'audit: not written',
  why: `${count} decisions before this one could not be written`,
})
const removedEntry = (details: RemovedDetails): AuditEntry => ({
  ...own,
  what: removedWhat,
  why: 'the log has reached its limit',
  details,
})
