import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import { coldPlateFaults } from '#simulators/faults/coldPlateFaults.ts'
import type { Load } from '#simulators/load/load.ts'
import { drawBetween } from '#simulators/plant/chance.ts'
import { energyTruthOf } from '#simulators/plant/counting.ts'
import type { PlantOptions } from '#simulators/plant/createPlant.ts'
import { meteredPower, towerFansKw } from '#simulators/plant/electricalStep.ts'
import { drawHiddenTruth } from '#simulators/plant/hiddenTruth.ts'
import { initialState, startReservoirL } from '#simulators/plant/initialState.ts'
import { type ActiveLeak, facilityVesselL } from '#simulators/plant/leakStep.ts'
import type { PlantTally } from '#simulators/plant/plant.ts'
import type { PlantParts } from '#simulators/plant/plantShell.ts'
import { trueValues } from '#simulators/plant/pointReads.ts'
import { writablePoints } from '#simulators/plant/pointWrites.ts'
import { sizingOf } from '#simulators/plant/sizing.ts'
import { emptyTally, type PlantState, storedHeatKj } from '#simulators/plant/state.ts'
import { type PlantFrame, step } from '#simulators/plant/step.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** The run-in before the start: four hours at the weather and load of the start, in steps of 10 s. */
const runInMs = 4 * 3_600_000
const runInStepMs = 10_000

/** A hall of cold plates on a tower loop. */
export function coldPlateParts(options: PlantOptions<Site>): PlantParts {
  const { site, weather, load, seed, startAt } = options
  const sizing = sizingOf(site)
  const hidden = drawHiddenTruth(site, seed, options.leakagePerK)
  const frame: PlantFrame = {
    site,
    sizing,
    hidden,
    leakagePerK: hidden.leakagePerK,
    metered: site.meters.map(meter => meteredPower(site, meter)),
    watchdogTimeoutMs: options.watchdogTimeoutMs ?? 10_000,
  }
  const state = initialState(site, sizing, hidden, startAt, id => meterGain(site, seed, id))
  runIn(state, { frame, load, weather, startAt })
  const leakSensorFaults = new Set<string>()
  const leaks: ActiveLeak[] = []
  return {
    seed,
    state,
    step: stepMs => {
      step(state, { load, air: weather.at(state.at), leaks }, frame, stepMs)
    },
    truths: trueValues({ site, state, sizing, seed, weather, leakSensorFaults }),
    writable: writablePoints({ state, site, sizing }),
    device: id =>
      id === 'facility'
        ? state.facility
        : id === 'tower'
          ? state.tower
          : state.cdus.find(cdu => cdu.id === id),
    leakSensorFaults,
    switchFor: coldPlateFaults(state, leaks),
    energy: () =>
      energyTruthOf(state.energy, {
        at: state.at,
        coolingKwh: state.energy.coolingKwh,
        storedKj: storedHeatKj(state, sizing),
      }),
    tally: () => coldPlateTally(state, site),
    powerNow: () => ({
      itKw: state.electrical.itKw,
      facilityKw: state.electrical.facilityKw,
      coolingKw:
        state.electrical.cduPumpsKw + state.facility.pumpKw + towerFansKw(state) + state.tower.pumpKw,
      lossesKw: state.electrical.lossesKw,
    }),
  }
}

/** A meter in service sits well inside its class: 0.6 of it. */
export const meterGain = (site: Pick<Site, 'meters'>, seed: number, id: string): number => {
  const classPercent = site.meters.find(meter => meter.id === id)?.classPercent ?? 0
  return 1 + drawBetween(seed, `meter/${id}/gain`, -0.006, 0.006) * classPercent
}

/** Meters, energy, water and tally begin again at `startAt`; what is stored then is for the caller to say. */
export function zeroCounters(state: PlantState, startAt: Millis): void {
  state.at = startAt
  for (const meter of state.meters) meter.registerKwh = 0
  const { water } = state.tower
  Object.assign(water, { basinAtStartL: water.basinL, madeUpL: 0, evaporatedL: 0, driftL: 0, blowDownL: 0 })
  Object.assign(state.energy, {
    fromAt: startAt,
    itKwh: 0,
    facilityKwh: 0,
    coolingKwh: 0,
    lossesKwh: 0,
    heatInKwh: 0,
    heatOutKwh: 0,
  })
  Object.assign(state.tally, emptyTally(state.cdus.length, startAt))
}

/** Brings the plant near to its steady state at the start, then sets the counters to zero. */
function runIn(
  state: PlantState,
  run: { frame: PlantFrame; load: Load; weather: Weather; startAt: Millis },
): void {
  const air = run.weather.at(run.startAt)
  const standing = { cduPowerKw: (cdu: number) => run.load.cduPowerKw(cdu, run.startAt) }
  for (let ms = 0; ms < runInMs; ms += runInStepMs)
    step(state, { load: standing, air, leaks: [] }, run.frame, runInStepMs)
  zeroCounters(state, run.startAt)
  state.energy.storedAtStartKj = storedHeatKj(state, run.frame.sizing)
}

/** Reservoirs of all CDUs and the facility loop's vessel together. */
function coolantOf({ cdus, facility }: PlantState, site: Site): NonNullable<PlantTally['coolantL']> {
  const coolant = {
    atStart: facilityVesselL(site) + cdus.length * startReservoirL(site),
    madeUp: facility.madeUpL,
    leaked: facility.leakedL,
    now: facility.vesselL,
  }
  for (const cdu of cdus) {
    coolant.madeUp += cdu.loop.madeUpL
    coolant.leaked += cdu.loop.leakedL
    coolant.now += cdu.reservoirL
  }
  return coolant
}

export function coldPlateTally(state: PlantState, site: Site): PlantTally {
  const { tally, electrical, energy } = state
  const { water } = state.tower
  return {
    partsKwh: {
      cduPumps: tally.cduPumpsKwh,
      facilityPumps: tally.facilityPumpsKwh,
      towerFans: tally.towerFansKwh,
      towerPumps: tally.towerPumpsKwh,
      it: energy.itKwh,
      lighting: electrical.lightingKw * tally.hours,
    },
    waterL: water.madeUpL,
    towerWaterL: {
      basinAtStart: water.basinAtStartL,
      madeUp: water.madeUpL,
      evaporated: water.evaporatedL,
      drift: water.driftL,
      blowDown: water.blowDownL,
      basin: water.basinL,
    },
    coolantL: coolantOf(state, site),
    overLimitDegreeMinutes: tally.overLimitDegreeMinutes,
    cduHours: tally.nearLimit.cduHours,
    cduHoursNearLimit: tally.nearLimit.cduHoursNearLimit,
    hottestC: tally.hottestC,
    chillerStarts: 0,
  }
}
