import { hour, type Millis } from '#contract/units.ts'

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

/** An hour and what the plant has lately been through: pumps that answered a hot hour come down over the next ones. */
export type DrivenHour = MeteredHour & {
  /** Highest of this hour and those of the three hours before it that are known. */
  readonly recent: Readonly<Record<'itKwh' | 'wetBulbC', number>>
}

const recentHours = 3

/** Hours in the order of time, each with its recent past. */
export const driven = (hours: readonly MeteredHour[]): DrivenHour[] =>
  hours.map((one, place) => {
    const lately = hours
      .slice(Math.max(0, place - recentHours), place)
      .filter(earlier => one.at - earlier.at <= recentHours * hour)
    const highest = (what: 'itKwh' | 'wetBulbC') =>
      Math.max(one[what], ...lately.map(earlier => earlier[what]).filter(Number.isFinite))
    return { ...one, recent: { itKwh: highest('itKwh'), wetBulbC: highest('wetBulbC') } }
  })
