import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { sentenceOf } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'

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
  readonly before: string
  readonly hash: string
}

/** One file holds some 10,000 decisions; eight of them are years of an hourly plan, and 32 MB at most. */
const limits = { fileBytes: 4 * 1024 ** 2, files: 8 } as const
const firstHash = '0'.repeat(64)

export type Audit = {
  /** The reason when the line could not be written; the decision stands all the same. */
  write(entry: AuditEntry, now: { siteAt: Millis; wallAt: Millis }): string | undefined
}

/** Append-only JSON lines; a changed or missing line breaks the chain at that place. */
export function openAudit(path: string): Audit {
  mkdirSync(dirname(path), { recursive: true })
  let last = lastLine(path)
  return {
    write: (entry, now) => {
      try {
        rotate(path)
        const body = {
          number: last.number + 1,
          siteAt: now.siteAt,
          wallAt: now.wallAt,
          ...entry,
          before: last.hash,
        }
        const line: AuditLine = { ...body, hash: hashOf(body) }
        appendFileSync(path, `${JSON.stringify(line)}\n`)
        last = { number: line.number, hash: line.hash }
        return undefined
      } catch (error) {
        return `${path}: ${sentenceOf(error)}`
      }
    },
  }
}

/** The first line that does not fit, or undefined when the chain holds. The first line of a rotated file names what went before. */
export function brokenLine(text: string): number | undefined {
  let before: string | undefined
  for (const raw of text.split('\n').filter(line => line !== '')) {
    const { hash, ...body } = parsedLine(raw)
    if ((before !== undefined && body.before !== before) || hash !== hashOf(body)) return body.number ?? -1
    before = hash
  }
  return undefined
}

function parsedLine(raw: string): AuditLine {
  try {
    return JSON.parse(raw) as AuditLine
  } catch {
    // A torn or edited line: it cannot carry the hash of what it says.
    return { number: -1, siteAt: 0, wallAt: 0, what: '', who: '', where: '', why: '', before: '', hash: '' }
  }
}

const hashOf = (body: object): string => createHash('sha256').update(JSON.stringify(body)).digest('hex')

function lastLine(path: string): { number: number; hash: string } {
  const newest = existsSync(path) ? path : rotatedFiles(path).at(-1)
  const raw = newest === undefined ? undefined : readFileSync(newest, 'utf8').trimEnd().split('\n').at(-1)
  if (!raw) return { number: 0, hash: firstHash }
  const { number, hash } = parsedLine(raw)
  return { number: Math.max(0, number), hash: hash === '' ? firstHash : hash }
}

function rotate(path: string): void {
  if (!existsSync(path) || statSync(path).size < limits.fileBytes) return
  const first = JSON.parse(readFileSync(path, 'utf8').split('\n', 1)[0] ?? '{}') as Partial<AuditLine>
  renameSync(path, `${path}.${String(first.number ?? 0).padStart(12, '0')}`)
  const old = rotatedFiles(path)
  for (const file of old.slice(0, Math.max(0, old.length - (limits.files - 1)))) rmSync(file)
}

function rotatedFiles(path: string): string[] {
  const folder = dirname(path)
  const name = path.slice(folder.length + 1)
  return readdirSync(folder)
    .filter(file => file.startsWith(`${name}.`))
    .sort()
    .map(file => join(folder, file))
}
