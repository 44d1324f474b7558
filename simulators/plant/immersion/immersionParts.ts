import { plantIds } from '#contract/site/expand.ts'
import { immersionIds } from '#contract/site/expandImmersion.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import { meterGain } from '#simulators/plant/coldPlateParts.ts'
import { energyTruthOf } from '#simulators/plant/counting.ts'
import type { PlantOptions } from '#simulators/plant/createPlant.ts'
import { coolersKw, immersionMetered } from '#simulators/plant/immersion/immersionElectrical.ts'
import { immersionFaults } from '#simulators/plant/immersion/immersionFaults.ts'
import { immersionTruths } from '#simulators/plant/immersion/immersionReads.ts'
import { drawImmersionTruth, immersionSizingOf } from '#simulators/plant/immersion/immersionSizing.ts'
import {
  filledShare,
  type ImmersionState,
  initialImmersionState,
  loopVesselL,
  storedHeatKj,
  zeroEnergy,
} from '#simulators/plant/immersion/immersionState.ts'
import { type ImmersionFrame, stepImmersion } from '#simulators/plant/immersion/immersionStep.ts'
import { immersionWritable } from '#simulators/plant/immersion/immersionWrites.ts'
import type { PlantTally } from '#simulators/plant/plant.ts'
import type { PlantParts } from '#simulators/plant/plantShell.ts'

/** The run-in before the start: six hours at the weather and load of the start (the dielectric is slow), in steps of 20 s. */
const runInMs = 6 * 3_600_000
const runInStepMs = 20_000

/** A hall of immersion tanks on dry coolers with adiabatic pads. */
export function immersionParts(options: PlantOptions<ImmersionSite>): PlantParts {
  const { site, weather, load, seed } = options
  const sizing = immersionSizingOf(site)
  const truth = drawImmersionTruth(site, seed, options.leakagePerK)
  const frame: ImmersionFrame = {
    site,
    sizing,
    truth,
    leakagePerK: truth.leakagePerK,
    metered: site.meters.map(meter => immersionMetered(site, meter)),
    watchdogTimeoutMs: options.watchdogTimeoutMs ?? 10_000,
  }
  const state = initialImmersionState(site, options.startAt, id => meterGain(site, seed, id))
  runIn(state, frame, options)
  const leakSensorFaults = new Set<string>()
  return {
    seed,
    state,
    step: stepMs => stepImmersion(state, { load, air: weather.at(state.at) }, frame, stepMs),
    truths: immersionTruths({ state, site, seed, weather, leakSensorFaults }),
    writable: immersionWritable(state, sizing),
    device: id =>
      id === plantIds.facility
        ? state.loop
        : id === immersionIds.coolers
          ? state.coolers
          : state.tanks.find(tank => tank.id === id),
    leakSensorFaults,
    switchFor: immersionFaults(state),
    energy: () =>
      energyTruthOf(state.energy, {
        at: state.at,
        coolingKwh: coolingKwh(state),
        storedKj: storedHeatKj(state, frame.sizing),
      }),
    tally: () => tallyOf(state, site),
    powerNow: () => ({
      itKw: state.electrical.itKw,
      facilityKw: state.electrical.facilityKw,
      coolingKw: state.electrical.tankPumpsKw + state.loop.pumpKw + coolersKw(state),
      lossesKw: state.electrical.lossesKw,
    }),
  }
}

/** Brings the plant near to its steady state at the start, then sets the counters to zero. */
function runIn(
  state: ImmersionState,
  frame: ImmersionFrame,
  { weather, load, startAt }: PlantOptions<ImmersionSite>,
): void {
  const air = weather.at(startAt)
  const standing = { cduPowerKw: (tank: number) => load.cduPowerKw(tank, startAt) }
  for (let ms = 0; ms < runInMs; ms += runInStepMs)
    stepImmersion(state, { load: standing, air }, frame, runInStepMs)
  state.at = startAt
  for (const meter of state.meters) meter.registerKwh = 0
  Object.assign(state.coolers, {
    evaporatedL: 0,
    bledL: 0,
    madeUpL: 0,
    sumpAtStartL: state.coolers.sumpL,
  })
  Object.assign(state.energy, zeroEnergy(startAt, state.tanks.length, storedHeatKj(state, frame.sizing)))
}

const coolingKwh = ({ energy }: ImmersionState): number =>
  energy.tankPumpsKwh + energy.facilityPumpsKwh + energy.dryCoolersKwh

function tallyOf(state: ImmersionState, site: ImmersionSite): PlantTally {
  const { energy, electrical, coolers } = state
  return {
    partsKwh: {
      cduPumps: energy.tankPumpsKwh,
      facilityPumps: energy.facilityPumpsKwh,
      dryCoolers: energy.dryCoolersKwh,
      it: energy.itKwh,
      lighting: electrical.lightingKw * energy.hours,
    },
    waterL: coolers.madeUpL,
    towerWaterL: {
      basinAtStart: coolers.sumpAtStartL,
      madeUp: coolers.madeUpL,
      evaporated: coolers.evaporatedL,
      drift: 0,
      blowDown: coolers.bledL,
      basin: coolers.sumpL,
    },
    coolantL: coolantOf(state, site),
    overLimitDegreeMinutes: energy.overLimitDegreeMinutes,
    cduHours: energy.nearLimit.cduHours,
    cduHoursNearLimit: energy.nearLimit.cduHoursNearLimit,
    hottestC: energy.hottestC,
    chillerStarts: 0,
  }
}

/** Dielectric of all tanks and what the facility loop's vessel holds; nothing is topped up by itself. */
function coolantOf(
  { tanks, loop }: ImmersionState,
  site: ImmersionSite,
): NonNullable<PlantTally['coolantL']> {
  const atStart = tanks.length * filledShare * site.nameplate.tank.volumeL + loopVesselL(site)
  const now = tanks.reduce((sum, tank) => sum + tank.liquidL, loop.vesselL)
  const leaked = tanks.reduce((sum, tank) => sum + tank.leakedL, loop.leakedL)
  return { atStart, madeUp: 0, leaked, now }
}
