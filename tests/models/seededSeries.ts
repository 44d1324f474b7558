import { hour } from '#contract/units.ts'
import type { RegularSeries } from '#models/forecast/regularSeries.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'

/** Monday 6 January 2025, UTC. */
const startAt = Date.UTC(2025, 0, 6)

/** Rows made one after the other by `next`, which is given the row, the value before and a standard normal number. */
export function seededSeries(
  rows: number,
  seed: number,
  next: (row: number, before: number, normal: number) => number,
): RegularSeries {
  const random = seededRandom(seed)
  const values = new Float64Array(rows)
  let before = 0
  for (let row = 0; row < rows; row++) before = values[row] = next(row, before, seededNormal(random))
  return { startAt, stepMs: hour, values }
}

/** A day's swing of ±40 about 300, in hourly rows. */
export const daySwing = (row: number): number => 300 + 40 * Math.sin((2 * Math.PI * row) / 24)

/** The swing of a day with noise that keeps 0.7 of itself from hour to hour. */
export function noisyDays(rows: number, seed: number): RegularSeries {
  const noise = seededSeries(rows, seed, (_, before, normal) => 0.7 * before + 5 * normal)
  return { ...noise, values: Float64Array.from(noise.values, (value, row) => value + daySwing(row)) }
}
