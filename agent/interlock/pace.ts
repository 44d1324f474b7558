import type { DurationMs } from '#contract/units.ts'

/**
 * Waits of a sequence in machine time. On a real site they are as stated; in an accelerated run they shrink with the
 * site's speed, but a confirmation still has 2 s to come back over the wire and two closures stay 250 ms apart.
 */
export const confirmWaitMs = (statedMs: DurationMs, speed: number): DurationMs =>
  Math.max(statedMs / speed, Math.min(statedMs, 2_000))

export const paceWaitMs = (statedMs: DurationMs, speed: number): DurationMs =>
  Math.max(statedMs / speed, Math.min(statedMs, 250))
