import type { Ledger, Target } from '#models/forecast/regularSeries.ts'

/**
 * Exponential smoothing: level, damped trend and a profile by the clock (Holt and Winters, additive, the trend damped after
 * Gardner and McKenzie 1985). A missing row changes nothing but the clock.
 */
export type Smoothing = {
  /** Share of a new error that moves the level, per row. */
  readonly level: number
  /** Share that moves the trend; 0 has no trend. */
  readonly trend: number
  /** What is left of the trend a row later, below 1. */
  readonly damping: number
  /** Share that moves the profile; 0 has no profile. */
  readonly profile: number
  /** Rows of the profile: a day or a week. */
  readonly periodRows: number
}

/** Level, trend and profile after every row. */
export type SmoothedPath = {
  readonly levels: Float64Array
  readonly trends: Float64Array
  /** The profile's value for the clock time of a row, after that row. */
  readonly profiles: Float64Array
}

export function smooth(ledger: Ledger, by: Smoothing): SmoothedPath {
  const { rows } = ledger
  const path: SmoothedPath = {
    levels: new Float64Array(rows).fill(Number.NaN),
    trends: new Float64Array(rows),
    profiles: new Float64Array(rows),
  }
  const hasProfile = by.profile > 0
  let level = Number.NaN
  let trend = 0
  for (let row = 0; row < rows; row++) {
    const value = ledger.valueAt(row)
    let profile = hasProfile && row >= by.periodRows ? (path.profiles[row - by.periodRows] as number) : 0
    if (Number.isNaN(level)) level = value
    else {
      const carried = by.damping * trend
      level += carried
      trend = carried
      if (Number.isFinite(value)) {
        const error = value - level - profile
        level += by.level * error
        trend += by.level * by.trend * error
        if (hasProfile) profile += by.profile * error
      }
    }
    path.levels[row] = level
    path.trends[row] = trend
    path.profiles[row] = profile
  }
  return path
}

/** What the path says at `origin` for the middle of the target's window and its clock time. */
export function projected(path: SmoothedPath, by: Smoothing, target: Target, origin: number): number {
  const middle = target.leadRows - (target.windowRows - 1) / 2
  const { damping } = by
  const trendRows = (damping * (1 - damping ** middle)) / (1 - damping)
  return (
    (path.levels[origin] as number) +
    trendRows * (path.trends[origin] as number) +
    (by.profile > 0 ? profileOver(path, by, target, origin) : 0)
  )
}

function profileOver(path: SmoothedPath, by: Smoothing, target: Target, origin: number): number {
  let sum = 0
  for (let ahead = target.leadRows - target.windowRows + 1; ahead <= target.leadRows; ahead++) {
    // Never from the future: the same clock time in the newest period that is known.
    const row = origin + ahead - Math.ceil(ahead / by.periodRows) * by.periodRows
    sum += row >= 0 ? (path.profiles[row] as number) : 0
  }
  return sum / target.windowRows
}

/** Combinations tried on the history before any origin that is judged. Row shares suit steps from seconds to hours. */
export function smoothingsFor(periods: readonly number[]): Smoothing[] {
  const plain = [0.03, 0.1, 0.3, 0.6, 0.9].map(level => ({
    level,
    trend: 0,
    damping: 0,
    profile: 0,
    periodRows: 1,
  }))
  const damped = [0.3, 0.8].flatMap(level =>
    [0.05, 0.3].flatMap(trend =>
      [0.8, 0.95].map(damping => ({ level, trend, damping, profile: 0, periodRows: 1 })),
    ),
  )
  const clocked = periods.flatMap(periodRows =>
    [0.1, 0.4, 0.9].flatMap(level =>
      [0.05, 0.2].map(profile => ({ level, trend: 0, damping: 0, profile, periodRows })),
    ),
  )
  return [...plain, ...damped, ...clocked]
}
