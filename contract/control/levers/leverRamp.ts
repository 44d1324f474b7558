import { clamp } from '#contract/control/bounds.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import { hour } from '#contract/units.ts'

/** A lever toward more cooling may move three times as fast as toward less (YARDSTICKS 1). */
const towardCoolingTimes = 3

/** How far a lever may move in a time, downward and upward: 2 K/h economising upward is 2 K up and 6 K down in an hour. */
export function leverReach(
  lever: Pick<Lever, 'rampPerHour' | 'economising'>,
  elapsedMs: number,
): { down: number; up: number } {
  const saving = (lever.rampPerHour * elapsedMs) / hour
  const cooling = towardCoolingTimes * saving
  return lever.economising === 'up' ? { down: cooling, up: saving } : { down: saving, up: cooling }
}

/** Where a lever stands after `elapsedMs` on its way from `held` to `target`. */
export function walkLever(
  lever: Lever,
  way: { readonly held: number; readonly target: number; readonly elapsedMs: number },
): number {
  const { down, up } = leverReach(lever, way.elapsedMs)
  return clamp(way.target, { lowest: way.held - down, highest: way.held + up })
}

/** Crosses its whole range within the hour (a mode, a threshold): nothing to walk, worth trying at every place. */
export const isSwitch = (lever: Lever): boolean => lever.rampPerHour >= lever.highest - lever.lowest

/** Two values of one lever that a device and a person would call the same: 0.05 K, 0.3 kPa, 0.3 %, half a state. */
export const leverSameWithin = (lever: Lever): number =>
  lever.unit === 'C' ? 0.05 : lever.unit === 'state' ? 0.5 : 0.3
