/**
 * What a plan lowers, by hour ahead. Prices are per kWh, carbon in g/kWh; a list shorter than the horizon is continued with
 * its last entry.
 */
export type Objective =
  | { readonly name: 'energy' }
  | {
      readonly name: 'cost'
      readonly pricePerKwh: readonly number[]
      /** Per kW of the billing period's highest hour; 0: none. */
      readonly demandPerKw: number
      /** Highest hour of the billing period so far, kW: what is already paid for. Infinite: not known, no charge is reckoned with. */
      readonly highestSoFarKw: number
    }
  | { readonly name: 'carbon'; readonly gramsPerKwh: readonly number[] }

/** How hours are weighed against each other: still in kW, so that limits and materiality keep their meaning. */
export type Weigh = {
  /** Facility power of the coming hours, the first one first, as one mean. */
  readonly meanKw: (facilityKw: readonly number[]) => number
  /** The most that a kW in all of these hours can add to that mean: a limit must weigh more than it. */
  readonly mostPerKw: number
}

/** Free hours: what a demand charge is weighed against then. */
const leastPrice = 0.001

/** What a kW of the weighed mean of these hours comes to: kWh, money or grams. */
export function perMeanKw(objective: Objective, hours: number): number {
  switch (objective.name) {
    case 'energy':
      return hours
    case 'carbon':
      return hours * meanOf(objective.gramsPerKwh, hours)
    case 'cost':
      return hours * Math.max(meanOf(objective.pricePerKwh, hours), leastPrice)
    default:
      return objective satisfies never
  }
}

export function weighBy(objective: Objective, hours: number): Weigh {
  switch (objective.name) {
    case 'energy':
      return { meanKw: facilityKw => weighedMean(facilityKw, () => 1), mostPerKw: 1 }
    case 'carbon': {
      const weight = relative(objective.gramsPerKwh, hours)
      return { meanKw: facilityKw => weighedMean(facilityKw, weight), mostPerKw: 1 }
    }
    case 'cost': {
      const weight = relative(objective.pricePerKwh, hours)
      // A new highest hour is paid once, however many hours pass the old one: its price in kWh of all these hours.
      const perKwOver = objective.demandPerKw / perMeanKw(objective, hours)
      return {
        meanKw: facilityKw =>
          weighedMean(facilityKw, weight) +
          perKwOver * Math.max(0, Math.max(...facilityKw) - objective.highestSoFarKw),
        mostPerKw: 1 + perKwOver,
      }
    }
    default:
      return objective satisfies never
  }
}

function weighedMean(facilityKw: readonly number[], weight: (hourAhead: number) => number): number {
  let sum = 0
  for (const [hourAhead, kw] of facilityKw.entries()) sum += weight(hourAhead) * kw
  return sum / facilityKw.length
}

const at = (list: readonly number[], hourAhead: number): number =>
  list[Math.min(hourAhead, list.length - 1)] as number

const meanOf = (list: readonly number[], hours: number): number =>
  Array.from({ length: hours }, (_, hourAhead) => at(list, hourAhead)).reduce((a, b) => a + b, 0) / hours

/** Each hour over the mean of the horizon; a list without weight (free, carbonless) weighs all hours alike. */
function relative(list: readonly number[], hours: number): (hourAhead: number) => number {
  const mean = list.length === 0 ? 0 : meanOf(list, hours)
  return mean > 0 ? hourAhead => at(list, hourAhead) / mean : () => 1
}
