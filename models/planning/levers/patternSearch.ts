import { clamp } from '#contract/control/bounds.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import { isSwitch } from '#contract/control/levers/leverRamp.ts'

/** One value for each lever, in their order. */
export type Values = readonly number[]

/** What a set of targets costs; penalties included. Above `enough` any number above it will do: it has lost already. */
export type CostOf = (targets: Values, enough?: number) => number

export type Found = { readonly targets: Values; readonly cost: number; readonly tried: number }

export type SearchSpace = {
  readonly levers: readonly Lever[]
  readonly lowest: Values
  readonly highest: Values
}

export const intoSpace = (space: SearchSpace, values: Values): Values =>
  values.map((value, place) =>
    clamp(value, { lowest: space.lowest[place] as number, highest: space.highest[place] as number }),
  )

/** One way to move: how many of its own search steps each lever goes. */
type Step = readonly [place: number, share: number]
export type Direction = readonly [Step, ...Step[]]

/**
 * Pattern search: from a start, along each direction, with steps that shrink from `steps[0]` times the finest. A direction
 * that helped is followed on; one that did not is tried the other way.
 */
export function patternSearch(
  space: SearchSpace,
  start: { readonly targets: Values; readonly cost: number },
  directions: readonly Direction[],
  costOf: CostOf,
  options: { readonly steps: readonly number[]; readonly turns: number },
): Found {
  let { targets, cost } = start
  let tried = 0
  const signs = directions.map(() => 1)
  const moved = (direction: Direction, length: number): Values | undefined => {
    const next = targets.slice()
    let differs = false
    for (const [place, share] of direction) {
      const wanted = (next[place] as number) + length * share * (space.levers[place] as Lever).searchStep
      const value = Math.min(space.highest[place] as number, Math.max(space.lowest[place] as number, wanted))
      if (Math.abs(value - (next[place] as number)) > 1e-9) differs = true
      next[place] = value
    }
    return differs ? next : undefined
  }
  const offer = (direction: Direction, length: number): boolean => {
    const next = moved(direction, length)
    if (!next) return false
    tried++
    const nextCost = costOf(next, cost)
    if (nextCost >= cost - 1e-6) return false
    targets = next
    cost = nextCost
    return true
  }
  for (const step of options.steps)
    for (let turn = 0; turn < options.turns; turn++) {
      let helped = false
      directions.forEach((direction, index) => {
        for (const sign of [signs[index] as number, -(signs[index] as number)])
          if (offer(direction, sign * step)) {
            signs[index] = sign
            helped = true
            // Follow on while it helps, at most eight steps: a window is seldom wider.
            for (let more = 0; more < 8 && offer(direction, sign * step); more++);
            return
          }
      })
      if (!helped) break
    }
  return { targets, cost, tried }
}

/** Levers that may cross their whole range within the hour (a switch, a threshold): worth trying at both ends. */
export const switchDirections = (levers: readonly Lever[]): Direction[] =>
  familyDirections(levers).filter(([[place]]) => isSwitch(levers[place] as Lever))

/** Families alone; neighbours among the temperatures together, and all of them: they lie in one slanting valley. */
export function sharedDirections(levers: readonly Lever[]): Direction[] {
  const alone = familyDirections(levers)
  const temperatures = alone.filter(([[place]]) => (levers[place] as Lever).unit === 'C')
  const together = temperatures
    .slice(1)
    .map((places, index) => [...(temperatures[index] as Direction), ...places])
  if (temperatures.length > 2) together.push(temperatures.flat())
  return [...alone, ...together] as Direction[]
}

/** Each lever for itself, members of families too. */
export const singleDirections = (levers: readonly Lever[]): Direction[] =>
  levers.flatMap((lever, place): Direction[] => (lever.family === undefined ? [] : [[[place, 1]]]))

/** Levers of one family move by the same step and keep their distances. */
export function familyDirections(levers: readonly Lever[]): Direction[] {
  const families = new Map<string, Step[]>()
  levers.forEach((lever, place) => {
    const name = lever.family ?? lever.name
    families.set(name, [...(families.get(name) ?? []), [place, 1]])
  })
  return [...families.values()] as unknown as Direction[]
}
