import type { DurationMs, Millis } from '#contract/units.ts'
import type { DeviceState } from '#simulators/plant/state.ts'

/**
 * A device that has seen its watchdog toggle and then no more gives its controller up, once: true in that step, in which it
 * goes back to its commissioned setpoints by itself.
 */
export function givesUp(device: DeviceState, at: Millis, timeoutMs: DurationMs): boolean {
  const lapsed =
    device.watchdogHealthy === 1 &&
    device.watchdogToggledAt !== undefined &&
    at - device.watchdogToggledAt > timeoutMs
  if (lapsed) device.watchdogHealthy = 0
  return lapsed
}
