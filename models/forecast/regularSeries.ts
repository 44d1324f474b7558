import { type DurationMs, day, type Millis } from '#contract/units.ts'

/** Rows of equal step: row i stands at `startAt` + i × `stepMs`. NaN is missing and is never filled in. */
export type RegularSeries = {
  readonly startAt: Millis
  readonly stepMs: DurationMs
  readonly values: ArrayLike<number>
}

/** What is to be foretold: the mean or the highest of the last `windowRows` rows up to the one `leadRows` after the origin. */
export type Target = {
  readonly leadRows: number
  /** 1: the single row `leadRows` ahead. */
  readonly windowRows: number
  readonly of: 'mean' | 'highest'
}

/** The value at a row `leadMs` ahead. */
export const valueAhead = (leadMs: DurationMs, stepMs: DurationMs): Target => ({
  leadRows: Math.max(1, Math.round(leadMs / stepMs)),
  windowRows: 1,
  of: 'mean',
})

/** Rows of a day; undefined where the step does not divide it, and no row stands at the same clock time a day later. */
export function rowsPerDayOf(stepMs: DurationMs): number | undefined {
  const rows = Math.round(day / stepMs)
  return rows > 1 && Math.abs(rows * stepMs - day) < stepMs / 100 ? rows : undefined
}

/** The shortest whole number of periods that reaches from a target back to a row known at the origin. */
export const periodsBack = (target: Target, periodRows: number): number =>
  Math.ceil(target.leadRows / periodRows)

/** A window counts when at least this share of its rows is known. */
const knownShareNeeded = 0.5

/** A series with running sums, so that the mean of any window costs the same. */
export type Ledger = {
  readonly series: RegularSeries
  readonly rows: number
  /** Value of a row; NaN when missing or outside. */
  valueAt(row: number): number
  /** Mean of the known rows from `from` up to but without `to`; NaN when fewer than half of them are known. */
  meanOf(from: number, to: number): number
}

export function ledgerOf(series: RegularSeries): Ledger {
  const rows = series.values.length
  const sums = new Float64Array(rows + 1)
  const counts = new Float64Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    const value = series.values[row] as number
    const known = Number.isFinite(value)
    sums[row + 1] = (sums[row] as number) + (known ? value : 0)
    counts[row + 1] = (counts[row] as number) + (known ? 1 : 0)
  }
  const valueAt = (row: number) => (row >= 0 && row < rows ? (series.values[row] as number) : Number.NaN)
  return {
    series,
    rows,
    valueAt,
    meanOf(from, to) {
      if (to === from + 1) return valueAt(from)
      const first = Math.max(0, from)
      const end = Math.min(rows, to)
      if (end <= first) return Number.NaN
      const known = (counts[end] as number) - (counts[first] as number)
      return known >= knownShareNeeded * (to - from)
        ? ((sums[end] as number) - (sums[first] as number)) / known
        : Number.NaN
    },
  }
}

/** What the target was in truth, or was one season ago when `shiftRows` is negative; NaN when it is not known. */
export function truthOf(ledger: Ledger, target: Target, origin: number, shiftRows = 0): number {
  const end = origin + target.leadRows + shiftRows + 1
  const mean = ledger.meanOf(end - target.windowRows, end)
  if (target.of === 'mean' || !Number.isFinite(mean)) return mean
  let highest = Number.NEGATIVE_INFINITY
  for (let row = end - target.windowRows; row < end; row++) {
    const value = ledger.valueAt(row)
    if (value > highest) highest = value
  }
  return highest
}

/** What the target's last complete window showed: what persistence says. */
export const standingOf = (ledger: Ledger, target: Target, origin: number): number =>
  target.of === 'highest' ? truthOf(ledger, target, origin, -target.leadRows) : ledger.valueAt(origin)

const goldenRatio = 0.618_033_988_749_895

/**
 * Rows with a value from `from` up to but without `to`, thinned to about `most`. A row stays by the fraction of its multiple of
 * the golden ratio: evenly spread, and no clock time is passed over as a fixed stride would.
 */
export function knownRows(ledger: Ledger, from: number, to: number, most: number): number[] {
  const first = Math.max(0, from)
  const share = most / Math.max(1, to - first)
  const rows: number[] = []
  for (let row = first; row < to; row++)
    if ((row * goldenRatio) % 1 < share && Number.isFinite(ledger.valueAt(row))) rows.push(row)
  return rows
}
