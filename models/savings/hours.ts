import type { Millis } from '#contract/units.ts'

/** One hour of a site as its meters tell it. What is not known is NaN or absent: such an hour is left out and counted. */
export type MeteredHour = {
  /** Start of the hour, UTC. */
  readonly at: Millis
  readonly coolingKwh: number
  readonly itKwh: number
  /** Mean of the hour. */
  readonly wetBulbC: number
  /** UPS, PDU and transformer, where facility and IT are metered. */
  readonly lossesKwh?: number
  readonly waterL?: number
  /** Mean junction temperature of the chips, for the leakage that no meter sees. */
  readonly chipC?: number
}

/** What a baseline is made of. */
export const quantities = ['coolingKwh', 'lossesKwh', 'waterL', 'chipC'] as const
export type Quantity = (typeof quantities)[number]

/** Whether load, weather and the quantity are known, and the load is one. */
export const isKnown = (one: MeteredHour, quantity: Quantity): boolean =>
  Number.isFinite(one[quantity]) &&
  Number.isFinite(one.wetBulbC) &&
  one.itKwh > 0 &&
  Number.isFinite(one.itKwh)
