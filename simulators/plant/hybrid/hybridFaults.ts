import { coldPlateFaults } from '#simulators/faults/coldPlateFaults.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import type { HybridState } from '#simulators/plant/hybrid/hybridState.ts'
import type { ActiveLeak } from '#simulators/plant/leakStep.ts'

/** Faults of a hybrid plant: those of its cold plates, tower, pumps and leaks, and those of chillers and CRAHs. */
export function hybridFaults(
  state: HybridState,
  leaks: ActiveLeak[],
): (fault: Fault) => ((isOn: boolean) => void) | string {
  const ofColdPlates = coldPlateFaults(state, leaks)
  return fault => {
    const crah = state.crahs.find(({ id }) => id === fault.place)
    switch (fault.kind) {
      case 'chillerTrip': {
        const chiller = state.chillers.find(({ id }) => id === fault.place)
        if (!chiller) return `place "${fault.place}" is no chiller`
        return isOn => {
          chiller.isTripped = isOn
        }
      }
      case 'pumpTrip':
        // The fan is what moves a CRAH's medium.
        return crah
          ? isOn => {
              crah.fanIsTripped = isOn
            }
          : ofColdPlates(fault)
      case 'stuckValve':
        return crah
          ? isOn => {
              crah.valveIsStuck = isOn
            }
          : ofColdPlates(fault)
      default:
        return ofColdPlates(fault)
    }
  }
}
