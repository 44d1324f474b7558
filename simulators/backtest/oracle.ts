import { boostRules } from '#contract/control/facilityBoost.ts'
import type { CoolingKind, Lever } from '#contract/control/levers/lever.ts'
import { safetyRules } from '#contract/control/safetySequence.ts'
import { hour, type Millis } from '#contract/units.ts'
import {
  intoSpace,
  patternSearch,
  sharedDirections,
  switchDirections,
  type Values,
} from '#models/planning/levers/patternSearch.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import { type Course, rowAt } from '#simulators/backtest/course.ts'
import { spaceOf } from '#simulators/backtest/oracleSearch.ts'
import { drive, type Ramps, type Trial, tryOut } from '#simulators/backtest/rollout.ts'
import type { Run } from '#simulators/backtest/run.ts'

export type OracleOptions = {
  readonly kind: CoolingKind
  readonly ramps: Ramps
  /** What `reset` and `plan` did over the same time: candidates of every hour, with their ramps lifted. */
  readonly courses: readonly Course[]
  /** Stay where the agent's protections do not step in. */
  readonly keepsClear?: boolean
  readonly onHour?: (at: Millis) => void
}

/** The hour itself and one more with the same settings: heat left in the water is paid for in the second. */
const judgedMs = 2 * hour
/** One K·min above the limit costs as much as 2 % of an hour's energy: no saving is worth it. */
const overLimitShare = 0.02
/** So does a minute in which a protection would have stepped in. */
const touchedShare = 0.02

const turnsMost = 3

/** Each hour the settings that take least on the true plant, with the load and weather that truly come. */
export function driveOracle(run: Run, toAt: Millis, options: OracleOptions): { tried: number } {
  const { plant } = run
  const { levers } = options.kind
  const directions = sharedDirections(levers)
  const switches = switchDirections(levers)
  const touches = options.keepsClear ? protectionWatch(plant) : undefined
  const steps = options.ramps === 'none' || options.keepsClear ? [16, 4, 1] : [4, 1]
  let tried = 0
  let wished: Values | undefined
  while (plant.siteNow() < toAt) {
    const fromAt = plant.siteNow()
    const held = heldNow(run, levers)
    const snapshot = plant.snapshot()
    const standing = plant.energy().facilityKwh
    const costOfTrial = (trial: Trial): number => {
      tried++
      plant.restore(snapshot)
      const outcome = tryOut(plant, trial, { levers, forMs: judgedMs, touches })
      const broken = overLimitShare * outcome.overLimit + touchedShare * outcome.touchedMinutes
      return outcome.facilityKwh * (1 + broken / 2)
    }
    const { ramps } = options
    const trialOf = (targets: Values): Trial => ({ targets, held, ramps })
    const costOf = (targets: Values) => costOfTrial(trialOf(targets))
    const space = spaceOf(levers, held, hour, ramps)
    const starts: Values[] = [held, alike(held, levers)]
    if (wished) starts.push(intoSpace(space, wished))
    let best: { trial: Trial; cost: number } | undefined
    for (const course of options.courses) {
      if (!rowAt(course, fromAt) || !rowAt(course, fromAt + judgedMs - 60_000)) continue
      const cost = costOfTrial({ course })
      if (!best || cost < best.cost) best = { trial: { course }, cost }
      starts.push(intoSpace(space, valuesOf(course, fromAt + hour - 60_000, levers, held)))
    }
    const rated = starts.map(targets => ({ targets, cost: costOf(targets) })).sort((a, b) => a.cost - b.cost)
    // To the end of its window and beyond: the space holds it there.
    const switched = patternSearch(space, rated[0] as (typeof rated)[0], switches, costOf, {
      steps: [Number.POSITIVE_INFINITY],
      turns: 1,
    })
    const found = patternSearch(space, switched, directions, costOf, { steps, turns: turnsMost })
    if (!best || found.cost < best.cost) best = { trial: trialOf(found.targets), cost: found.cost }
    wished = found.targets
    plant.restore(snapshot)
    if (plant.energy().facilityKwh !== standing) throw new Error('the plant did not come back from a rollout')
    drive({ fromAt, toAt: Math.min(fromAt + hour, toAt) }, best.trial, levers, {
      write: run.write,
      pass: untilAt => {
        while (plant.siteNow() < untilAt) run.minute()
      },
    })
    options.onHour?.(plant.siteNow())
  }
  return { tried }
}

/** Whether, on the truth, a chip is within the safety sequence's margin or a valve is wide. */
function protectionWatch(plant: Run['plant']): () => boolean {
  const { limitC } = plant.site.nameplate.chip
  const places = placesOf(plant.site)
  const valves = places.map(({ valveKey }) => valveKey)
  const chips = places.flatMap(({ chipKeys }) => chipKeys)
  const isOver = (keys: readonly string[], most: number) =>
    keys.some(key => (plant.truthOf(key) ?? Number.NaN) > most)
  return () => isOver(valves, boostRules.widePercent) || isOver(chips, limitC - safetyRules.raiseUnderK)
}

/** What the points of each lever hold; their mean where another controller has set them apart. */
const heldNow = ({ plant }: Run, levers: readonly Lever[]): Values =>
  levers.map(lever => {
    const sum = lever.keys.reduce((total, key) => total + (plant.truthOf(key) ?? lever.commissioned), 0)
    return sum / lever.keys.length
  })

/** Levers of one family brought to their mean: what splits them is worth trying without. */
function alike(values: Values, levers: readonly Lever[]): Values {
  const nameOf = (lever: Lever) => lever.family ?? lever.name
  const sums = new Map<string, { sum: number; count: number }>()
  levers.forEach((lever, place) => {
    const known = sums.get(nameOf(lever)) ?? { sum: 0, count: 0 }
    sums.set(nameOf(lever), { sum: known.sum + (values[place] as number), count: known.count + 1 })
  })
  return levers.map(lever => {
    const { sum, count } = sums.get(nameOf(lever)) as { sum: number; count: number }
    return sum / count
  })
}

function valuesOf(course: Course, at: Millis, levers: readonly Lever[], held: Values): Values {
  const row = rowAt(course, at) ?? []
  return levers.map((lever, place) => {
    const known = lever.keys.map(key => row[course.keys.indexOf(key)]).filter(value => value !== undefined)
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length
    return Number.isFinite(mean) ? mean : (held[place] as number)
  })
}
