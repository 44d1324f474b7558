import type { DurationMs } from '#contract/units.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'

/** Fewer good readings than this share make no mean. */
const knownShareLeast = 0.5

/** Rows in the order of time, cut at whole multiples of the span. */
export function spansOf(rows: readonly TelemetryRow[], spanMs: DurationMs): TelemetryRow[][] {
  const spans: TelemetryRow[][] = []
  let number = Number.NaN
  for (const row of rows) {
    const own = Math.floor(row.at / spanMs)
    if (own !== number) spans.push([])
    number = own
    spans.at(-1)?.push(row)
  }
  return spans
}

/** Mean of each column; NaN where less than half of the rows know it. */
export function meanOf(rows: readonly TelemetryRow[], columns: number): TelemetryRow {
  const values = Float64Array.from({ length: columns }, (_, column) => {
    let sum = 0
    let known = 0
    for (const row of rows) {
      const value = row.values[column] as number
      if (!Number.isFinite(value)) continue
      sum += value
      known++
    }
    return known > 0 && known >= knownShareLeast * rows.length ? sum / known : Number.NaN
  })
  return { at: (rows[0] as TelemetryRow).at, values }
}

/** Change per second from the mean of the first half to that of the second: steadier than from first row to last. */
export function changePerS(span: readonly TelemetryRow[], column: number | undefined): number {
  const middle = Math.floor(span.length / 2)
  if (column === undefined || middle === 0) return Number.NaN
  const [early, late] = [span.slice(0, middle), span.slice(middle)]
  const mean = (rows: readonly TelemetryRow[], of: (row: TelemetryRow) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length
  const passedS = (mean(late, row => row.at) - mean(early, row => row.at)) / 1000
  const value = (row: TelemetryRow) => row.values[column] as number
  return (mean(late, value) - mean(early, value)) / passedS
}

/** What lies further from its setpoint, or takes nearly all that fans or valve can give, is not held. */
const heldWithinK = 1
const heldReachPercent = 95

/**
 * What a sensor shows above its setpoint while the loop holds it: the middle of the spans. A plan is made of setpoints, and what
 * lies between setpoint and sensor is the sensor's error. 0 where no span was held.
 */
export function heldOffset(
  spans: ReadonlyArray<{ readonly aboveK: number; readonly reachPercent: number }>,
): number {
  const held = spans
    .filter(({ aboveK, reachPercent }) => Math.abs(aboveK) < heldWithinK && reachPercent < heldReachPercent)
    .map(({ aboveK }) => aboveK)
    .sort((a, b) => a - b)
  return held[Math.floor(held.length / 2)] ?? 0
}
