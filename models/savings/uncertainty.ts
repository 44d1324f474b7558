import { studentT } from '#models/savings/statistics.ts'

/** Guideline 14 asks for 68 %, contracts for 90 %. */
export const confidences = [0.68, 0.9] as const
export type Confidence = (typeof confidences)[number]

/** Plus and minus, at both confidences. */
export type PlusMinus = { readonly at68: number; readonly at90: number }

/** Half-widths of so many standard errors with so many degrees of freedom behind them. */
export const plusMinusOf = (standardError: number, degreesOfFreedom: number): PlusMinus => ({
  at68: studentT(0.68, degreesOfFreedom) * standardError,
  at90: studentT(0.9, degreesOfFreedom) * standardError,
})

/**
 * Standard error of a period's saving, as a share of the adjusted baseline, from placebo periods of that length in which nothing
 * was done: their root mean square about zero, so a bias counts as much as a scatter, and whatever correlation holds from hour to
 * hour and week to week is in it.
 */
export const placeboStandardError = (errorShares: readonly number[]): number =>
  Math.sqrt(errorShares.reduce((sum, share) => sum + share * share, 0) / errorShares.length)

/**
 * Independent hours among correlated ones (ASHRAE Guideline 14-2014, annex B): n' = n (1 − ρ) / (1 + ρ).
 * 365 days with ρ = 0.5 count as 121.7.
 */
export const effectiveCount = (count: number, lagOne: number): number => (count * (1 - lagOne)) / (1 + lagOne)

/**
 * Fractional savings uncertainty of ASHRAE Guideline 14-2014, annex B, for correlated residuals (Reddy and Claridge 2000):
 * ΔE / E = t · 1.26 · CV(RMSE) / F · √[ (n / n') (1 + 2 / n') / m ].
 * 365 days with CV 10 % and ρ = 0.5, 28 days judged, F = 10 % saved, t = 1.645: 0.684.
 */
export function guideline14Uncertainty(facts: {
  readonly t: number
  readonly cvRmse: number
  readonly lagOne: number
  readonly baselineCount: number
  readonly reportingCount: number
  readonly savedShare: number
}): number {
  const effective = effectiveCount(facts.baselineCount, facts.lagOne)
  const spread = (facts.baselineCount / effective) * (1 + 2 / effective)
  return (
    ((facts.t * 1.26 * facts.cvRmse) / Math.abs(facts.savedShare)) * Math.sqrt(spread / facts.reportingCount)
  )
}
