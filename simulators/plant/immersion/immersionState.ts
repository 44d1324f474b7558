import { tankId } from '#contract/site/expandImmersion.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import type { Millis } from '#contract/units.ts'
import type { ImmersionSizing } from '#simulators/plant/immersion/immersionSizing.ts'
import {
  type DeviceState,
  type MeterState,
  type NearLimitState,
  noHoursYet,
} from '#simulators/plant/state.ts'

/** One tank with its circulation pumps, exchanger and valve. Marks of faults stand here too: a snapshot keeps them. */
export type TankState = DeviceState & {
  readonly id: string
  supplySpC: number
  dpSpKpa: number
  pumpRun: number
  readonly pumpTripped: boolean[]
  dpKpa: number
  pumpSpeed: number
  pumpKw: number
  flowLpm: number
  supplyC: number
  tankC: number
  heatKw: number
  primaryLpm: number
  primaryReturnC: number
  valve: number
  valveIsStuck: boolean
  lastErrorK: number
  itKw: number
  pduLossKw: number
  meanJunctionC: number
  hottestChipC: number
  /** Dielectric in the tank, as it would measure at 40 °C. Nobody tops it up by itself. */
  liquidL: number
  leakLpm: number
  leakedL: number
  panMl: number
  /** Conductance of the exchanger that is left, of its seed's own. */
  cleanShare: number
}

export type LoopState = DeviceState & {
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
  /** What the expansion vessel holds; a hole under the floor takes from here. */
  vesselL: number
  leakedL: number
}

export type CoolersState = DeviceState & {
  leavingSpC: number
  padsAboveC: number
  padsWet: boolean
  /** -1 all past the coils, 0 all through them with the fans still, 1 fans at full speed. */
  demand: number
  lastErrorK: number
  bypassIsStuck: boolean
  bypass: number
  readonly fanTripped: boolean[]
  fanKw: number
  padPumpKw: number
  rejectedKw: number
  airC: number
  evaporationLpm: number
  makeupLpm: number
  sumpL: number
  sumpAtStartL: number
  evaporatedL: number
  bledL: number
  madeUpL: number
  cleanShare: number
}

export type ImmersionElectricalState = {
  itKw: number
  tankPumpsKw: number
  upsInKw: number
  upsOutKw: number
  transformerOutKw: number
  facilityKw: number
  lossesKw: number
  lightingKw: number
}

export type ImmersionEnergyState = {
  fromAt: Millis
  hours: number
  itKwh: number
  facilityKwh: number
  lossesKwh: number
  tankPumpsKwh: number
  facilityPumpsKwh: number
  dryCoolersKwh: number
  heatInKwh: number
  heatOutKwh: number
  storedAtStartKj: number
  overLimitDegreeMinutes: number
  hottestC: number
  readonly nearLimit: NearLimitState
}

export const zeroEnergy = (fromAt: Millis, tanks: number, storedAtStartKj: number): ImmersionEnergyState => ({
  fromAt,
  hours: 0,
  itKwh: 0,
  facilityKwh: 0,
  lossesKwh: 0,
  tankPumpsKwh: 0,
  facilityPumpsKwh: 0,
  dryCoolersKwh: 0,
  heatInKwh: 0,
  heatOutKwh: 0,
  storedAtStartKj,
  overLimitDegreeMinutes: 0,
  hottestC: 0,
  nearLimit: noHoursYet(tanks, fromAt),
})

export type ImmersionState = {
  at: Millis
  readonly tanks: readonly TankState[]
  readonly loop: LoopState
  readonly coolers: CoolersState
  readonly electrical: ImmersionElectricalState
  readonly meters: readonly MeterState[]
  readonly floorMl: number[]
  /** Litres per minute that run to each floor rope. */
  readonly floorLeakLpm: number[]
  readonly energy: ImmersionEnergyState
}

/** Heat in dielectric, hardware and facility coolant above 0 °C, kJ. */
export function storedHeatKj(state: ImmersionState, sizing: ImmersionSizing): number {
  let stored = state.loop.supplyC * sizing.loopSupplyKjPerK + state.loop.returnC * sizing.loopReturnKjPerK
  for (const tank of state.tanks)
    stored += tank.supplyC * sizing.tankSupplyKjPerK + tank.tankC * sizing.tankKjPerK
  return stored
}

const device = (): DeviceState => ({
  remoteEnable: 1,
  authority: 2,
  maintenance: 0,
  watchdog: 0,
  watchdogToggledAt: undefined,
  watchdogHealthy: 0,
})
const standing = (count: number): boolean[] => new Array<boolean>(count).fill(false)

/** Expansion vessel: 3 % of two minutes of design flow, as on the other sites. Glycol is topped up by hand. */
export const loopVesselL = ({ design }: ImmersionSite): number => 0.03 * 2 * design.facilityFlowLpm

/** What stands in a tank as filled: 90 % of the brim at 40 °C. */
export const filledShare = 0.9
/** The float valve of the pads' sump holds this share. */
export const sumpShare = 0.8

/** As commissioned, at design temperatures; a run-in then brings the plant near to its steady state. */
export function initialImmersionState(
  site: ImmersionSite,
  startAt: Millis,
  meterGain: (id: string) => number,
): ImmersionState {
  const { design, nameplate, layout } = site
  return {
    at: startAt,
    tanks: Array.from({ length: layout.tanks }, (_, index) => ({
      ...device(),
      id: tankId(index + 1),
      supplySpC: design.tankSupplyC,
      dpSpKpa: design.tankDpCommissionedKpa,
      pumpRun: 1,
      pumpTripped: standing(nameplate.tank.pumps),
      dpKpa: design.tankDpCommissionedKpa,
      pumpSpeed: 0.9,
      pumpKw: 0,
      flowLpm: 0,
      supplyC: design.tankSupplyC,
      tankC: design.tankSupplyC + 6,
      heatKw: 0,
      primaryLpm: 0,
      primaryReturnC: design.facilitySupplyC + 6,
      valve: 0.6,
      valveIsStuck: false,
      lastErrorK: 0,
      itKw: 0.5 * nameplate.itPerTankKw,
      pduLossKw: 0,
      meanJunctionC: 60,
      hottestChipC: 70,
      liquidL: filledShare * nameplate.tank.volumeL,
      leakLpm: 0,
      leakedL: 0,
      panMl: 0,
      cleanShare: 1,
    })),
    loop: {
      ...device(),
      dpSpKpa: design.facilityDpCommissionedKpa,
      dpKpa: design.facilityDpCommissionedKpa,
      flowLpm: design.facilityFlowLpm / 2,
      supplyC: design.facilitySupplyC,
      returnC: design.facilitySupplyC + 6,
      heatKw: 0,
      pumpSpeed: 0.5,
      pumpKw: 0,
      pumpsRunning: 2,
      pumpTripped: standing(nameplate.facility.pumps),
      vesselL: loopVesselL(site),
      leakedL: 0,
    },
    coolers: {
      ...device(),
      leavingSpC: design.facilitySupplyC,
      padsAboveC: nameplate.cooler.pads.onAboveC,
      padsWet: false,
      demand: 0.2,
      lastErrorK: 0,
      bypassIsStuck: false,
      bypass: 0,
      fanTripped: standing(nameplate.cooler.fans),
      fanKw: 0,
      padPumpKw: 0,
      rejectedKw: 0,
      airC: 20,
      evaporationLpm: 0,
      makeupLpm: 0,
      sumpL: sumpShare * nameplate.cooler.pads.sumpL,
      sumpAtStartL: sumpShare * nameplate.cooler.pads.sumpL,
      evaporatedL: 0,
      bledL: 0,
      madeUpL: 0,
      cleanShare: 1,
    },
    electrical: {
      itKw: 0,
      tankPumpsKw: 0,
      upsInKw: 0,
      upsOutKw: 0,
      transformerOutKw: 0,
      facilityKw: 0,
      lossesKw: 0,
      lightingKw: layout.tanks * nameplate.itPerTankKw * nameplate.electrical.lightingFraction,
    },
    meters: site.meters.map(({ id, rolloverKwh }) => ({
      id,
      trueKw: 0,
      measuredKw: 0,
      registerKwh: 0,
      runsBackwards: false,
      gain: meterGain(id),
      rolloverKwh,
    })),
    floorMl: new Array<number>(layout.floorRopes).fill(0),
    floorLeakLpm: new Array<number>(layout.floorRopes).fill(0),
    energy: zeroEnergy(startAt, layout.tanks, 0),
  }
}
