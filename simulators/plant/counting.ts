import { type DurationMs, hour, type Millis } from '#contract/units.ts'
import type { EnergyTruth } from '#simulators/plant/plant.ts'
import type {
  CduState,
  EnergyState,
  MeterState,
  NearLimitState,
  TallyState,
} from '#simulators/plant/state.ts'

/** What every kind of plant counts alike. */

/** The register counts what the meter measures, class error and all; a meter wired backwards counts down. */
export function stepMeter(meter: MeterState, trueKw: number, hours: number): void {
  meter.trueKw = trueKw
  meter.measuredKw = trueKw * meter.gain
  const next = meter.registerKwh + (meter.runsBackwards ? -1 : 1) * meter.measuredKw * hours
  meter.registerKwh = next >= meter.rolloverKwh ? next - meter.rolloverKwh : Math.max(0, next)
}

/** A plan keeps the hottest minute of an hour this far under the limit in all but 0.1 % of CDU-hours, K (DESIGN 7). */
const nearLimitK = 1.5

/** Marks a CDU or tank whose hottest true temperature stands this far over its limit (negative: under it) in this step. */
export function markNearLimit(nearLimit: NearLimitState, cdu: number, overLimitK: number): void {
  if (overLimitK > -nearLimitK) nearLimit.isNear[cdu] = true
}

/** Counts the clock hour that ends within this step, if it was lived in whole. A step belongs to the hour in which it begins. */
export function closeHour(nearLimit: NearLimitState, stepFromAt: Millis, stepMs: DurationMs): void {
  if ((stepFromAt % hour) + stepMs < hour) return
  const { isNear } = nearLimit
  if (nearLimit.isWholeHour) {
    nearLimit.cduHours += isNear.length
    for (const wasNear of isNear) if (wasNear) nearLimit.cduHoursNearLimit++
  }
  nearLimit.isWholeHour = true
  isNear.fill(false)
}

/** How far and long the hottest chip of each CDU was over its limit, and which came near to it. */
export function countHottest(
  cdus: readonly CduState[],
  tally: TallyState,
  limitC: number,
  hours: number,
): void {
  for (let cdu = 0; cdu < cdus.length; cdu++) {
    let hottestC = 0
    for (const rack of cdus[cdu]!.racks) if (rack.hottestChipC > hottestC) hottestC = rack.hottestChipC
    if (hottestC > limitC) tally.overLimitDegreeMinutes += (hottestC - limitC) * hours * 60
    if (hottestC > tally.hottestC) tally.hottestC = hottestC
    markNearLimit(tally.nearLimit, cdu, hottestC - limitC)
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
