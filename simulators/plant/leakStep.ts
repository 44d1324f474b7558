import type { Site } from '#contract/site/site.ts'
import { thermalExpansionPerK } from '#models/physics/coolants.ts'
import type { CduState, FacilityState, PlantState, RackState, TrayState } from '#simulators/plant/state.ts'

/** Where the water is, resolved once when the leak begins. */
export type LeakPlace =
  | { readonly kind: 'tray'; readonly cdu: CduState; readonly rack: RackState; readonly tray: TrayState }
  | { readonly kind: 'rack'; readonly cdu: CduState; readonly rack: RackState }
  | { readonly kind: 'manifold'; readonly cdu: CduState }
  | { readonly kind: 'cdu'; readonly cdu: CduState }
  | { readonly kind: 'floor'; readonly rope: number }

export type ActiveLeak = { readonly place: LeakPlace; readonly litresPerMinute: number }

/** Millilitres that wet a sensor: a spot sensor in a tray 5, a rope 20 to 100 by how far the water runs first. */
export const wettingMl = { tray: 5, rack: 20, manifold: 50, cdu: 50, floor: 100 } as const
/** What a tray holds before it spills onto the rack's rope. */
const trayHoldsMl = 300
/** Automatic make-up: 5 L/h, so that it cannot feed a leak; from 60 % of the reservoir up to 70 %. */
const makeupMaxLpm = 5 / 60

/**
 * The facility loop is filled by a valve that opens below 150 kPa and shuts at 180 kPa, 5 L/min at most: it keeps a small
 * hole from stopping the hall, and a large one is seen all the same.
 */
const fillMaxLpm = 5
const fillBelowKpa = 150
const fillUpToKpa = 180
/** Narrow line between loop and expansion vessel, 5 m of 12 mm: laminar, 0.2 kPa for each L/min that a hole draws through it. */
const vesselLineKpaPerLpm = 0.2

/** Expansion vessel of the facility loop: 3 % of its water, which is two minutes of design flow. */
export const facilityVesselL = (site: Pick<Site, 'design'>): number => 0.03 * 2 * site.design.facilityFlowLpm

/** Leaks empty reservoirs and wet sensors; automatic make-up adds its little. What left and what came is counted. */
export function stepLeaks(
  state: PlantState,
  site: Site,
  leaks: readonly ActiveLeak[],
  seconds: number,
): void {
  const minutes = seconds / 60
  for (const cdu of state.cdus) {
    cdu.leakLpm = 0
    cdu.loop.leakAfterMeterLpm = 0
  }
  state.facility.leakLpm = 0
  for (const leak of leaks) stepLeak(state, site, leak, minutes)
  for (const cdu of state.cdus) {
    const share = cdu.reservoirL / site.nameplate.cdu.reservoirL
    if (cdu.makeupEnable === 0 || share >= 0.7) cdu.makeupLpm = 0
    else if (share < 0.6) cdu.makeupLpm = makeupMaxLpm
    cdu.reservoirL += cdu.makeupLpm * minutes
    cdu.loop.madeUpL += cdu.makeupLpm * minutes
  }
  stepFacilityFill(state.facility, site, minutes)
}

function stepFacilityFill(facility: FacilityState, site: Site, minutes: number): void {
  const staticKpa = facilityStaticKpa(facility, site)
  if (staticKpa >= fillUpToKpa) facility.makeupLpm = 0
  else if (staticKpa < fillBelowKpa) facility.makeupLpm = fillMaxLpm
  const filledL = Math.min(facility.makeupLpm * minutes, facilityVesselL(site) - facility.vesselL)
  facility.vesselL += filledL
  facility.madeUpL += filledL
}

function stepLeak(state: PlantState, site: Site, leak: ActiveLeak, minutes: number): void {
  const { place } = leak
  if (place.kind === 'floor') {
    // Under the floor run the mains of the facility loop.
    const { facility } = state
    const driven =
      0.3 + 0.7 * Math.sqrt(Math.min(1.5, facility.dpKpa / site.design.facilityDpCommissionedKpa))
    const litres = Math.min(facility.vesselL, leak.litresPerMinute * driven * minutes)
    facility.vesselL -= litres
    facility.leakedL += litres
    facility.leakLpm += litres / minutes
    state.floorMl[place.rope] = state.floorMl[place.rope]! + litres * 1000
    return
  }
  const { cdu } = place
  // A hole passes with the root of pressure; the static pressure that stays without pumps drives 30 %.
  const driven = 0.3 + 0.7 * Math.sqrt(Math.min(1.5, cdu.dpKpa / site.design.cduDpCommissionedKpa))
  const path = Math.max(cdu.isolation.position, cdu.returnValve.position)
  const connected =
    place.kind === 'cdu' ? 1 : place.kind === 'manifold' ? path : path * place.rack.valve.position
  const litres = Math.min(cdu.reservoirL, leak.litresPerMinute * driven * connected * minutes)
  const ml = litres * 1000
  cdu.reservoirL -= litres
  cdu.loop.leakedL += litres
  cdu.leakLpm += litres / minutes
  if (place.kind !== 'cdu') cdu.loop.leakAfterMeterLpm += litres / minutes
  if (place.kind === 'tray') {
    const over = Math.max(0, place.tray.leakMl + ml - trayHoldsMl)
    place.rack.ropeMl += Math.min(ml, over)
    place.tray.leakMl += ml
  } else if (place.kind === 'rack') place.rack.ropeMl += ml
  else if (place.kind === 'manifold') cdu.manifoldMl += ml
  else cdu.panMl += ml
}

/** Somebody mends the leak and wipes up: sensors read dry, the reservoir stays as low as it is. */
export function wipe(state: PlantState, place: LeakPlace): void {
  if (place.kind === 'floor') state.floorMl[place.rope] = 0
  else if (place.kind === 'cdu') place.cdu.panMl = 0
  else if (place.kind === 'manifold') place.cdu.manifoldMl = 0
  else {
    place.rack.ropeMl = 0
    if (place.kind === 'tray') place.tray.leakMl = 0
  }
}

/** Reservoir reading: what is in it, and what the loop gained by warming over 30 °C (0.04 %/K). */
export function reservoirPercent(cdu: CduState, site: Site): number {
  const { reservoirL, loopVolumeL } = site.nameplate.cdu
  const warmedL = thermalExpansionPerK * loopVolumeL * ((cdu.supplyC + cdu.returnC) / 2 - 30)
  return Math.max(0, Math.min(100, (100 * (cdu.reservoirL + warmedL)) / reservoirL))
}

/** 150 kPa at the usual level: a loop that loses water loses pressure, at once by what the hole draws and then with the level. */
export const cduStaticKpa = (cdu: CduState, site: Site): number =>
  Math.max(
    0,
    60 + 130 * (reservoirPercent(cdu, site) / 100) - vesselLineKpaPerLpm * cdu.leakLpm + cdu.loop.surgeKpa,
  )

/** 200 kPa with a full vessel, 60 kPa of standing water with an empty one. */
export const facilityStaticKpa = (facility: FacilityState, site: Pick<Site, 'design'>): number =>
  Math.max(0, 60 + (140 * facility.vesselL) / facilityVesselL(site) - vesselLineKpaPerLpm * facility.leakLpm)
