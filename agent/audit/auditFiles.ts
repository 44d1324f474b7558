import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { hashOfText, type Link, linkHash } from '#contract/auditChain.ts'
import type { Millis } from '#contract/units.ts'

/** `decisions.jsonl` is written; full ones are called after their first record, `decisions.jsonl.000000000042`. */
export const rotatedName = (path: string, firstNumber: number): string =>
  `${path}.${String(firstNumber).padStart(12, '0')}`
const rotatedPattern = /^(.+)\.([0-9]{12})$/

/** Oldest first, without the one that is written. */
export function rotatedFiles(path: string): string[] {
  const folder = dirname(path)
  return readdirSync(folder)
    .filter(file => rotatedPattern.exec(file)?.[1] === basename(path))
    .sort()
    .map(file => join(folder, file))
}

/** The first record's number that a full file's name claims; undefined for the one that is written. */
export function claimedFirst(path: string): number | undefined {
  const match = rotatedPattern.exec(basename(path))
  return match ? Number(match[2]) : undefined
}

export type AuditEntry = {
  readonly what: string
  readonly who: string
  readonly where: string
  readonly why: string
  readonly details?: unknown
}
export type AuditLine = AuditEntry & {
  readonly number: number
  readonly siteAt: Millis
  readonly wallAt: Millis
  /** In the first record alone: that no other came before. */
  readonly begins?: string
  readonly before: string
  readonly hash: string
}

/** A record is a sentence and some figures; a longer line is none of ours. */
export const lineBytesMax = 256 * 1024

/** A line cut short has a whole one before it, or another that was cut. */
const linesBackMax = 20

/** Records about the log itself; the check reads them. */
export const tornWhat = 'audit: torn line'
export const removedWhat = 'audit: oldest file removed'
export type TornDetails = { readonly bytes: number; readonly sha256: string }
export type RemovedDetails = { readonly file: string; readonly last: Link }

/** The record in these bytes, or undefined: another byte anywhere, and it does not carry the hash of what it says. */
export function recordIn(bytes: Buffer): AuditLine | undefined {
  try {
    const line = JSON.parse(bytes.toString('utf8')) as AuditLine
    if (typeof line !== 'object' || line === null) return undefined
    const { hash, ...body } = line
    const isWhole = Number.isSafeInteger(line.number) && typeof line.before === 'string'
    // Bytes that mean the same to JSON (a blank, another escape) are other bytes all the same.
    if (!isWhole || hash !== linkHash(body) || !Buffer.from(JSON.stringify(line)).equals(bytes))
      return undefined
    return line
  } catch {
    return undefined
  }
}

export const tornDetails = (bytes: Buffer): TornDetails => ({
  bytes: bytes.length,
  sha256: hashOfText(bytes),
})

/** The link that a line says it is, whether it is true or not. */
export function claimedLink(bytes: Buffer): Link | undefined {
  try {
    const { number, hash } = JSON.parse(bytes.toString('utf8')) as Partial<AuditLine>
    return Number.isSafeInteger(number) && typeof hash === 'string'
      ? { number: number as number, hash }
      : undefined
  } catch {
    return undefined
  }
}

/** What stands at a file's end: its last whole lines, and bytes after the last line feed. */
export function endOf(path: string): { readonly lines: readonly Buffer[]; readonly torn: Buffer } {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, 2 * lineBytesMax))
    readSync(file, bytes, 0, bytes.length, size - bytes.length)
    const end = bytes.lastIndexOf(0x0a)
    const lines: Buffer[] = []
    for (let last = end; last >= 0 && lines.length < linesBackMax; ) {
      const before = last === 0 ? -1 : bytes.lastIndexOf(0x0a, last - 1)
      lines.unshift(bytes.subarray(before + 1, last))
      last = before
    }
    return { lines, torn: bytes.subarray(end + 1) }
  } finally {
    closeSync(file)
  }
}

/** The first line, as far as it may be one of ours. */
export function beginningOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size, lineBytesMax))
    readSync(file, bytes, 0, bytes.length, 0)
    const end = bytes.indexOf(0x0a)
    return bytes.subarray(0, Math.max(0, end))
  } finally {
    closeSync(file)
  }
}
