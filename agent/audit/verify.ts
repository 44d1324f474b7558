import { closeSync, createReadStream, existsSync, openSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  type AuditLine,
  claimedFirst,
  lineBytesMax,
  type RemovedDetails,
  recordIn,
  removedWhat,
  rotatedFiles,
  type TornDetails,
  tornDetails,
  tornWhat,
} from '#agent/audit/auditFiles.ts'
import { AuditCheck, type AuditVerdict, chainStart, type Link } from '#contract/auditChain.ts'
import { Failure, isFailure, sentenceOf } from '#contract/failure.ts'

/**
 * Reads a log line by line and says where it is not as it was written. `path`: the log (its full files beside it are read
 * too), one full file alone, or the folder of a log. NOT_FOUND where there is nothing to read.
 */
export async function verifyAudit(path: string): Promise<AuditVerdict> {
  try {
    const log = logAt(path)
    const reader = new Reader(claimedFirst(log) !== undefined)
    const files = openAll(log)
    try {
      for (const [index, { name, fd }] of files.entries())
        await reader.read(name, fd, index === files.length - 1)
    } finally {
      for (const { fd } of files) closeSync(fd)
    }
    return reader.verdict(path)
  } catch (error) {
    if (isFailure(error)) throw error
    throw new Failure('NOT_FOUND', `${path} cannot be read: ${sentenceOf(error)}`, { cause: error })
  }
}

function logAt(path: string): string {
  if (!existsSync(path)) throw new Failure('NOT_FOUND', `there is no audit log ${path}`)
  if (!statSync(path).isDirectory()) return path
  for (const folder of [path, join(path, 'audit')]) {
    const names = existsSync(folder) ? readdirSync(folder) : []
    const logs = new Set(names.flatMap(name => /^(.+\.jsonl)(\.[0-9]{12})?$/.exec(name)?.[1] ?? []))
    const [log, ...others] = logs
    if (others.length > 0)
      throw new Failure('NOT_FOUND', `${folder} holds several logs: ${[...logs].join(', ')}`)
    if (log !== undefined) return join(folder, log)
  }
  throw new Failure('NOT_FOUND', `there is no audit log (*.jsonl) in ${path}`)
}

const filesOf = (log: string): string[] =>
  claimedFirst(log) === undefined ? [...rotatedFiles(log), ...(existsSync(log) ? [log] : [])] : [log]

/** All at once, so that a log which is full and renamed meanwhile is still read in its order. */
function openAll(log: string): ReadonlyArray<{ readonly name: string; readonly fd: number }> {
  for (let tries = 0; tries < 5; tries++) {
    const paths = filesOf(log)
    const files = paths.flatMap(path => {
      try {
        return [{ name: basename(path), fd: openSync(path, 'r') }]
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    })
    if (files.length === paths.length && filesOf(log).join() === paths.join()) return files
    for (const { fd } of files) closeSync(fd)
  }
  throw new Failure('CONFLICT', `the files of ${dirname(log)} change all the time`, { retry: true })
}

type Line = { readonly place: string; readonly bytes: Buffer; readonly isEnded: boolean }
/** A line that is no record: cut short, if the next record says so; changed, if it does not. */
type Doubtful = { readonly place: string; readonly details: TornDetails }

class Reader {
  readonly #check = new AuditCheck()
  readonly #isPiece: boolean
  #doubtful: Doubtful | undefined
  #first: (Link & { readonly before: string; readonly place: string }) | undefined
  /** A changed line stands before every record: the finding says it already. */
  #isBeginningKnown = false
  /** Ends of files that were removed at the limit; the newest eight are more than there can be. */
  #removed: Link[] = []

  constructor(isPiece: boolean) {
    this.#isPiece = isPiece
  }

  async read(name: string, fd: number, isLastFile: boolean): Promise<void> {
    let number = 0
    for await (const { bytes, isEnded } of linesOf(fd)) {
      number += 1
      const line = { place: `${name}:${number}`, bytes, isEnded }
      const record = bytes.length > lineBytesMax ? undefined : recordIn(bytes)
      if (number === 1) this.#nameFits(name, line.place, record)
      if (record) this.#record(line, record, isLastFile)
      else this.#other(line, isLastFile)
    }
    if (number === 0 && !isLastFile) this.#check.find(name, 'is empty')
  }

  verdict(what: string): AuditVerdict {
    this.#changed()
    this.#beginning()
    return this.#check.verdict(what)
  }

  #nameFits(name: string, place: string, record: AuditLine | undefined): void {
    const claimed = claimedFirst(name)
    if (record && claimed !== undefined && record.number !== claimed)
      this.#check.find(place, `begins with record ${record.number}, its name says ${claimed}`)
  }

  #record({ place, isEnded }: Line, record: AuditLine, isLastFile: boolean): void {
    if (!isEnded && !isLastFile) this.#check.find(place, 'has lost its end')
    this.#first ??= { number: record.number, hash: record.hash, before: record.before, place }
    if (record.what === tornWhat) this.#torn(place, record.details as TornDetails)
    else if (this.#doubtful) this.#changed(record)
    if (record.what === removedWhat)
      this.#removed = [...this.#removed, (record.details as RemovedDetails).last].slice(-8)
    this.#check.follow(place, record)
  }

  #torn(place: string, details: TornDetails): void {
    const cut = this.#doubtful
    this.#doubtful = undefined
    if (cut?.details.bytes === details.bytes && cut.details.sha256 === details.sha256)
      this.#check.note(`${cut.place}: cut short by a power cut or a full disk, as the next record says`)
    else this.#check.find(cut?.place ?? place, 'is not the cut line that the record after it tells of')
  }

  #other({ place, bytes, isEnded }: Line, isLastFile: boolean): void {
    if (this.#doubtful) this.#changed()
    if (!isEnded && isLastFile && this.#mayBeCut(bytes))
      this.#check.note(
        `${place}: not complete: power failed while it was written, or it is being written now`,
      )
    else this.#doubtful = { place, details: tornDetails(bytes) }
  }

  /** The beginning of the record that would come next; after a power cut a file may end in zeros. */
  #mayBeCut(bytes: Buffer): boolean {
    const said = bytes.subarray(0, bytes.findLastIndex(byte => byte !== 0) + 1)
    const last = this.#check.last()
    const expected = Buffer.from(last ? `{"number":${last.number + 1},` : '{"number":')
    const length = Math.min(said.length, expected.length)
    return (
      said.subarray(0, length).equals(expected.subarray(0, length)) &&
      recordIn(bytes.subarray(0, -1)) === undefined
    )
  }

  /** The doubtful line was a record once: one stood there, and `next` follows it. */
  #changed(next?: AuditLine): void {
    if (!this.#doubtful) return
    this.#check.find(this.#doubtful.place, 'is not what was written there')
    this.#isBeginningKnown ||= this.#check.last() === undefined
    this.#doubtful = undefined
    this.#check.skip(next?.before)
  }

  #beginning(): void {
    const first = this.#first
    if (!first || this.#isBeginningKnown || (first.number === 1 && first.before === chainStart)) return
    const older = first.number - 1
    if (this.#isPiece) this.#check.note(`begins after record ${older}, which is in another file`)
    else if (this.#removed.some(({ number, hash }) => number === older && hash === first.before))
      this.#check.note(`begins with record ${first.number}: older files were removed at the limit`)
    else this.#check.find(first.place, `the beginning is missing: records 1 to ${older}`)
  }
}

/** Lines of a file of any size; one that is too long to be ours is cut. */
async function* linesOf(fd: number): AsyncGenerator<{ bytes: Buffer; isEnded: boolean }> {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream('', { fd, autoClose: false, start: 0 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer])
    let from = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      yield { bytes: bytes.subarray(from, end), isEnded: true }
      from = end + 1
    }
    rest = Buffer.from(bytes.subarray(from, from + lineBytesMax + 1))
  }
  if (rest.length > 0) yield { bytes: rest, isEnded: false }
}
