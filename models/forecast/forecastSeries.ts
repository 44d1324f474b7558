/**
 * What the coming hour will be like, from five-minute means. Every method is judged by rolling origin on the history itself
 * and reported against persistence; one without skill is not used.
 */
export const forecastMethods = ['persistence', 'hourMean', 'smoothed', 'dampedTrend'] as const
export type ForecastMethod = (typeof forecastMethods)[number]

export type SeriesForecast = {
  /** Mean over the horizon. */
  readonly value: number
  readonly method: ForecastMethod
  /** Mean absolute error of that method over the history, in the series' unit; null with too little history to measure. */
  readonly meanAbsoluteError: number | null
  readonly persistenceError: number | null
}

/** One hour of five-minute rows. */
const rowsPerHour = 12
/** A method must beat persistence by this share to replace it: less is chance. */
const skillNeeded = 0.05
/** Fewer origins than this measure luck. */
const originsNeeded = 12

/** Forecast of the mean over `horizonRows` rows; values may hold NaN, which are passed over. Undefined without any value. */
export function forecastSeries(values: readonly number[], horizonRows: number): SeriesForecast | undefined {
  const known = values.filter(Number.isFinite)
  if (known.length === 0) return undefined
  const errors = rollingErrors(known, horizonRows)
  const persistenceError = errors.get('persistence') ?? null
  let method: ForecastMethod = 'persistence'
  if (persistenceError !== null)
    for (const candidate of forecastMethods) {
      const error = errors.get(candidate) as number
      if (error < (1 - skillNeeded) * persistenceError && error < (errors.get(method) as number))
        method = candidate
    }
  return {
    value: project(method, known, known.length, horizonRows),
    method,
    meanAbsoluteError: errors.get(method) ?? null,
    persistenceError,
  }
}

/** Error of each method over the origins of the history; empty when there are too few. */
function rollingErrors(known: readonly number[], horizonRows: number): Map<ForecastMethod, number> {
  const errors = new Map<ForecastMethod, number>()
  const first = 3
  const origins = known.length - horizonRows - first + 1
  if (origins < originsNeeded) return errors
  for (const method of forecastMethods) {
    let sum = 0
    for (let origin = first; origin < first + origins; origin++) {
      let truth = 0
      for (let step = 0; step < horizonRows; step++) truth += known[origin + step] as number
      sum += Math.abs(project(method, known, origin, horizonRows) - truth / horizonRows)
    }
    errors.set(method, sum / origins)
  }
  return errors
}

/** What a method would have said with the first `length` values known. */
function project(
  method: ForecastMethod,
  known: readonly number[],
  length: number,
  horizonRows: number,
): number {
  const last = known[length - 1] as number
  switch (method) {
    case 'persistence':
      return last
    case 'hourMean':
      return meanOf(known, Math.max(0, length - rowsPerHour), length)
    case 'smoothed': {
      // 36 rows back the weight of 0.3 is below 1e-5.
      let level = known[Math.max(0, length - 36)] as number
      for (let i = Math.max(0, length - 36); i < length; i++) level += 0.3 * ((known[i] as number) - level)
      return level
    }
    case 'dampedTrend': {
      const earlier = meanOf(known, Math.max(0, length - rowsPerHour), Math.max(1, length - rowsPerHour / 2))
      const later = meanOf(known, Math.max(0, length - rowsPerHour / 2), length)
      // Half of the last hour's slope, carried to the middle of the horizon.
      return last + 0.5 * ((later - earlier) / (rowsPerHour / 2)) * (horizonRows / 2)
    }
    default:
      return method satisfies never
  }
}

function meanOf(values: readonly number[], from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += values[i] as number
  return sum / Math.max(1, to - from)
}
