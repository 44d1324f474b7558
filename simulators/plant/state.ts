import { hour, type Millis } from '#contract/units.ts'
import type { LoopState } from '#simulators/plant/loopHydraulics.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'

/**
 * The whole state of a plant. Fields move in place: a step reads the state and its inputs and leaves the next state, and
 * nothing else, so equal states and inputs give equal steps.
 */

/** What every device with a key, an authority and a watchdog has. */
export type DeviceState = {
  remoteEnable: number
  authority: number
  maintenance: number
  watchdog: number
  /** Site time of the last toggle; undefined until the first. */
  watchdogToggledAt: Millis | undefined
  watchdogHealthy: number
}

/** A valve that moves at its own pace towards open (1) or closed (0). */
export type ValveState = { position: number; target: number; readonly strokeMs: number; isStuck: boolean }

export type TrayState = {
  readonly id: string
  powerRequest: number
  isOn: boolean
  leakMl: number
  readonly riseFactor: number
}

export type RackState = {
  readonly id: string
  readonly share: number
  readonly valve: ValveState
  liquidRequest: number
  electricalRequest: number
  leakDetectTray: number
  /** Time the breaker still needs; it opens in 0.5 s. */
  breakerIsClosed: boolean
  breakerMovesInMs: number
  flowLpm: number
  powerKw: number
  returnC: number
  meanJunctionC: number
  hottestChipC: number
  ropeMl: number
  readonly trays: readonly TrayState[]
}

export type CduState = DeviceState & {
  readonly id: string
  mode: number
  supplySpC: number
  dpSpKpa: number
  pumpRun: number
  makeupEnable: number
  readonly isolation: ValveState
  readonly returnValve: ValveState
  readonly bypass: ValveState
  readonly pumpTripped: boolean[]
  dpKpa: number
  pumpSpeed: number
  pumpKw: number
  flowLpm: number
  bypassLpm: number
  supplyC: number
  returnC: number
  heatKw: number
  primaryLpm: number
  primaryReturnC: number
  valve: number
  valveIsStuck: boolean
  lastErrorK: number
  loadFraction: number
  reservoirL: number
  makeupLpm: number
  leakLpm: number
  panMl: number
  manifoldMl: number
  pduLossKw: number
  readonly loop: LoopState
  readonly racks: readonly RackState[]
}

export type FacilityState = DeviceState & {
  supplySpC: number
  dpSpKpa: number
  dpKpa: number
  flowLpm: number
  supplyC: number
  returnC: number
  heatKw: number
  pumpSpeed: number
  pumpKw: number
  pumpsRunning: number
  readonly pumpTripped: boolean[]
  exchangerValve: number
  exchangerValveIsStuck: boolean
  exchangerColdOutC: number
  lastErrorK: number
  /** Trips that the loop has felt. */
  readonly pumpTripSeen: boolean[]
  /** Share of the exchanger's conductance that scale has left. */
  exchangerConductanceShare: number
  /** Expansion vessel: what keeps the loop under pressure. */
  vesselL: number
  leakLpm: number
  makeupLpm: number
  leakedL: number
  madeUpL: number
}

export type TowerState = DeviceState & {
  leavingSpC: number
  /** Set from outside, or undefined while the plant stages its own pumps. */
  waterSpPercent: number | undefined
  waterHeldPercent: number
  flowLpm: number
  basinC: number
  enteringC: number
  outletWetBulbC: number
  fanDemand: number
  fanKw: number
  pumpKw: number
  pumpsRunning: number
  readonly pumpTripped: boolean[]
  cellsOpen: number
  rejectedKw: number
  lastErrorK: number
  readonly pumpTripSeen: boolean[]
  /** Share of the fans that have failed. */
  fansLostShare: number
  /** Frost only: share of the water that goes to the basin and not over the fill. */
  frostBypassShare: number
  basinHeaterKw: number
  readonly water: TowerWaterState
}

/** Water of a tower's basin, and what came and went since the start. */
export type TowerWaterState = {
  basinL: number
  /** Salts, as conductivity × litres. */
  saltUsL: number
  makeupLpm: number
  blowDownLpm: number
  /** Share of the rejected heat that leaves as vapour, and how old that share is. */
  vapourShare: number
  vapourAgeS: number
  basinAtStartL: number
  madeUpL: number
  evaporatedL: number
  driftL: number
  blowDownL: number
}

export type MeterState = {
  readonly id: string
  trueKw: number
  measuredKw: number
  registerKwh: number
  runsBackwards: boolean
  readonly gain: number
  readonly rolloverKwh: number
}

export type ElectricalState = {
  itKw: number
  cduPumpsKw: number
  upsInKw: number
  upsOutKw: number
  transformerOutKw: number
  facilityKw: number
  lossesKw: number
  lightingKw: number
}

export type EnergyState = {
  fromAt: Millis
  itKwh: number
  facilityKwh: number
  coolingKwh: number
  lossesKwh: number
  heatInKwh: number
  heatOutKwh: number
  storedAtStartKj: number
}

/** What a backtest counts beside energy. */
export type TallyState = {
  hours: number
  cduPumpsKwh: number
  facilityPumpsKwh: number
  towerFansKwh: number
  towerPumpsKwh: number
  overLimitDegreeMinutes: number
  hottestC: number
  readonly nearLimit: NearLimitState
}

/** Clock hours of site time by CDU or tank, each counted when it ends, and how many of them came near a limit. */
export type NearLimitState = {
  cduHours: number
  cduHoursNearLimit: number
  /** The running hour has been lived from its start: a part of an hour is not counted. */
  isWholeHour: boolean
  /** By CDU: some step of the running hour stood near the limit. */
  readonly isNear: boolean[]
}

export const noHoursYet = (cdus: number, fromAt: Millis): NearLimitState => ({
  cduHours: 0,
  cduHoursNearLimit: 0,
  isWholeHour: fromAt % hour === 0,
  isNear: new Array<boolean>(cdus).fill(false),
})

export const emptyTally = (cdus: number, fromAt: Millis): TallyState => ({
  hours: 0,
  cduPumpsKwh: 0,
  facilityPumpsKwh: 0,
  towerFansKwh: 0,
  towerPumpsKwh: 0,
  overLimitDegreeMinutes: 0,
  hottestC: 0,
  nearLimit: noHoursYet(cdus, fromAt),
})

export type PlantState = {
  at: Millis
  readonly cdus: readonly CduState[]
  readonly facility: FacilityState
  readonly tower: TowerState
  readonly electrical: ElectricalState
  readonly meters: readonly MeterState[]
  readonly floorMl: number[]
  readonly energy: EnergyState
  readonly tally: TallyState
}

/** Heat in the plant's liquids and metal above 0 °C, kJ. */
export function storedHeatKj(state: PlantState, sizing: Sizing): number {
  let stored =
    state.facility.supplyC * sizing.facilitySupplyKjPerK +
    state.facility.returnC * sizing.facilityReturnKjPerK +
    state.tower.basinC * sizing.basinKjPerK
  for (const cdu of state.cdus) {
    stored += cdu.supplyC * sizing.supplyKjPerK + cdu.returnC * sizing.returnKjPerK + cdu.loop.casingKj
    for (const rack of cdu.racks) stored += rack.returnC * sizing.rackKjPerK
  }
  return stored
}
