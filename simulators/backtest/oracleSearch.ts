import type { Lever } from '#contract/control/levers/lever.ts'
import type { SearchSpace, Values } from '#models/planning/levers/patternSearch.ts'
import { type Ramps, reachOf } from '#simulators/backtest/rollout.ts'

/** Where each lever may stand at the end of an hour. */
export function spaceOf(levers: readonly Lever[], held: Values, forMs: number, ramps: Ramps): SearchSpace {
  const lowest: number[] = []
  const highest: number[] = []
  levers.forEach((lever, place) => {
    const value = held[place] as number
    const { down, up } = reachOf(lever, forMs, ramps)
    const inBounds = (wanted: number) => Math.min(lever.highest, Math.max(lever.lowest, wanted))
    lowest.push(inBounds(value - down))
    highest.push(inBounds(value + up))
  })
  return { levers, lowest, highest }
}
