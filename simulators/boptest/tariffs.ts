import { hour, type Millis } from '#contract/units.ts'
import { hashOf, smoothNormalAt } from '#simulators/plant/chance.ts'

export const priceNames = ['constant', 'dynamic', 'highly_dynamic'] as const
export type PriceName = (typeof priceNames)[number]

/** What electricity costs and emits at an instant: stylised, the same for every site, a step each local hour. */
export type Tariffs = {
  /** USD per kWh. */
  price(name: PriceName, siteAt: Millis): number
  /** kg CO2e per kWh. */
  emissions(siteAt: Millis): number
}

/** Mean of all three price scenarios, USD/kWh: an industrial tariff of the 2020s in round figures. */
const meanPrice = 0.1
/** A wholesale day with a morning and an evening peak; the 24 factors have mean 1. */
const wholesaleDay = [
  0.7, 0.65, 0.62, 0.6, 0.62, 0.72, 0.95, 1.25, 1.3, 1.1, 0.92, 0.8, 0.75, 0.75, 0.8, 0.92, 1.15, 1.5, 1.75,
  1.65, 1.4, 1.15, 1, 0.95,
] as const

export function tariffsOf(place: { readonly seed: number; readonly offsetMs: number }): Tariffs {
  const wander = hashOf(place.seed, 'boptest/price')
  const hourOf = (siteAt: Millis) => Math.floor((siteAt + place.offsetMs) / hour)
  const hourOfDay = (siteAt: Millis) => ((hourOf(siteAt) % 24) + 24) % 24
  return {
    price: (name, siteAt) => {
      const local = hourOfDay(siteAt)
      switch (name) {
        case 'constant':
          return meanPrice
        case 'dynamic':
          // Two tariffs: 0.13 from 08:00 to 20:00, 0.07 at night.
          return local >= 8 && local < 20 ? 1.3 * meanPrice : 0.7 * meanPrice
        case 'highly_dynamic': {
          // Days differ by a quarter (one standard deviation) and hang together over six hours; never below a fifth.
          const day = 1 + 0.25 * smoothNormalAt(wander, hourOf(siteAt), 6)
          return meanPrice * wholesaleDay[local]! * Math.max(0.2, day)
        }
        default:
          return name satisfies never
      }
    },
    // Solar share of a mixed grid: 0.32 at 13:00, 0.48 at 01:00.
    emissions: siteAt => 0.4 - 0.08 * Math.cos((2 * Math.PI * (hourOfDay(siteAt) - 13)) / 24),
  }
}
