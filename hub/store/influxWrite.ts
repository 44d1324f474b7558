import { Failure } from '#contract/failure.ts'
import { second } from '#contract/units.ts'
import type { InfluxClient, Refused } from '#hub/store/influxClient.ts'

/** The servers' own advice; with wide rows about 1 MB, far below the 25 MB that InfluxDB 1.x takes at most. */
export const linesPerWriteMax = 5_000
/** Writes under way at once: the server parses one while we encode and send the next. */
const writesAtOnceMax = 2
/**
 * Tries before the caller hears of it. Waits double from 1 s: about 7 s in all. The caller acknowledges nothing then,
 * so the agents keep the data and send it again; the hub itself never has to hold more than what is under way.
 */
const triesMax = 4

export type WriteParts = {
  readonly client: InfluxClient
  /** A row that the server will never take, with its reason. */
  readonly quarantine: (line: string, why: string) => void
  /** Full jitter, so that several hubs do not come back together. */
  readonly random: () => number
  readonly wait: (ms: number) => Promise<void>
}

/**
 * All rows are in the database when this resolves, but for quarantined ones. Rejects with a STORE_* failure. A body is
 * taken from `bodies` only when it is its turn: the server parses one while the next is made, and no more wait in memory.
 */
export async function writeBodies(parts: WriteParts, bodies: Iterable<string>): Promise<void> {
  const waiting = bodies[Symbol.iterator]()
  const work = async () => {
    try {
      for (let next = waiting.next(); !next.done; next = waiting.next()) await writeBody(parts, next.value)
    } catch (cause) {
      // The other writer ends with the body that it has.
      waiting.return?.()
      throw cause
    }
  }
  await Promise.all(Array.from({ length: writesAtOnceMax }, work))
}

/** Cuts lines into bodies. Each becomes one flat text at once, so that its pieces are gone before the next is made. */
export function* bodiesOf(lines: Iterable<readonly string[]>): Generator<string> {
  let body: string[] = []
  for (const some of lines)
    for (const line of some) {
      body.push(line)
      if (body.length < linesPerWriteMax) continue
      yield body.join('\n')
      body = []
    }
  if (body.length > 0) yield body.join('\n')
}

async function writeBody(parts: WriteParts, body: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await parts.client.write(body)
    switch (answer.verdict) {
      case 'kept':
        return
      case 'badRows':
      case 'tooLarge':
        return halve(parts, body.split('\n'), answer)
      case 'notAllowed':
        throw new Failure(
          'STORE_REJECTED',
          `InfluxDB does not let us write (${answer.status}: ${answer.sentence}): check user, password or token`,
          { retry: true },
        )
      case 'noDatabase':
        if (attempt >= triesMax)
          throw new Failure('STORE_REJECTED', `InfluxDB has no such database: ${answer.sentence}`, {
            retry: true,
          })
        await parts.client.createDatabase()
        break
      case 'later':
        if (attempt >= triesMax)
          throw new Failure(
            'STORE_UNREACHABLE',
            `${answer.sentence || `InfluxDB answered ${answer.status}`}; tried ${attempt} times`,
            { retry: true },
          )
        await parts.wait(answer.retryAfterMs ?? parts.random() * second * 2 ** (attempt - 1))
    }
  }
}

/**
 * A server keeps the good rows of a refused body and does not say which were bad (InfluxDB 1.6 even reports dropped=0):
 * halving finds each bad row in 13 writes of 5,000 rows, and rewriting good rows changes nothing.
 */
async function halve(parts: WriteParts, lines: readonly string[], refused: Refused): Promise<void> {
  if (lines.length === 1) {
    parts.quarantine(lines[0] as string, `${refused.status}: ${refused.sentence}`)
    return
  }
  const middle = lines.length >> 1
  await writeBody(parts, lines.slice(0, middle).join('\n'))
  await writeBody(parts, lines.slice(middle).join('\n'))
}
