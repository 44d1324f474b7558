import type { Millis } from '#contract/units.ts'
import type { AdjustedSaving } from '#models/savings/adjusted.ts'
import { meanOf } from '#models/savings/statistics.ts'
import type { PlusMinus } from '#models/savings/uncertainty.ts'

/** What a kWh is worth in each hour: a tariff, or the carbon of the grid. NaN where it is not known. */
export type HourlyWorth = { readonly unit: string; perKwh(at: Millis): number }

export type Valued = {
  readonly unit: string
  readonly saved: number
  readonly plusMinus: PlusMinus
  /** Share of the judged hours whose worth is known; the others are taken at the mean of those. */
  readonly knownShare: number
}

/** With less of the period known its worth is not told. */
const knownShareLeast = 0.9

/**
 * Each hour's saving at that hour's worth. The error is that of the energy at the mean worth: a bias of the baseline has the same
 * sign in all hours.
 */
export function valued(saving: AdjustedSaving, worth: HourlyWorth): Valued | undefined {
  const priced = saving.byHour.map(({ at, saved }) => ({ saved, perKwh: worth.perKwh(at) }))
  const known = priced.filter(one => Number.isFinite(one.perKwh))
  const knownShare = known.length / priced.length
  if (!(knownShare >= knownShareLeast)) return undefined
  const mean = meanOf(known.map(one => one.perKwh))
  const saved = priced.reduce(
    (sum, one) => sum + one.saved * (Number.isFinite(one.perKwh) ? one.perKwh : mean),
    0,
  )
  const { at68, at90 } = saving.plusMinus
  return { unit: worth.unit, saved, plusMinus: { at68: at68 * mean, at90: at90 * mean }, knownShare }
}
