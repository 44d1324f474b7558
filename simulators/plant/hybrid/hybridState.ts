import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { chillerId, crahId } from '#contract/site/expandHybrid.ts'
import type { DeviceState, PlantState } from '#simulators/plant/state.ts'

/** How the economiser is used: not, only when it carries all, or ahead of running chillers too. */
export const economiserModes = { off: 0, auto: 1, integrated: 2 } as const

export type ChillerState = DeviceState & {
  readonly id: string
  leavingSpC: number
  isOn: boolean
  isTripped: boolean
  /** Time since it last started or stopped. */
  inStateS: number
  /** Time since its last starts, newest first: no more than `startsPerHour` of them under an hour. */
  readonly sinceStartsS: number[]
  coolingKw: number
  powerKw: number
  /** Load over what it could cool now. */
  partLoad: number
}

/** What decides over chillers and economiser together. */
export type ChilledPlantState = {
  economiserMode: number
  economiserIsEngaged: boolean
  /** How long the economiser's changeover has been called for, and each change of the chillers. */
  changeoverS: number
  startS: number
  stopS: number
  /** Cooling that the chillers are asked for, all together, and what was called for before their lag. */
  coolingKw: number
  wantedKw: number
  availableKw: number
  bypassLpm: number
  /** How far the high limit of the air brings the loop back to its commissioning: pressure from 0 to 1, water from 1 to 2. */
  airLimitShare: number
  /** Chilled water behind the economiser. */
  economiserLeavingC: number
  /** The same with its valve wide open. */
  economiserCouldLeaveC: number
  economiserKw: number
  condenserEnteringC: number
  condenserLeavingC: number
}

export type CrahState = DeviceState & {
  readonly id: string
  supplySpC: number
  airSpPercent: number
  airFraction: number
  fanIsTripped: boolean
  fanKw: number
  valve: number
  valveIsStuck: boolean
  waterLpm: number
  waterReturnC: number
  coilKw: number
  supplyC: number
}

export type HallState = {
  /** Room air that returns to the CRAHs, with the metal that it washes. */
  returnC: number
  /** Air into the servers: CRAH supply, and what comes back around the racks when there is too little of it. */
  inletC: number
  heatKw: number
}

/** A cold-plate plant whose facility loop is chilled water, with chillers, economiser and an air side beside it. */
export type HybridState = PlantState & {
  readonly chillers: readonly ChillerState[]
  readonly chilled: ChilledPlantState
  readonly crahs: readonly CrahState[]
  readonly hall: HallState
  /** IT power that goes into the air, rack by rack. */
  readonly rackAirKw: number[]
  readonly hybridTally: { chillersKwh: number; crahsKwh: number; chillerStarts: number }
}

export const emptyHybridTally = (): HybridState['hybridTally'] => ({
  chillersKwh: 0,
  crahsKwh: 0,
  chillerStarts: 0,
})

const device = (): DeviceState => ({
  remoteEnable: 1,
  authority: 2,
  maintenance: 0,
  watchdog: 0,
  watchdogToggledAt: undefined,
  watchdogHealthy: 0,
})

/** Chillers and air side as commissioned, around a cold-plate state. All chillers on: a run-in sends home what is not needed. */
export function hybridState(coldPlates: PlantState, site: HybridSite): HybridState {
  const { nameplate, design } = site
  const { commissioned } = nameplate
  return {
    ...coldPlates,
    chillers: Array.from({ length: nameplate.chiller.units }, (_, index) => ({
      ...device(),
      id: chillerId(index + 1),
      leavingSpC: commissioned.chilledWaterC,
      isOn: true,
      isTripped: false,
      inStateS: 0,
      sinceStartsS: Array.from({ length: nameplate.chiller.startsPerHour }, () => 3600),
      coolingKw: 0,
      powerKw: 0,
      partLoad: 0,
    })),
    chilled: {
      economiserMode: economiserModes.auto,
      economiserIsEngaged: false,
      changeoverS: 0,
      startS: 0,
      stopS: 0,
      coolingKw: 0,
      wantedKw: 0,
      availableKw: nameplate.chiller.units * nameplate.chiller.ratedKw,
      bypassLpm: 0,
      airLimitShare: 0,
      economiserLeavingC: commissioned.chilledWaterC,
      economiserCouldLeaveC: commissioned.chilledWaterC,
      economiserKw: 0,
      condenserEnteringC: design.towerLeavingC,
      condenserLeavingC: design.towerLeavingC,
    },
    crahs: Array.from({ length: nameplate.air.crahs }, (_, index) => ({
      ...device(),
      id: crahId(index + 1),
      supplySpC: commissioned.crahSupplyC,
      airSpPercent: commissioned.crahAirPercent,
      airFraction: commissioned.crahAirPercent / 100,
      fanIsTripped: false,
      fanKw: 0,
      valve: 0.4,
      valveIsStuck: false,
      waterLpm: 0,
      waterReturnC: commissioned.chilledWaterC,
      coilKw: 0,
      supplyC: commissioned.crahSupplyC,
    })),
    hall: {
      returnC: commissioned.crahSupplyC + nameplate.air.riseK,
      inletC: commissioned.crahSupplyC,
      heatKw: 0,
    },
    rackAirKw: new Array<number>(site.layout.cdus * site.layout.racksPerCdu).fill(0),
    hybridTally: emptyHybridTally(),
  }
}

/** The loop's chilled-water setpoint: the coldest that a chiller is asked for. */
export const chilledSetpointC = (state: HybridState): number =>
  state.chillers.reduce((coldest, { leavingSpC }) => Math.min(coldest, leavingSpC), Number.POSITIVE_INFINITY)

export const chillersOn = (state: HybridState): number => {
  let count = 0
  for (const { isOn } of state.chillers) if (isOn) count++
  return count
}
