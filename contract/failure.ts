/**
 * Expected trouble: a code from this table, a sentence that says what, where and what is allowed, and whether trying
 * again may help. Broken invariants are not failures: they throw an Error at once.
 */
export const failureCodes = {
  CONFIG_INVALID: {
    exit: 2,
    http: 400,
    meaning: 'a configuration, argument or file does not hold what is allowed there',
  },
  SITE_UNKNOWN: { exit: 2, http: 404, meaning: 'no site of that name' },
  WEATHER_INVALID: { exit: 2, http: 400, meaning: 'a weather file cannot be used' },
  LOAD_INVALID: { exit: 2, http: 400, meaning: 'a load file cannot be used' },
  PORT_IN_USE: { exit: 2, http: 500, meaning: 'another process listens there' },
  STORE_UNREACHABLE: { exit: 2, http: 503, meaning: 'the time-series store does not answer' },
  STORE_REJECTED: { exit: 2, http: 500, meaning: 'the time-series store refused a write or query' },
  STORE_BUSY: { exit: 2, http: 503, meaning: 'another process owns the embedded store' },
  SOURCE_UNREACHABLE: { exit: 2, http: 503, meaning: 'a field device or broker does not answer' },
  SOURCE_REFUSED: { exit: 2, http: 503, meaning: 'a field device or broker refused the connection' },
  BROKER_UNREACHABLE: { exit: 2, http: 503, meaning: 'the uplink broker does not answer' },
  OUTBOX_UNAVAILABLE: { exit: 2, http: 503, meaning: 'the outbox on disk cannot be written' },
  OUTBOX_LOCKED: { exit: 2, http: 500, meaning: 'another agent owns this data folder' },
  MESSAGE_INVALID: {
    exit: 2,
    http: 400,
    meaning: 'a message cannot be decoded or has no place in the catalogue',
  },
  LEASE_REFUSED: { exit: 2, http: 409, meaning: 'the agent refused a setpoint' },
  QUERY_INVALID: { exit: 2, http: 400, meaning: 'a question to the store is not allowed' },
  QUERY_TOO_LARGE: { exit: 2, http: 413, meaning: 'a question to the store would return too much' },
  NOT_FOUND: { exit: 2, http: 404, meaning: 'no such thing' },
  NOT_ALLOWED: { exit: 2, http: 403, meaning: 'this role may not do that' },
  NOT_SIGNED_IN: { exit: 2, http: 401, meaning: 'a token is needed' },
  CONFLICT: { exit: 2, http: 409, meaning: 'the state of the thing does not allow this now' },
  CHILD_FAILED: { exit: 1, http: 500, meaning: 'a process that this one depends on ended' },
  DEADLINE_PASSED: { exit: 1, http: 503, meaning: 'work was not done in its time' },
} as const

export type FailureCode = keyof typeof failureCodes

export class Failure extends Error {
  readonly code: FailureCode
  readonly retry: boolean

  constructor(code: FailureCode, sentence: string, options: { retry?: boolean; cause?: unknown } = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.retry = options.retry ?? false
  }
}

export const isFailure = (error: unknown): error is Failure => error instanceof Failure

/** The sentence of any error, for a log line or a person. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
