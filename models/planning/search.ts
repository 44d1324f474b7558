import { type Bounds, clamp } from '#contract/control/bounds.ts'
import { type OwnSearch, settleEachCdu } from '#models/planning/eachCdu.ts'
import { cduPrices, judge, type Situation, type Verdict } from '#models/planning/judge.ts'
import type { Reach } from '#models/planning/limits.ts'
import { predictUnsettled, type Settings } from '#models/plant/predict.ts'
import { seededRandom } from '#models/plant/random.ts'

export type Found = {
  readonly settings: Settings
  readonly verdict: Verdict
  /** Hours judged, over all candidates. */
  readonly judged: number
}

/** Share of each reach at which a shared candidate stands: tower leaving, tower flow, facility supply, facility pressure, CDU supplies, CDU pressures. */
type Place = readonly [number, number, number, number, number, number]
const dimensions = 6

/** Steps are halved from a quarter of the reach to 0.4 % of it: 2 K and 8 K of reach end at 0.01 and 0.03 K. */
const smallestStep = 0.004

/**
 * Least cost within reach. Thousands of candidates that move all CDUs alike, spread evenly at random; the best of them, the
 * settings held and those of `reset` are refined along each axis (valleys are narrow and run slantwise: tower stages, valves at
 * their limit); then each CDU's own two setpoints, which meet the others only in the facility water.
 */
export function search(
  situation: Situation,
  reach: Reach,
  seeds: readonly Settings[],
  options: { readonly seed: number; readonly candidates: number },
): Found {
  const random = seededRandom(options.seed)
  let judged = 0
  let drawn: { place: Place; costKw: number } | undefined
  for (let i = 0; i < options.candidates; i++) {
    const place = Array.from({ length: dimensions }, random) as unknown as Place
    const { costKw, hoursKw } = judge(situation, settingsAt(reach, place), drawn?.costKw)
    judged += hoursKw.length
    if (!drawn || costKw < drawn.costKw) drawn = { place, costKw }
  }
  let best = seeds
    .map(settings => ({ settings, verdict: judge(situation, settings) }))
    .reduce((a, b) => (b.verdict.costKw < a.verdict.costKw ? b : a))
  const known = seeds.map(settings => {
    const place = placeOf(reach, settings)
    return { place, costKw: judge(situation, settingsAt(reach, place)).costKw }
  })
  for (const start of drawn ? [drawn, ...known] : known) {
    const refined = refineShared(situation, reach, start)
    judged += refined.judged
    const settings = settingsAt(reach, refined.place)
    const verdict = judge(situation, settings)
    if (verdict.costKw < best.verdict.costKw) best = { settings, verdict }
  }
  const together = refineTogether(situation, reach, best)
  return { ...together, judged: judged + together.judged }
}

/** A few per cent of the way are no matter where only the direction is asked for. */
const roughStep = 0.03

/** The same without candidates at random, from the best of the seeds, CDUs settled once: for hours that are planned anew. */
export function searchRoughly(situation: Situation, reach: Reach, seeds: readonly Settings[]): Found {
  const rated = seeds.map(seed => {
    const place = placeOf(reach, seed)
    return { place, costKw: judge(situation, settingsAt(reach, place)).costKw }
  })
  const start = rated.reduce((a, b) => (b.costKw < a.costKw ? b : a))
  const refined = refineShared(situation, reach, start, roughStep)
  const shared = settingsAt(reach, refined.place)
  const prices = cduPrices(situation, shared, judge(situation, shared))
  const each = settleEachCdu(situation, reach, shared, { ...following, prices })
  const settings = tightened(situation, reach, each.settings)
  const judged = seeds.length + refined.judged + 3 + each.asked / Math.max(1, shared.cduSupplyC.length)
  return { settings, verdict: judge(situation, settings), judged: Math.round(judged) }
}

const within = (bounds: { lowest: number; highest: number }, share: number): number =>
  bounds.lowest + share * (bounds.highest - bounds.lowest)

function settingsAt(reach: Reach, place: Place): Settings {
  return {
    towerLeavingC: within(reach.towerLeavingC, place[0]),
    towerFlowPercent: within(reach.towerFlowPercent, place[1]),
    facilitySupplyC: within(reach.facilitySupplyC, place[2]),
    facilityDpKpa: within(reach.facilityDpKpa, place[3]),
    cduSupplyC: reach.cduSupplyC.map(bounds => within(bounds, place[4])),
    cduDpKpa: reach.cduDpKpa.map(bounds => within(bounds, place[5])),
  }
}

/** The place that comes nearest to these settings: CDUs at the mean of theirs. */
function placeOf(reach: Reach, settings: Settings): Place {
  const share = (bounds: Bounds, value: number) =>
    bounds.highest > bounds.lowest
      ? clamp((value - bounds.lowest) / (bounds.highest - bounds.lowest), unit)
      : 0
  const mean = (bounds: readonly Bounds[], values: readonly number[]) =>
    values.reduce((sum, value, cdu) => sum + share(bounds[cdu] as Bounds, value), 0) / values.length
  return [
    share(reach.towerLeavingC, settings.towerLeavingC),
    share(reach.towerFlowPercent, settings.towerFlowPercent),
    share(reach.facilitySupplyC, settings.facilitySupplyC),
    share(reach.facilityDpKpa, settings.facilityDpKpa),
    mean(reach.cduSupplyC, settings.cduSupplyC),
    mean(reach.cduDpKpa, settings.cduDpKpa),
  ]
}
const unit: Bounds = { lowest: 0, highest: 1 }

function refineShared(
  situation: Situation,
  reach: Reach,
  start: { place: Place; costKw: number },
  smallest = smallestStep,
): { place: Place; judged: number } {
  let { place, costKw } = start
  let judged = 0
  for (let step = 0.25; step >= smallest; step /= 2)
    // Six turns at each step length: the valley runs slantwise, along tower, facility and CDU temperature together.
    for (let turn = 0; turn < 6; turn++) {
      let moved = false
      for (const direction of directions)
        for (const sign of [step, -step]) {
          const next = place.map((share, axis) =>
            Math.min(1, Math.max(0, share + sign * (direction[axis] as number))),
          ) as unknown as Place
          const tried = judge(situation, settingsAt(reach, next), costKw)
          judged += tried.hoursKw.length
          if (tried.costKw < costKw - 1e-6) {
            place = next
            costKw = tried.costKw
            moved = true
          }
        }
      if (!moved) break
    }
  return { place, judged }
}

/** Each axis alone; the three temperatures together; facility and CDU water together; pressure against temperature. */
const directions: readonly Place[] = [
  [1, 0, 0, 0, 0, 0],
  [0, 1, 0, 0, 0, 0],
  [0, 0, 1, 0, 0, 0],
  [0, 0, 0, 1, 0, 0],
  [0, 0, 0, 0, 1, 0],
  [0, 0, 0, 0, 0, 1],
  [1, 0, 1, 0, 1, 0],
  [0, 0, 1, 0, 1, 0],
  [1, 0, 1, 0, 0, 0],
  [0, 0, 0, 1, 1, 0],
  [0, 0, 0, 0, 1, 1],
]

/** While shared values are tried CDUs follow roughly; at the end each finds its own to a hundredth of its reach. */
const following = { steps: [0.04, 0.012], turns: 1 } as const
const own = { steps: [0.15, 0.05, 0.015, 0.005], turns: 3 } as const
/** What a shared move must save after the CDUs have followed, kW: less is noise of their search. */
const worthFollowingKw = 0.01

/**
 * Shared values and each CDU's own in turn: one wide valve or one warm chip would hold the facility's pressure for all, so
 * every shared move is judged after each CDU has found its way within it.
 */
function refineTogether(
  situation: Situation,
  reach: Reach,
  start: { settings: Settings; verdict: Verdict },
): Found {
  let { settings, verdict } = start
  let judged = 0
  const follow = (shared: Settings, how: OwnSearch) => {
    const prices = cduPrices(situation, settings, verdict)
    const found = settleEachCdu(situation, reach, shared, { ...how, prices })
    const tight = tightened(situation, reach, found.settings)
    const followed = judge(situation, tight, verdict.costKw)
    judged += 1 + followed.hoursKw.length + found.asked / Math.max(1, shared.cduSupplyC.length)
    return { settings: tight, verdict: followed }
  }
  const offer = (next: { settings: Settings; verdict: Verdict }): boolean => {
    if (next.verdict.costKw >= verdict.costKw - worthFollowingKw) return false
    settings = next.settings
    verdict = next.verdict
    return true
  }
  offer(follow(settings, own))
  for (let step = 0.1; step >= smallestStep; step /= 2.5)
    for (let turn = 0; turn < 2; turn++) {
      let moved = false
      for (const direction of sharedDirections)
        for (const share of [step, -step]) {
          const shared = shiftShared(reach, settings, direction, share)
          if (shared && offer(follow(shared, following))) {
            moved = true
            break
          }
        }
      if (!moved) break
    }
  offer(follow(settings, own))
  return { settings, verdict, judged: Math.round(judged) }
}

/** Water from the tower just as warm as the exchanger can use: colder costs fans, warmer leaves the facility supply unmet. */
function tightened(situation: Situation, reach: Reach, settings: Settings): Settings {
  const { facilityReachableC } = predictUnsettled(situation.of, 0, settings, situation.conditions)
  const towerLeavingC = clamp(
    settings.towerLeavingC + settings.facilitySupplyC - facilityReachableC - tightWithinK,
    reach.towerLeavingC,
  )
  const reachableC = facilityReachableC + towerLeavingC - settings.towerLeavingC
  const facilitySupplyC = clamp(Math.max(settings.facilitySupplyC, reachableC), reach.facilitySupplyC)
  return { ...settings, towerLeavingC, facilitySupplyC }
}
const tightWithinK = 0.01

const sharedNames = ['towerLeavingC', 'towerFlowPercent', 'facilitySupplyC', 'facilityDpKpa'] as const
/** Each shared value alone; tower and facility water together; pressure against the water's temperature. */
const sharedDirections = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [1, 0, 1, 0],
  [0, 0, 1, 1],
  [1, 0, 1, 1],
] as const

/** Undefined: nothing moves, all of it stands at its bound. */
function shiftShared(
  reach: Reach,
  settings: Settings,
  direction: (typeof sharedDirections)[number],
  share: number,
): Settings | undefined {
  const moved = sharedNames.map((name, place) =>
    shift(reach[name], settings[name], share * (direction[place] as number)),
  )
  if (moved.every((value, place) => value === settings[sharedNames[place] as (typeof sharedNames)[number]]))
    return undefined
  const [towerLeavingC, towerFlowPercent, facilitySupplyC, facilityDpKpa] = moved as [
    number,
    number,
    number,
    number,
  ]
  return { ...settings, towerLeavingC, towerFlowPercent, facilitySupplyC, facilityDpKpa }
}

const shift = ({ lowest, highest }: Bounds, value: number, share: number): number =>
  clamp(value + share * (highest - lowest), { lowest, highest })
