import type { Baseline } from '#models/savings/baseline.ts'

/**
 * What a baseline must hold before anything is judged by it. ASHRAE Guideline 14-2014 has 30 % for hourly CV(RMSE) and ±10 % for
 * hourly NMBE; these are stricter, and are held by the fit and by the last quarter of the baseline, which that fit has not seen.
 */
export const gates = {
  cvRmse: 0.25,
  nmbe: 0.05,
  /** Fewer placebo periods than this say too little about the error of one. */
  placeboPeriods: 6,
  /** More hours of the judged period than this outside the baseline's range, or unknown, and it is not judged. */
  outOfRangeShare: 0.1,
  unknownShare: 0.1,
} as const

/** Why this baseline may not be used; none when it may. */
export function baselineRefusals(baseline: Baseline): string[] {
  const refusals: string[] = []
  const { placebo } = baseline
  if (placebo.errorShares.length < gates.placeboPeriods)
    refusals.push(
      `the baseline holds ${placebo.errorShares.length} periods of ${placebo.hoursEach} h; at least ${gates.placeboPeriods} are needed to know the error of one`,
    )
  for (const [where, { cvRmse, nmbe }] of [
    ['the fit', baseline.fit],
    ['the last quarter of the baseline', baseline.holdOut],
  ] as const) {
    if (!(cvRmse <= gates.cvRmse))
      refusals.push(`hourly CV(RMSE) of ${where} is ${percent(cvRmse)}; allowed is ${percent(gates.cvRmse)}`)
    if (!(Math.abs(nmbe) <= gates.nmbe))
      refusals.push(`NMBE of ${where} is ${percent(nmbe)}; allowed is ±${percent(gates.nmbe)}`)
  }
  return refusals
}

export const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : 'unknown'
