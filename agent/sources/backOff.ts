import type { DurationMs } from '#contract/units.ts'

export type BackOff = {
  /** How long to wait before the next try. */
  next(): DurationMs
  /** The path has been steady: the next wait is short again. */
  reset(): void
}

/** A path that stood this long counts as mended; a shorter one keeps its long waits, so that a flapping one stays rare. */
export const steadyMs = 60_000

/**
 * Waits spread at random between half of `firstMs` and a window that doubles up to `capMs`: fifty agents that lost one
 * broker together do not come back together. With 500 ms and 30 s the windows are 0.5, 1, 2, 4, 8, 16, 30 s.
 */
export function jitteredBackOff(options: {
  readonly firstMs: DurationMs
  readonly capMs: DurationMs
  readonly random: () => number
}): BackOff {
  let windowMs = options.firstMs
  return {
    next: () => {
      const waitMs = Math.max(options.firstMs / 2, options.random() * windowMs)
      windowMs = Math.min(options.capMs, windowMs * 2)
      return waitMs
    },
    reset: () => {
      windowMs = options.firstMs
    },
  }
}
