import type { ImmersionSite } from '#contract/site/immersion.ts'
import type { Load } from '#simulators/load/load.ts'
import { closeHour } from '#simulators/plant/counting.ts'
import {
  type ImmersionMetered,
  stepImmersionElectrical,
} from '#simulators/plant/immersion/immersionElectrical.ts'
import type { ImmersionSizing, ImmersionTruth } from '#simulators/plant/immersion/immersionSizing.ts'
import type { ImmersionState } from '#simulators/plant/immersion/immersionState.ts'
import { stepLoopHeat, stepLoopPumps } from '#simulators/plant/immersion/loopStep.ts'
import { stepTank } from '#simulators/plant/immersion/tankStep.ts'
import type { DeviceState } from '#simulators/plant/state.ts'
import { givesUp } from '#simulators/plant/watchdogs.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** What stays the same over a plant's life. */
export type ImmersionFrame = {
  readonly site: ImmersionSite
  readonly sizing: ImmersionSizing
  readonly truth: ImmersionTruth
  readonly leakagePerK: number
  readonly metered: readonly ImmersionMetered[]
  readonly watchdogTimeoutMs: number
}

/** The devices' own loops look at least this often: their gains are set for it. Longer steps are cut into equal parts. */
const longestPartMs = 20_000

/** The next state after `stepMs`, in the order in which heat flows; heat that passes is one number on both sides. */
export function stepImmersion(
  state: ImmersionState,
  inputs: { readonly load: Pick<Load, 'cduPowerKw'>; readonly air: OutdoorAir },
  frame: ImmersionFrame,
  stepMs: number,
): void {
  const parts = Math.ceil(stepMs / longestPartMs)
  const seconds = stepMs / 1000 / parts
  stepWatchdogs(state, frame)
  for (let part = 0; part < parts; part++) {
    const { loop } = state
    let heatKw = 0
    let tanksLpm = 0
    for (let index = 0; index < state.tanks.length; index++) {
      const tank = state.tanks[index]!
      stepTank(tank, frame.truth.tanks[index]!, frame, {
        loadKw: inputs.load.cduPowerKw(index, state.at),
        facilitySupplyC: loop.supplyC,
        facilityDpKpa: loop.dpKpa,
        seconds,
      })
      heatKw += tank.heatKw
      tanksLpm += tank.primaryLpm
    }
    stepLoopPumps(loop, frame, { tanksLpm, seconds })
    stepLoopHeat(state, frame, { heatKw, air: inputs.air, seconds })
    stepImmersionElectrical(state, frame, seconds)
  }
  stepFloorLeaks(state, stepMs / 60_000)
  closeHour(state.energy.nearLimit, state.at, stepMs)
  state.at += stepMs
}

/** Under the floor run the mains of the facility loop: what comes out there is missing in its vessel. */
function stepFloorLeaks({ loop, floorMl, floorLeakLpm }: ImmersionState, minutes: number): void {
  for (let rope = 0; rope < floorMl.length; rope++) {
    const litres = Math.min(loop.vesselL, floorLeakLpm[rope]! * minutes)
    loop.vesselL -= litres
    loop.leakedL += litres
    floorMl[rope] = floorMl[rope]! + litres * 1000
  }
}

/** A device that has seen its watchdog toggle and then no more goes back to its commissioned setpoints by itself. */
function stepWatchdogs(state: ImmersionState, { site, watchdogTimeoutMs }: ImmersionFrame): void {
  const { design } = site
  const lapses = (device: DeviceState) => givesUp(device, state.at, watchdogTimeoutMs)
  for (const tank of state.tanks)
    if (lapses(tank)) {
      tank.supplySpC = design.tankSupplyC
      tank.dpSpKpa = design.tankDpCommissionedKpa
    }
  if (lapses(state.loop)) state.loop.dpSpKpa = design.facilityDpCommissionedKpa
  if (lapses(state.coolers)) {
    state.coolers.leavingSpC = design.facilitySupplyC
    state.coolers.padsAboveC = site.nameplate.cooler.pads.onAboveC
  }
}
