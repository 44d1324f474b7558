/**
 * Residual drift: one hour may be hard, but a model that misses to the same side hour after hour no longer describes the
 * plant. Two one-sided sums (CUSUM, Page 1954) of the hourly bias of non-IT power, in per cent of it.
 */
export const driftRules = {
  /** Bias that an hour may have without a word: heat in motion, a tower's gust. */
  allowedPercent: 3,
  /** Summed beyond that: four hours at 6 %, twelve at 4 %. */
  alarmPercent: 12,
  /** Back to half of that ends it: no hunting. */
  endPercent: 6,
} as const

export type Drift = { readonly high: number; readonly low: number; readonly isDrifting: boolean }
export const noDrift: Drift = { high: 0, low: 0, isDrifting: false }

/** `biasPercent`: foretold minus measured over the hour. An hour that could not be judged changes nothing. */
export function driftAfter(drift: Drift, biasPercent: number | null): Drift {
  if (biasPercent === null || !Number.isFinite(biasPercent)) return drift
  const { allowedPercent, alarmPercent, endPercent } = driftRules
  // Held at twice the alarm: a mended plant is believed again within hours, not days.
  const summed = (sum: number, step: number) =>
    Math.min(2 * alarmPercent, Math.max(0, sum + step - allowedPercent))
  const high = summed(drift.high, biasPercent)
  const low = summed(drift.low, -biasPercent)
  const most = Math.max(high, low)
  return { high, low, isDrifting: most > (drift.isDrifting ? endPercent : alarmPercent) }
}

export const driftSentence = (drift: Drift): string =>
  `the model foretells ${drift.high > drift.low ? 'more' : 'less'} than the meters read, hour after hour (${Math.max(drift.high, drift.low).toFixed(0)} % summed beyond ${driftRules.allowedPercent} % an hour)`
