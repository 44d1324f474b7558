import { plantIds } from '#contract/site/expand.ts'
import { immersionIds } from '#contract/site/expandImmersion.ts'
import type { ImmersionSizing } from '#simulators/plant/immersion/immersionSizing.ts'
import type { ImmersionState } from '#simulators/plant/immersion/immersionState.ts'
import { addWatchdog, bit, clamped, type WritablePoint, type Writer } from '#simulators/plant/pointWrites.ts'

/** Every writable point of the site by its key, with the device's own range. */
export function immersionWritable(
  state: ImmersionState,
  sizing: ImmersionSizing,
): ReadonlyMap<string, WritablePoint> {
  const all = new Map<string, WritablePoint>()
  const { loop, coolers } = state
  for (const tank of state.tanks) {
    const add = (point: string, write: Writer) => all.set(`${tank.id}.${point}`, { device: tank, write })
    add('supplyTemperatureSp', value => {
      tank.supplySpC = clamped(value, 25, 60)
      return tank.supplySpC
    })
    add('differentialPressureSp', value => {
      tank.dpSpKpa = clamped(value, sizing.tankDpFloorKpa, sizing.tankDpCeilingKpa)
      return tank.dpSpKpa
    })
    add('pumpRun', value => {
      tank.pumpRun = bit(value)
      return tank.pumpRun
    })
    addWatchdog(all, tank.id, tank, state)
  }
  const setLeaving: Writer = value => {
    coolers.leavingSpC = clamped(value, 10, 60)
    return coolers.leavingSpC
  }
  all.set(`${plantIds.facility}.supplyTemperatureSp`, { device: loop, write: setLeaving })
  all.set(`${plantIds.facility}.differentialPressureSp`, {
    device: loop,
    write: value => {
      loop.dpSpKpa = clamped(value, sizing.loopDpFloorKpa, sizing.loopDpCeilingKpa)
      return loop.dpSpKpa
    },
  })
  addWatchdog(all, plantIds.facility, loop, state)
  all.set(`${immersionIds.coolers}.leavingTemperatureSp`, { device: coolers, write: setLeaving })
  all.set(`${immersionIds.coolers}.padsAboveSp`, {
    device: coolers,
    write: value => {
      coolers.padsAboveC = clamped(value, 5, 60)
      return coolers.padsAboveC
    },
  })
  addWatchdog(all, immersionIds.coolers, coolers, state)
  return all
}
