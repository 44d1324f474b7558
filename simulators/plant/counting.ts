import type { EnergyTruth } from '#simulators/plant/plant.ts'
import type { CduState, EnergyState, MeterState, TallyState } from '#simulators/plant/state.ts'

/** What every kind of plant counts alike. */

/** The register counts what the meter measures, class error and all; a meter wired backwards counts down. */
export function stepMeter(meter: MeterState, trueKw: number, hours: number): void {
  meter.trueKw = trueKw
  meter.measuredKw = trueKw * meter.gain
  const next = meter.registerKwh + (meter.runsBackwards ? -1 : 1) * meter.measuredKw * hours
  meter.registerKwh = next >= meter.rolloverKwh ? next - meter.rolloverKwh : Math.max(0, next)
}

/** How far and long the hottest chip of each CDU was over its limit. */
export function countHottest(
  cdus: readonly CduState[],
  tally: TallyState,
  limitC: number,
  hours: number,
): void {
  for (const cdu of cdus) {
    let hottestC = 0
    for (const rack of cdu.racks) if (rack.hottestChipC > hottestC) hottestC = rack.hottestChipC
    if (hottestC > limitC) tally.overLimitDegreeMinutes += (hottestC - limitC) * hours * 60
    if (hottestC > tally.hottestC) tally.hottestC = hottestC
  }
}

/** Energy since the counters were set to zero, and what the balance of heat leaves open. */
export function energyTruthOf(
  energy: Omit<EnergyState, 'coolingKwh'>,
  moment: { readonly at: number; readonly coolingKwh: number; readonly storedKj: number },
): EnergyTruth {
  const storedKwh = (moment.storedKj - energy.storedAtStartKj) / 3600
  const openKwh = Math.abs(energy.heatInKwh - energy.heatOutKwh - storedKwh)
  return {
    fromAt: energy.fromAt,
    toAt: moment.at,
    itKwh: energy.itKwh,
    facilityKwh: energy.facilityKwh,
    coolingKwh: moment.coolingKwh,
    lossesKwh: energy.lossesKwh,
    pue: energy.itKwh > 0 ? energy.facilityKwh / energy.itKwh : 1,
    energyBalanceError: energy.heatInKwh > 0 ? openKwh / energy.heatInKwh : 0,
  }
}
