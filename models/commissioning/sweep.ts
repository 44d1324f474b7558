import { clamp } from '#contract/control/bounds.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import { hour } from '#contract/units.ts'

/**
 * A commissioning sweep: a plant that has always run at one setpoint teaches nothing about others. For 48 h every family of
 * levers stands now on one, now on the other side of where `reset` would have it, in a pattern in which no two families move
 * alike (rows of a Hadamard matrix of order 16), so that what each one does can be told apart. It stays inside bounds and
 * ramps, and stops economising while a chip comes near its limit.
 */
export const sweepRules = {
  blockMs: 3 * hour,
  blocks: 16,
  /** Excursions toward less and toward more cooling. */
  temperatureK: 3,
  pressureShare: 0.2,
  flowPercent: 20,
  /** A threshold is a switch: far enough to pass it. */
  thresholdK: 8,
  /** Chips nearer to their limit than this: only toward more cooling. */
  chipMarginK: 8,
} as const

export const sweepMs = sweepRules.blockMs * sweepRules.blocks

/** +1: toward more cooling, -1: toward less, by family of levers. Undefined: the sweep is over, or has not begun. */
export function sweepSigns(
  families: readonly string[],
  elapsedMs: number,
): Readonly<Record<string, 1 | -1>> | undefined {
  const block = Math.floor(elapsedMs / sweepRules.blockMs)
  if (block < 0 || block >= sweepRules.blocks) return undefined
  if (families.length >= sweepRules.blocks)
    throw new Error(`a sweep tells at most ${sweepRules.blocks - 1} families of levers apart`)
  return Object.fromEntries(families.map((family, index) => [family, hadamard(block, index + 1)]))
}

/** Sylvester's construction: the parity of the bits that row and column share. */
function hadamard(row: number, column: number): 1 | -1 {
  let shared = row & column
  let parity = 0
  for (; shared > 0; shared >>= 1) parity ^= shared & 1
  return parity === 0 ? 1 : -1
}

export const familyOf = (lever: Lever): string => lever.family ?? lever.name

/** A changeover between modes has no two sides: it stays where `reset` has it. */
export const isSwept = (lever: Lever): boolean => lever.unit !== 'state'

/** Where a lever is asked to stand: `base` is where `reset` has it now. The caller walks there at the lever's ramp. */
export function sweepTarget(lever: Lever, base: number, sign: 1 | -1, leastChipMarginK: number): number {
  if (sign < 0 && !(leastChipMarginK >= sweepRules.chipMarginK)) return base
  const up = lever.economising === 'up' ? -sign : sign
  return clamp(base + up * excursion(lever), lever)
}

function excursion(lever: Lever): number {
  if (lever.unit === 'C') return lever.rampPerHour > 20 ? sweepRules.thresholdK : sweepRules.temperatureK
  if (lever.unit === '%') return sweepRules.flowPercent
  return sweepRules.pressureShare * lever.commissioned
}
