import type { Site } from '#contract/site/site.ts'
import type { Load } from '#simulators/load/load.ts'
import { stepCdu } from '#simulators/plant/cduStep.ts'
import { closeHour } from '#simulators/plant/counting.ts'
import { type MeteredPower, stepElectrical } from '#simulators/plant/electricalStep.ts'
import { stepFacilityHeat, stepFacilityPumps, stepTowerPumps } from '#simulators/plant/facilityStep.ts'
import type { HiddenTruth } from '#simulators/plant/hiddenTruth.ts'
import { type ActiveLeak, stepLeaks } from '#simulators/plant/leakStep.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { DeviceState, PlantState } from '#simulators/plant/state.ts'
import { stepTower } from '#simulators/plant/towerStep.ts'
import { givesUp } from '#simulators/plant/watchdogs.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** What stays the same over a plant's life. */
export type PlantFrame = {
  readonly site: Site
  readonly sizing: Sizing
  readonly hidden: HiddenTruth
  readonly leakagePerK: number
  readonly metered: readonly MeteredPower[]
  readonly watchdogTimeoutMs: number
}

/** What comes from outside in one step. */
export type StepInputs = {
  readonly load: Pick<Load, 'cduPowerKw'>
  readonly air: OutdoorAir
  readonly leaks: readonly ActiveLeak[]
}

/**
 * The next state of a plant after `stepMs`: devices, CDUs, facility loop, tower, electrical chain, in the order in which
 * heat flows. Between CDUs and facility, and between facility and tower, the temperature of the step before is used; the heat
 * that passes is one number on both sides, so energy is kept exactly.
 */
export function step(state: PlantState, inputs: StepInputs, frame: PlantFrame, stepMs: number): PlantState {
  const seconds = stepMs / 1000
  const { facility, tower } = state
  stepWatchdogs(state, frame)
  stepLeaks(state, frame.site, inputs.leaks, seconds)
  let heatKw = 0
  let primaryLpm = 0
  for (let index = 0; index < state.cdus.length; index++) {
    const cdu = state.cdus[index]!
    stepCdu(cdu, frame.hidden.cdus[index]!, frame, {
      loadKw: inputs.load.cduPowerKw(index, state.at),
      facilitySupplyC: facility.supplyC,
      facilityDpKpa: facility.dpKpa,
      seconds,
    })
    heatKw += cdu.heatKw
    primaryLpm += cdu.primaryLpm
  }
  stepFacilityPumps(facility, frame, { lpm: primaryLpm, seconds })
  stepTowerPumps(tower, frame, { heatKw, seconds })
  const toTowerKw = stepFacilityHeat(state, frame, { heatKw, seconds })
  stepTower(tower, frame, { heatKw: toTowerKw, air: inputs.air, seconds })
  stepElectrical(state, frame, seconds)
  closeHour(state.tally.nearLimit, state.at, stepMs)
  state.at += stepMs
  return state
}

/** A device that has seen its watchdog toggle and then no more goes back to its commissioned setpoints by itself. */
function stepWatchdogs(state: PlantState, frame: PlantFrame): void {
  const { design } = frame.site
  const lapsed = (device: DeviceState) => givesUp(device, state.at, frame.watchdogTimeoutMs)
  for (const cdu of state.cdus)
    if (lapsed(cdu)) {
      cdu.supplySpC = design.cduSupplyC
      cdu.dpSpKpa = design.cduDpCommissionedKpa
    }
  if (lapsed(state.facility)) {
    state.facility.supplySpC = design.facilitySupplyC
    state.facility.dpSpKpa = design.facilityDpCommissionedKpa
  }
  if (lapsed(state.tower)) {
    state.tower.leavingSpC = design.towerLeavingC
    state.tower.waterSpPercent = undefined
  }
}
