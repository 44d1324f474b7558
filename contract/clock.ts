import type { DurationMs, Millis } from '#contract/units.ts'

/**
 * Two clocks. Site time stamps samples, leases, ramps, alarm delays, energy and plans; machine time (monotonic) paces
 * keep-alive, reconnect, acknowledgement, heartbeat, watchdog, debounce and deadlines.
 */
export type Clock = {
  /** Site time in ms since 1970 UTC. */
  siteNow(): Millis
  /** Monotonic machine time in ms; only differences mean anything. */
  machineNow(): DurationMs
  /** The machine's wall clock in ms since 1970 UTC. */
  wallNow(): Millis
  /** Site seconds per machine second; 1 on a real site. */
  readonly speed: number
}

/**
 * Site time = startAt + speed × wall time since anchorAt, held at startAt before the anchor and at endAt after the end.
 * Every process of a run is given the same anchor.
 */
export type SiteTime = {
  readonly startAt: Millis
  readonly anchorAt: Millis
  readonly speed: number
  readonly endAt?: Millis
}

export function siteTimeAt(time: SiteTime, wallAt: Millis): Millis {
  const elapsed = Math.max(0, wallAt - time.anchorAt)
  // An accelerated run never passes the wall clock: a store hides points from its future.
  const ceiling = time.speed > 1 ? Math.max(time.startAt, wallAt) : Number.POSITIVE_INFINITY
  const now = Math.min(time.startAt + elapsed * time.speed, ceiling)
  return time.endAt === undefined ? now : Math.min(now, time.endAt)
}

/** The clock of a running process. Without `time`, site time is wall time: a real site. */
export function systemClock(time?: SiteTime): Clock {
  return {
    siteNow: () => (time ? siteTimeAt(time, Date.now()) : Date.now()),
    machineNow: () => performance.now(),
    wallNow: () => Date.now(),
    speed: time?.speed ?? 1,
  }
}

/** A clock that stands still until a test moves it. `advance` moves machine time; site time follows at `speed`. */
export function virtualClock(options: { startAt?: Millis; speed?: number } = {}): Clock & {
  advance(machineMs: DurationMs): void
  stepWall(byMs: DurationMs): void
} {
  const startAt = options.startAt ?? Date.UTC(2025, 6, 1)
  const speed = options.speed ?? 1
  let machineMs = 0
  let wallOffsetMs = 0
  return {
    siteNow: () => startAt + machineMs * speed,
    machineNow: () => machineMs,
    wallNow: () => startAt + machineMs + wallOffsetMs,
    speed,
    advance: ms => {
      machineMs += ms
    },
    stepWall: ms => {
      wallOffsetMs += ms
    },
  }
}

/** A limit on age or skew, in site time: the stated duration, but never tighter than 2 s of wall time. */
export const siteLimitMs = (clock: Clock, statedMs: DurationMs): DurationMs =>
  Math.max(statedMs, 2_000 * clock.speed)
