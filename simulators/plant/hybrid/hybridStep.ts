import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import type { Site } from '#contract/site/site.ts'
import type { DurationMs } from '#contract/units.ts'
import type { Load } from '#simulators/load/load.ts'
import { type CduPlant, stepCdu } from '#simulators/plant/cduStep.ts'
import { closeHour } from '#simulators/plant/counting.ts'
import type { HiddenTruth } from '#simulators/plant/hiddenTruth.ts'
import { stepAir, stepRackAir } from '#simulators/plant/hybrid/airStep.ts'
import { stepChilledLoop } from '#simulators/plant/hybrid/chilledLoopStep.ts'
import { type HybridMeteredPower, stepHybridElectrical } from '#simulators/plant/hybrid/hybridElectrical.ts'
import type { HybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import { economiserModes, type HybridState } from '#simulators/plant/hybrid/hybridState.ts'
import { type ActiveLeak, stepLeaks } from '#simulators/plant/leakStep.ts'
import type { DeviceState } from '#simulators/plant/state.ts'
import { givesUp } from '#simulators/plant/watchdogs.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** What stays the same over a plant's life. `liquid` is the site as its cold plates see it. */
export type HybridFrame = {
  readonly site: HybridSite
  readonly liquid: Site
  readonly sizing: HybridSizing
  readonly hidden: HiddenTruth
  readonly metered: readonly HybridMeteredPower[]
  readonly watchdogTimeoutMs: DurationMs
}

export type HybridInputs = {
  readonly load: Pick<Load, 'cduPowerKw'>
  readonly air: OutdoorAir
  readonly leaks: readonly ActiveLeak[]
}

/**
 * The next state of a hybrid plant after `stepMs`: devices, CDUs, air side, chilled water with chillers and tower, electrical
 * chain, in the order in which heat flows. Between them the temperature of the step before is used; the heat that passes is one
 * number on both sides, so energy is kept exactly.
 */
export function stepHybrid(
  state: HybridState,
  inputs: HybridInputs,
  frame: HybridFrame,
  stepMs: DurationMs,
): void {
  const seconds = stepMs / 1000
  const { facility } = state
  stepWatchdogs(state, frame)
  stepLeaks(state, frame.liquid, inputs.leaks, seconds)
  const cduPlant: CduPlant = {
    site: frame.liquid,
    sizing: frame.sizing.coldPlates,
    leakagePerK: frame.hidden.leakagePerK,
  }
  let heatKw = 0
  let lpm = 0
  for (let index = 0; index < state.cdus.length; index++) {
    const cdu = state.cdus[index]!
    stepCdu(cdu, frame.hidden.cdus[index]!, cduPlant, {
      loadKw: inputs.load.cduPowerKw(index, state.at) * frame.site.nameplate.liquidShare,
      facilitySupplyC: facility.supplyC,
      facilityDpKpa: facility.dpKpa,
      seconds,
    })
    heatKw += cdu.heatKw
    lpm += cdu.primaryLpm
  }
  stepRackAir(state, frame)
  const air = stepAir(state, frame, seconds)
  stepChilledLoop(state, frame, {
    load: { heatKw: heatKw + air.heatKw, lpm: lpm + air.lpm },
    air: inputs.air,
    seconds,
  })
  stepHybridElectrical(state, frame, seconds)
  closeHour(state.tally.nearLimit, state.at, stepMs)
  state.at += stepMs
}

/** A device that has seen its watchdog toggle and then no more goes back to its commissioned setpoints by itself. */
function stepWatchdogs(state: HybridState, frame: HybridFrame): void {
  const { design, nameplate } = frame.site
  const { commissioned } = nameplate
  const lapse = (device: DeviceState) => givesUp(device, state.at, frame.watchdogTimeoutMs)
  for (const cdu of state.cdus)
    if (lapse(cdu)) {
      cdu.supplySpC = commissioned.cduSupplyC
      cdu.dpSpKpa = design.cduDpCommissionedKpa
    }
  if (lapse(state.facility)) state.facility.dpSpKpa = design.facilityDpCommissionedKpa
  if (lapse(state.tower)) {
    state.tower.leavingSpC = design.towerLeavingC
    state.tower.waterSpPercent = undefined
  }
  for (const chiller of state.chillers)
    if (lapse(chiller)) {
      chiller.leavingSpC = commissioned.chilledWaterC
      state.chilled.economiserMode = economiserModes.auto
    }
  for (const crah of state.crahs)
    if (lapse(crah)) {
      crah.supplySpC = commissioned.crahSupplyC
      crah.airSpPercent = commissioned.crahAirPercent
    }
}
