import { Pool } from 'undici'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { second } from '#contract/units.ts'

export type InfluxAddress = {
  readonly url: string
  readonly database: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
}

export type Refused = { readonly status: number; readonly sentence: string; readonly retryAfterMs?: number }
/** What became of a write, after REQUIREMENTS' matrix of statuses. */
export type WriteVerdict =
  | { readonly verdict: 'kept' }
  /** Some or all rows are bad: 400, 422. The good ones may be kept already. */
  | ({ readonly verdict: 'badRows' } & Refused)
  | ({ readonly verdict: 'tooLarge' } & Refused)
  | ({ readonly verdict: 'noDatabase' } & Refused)
  /** 401, 403: a person must act. */
  | ({ readonly verdict: 'notAllowed' } & Refused)
  /** 429, 5xx, network: the same bytes again, later. */
  | ({ readonly verdict: 'later' } & Refused)

export type InfluxSeries = {
  readonly name: string
  readonly tags?: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly values: ReadonlyArray<ReadonlyArray<number | string | null>>
}

export type InfluxClient = {
  ping(): Promise<string>
  /** Line protocol with times in nanoseconds. Never rejects for what a server or network may do. */
  write(body: string): Promise<WriteVerdict>
  /** One list of series for each statement. Times come in microseconds: nanoseconds would not fit a JavaScript number. */
  query(influxql: string): Promise<ReadonlyArray<readonly InfluxSeries[]>>
  createDatabase(): Promise<void>
  /** How long the database keeps rows: InfluxDB 1.x only, later ones set it with their own tools. */
  retain(days: number): Promise<void>
  close(): Promise<void>
}

/** A server that has not answered a write for so long is taken as gone; the write is repeated with the same bytes. */
const writeLimitMs = 30 * second
/** A question that takes longer is too large for a screen or a report. */
const queryLimitMs = 10 * second
/** Two writes keep the server's parser and our encoder both busy; two more connections are for questions. */
const connectionsMax = 4
/** Retry-After beyond ten minutes is a mistake of a proxy's; unreadable means ten seconds. */
const retryAfterMaxMs = 600 * second

export function influxClient(address: InfluxAddress): InfluxClient {
  const base = new URL(address.url)
  const prefix = base.pathname.replace(/\/$/, '')
  const pool = new Pool(base.origin, {
    connections: connectionsMax,
    bodyTimeout: queryLimitMs,
    connect: { timeout: 5 * second },
  })
  const headers = authorization(address)
  const where = `${base.origin}${prefix}`

  const send = async (path: string, body: string, limits: { timeoutMs: number; type: string }) => {
    const response = await pool.request({
      method: 'POST',
      path: prefix + path,
      headers: { ...headers, 'content-type': limits.type },
      body,
      headersTimeout: limits.timeoutMs,
    })
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() }
  }

  const query = async (influxql: string) => {
    const form = new URLSearchParams({ db: address.database, epoch: 'u', q: influxql }).toString()
    const answer = await send('/query', form, {
      timeoutMs: queryLimitMs,
      type: 'application/x-www-form-urlencoded',
    }).catch(cause => {
      if (isTimeout(cause))
        throw new Failure(
          'QUERY_TOO_LARGE',
          `${where} did not answer within ${queryLimitMs / second} s: ask for a shorter range, wider buckets or fewer points`,
          { cause },
        )
      throw new Failure('STORE_UNREACHABLE', `${where} does not answer: ${sentenceOf(cause)}`, {
        retry: true,
        cause,
      })
    })
    const refusal = answer.status === 200 ? '' : errorIn(answer.text)
    if (answer.status >= 500)
      throw new Failure('STORE_UNREACHABLE', `${where} answered ${answer.status}: ${refusal}`, {
        retry: true,
      })
    if (answer.status !== 200)
      throw new Failure('STORE_REJECTED', `${where} refused a question with ${answer.status}: ${refusal}`)
    return resultsOf(answer.text, where)
  }

  return {
    ping: async () => {
      const response = await pool
        .request({ method: 'GET', path: `${prefix}/ping`, headers, headersTimeout: 5 * second })
        .catch(cause => {
          throw new Failure(
            'STORE_UNREACHABLE',
            `no InfluxDB answers at ${where}: ${sentenceOf(cause)}; start it or correct the address`,
            { retry: true, cause },
          )
        })
      await response.body.dump()
      if (response.statusCode >= 300)
        throw new Failure(
          'STORE_UNREACHABLE',
          `${where}/ping answered ${response.statusCode} instead of 204: is that an InfluxDB?`,
          { retry: true },
        )
      return String(response.headers['x-influxdb-version'] ?? 'unknown')
    },
    write: async body => {
      const path = `/write?db=${encodeURIComponent(address.database)}&precision=ns`
      try {
        const answer = await send(path, body, { timeoutMs: writeLimitMs, type: 'text/plain; charset=utf-8' })
        return verdictOf(answer.status, errorIn(answer.text), retryAfterMs(answer.headers['retry-after']))
      } catch (cause) {
        return { verdict: 'later', status: 0, sentence: `${where} does not answer: ${sentenceOf(cause)}` }
      }
    },
    query,
    createDatabase: async () => {
      if (!/^[A-Za-z0-9_-]{1,60}$/.test(address.database))
        throw new Failure(
          'CONFIG_INVALID',
          `"${address.database}" is not a database name: letters, digits, _ and - are allowed`,
        )
      await query(`CREATE DATABASE "${address.database}"`)
    },
    retain: async days => {
      await query(`ALTER RETENTION POLICY "autogen" ON "${address.database}" DURATION ${days}d DEFAULT`)
    },
    close: () => pool.close(),
  }
}

export function verdictOf(status: number, sentence: string, retryAfter?: number): WriteVerdict {
  const refused: Refused = {
    status,
    sentence,
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
  }
  if (status >= 200 && status < 300) return { verdict: 'kept' }
  if (status === 401 || status === 403) return { verdict: 'notAllowed', ...refused }
  if (status === 404) return { verdict: 'noDatabase', ...refused }
  if (status === 413) return { verdict: 'tooLarge', ...refused }
  if (status === 429 || status >= 500) return { verdict: 'later', ...refused }
  return { verdict: 'badRows', ...refused }
}

export function retryAfterMs(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined
  const seconds = Number(Array.isArray(header) ? header[0] : header)
  // A date would need a wall clock that agrees with the server's: treated as unreadable.
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * second, retryAfterMaxMs) : 10 * second
}

function authorization(address: InfluxAddress): Record<string, string> {
  if (address.token) return { authorization: `Token ${address.token}` }
  if (!address.username) return {}
  return {
    authorization: `Basic ${Buffer.from(`${address.username}:${address.password ?? ''}`).toString('base64')}`,
  }
}

const isTimeout = (cause: unknown): boolean => cause instanceof Error && /timeout/i.test(cause.name)

function errorIn(text: string): string {
  // A write that was taken is answered with nothing at all.
  if (text === '') return ''
  try {
    const body = JSON.parse(text) as { error?: unknown; message?: unknown }
    return String(body.error ?? body.message ?? '')
  } catch {
    // Proxies answer in HTML: its first line must do.
    return text.split('\n', 1)[0]?.slice(0, 200) ?? ''
  }
}

function resultsOf(text: string, where: string): InfluxSeries[][] {
  const body = JSON.parse(text) as { results?: Array<{ series?: InfluxSeries[]; error?: string }> }
  return (body.results ?? []).map(result => {
    if (result.error) throw new Failure('STORE_REJECTED', `${where} refused a question: ${result.error}`)
    return result.series ?? []
  })
}
