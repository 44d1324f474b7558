import { type ControlSite, designOf, isEconomising, type SteeredPoint } from '#contract/control/bounds.ts'
import { hour, minute, second } from '#contract/units.ts'

/** Who asks for a value: ramps differ, bounds never do. */
export type Asker = 'plan' | 'operator' | 'schedule' | 'walkBack' | 'safety' | 'fallback'

/** A plan toward more cooling may move three times as fast as toward less (DESIGN 6). */
const planTowardCoolingTimes = 3

/**
 * Largest change in units per ms. Economising under a plan: 2 K/h, 15 % of design pressure/h, 20 % of tower flow/h.
 * Toward more cooling the guard goes as fast as devices take it: 1 K/min, pumps 5 %/s. Going home or under `reset`,
 * water may warm by 0.5 K/min and pressure or flow fall by 10 % of design/min, so that ten minutes bring it home.
 */
export function rampPerMs(
  site: ControlSite,
  steered: SteeredPoint,
  asker: Asker,
  economising: boolean,
): number {
  const design = designOf(site, steered)
  const isTemperature = steered.quantity === 'temperature'
  const deviceLimit = isTemperature ? 1 / minute : (0.05 * design) / second
  const planLimit = isTemperature
    ? 2 / hour
    : ((steered.quantity === 'pressure' ? 0.15 : 0.2) * design) / hour
  switch (asker) {
    case 'plan':
    case 'operator':
      return economising ? planLimit : planTowardCoolingTimes * planLimit
    case 'schedule':
    case 'walkBack':
    case 'fallback':
      if (!economising) return deviceLimit
      return isTemperature ? 0.5 / minute : (0.1 * design) / minute
    case 'safety':
      return economising ? planLimit : deviceLimit
    default:
      return asker satisfies never
  }
}

export type RampStep = {
  readonly site: ControlSite
  readonly steered: SteeredPoint
  readonly asker: Asker
  readonly held: number
  readonly target: number
  /** Site time since the value was last moved. */
  readonly elapsedMs: number
}

/** The value after `elapsedMs` on the way from `held` to `target`: 30 °C to 40 °C under a plan is 32 °C after an hour. */
export function rampStep(step: RampStep): number {
  const economising = isEconomising(step.steered, { from: step.held, to: step.target })
  const reach = rampPerMs(step.site, step.steered, step.asker, economising) * Math.max(0, step.elapsedMs)
  return step.held + Math.min(reach, Math.max(-reach, step.target - step.held))
}
