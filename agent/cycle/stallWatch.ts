import type { DurationMs } from '#contract/units.ts'

/** How often the event loop is asked for a sign of life. */
export const stallLookEveryMs = 250
/** CS-13: beyond 2 s a leak would wait longer than protection may. Half of it is already worth a warning. */
const stallMs = 1_000

export type Stalls = { readonly count: number; readonly longestMs: DurationMs; readonly lastMs: DurationMs }

/**
 * Notices that the event loop stood still: a timer that comes a second late was kept waiting by work, by a collector or by
 * a machine that gave this process no time. Only noticed afterwards; who must be noticed while it stands watches from
 * another process, as a device does with the watchdog bit.
 */
export class StallWatch {
  #lookedMs: DurationMs
  #stalls: Stalls = { count: 0, longestMs: 0, lastMs: 0 }

  constructor(machineMs: DurationMs) {
    this.#lookedMs = machineMs
  }

  /** How long it stood still since the last look; undefined: it did not. */
  look(machineMs: DurationMs): DurationMs | undefined {
    const lateMs = machineMs - this.#lookedMs - stallLookEveryMs
    this.#lookedMs = machineMs
    if (lateMs < stallMs) return undefined
    const { count, longestMs } = this.#stalls
    this.#stalls = { count: count + 1, longestMs: Math.max(longestMs, lateMs), lastMs: lateMs }
    return lateMs
  }

  get stalls(): Stalls {
    return this.#stalls
  }
}
