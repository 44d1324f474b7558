import { normalAt } from '#simulators/plant/chance.ts'
import { hoursOfYear } from '#simulators/weather/weather.ts'

/** Series of 8,760 hourly values: monthly means, and noise that joins the end of December to the beginning of January. */

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** First row of each month, and the end of the year. */
export const monthStarts: readonly number[] = Array.from(
  { length: 13 },
  (_, month) => 24 * daysOfMonth.slice(0, month).reduce((sum, days) => sum + days, 0),
)

export const monthlyMeans = (series: Float64Array): number[] =>
  daysOfMonth.map((days, month) => {
    let sum = 0
    for (let row = monthStarts[month]!; row < monthStarts[month + 1]!; row++) sum += series[row]!
    return sum / (days * 24)
  })

/** Value of a line through twelve values that stand at mid-month. */
export function monthlyLineAt(values: readonly number[], row: number): number {
  const place = row / (hoursOfYear / 12) - 0.5
  const month = Math.floor(place)
  const share = place - month
  return values[(month + 12) % 12]! * (1 - share) + values[(month + 13) % 12]! * share
}

/** Bends a series by a line through the months until its monthly means are those asked for, within 0.01. */
export function bentTo(
  means: readonly number[],
  series: Float64Array,
  cap?: { series: Float64Array },
): Float64Array {
  const raw = Float64Array.from(series)
  const capped = () => (cap ? raw.map((value, row) => Math.min(value, cap.series[row]!)) : raw)
  let bent = capped()
  // A line that misses by e in one month leaves about e / 4 for the next turn: 0.01 from 20 K takes six.
  for (let turn = 0; turn < 12; turn++) {
    const misses = monthlyMeans(bent).map((mean, month) => means[month]! - mean)
    if (misses.every(miss => Math.abs(miss) < 0.01)) break
    for (let row = 0; row < hoursOfYear; row++) raw[row]! += monthlyLineAt(misses, row)
    bent = capped()
  }
  return bent
}

/**
 * Weather systems, mean 0 in every month and variance 1 over the year. Two thirds are a damped wave driven by noise (fronts
 * that last 55 h and come every 11 days), one third forgets itself in 14 h. So days hang together by about 0.6, 0.3 and 0.1
 * after one, two and three days, as they do in typical-year files.
 */
export function fronts(hash: number): Float64Array {
  const decay = Math.exp(-1 / 55)
  const first = 2 * decay * Math.cos((2 * Math.PI) / 270)
  const second = decay * decay
  let before = 0
  let last = 0
  const wave = unitVariance(
    drivenBy(hash, noise => {
      const next = first * last - second * before + noise
      before = last
      last = next
      return next
    }),
  )
  const quick = gusts(hash ^ 0x9d, 14)
  const mixed = wave.map((value, row) => Math.sqrt(0.65) * value + Math.sqrt(0.35) * quick[row]!)
  return unitVariance(bentTo(new Array(12).fill(0), mixed))
}

/** Clouds, showers, gusts: noise that forgets itself in some hours, variance 1. */
export function gusts(hash: number, forgetsHours: number): Float64Array {
  const decay = Math.exp(-1 / forgetsHours)
  let last = 0
  return unitVariance(
    drivenBy(hash, noise => {
      last = decay * last + noise
      return last
    }),
  )
}

/** Runs a filter over the year's noise; the last 30 days are lived before the first, so that the year closes on itself. */
function drivenBy(hash: number, next: (noise: number) => number): Float64Array {
  const series = new Float64Array(hoursOfYear)
  for (let row = -720; row < hoursOfYear; row++) {
    const value = next(normalAt(hash, (row + hoursOfYear) % hoursOfYear))
    if (row >= 0) series[row] = value
  }
  return series
}

function unitVariance(series: Float64Array): Float64Array {
  const spread = Math.sqrt(series.reduce((sum, value) => sum + value * value, 0) / series.length)
  return series.map(value => value / spread)
}
