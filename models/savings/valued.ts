import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import { gramsOf, priceOf } from '#models/planning/worth.ts'
import type { AdjustedSaving } from '#models/savings/adjusted.ts'
import type { MeteredHour } from '#models/savings/hours.ts'
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

/** What of a site's kWh is known to be worth something: money, carbon, both or neither. */
export const currencies = ['cost', 'carbon'] as const
export type Currency = (typeof currencies)[number]
export type Worths = { readonly [name in Currency]?: HourlyWorth }

/** By the tariff and the grid that a site's file names. The demand charge is in neither: one hour of a month makes it, no kWh does. */
export function siteWorths(site: Pick<Site, 'timeZone' | 'planning'>): Worths {
  const [price, grams] = [priceOf(site), gramsOf(site)]
  return {
    ...(price ? { cost: { unit: site.planning?.tariff?.currency ?? '', perKwh: price.ofHour } } : {}),
    ...(grams ? { carbon: { unit: 'kg', perKwh: (at: Millis) => grams.ofHour(at) / gramsPerKg } } : {}),
  }
}

const gramsPerKg = 1_000

/** What a kWh of IT was worth in these hours, in the mean; NaN of none. */
export function itWorth(hours: readonly MeteredHour[], worth: HourlyWorth): number {
  const priced = hours
    .map(({ at, itKwh }) => ({ itKwh, value: itKwh * worth.perKwh(at) }))
    .filter(one => Number.isFinite(one.value))
  const sumOf = (what: 'itKwh' | 'value') => priced.reduce((sum, one) => sum + one[what], 0)
  return sumOf('value') / sumOf('itKwh')
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
