import { Failure } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'

/** The promise's value, or a DEADLINE_PASSED failure after `limitMs` of machine time. The work itself is not stopped. */
export async function within<T>(limitMs: DurationMs, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Failure('DEADLINE_PASSED', `${what} did not answer within ${limitMs} ms`, { retry: true }),
        ),
      limitMs,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A wait that can be cut short; never keeps the process alive. */
export type Wait = { readonly over: Promise<void>; cut(): void }

export function waitFor(durationMs: DurationMs): Wait {
  let finish: () => void = () => undefined
  const over = new Promise<void>(resolve => {
    finish = resolve
  })
  const timer = setTimeout(finish, durationMs).unref()
  return {
    over,
    cut: () => {
      clearTimeout(timer)
      finish()
    },
  }
}

/** Waits for the work, but not longer than `limitMs`. */
export async function atMost(limitMs: DurationMs, work: Promise<void>): Promise<void> {
  const limit = waitFor(limitMs)
  await Promise.race([work, limit.over])
  limit.cut()
}
