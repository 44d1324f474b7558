import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { coldPlateSiteOf } from '#contract/site/expandHybrid.ts'
import type { Millis } from '#contract/units.ts'
import type { Load } from '#simulators/load/load.ts'
import { meterGain, zeroCounters } from '#simulators/plant/coldPlateParts.ts'
import type { PlantOptions } from '#simulators/plant/createPlant.ts'
import { drawHiddenTruth } from '#simulators/plant/hiddenTruth.ts'
import { coolingKw, hybridMeteredPower } from '#simulators/plant/hybrid/hybridElectrical.ts'
import { hybridFaults } from '#simulators/plant/hybrid/hybridFaults.ts'
import { hybridTrueValues } from '#simulators/plant/hybrid/hybridReads.ts'
import { hybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import { emptyHybridTally, type HybridState, hybridState } from '#simulators/plant/hybrid/hybridState.ts'
import { type HybridFrame, stepHybrid } from '#simulators/plant/hybrid/hybridStep.ts'
import { hybridEnergy, hybridStoredKj, hybridTally } from '#simulators/plant/hybrid/hybridTruth.ts'
import { hybridWritable } from '#simulators/plant/hybrid/hybridWrites.ts'
import { initialState } from '#simulators/plant/initialState.ts'
import type { ActiveLeak } from '#simulators/plant/leakStep.ts'
import type { PlantParts } from '#simulators/plant/plantShell.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** The run-in before the start: four hours at the weather and load of the start, in steps of 10 s. */
const runInMs = 4 * 3_600_000
const runInStepMs = 10_000

/** A hall of cold plates and residual air on chilled water, with an economiser and towers. */
export function hybridParts(options: PlantOptions<HybridSite>): PlantParts {
  const { site, weather, load, seed, startAt } = options
  const liquid = coldPlateSiteOf(site)
  const sizing = hybridSizing(site, liquid)
  const hidden = drawHiddenTruth(liquid, seed, options.leakagePerK)
  const frame: HybridFrame = {
    site,
    liquid,
    sizing,
    hidden,
    metered: site.meters.map(meter => hybridMeteredPower(site, liquid, meter)),
    watchdogTimeoutMs: options.watchdogTimeoutMs ?? 10_000,
  }
  const coldPlates = initialState(liquid, sizing.coldPlates, hidden, startAt, id => meterGain(site, seed, id))
  const state = hybridState(coldPlates, site)
  runIn(state, { frame, load, weather, startAt })
  const leakSensorFaults = new Set<string>()
  const leaks: ActiveLeak[] = []
  const devices = new Map(
    [...state.cdus, ...state.chillers, ...state.crahs].map(device => [device.id, device] as const),
  )
  return {
    seed,
    state,
    step: stepMs => stepHybrid(state, { load, air: weather.at(state.at), leaks }, frame, stepMs),
    truths: hybridTrueValues({ state, frame, seed, weather, leakSensorFaults }),
    writable: hybridWritable({ state, frame }),
    device: id => (id === 'facility' ? state.facility : id === 'tower' ? state.tower : devices.get(id)),
    leakSensorFaults,
    switchFor: hybridFaults(state, leaks),
    energy: () => hybridEnergy(state, sizing),
    tally: () => hybridTally(state, liquid),
    powerNow: () => ({
      itKw: state.electrical.itKw,
      facilityKw: state.electrical.facilityKw,
      coolingKw: coolingKw(state),
      lossesKw: state.electrical.lossesKw,
    }),
  }
}

/** Brings the plant near to its steady state at the start, then sets the counters to zero. */
function runIn(
  state: HybridState,
  run: { frame: HybridFrame; load: Load; weather: Weather; startAt: Millis },
): void {
  const air = run.weather.at(run.startAt)
  const standing = { cduPowerKw: (cdu: number) => run.load.cduPowerKw(cdu, run.startAt) }
  for (let ms = 0; ms < runInMs; ms += runInStepMs)
    stepHybrid(state, { load: standing, air, leaks: [] }, run.frame, runInStepMs)
  zeroCounters(state, run.startAt)
  Object.assign(state.hybridTally, emptyHybridTally())
  state.energy.storedAtStartKj = hybridStoredKj(state, run.frame.sizing)
}
