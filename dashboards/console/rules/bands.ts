import type { Site } from '#contract/site/site.ts'
import type { AnalogScale } from './analog.ts'

/**
 * What is normal now, per indicator: scale and limits are the site's facts, the band follows setpoint and load. One
 * scale per quantity, so that healthy CDUs stand in a straight line.
 */
/** The hub raises `chipMarginLow` 3 K under the chip's limit; plans keep 1.5 K below it at peak load. */
export const chipAlarmMarginK = 3
export const chipGuardMarginK = 1.5
/** The colder supply stays this far above the dew point (DESIGN 6). */
export const dewGuardK = 2

/** ± 1 K about the setpoint: a healthy loop holds it within half of that. */
export const supplyScale = (site: Site, setpoint: number | null): AnalogScale => {
  const { lowest, highest } = site.bounds.cduSupplyC
  const middle = setpoint ?? site.design.cduSupplyC
  return { lo: lowest - 3, hi: highest + 3, band: [middle - 1, middle + 1], guard: [lowest, highest] }
}

/** Supply plus the usual rise of 5 to 12 K. */
export const returnScale = (site: Site, supplySetpoint: number | null): AnalogScale => {
  const supply = supplySetpoint ?? site.design.cduSupplyC
  return {
    lo: site.bounds.cduSupplyC.lowest,
    hi: site.bounds.cduSupplyC.highest + 15,
    band: [supply + 5, supply + 12],
  }
}

/** The rise at nameplate load and design flow: 60 / (1.5 L/min per kW × 4.02 kJ/(L·K)) ≈ 10 K; half load at half flow alike. */
export const riseScale: AnalogScale = { lo: 0, hi: 20, band: [4, 12], limits: [15] }

/** Loop flow by the pressure setpoint: design × (Δp / design Δp)^(1/1.75), ± 10 % for seeds and rack valves. */
export function expectedFlowLpm(site: Site, dpSetpointKpa: number | null): number {
  const { rackDpKpa, rackDpExponent } = site.nameplate.cdu
  const ratio = (dpSetpointKpa ?? site.design.cduDpCommissionedKpa) / rackDpKpa
  return site.design.cduFlowLpm * Math.max(0, ratio) ** (1 / rackDpExponent)
}

export const flowScale = (site: Site, dpSetpointKpa: number | null): AnalogScale => {
  const least = site.design.cduFlowLpm * site.nameplate.cdu.minimumFlowFraction
  const expected = expectedFlowLpm(site, dpSetpointKpa)
  return {
    lo: least * 0.6,
    hi: site.design.cduFlowLpm * 1.35,
    band: [expected * 0.9, expected * 1.1],
    guard: [least, null],
  }
}

/** Guard from the least flow (50 % of design: 100 kPa × 0.5^1.75 = 30 kPa) to what was commissioned. */
export const pressureGuardKpa = (site: Site): readonly [number, number] => {
  const { rackDpKpa, rackDpExponent, minimumFlowFraction } = site.nameplate.cdu
  return [rackDpKpa * minimumFlowFraction ** rackDpExponent, site.design.cduDpCommissionedKpa]
}

export const pressureScale = (site: Site, setpoint: number | null): AnalogScale => {
  const guard = pressureGuardKpa(site)
  const middle = setpoint ?? (guard[0] + guard[1]) / 2
  return { lo: guard[0] * 0.4, hi: guard[1] * 1.25, band: [middle - 8, middle + 8], guard }
}

export const chipMarginScale: AnalogScale = { lo: 0, hi: 50, band: [5, 40], limits: [chipAlarmMarginK] }
export const chipTemperatureScale = (site: Site): AnalogScale => {
  const limit = site.nameplate.chip.limitC
  return {
    lo: limit - 55,
    hi: limit,
    band: [limit - 40, limit - 5],
    limits: [limit - chipAlarmMarginK],
    guard: [null, limit - chipGuardMarginK],
  }
}

export const staticPressureScale: AnalogScale = { lo: 50, hi: 350, band: [150, 250], limits: [100, 300] }
export const reservoirScale: AnalogScale = { lo: 0, hi: 100, band: [55, 95], limits: [40] }

const around = (
  middle: number | null,
  halfWidth: number,
  otherwise: readonly [number, number],
): readonly [number, number] => (middle === null ? otherwise : [middle - halfWidth, middle + halfWidth])

export const facilitySupplyScale = (site: Site, setpoint: number | null): AnalogScale => ({
  lo: site.bounds.facilitySupplyC.lowest - 3,
  hi: site.bounds.facilitySupplyC.highest + 3,
  band: around(setpoint, 1.2, [site.bounds.facilitySupplyC.lowest, site.bounds.facilitySupplyC.highest]),
  guard: [site.bounds.facilitySupplyC.lowest, site.bounds.facilitySupplyC.highest],
})

export const facilityReturnScale = (site: Site, supply: number | null): AnalogScale => ({
  lo: site.bounds.facilitySupplyC.lowest,
  hi: site.bounds.facilitySupplyC.highest + 15,
  band: supply === null ? [20, 45] : [supply + 2, supply + 12],
})

export const facilityPressureScale = (site: Site, setpoint: number | null): AnalogScale => {
  const highest = site.design.facilityDpCommissionedKpa
  const lowest = highest * site.nameplate.facility.leastDpFraction
  return {
    lo: 0,
    hi: highest * 1.25,
    band: around(setpoint, highest * 0.06, [lowest, highest]),
    guard: [lowest, highest],
  }
}

export const facilityFlowScale = (site: Site): AnalogScale => ({
  lo: 0,
  hi: site.design.facilityFlowLpm * 1.35,
  band: [site.design.facilityFlowLpm * 0.3, site.design.facilityFlowLpm * 1.1],
})

export const towerLeavingScale = (site: Site, setpoint: number | null): AnalogScale => ({
  lo: site.bounds.towerLeavingC.lowest - 3,
  hi: site.bounds.towerLeavingC.highest + 3,
  band: around(setpoint, 1.2, [site.bounds.towerLeavingC.lowest, site.bounds.towerLeavingC.highest]),
  guard: [site.bounds.towerLeavingC.lowest, site.bounds.towerLeavingC.highest],
})

export const towerFlowScale = (site: Site): AnalogScale => ({
  lo: 0,
  hi: site.design.towerFlowLpm * 1.3,
  band: [site.design.towerFlowLpm * 0.35, site.design.towerFlowLpm * 1.1],
})

/** Fans at full speed are no alarm by themselves: the supply that they no longer hold is. */
export const fanScale: AnalogScale = { lo: 0, hi: 100, band: [0, 95] }
export const exchangerApproachScale: AnalogScale = { lo: 0, hi: 8, band: [0.3, 3], limits: [5] }
export const towerApproachScale: AnalogScale = { lo: 0, hi: 25, band: [2, 20] }

/** Abnormal by the guard, the limits or the band: decides whether the indicator may take colour at all. */
export function priorityAtLimit(scale: AnalogScale, value: number | null): 2 | 3 | undefined {
  if (value === null) return undefined
  const [low, high] = scale.guard ?? [null, null]
  // A setpoint may stand at the guard itself: instrument noise about it, 1 % of the scale, is not beyond it.
  const noise = (scale.hi - scale.lo) * 0.01
  if ((low !== null && value < low - noise) || (high !== null && value > high + noise)) return 2
  for (const limit of scale.limits ?? []) {
    const upper = limit > (scale.band[0] + scale.band[1]) / 2
    if (upper ? value >= limit : value <= limit) return 3
  }
  return undefined
}
