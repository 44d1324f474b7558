import { createHash } from 'node:crypto'

/**
 * Records that cannot be changed unseen: each carries the hash of the one before, and its own hash covers every byte of
 * it. The hash has no key: who can write the whole file can make another whole chain. That shows against the number and
 * hash of the last record noted elsewhere, which the check therefore says.
 */
export const chainStart = '0'.repeat(64)

export const hashOfText = (text: string | Uint8Array): string =>
  createHash('sha256').update(text).digest('hex')

/** `body` is the record without its hash, `before` included. */
export const linkHash = (body: object): string => hashOfText(JSON.stringify(body))

/** Where a chain stands. */
export type Link = { readonly number: number; readonly hash: string }
export const beforeFirst: Link = { number: 0, hash: chainStart }

export type AuditFinding = { readonly place: string; readonly sentence: string }

export type AuditVerdict = {
  readonly what: string
  readonly records: number
  readonly last: Link
  /** Anything here means that somebody, or a broken disk, has touched the record. */
  readonly findings: readonly AuditFinding[]
  /** Findings beyond those named. */
  readonly more: number
  /** What a reader should know and nobody has to answer for. */
  readonly notes: readonly string[]
}

/** Findings named one by one; a file of other bytes would otherwise have as many as lines. */
const findingsMax = 20

/** Collects what a check finds. */
export class AuditCheck {
  readonly #findings: AuditFinding[] = []
  readonly #notes: string[] = []
  #more = 0
  #records = 0
  #last: Link | undefined

  find(place: string, sentence: string): void {
    if (this.#findings.length < findingsMax) this.#findings.push({ place, sentence })
    else this.#more += 1
  }
  note(sentence: string): void {
    this.#notes.push(sentence)
  }
  /** The next record of the chain, whose own hash fits; says where it does not follow the one before. */
  follow(place: string, record: Link & { readonly before: string }): void {
    const last = this.#last
    this.#records += 1
    this.#last = { number: record.number, hash: record.hash }
    if (!last) return
    if (record.number !== last.number + 1) this.find(place, sequenceSentence(last.number, record.number))
    else if (record.before !== last.hash)
      this.find(place, `record ${record.number} does not follow record ${last.number} as it stands there`)
  }
  /** One record stands here that cannot be believed; the next says what it was followed by. */
  skip(hash = ''): void {
    if (this.#last) this.#last = { number: this.#last.number + 1, hash }
  }
  last(): Link | undefined {
    return this.#last
  }
  verdict(what: string): AuditVerdict {
    return {
      what,
      records: this.#records,
      last: this.#last ?? beforeFirst,
      findings: this.#findings,
      more: this.#more,
      notes: this.#notes,
    }
  }
}

function sequenceSentence(before: number, number: number): string {
  if (number <= before) return `record ${number} stands after record ${before}: moved, or put in twice`
  const first = before + 1
  const gone = first === number - 1 ? `record ${first} is` : `records ${first} to ${number - 1} are`
  return `${gone} missing before record ${number}`
}

export function verdictText(verdict: AuditVerdict): string {
  const { what, records, last, findings, more, notes } = verdict
  const lines = findings.map(({ place, sentence }) => `${place}: ${sentence}`)
  if (more > 0) lines.push(`and ${more} more`)
  lines.push(...notes)
  const count = findings.length + more
  lines.push(
    count > 0
      ? `${what}: TAMPERED: ${count} ${count === 1 ? 'place' : 'places'} in ${records} records`
      : records === 0
        ? `${what}: holds no record`
        : `${what}: fine: ${records} records, the last is ${last.number} with hash ${last.hash}`,
  )
  return lines.join('\n')
}

/** 0 fine, 1 tampered. */
export const verdictExit = ({ findings }: AuditVerdict): number => (findings.length > 0 ? 1 : 0)
