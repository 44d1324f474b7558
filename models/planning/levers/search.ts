import type { Lever } from '#contract/control/levers/lever.ts'
import { isSwitch } from '#contract/control/levers/leverRamp.ts'
import {
  type CostOf,
  type Found,
  intoSpace,
  patternSearch,
  type SearchSpace,
  sharedDirections,
  singleDirections,
  switchDirections,
  type Values,
} from '#models/planning/levers/patternSearch.ts'
import { seededRandom } from '#models/plant/random.ts'

export type SearchOptions = {
  readonly seed: number
  /** Shared candidates that are looked at before any is refined. */
  readonly candidates: number
  /** Each member of a family for itself at the end: where places differ. */
  readonly singly: boolean
}

/** Starts that are refined beside the given ones' best: the landscape has a valley or two (stages, modes), not more. */
const startsRefined = 2
const sharedSteps = [16, 4, 1] as const
const singleSteps = [4, 1] as const

type Rated = { readonly targets: Values; readonly cost: number }

/**
 * Least cost within the space. Candidates that move each family alike are spread evenly at random; the best of them, and the
 * best of the given starts, are refined along the shared directions; then each member of a family for itself.
 */
export function searchLevers(
  space: SearchSpace,
  starts: readonly Values[],
  costOf: CostOf,
  options: SearchOptions,
): Found {
  let tried = 0
  const rate = (targets: Values, enough?: number): Rated => {
    tried++
    return { targets, cost: costOf(targets, enough) }
  }
  const cheapest = (rated: readonly Rated[]): Rated => rated.reduce((a, b) => (b.cost < a.cost ? b : a))
  const given = cheapest(starts.map(targets => rate(intoSpace(space, targets))))
  const drawn = drawnBest(space, options, rate)
  const shared = sharedDirections(space.levers)
  const switches = switchDirections(space.levers)
  const refined = [given, ...drawn].map(start => {
    const switched = patternSearch(space, start, switches, costOf, {
      steps: [Number.POSITIVE_INFINITY],
      turns: 1,
    })
    const found = patternSearch(space, switched, shared, costOf, { steps: sharedSteps, turns: 4 })
    tried += switched.tried + found.tried
    return found
  })
  const best = cheapest(refined)
  const singles = options.singly ? singleDirections(space.levers) : []
  const single = patternSearch(space, best, singles, costOf, { steps: singleSteps, turns: 2 })
  // What the members have freed (the warmest chip, the widest valve) the shared levers may use.
  const last = patternSearch(space, single, shared, costOf, { steps: [1], turns: 3 })
  const settled = settleThresholds(space, last, costOf)
  return { ...settled, tried: tried + single.tried + last.tried + settled.tried }
}

/** Costs as much as another: a watt per 100 kW. */
const sameCostShare = 1e-5

/**
 * Any threshold on the right side of the coming hour's weather costs the same, until the weather comes otherwise. It is set as far
 * from it as it goes; where both sides cost the same, on the side of more cooling.
 */
function settleThresholds(space: SearchSpace, start: Rated, costOf: CostOf): Found {
  let { targets, cost } = start
  let tried = 0
  for (const [place, lever] of space.levers.entries()) {
    if (!isSwitch(lever) || isMode(lever)) continue
    const ends = [space.lowest[place] as number, space.highest[place] as number]
    for (const end of lever.economising === 'up' ? ends : ends.reverse()) {
      const next = targets.map((value, index) => (index === place ? end : value))
      tried++
      const nextCost = costOf(next)
      if (nextCost > cost * (1 + sameCostShare)) continue
      targets = next
      cost = nextCost
      break
    }
  }
  return { targets, cost, tried }
}

function drawnBest(
  space: SearchSpace,
  { seed, candidates }: SearchOptions,
  rate: (targets: Values, enough?: number) => Rated,
): Rated[] {
  const random = seededRandom(seed)
  let best: Rated[] = []
  for (let drawn = 0; drawn < candidates; drawn++) {
    const enough = best.length < startsRefined ? undefined : best.at(-1)?.cost
    const one = rate(drawShared(space, random), enough)
    if (enough !== undefined && one.cost >= enough) continue
    best = [...best, one].sort((a, b) => a.cost - b.cost).slice(0, startsRefined)
  }
  return best
}

/** One share of the reach for each family; modes at whole values. */
function drawShared(space: SearchSpace, random: () => number): Values {
  const shares = new Map<string, number>()
  return space.levers.map((lever, place) => {
    const family = lever.family ?? lever.name
    const share = shares.get(family) ?? random()
    shares.set(family, share)
    const lowest = space.lowest[place] as number
    const value = lowest + share * ((space.highest[place] as number) - lowest)
    return isMode(lever) ? Math.round(value) : value
  })
}

const isMode = (lever: Lever): boolean => lever.unit === 'state' && isSwitch(lever)
