/**
 * One-step error of non-IT power, per cent of it: trusted below, no longer trusted above. The gap stops hunting: a load that
 * trebles within the hour puts heat in motion worth some 7 %.
 */
export const trustLimits = { trustBelowPercent: 5, distrustAbovePercent: 10 } as const

/** Whether a model may steer after an hour that it had not seen; `before`: whether it might until now. Not judged is not trusted. */
export const isTrusted = (errorPercent: number | null, before: boolean): boolean =>
  errorPercent !== null &&
  errorPercent < (before ? trustLimits.distrustAbovePercent : trustLimits.trustBelowPercent)
