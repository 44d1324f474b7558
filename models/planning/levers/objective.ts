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
      /** Highest hour of the billing period so far, kW: what is already paid for. */
      readonly highestSoFarKw: number
    }
  | { readonly name: 'carbon'; readonly gramsPerKwh: readonly number[] }

/** Facility power of one hour as the objective weighs it: still in kW, so that limits and materiality keep their meaning. */
export type Weigh = (hourAhead: number, facilityKw: number) => number

/** Free or negative hours: what a demand charge is weighed against then. */
const leastPrice = 0.001

export function weighBy(objective: Objective, hours: number): Weigh {
  switch (objective.name) {
    case 'energy':
      return (_, facilityKw) => facilityKw
    case 'carbon': {
      const weight = relative(objective.gramsPerKwh, hours)
      return (hourAhead, facilityKw) => weight(hourAhead) * facilityKw
    }
    case 'cost': {
      const weight = relative(objective.pricePerKwh, hours)
      const meanPrice = meanOf(objective.pricePerKwh, hours)
      // A new highest hour is paid once, whatever follows: its price in kWh of this hour.
      const perKwOver = objective.demandPerKw / Math.max(meanPrice, leastPrice)
      return (hourAhead, facilityKw) =>
        weight(hourAhead) * facilityKw + perKwOver * Math.max(0, facilityKw - objective.highestSoFarKw)
    }
    default:
      return objective satisfies never
  }
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
