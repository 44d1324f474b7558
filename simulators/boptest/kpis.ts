import { hour } from '#contract/units.ts'
import { type PriceName, priceNames, type Tariffs } from '#simulators/boptest/tariffs.ts'
import type { EnergyTruth, PlantTally } from '#simulators/plant/plant.ts'

/** Counters of a plant's truth at one instant. */
export type Truth = { readonly energy: EnergyTruth; readonly tally: PlantTally }

/** What is counted between the start of the test and now, beside the plant's own counters. */
export type KpiSums = {
  readonly start: Truth
  readonly costs: Record<PriceName, number>
  emissionsKg: number
  /** Mean demand of the running quarter hour since the start, and the highest of the full ones. */
  quarter: { fromAt: number; kwh: number }
  peakKw: number | undefined
  /** Seconds that the controller took, over the step it decided for. */
  ratios: { sum: number; count: number }
}

const quarterMs = hour / 4

export const emptySums = (start: Truth): KpiSums => ({
  start,
  costs: { constant: 0, dynamic: 0, highly_dynamic: 0 },
  emissionsKg: 0,
  quarter: { fromAt: start.energy.toAt, kwh: 0 },
  peakKw: undefined,
  ratios: { sum: 0, count: 0 },
})

/** Takes in what flowed between two instants that lie within one minute: price and emissions of its beginning hold for it. */
export function account(
  sums: KpiSums,
  tariffs: Tariffs,
  flowed: { fromAt: number; toAt: number; kwh: number },
): void {
  for (const name of priceNames) sums.costs[name] += tariffs.price(name, flowed.fromAt) * flowed.kwh
  sums.emissionsKg += tariffs.emissions(flowed.fromAt) * flowed.kwh
  const { quarter } = sums
  quarter.kwh += flowed.kwh
  if (flowed.toAt - quarter.fromAt < quarterMs) return
  const meanKw = (quarter.kwh * hour) / (flowed.toAt - quarter.fromAt)
  sums.peakKw = Math.max(sums.peakKw ?? 0, meanKw)
  quarter.fromAt = flowed.toAt
  quarter.kwh = 0
}

/**
 * The KPIs of a test. BOPTEST divides by floor area; here the divisor is IT nameplate, and the energy is all that the
 * facility draws, IT included: warmer chips draw more, so cooling alone could be made to look better than it is.
 */
export function kpisOf(
  sums: KpiSums,
  now: Truth,
  site: { readonly itNameplateKw: number; readonly zones: number; readonly price: PriceName },
): Readonly<Record<string, number | null>> {
  const facilityKwh = now.energy.facilityKwh - sums.start.energy.facilityKwh
  const itKwh = now.energy.itKwh - sums.start.energy.itKwh
  const coolingKwh = now.energy.coolingKwh - sums.start.energy.coolingKwh
  const runningMs = now.energy.toAt - sums.quarter.fromAt
  const runningKw = runningMs > 0 ? (sums.quarter.kwh * hour) / runningMs : 0
  const over = now.tally.overLimitDegreeMinutes - sums.start.tally.overLimitDegreeMinutes
  return {
    ener_tot: facilityKwh / site.itNameplateKw,
    cost_tot: sums.costs[site.price] / site.itNameplateKw,
    emis_tot: sums.emissionsKg / site.itNameplateKw,
    pele_tot: (sums.peakKw ?? runningKw) / site.itNameplateKw,
    pgas_tot: null,
    pdih_tot: null,
    tdis_tot: over / 60 / site.zones,
    idis_tot: null,
    time_rat: sums.ratios.count === 0 ? null : sums.ratios.sum / sums.ratios.count,
    ener_cooling: coolingKwh / site.itNameplateKw,
    pue: itKwh > 0 ? facilityKwh / itKwh : null,
    water_tot: (now.tally.waterL - sums.start.tally.waterL) / site.itNameplateKw,
  }
}

/** Why some of them are null. */
export const kpiNote =
  'pgas_tot and pdih_tot are null: the plant draws electricity only; idis_tot is null: chips breathe no air; time_rat is null before the second advance'
