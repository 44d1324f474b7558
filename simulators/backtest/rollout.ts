import type { Lever } from '#contract/control/levers/lever.ts'
import { leverReach } from '#contract/control/levers/leverRamp.ts'
import { type Millis, minute } from '#contract/units.ts'
import type { Values } from '#models/planning/levers/patternSearch.ts'
import { type Course, replayMinute } from '#simulators/backtest/course.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

export type Ramps = 'asPinned' | 'none'

/** How far a lever may move in a time, downward and upward. */
export function reachOf(lever: Lever, elapsedMs: number, ramps: Ramps): { down: number; up: number } {
  if (ramps === 'none') return { down: Number.POSITIVE_INFINITY, up: Number.POSITIVE_INFINITY }
  return leverReach(lever, elapsedMs)
}

/** Where a lever stands after a time on its way from `held` to `target`. */
export function walked(
  lever: Lever,
  way: { readonly held: number; readonly target: number; readonly elapsedMs: number; readonly ramps: Ramps },
): number {
  const { down, up } = reachOf(lever, way.elapsedMs, way.ramps)
  return Math.min(way.held + up, Math.max(way.held - down, way.target))
}

/** What is tried from where the plant stands: levers that walk to their targets, or what another controller did at that time. */
export type Trial =
  | { readonly targets: Values; readonly held: Values; readonly ramps: Ramps }
  | { readonly course: Course }

/** Drives the plant (or its image in a rollout) to `toAt`, minute by minute; `pass` lets it live a minute. */
export function drive(
  at: { readonly fromAt: Millis; readonly toAt: Millis },
  trial: Trial,
  levers: readonly Lever[],
  hands: {
    write(key: string, value: number): void
    /** Nothing moves any more until this instant. */
    pass(untilAt: Millis): void
  },
): void {
  if ('course' in trial) {
    let row: readonly number[] | undefined
    for (let now = at.fromAt; now < at.toAt; now += minute) {
      row = replayMinute(trial.course, now, hands.write, row)
      hands.pass(now + minute)
    }
    return
  }
  const moving = levers
    .map((lever, place) => ({
      lever,
      held: trial.held[place] as number,
      target: trial.targets[place] as number,
    }))
    .filter(({ held, target }) => held !== target)
  let standing = moving.length === 0
  for (let now = at.fromAt; now < at.toAt; now += minute) {
    if (standing) {
      hands.pass(at.toAt)
      return
    }
    standing = true
    for (const { lever, held, target } of moving) {
      const value = walked(lever, { held, target, elapsedMs: now + minute - at.fromAt, ramps: trial.ramps })
      for (const key of lever.keys) hands.write(key, value)
      if (value !== target) standing = false
    }
    hands.pass(now + minute)
  }
}

/** What a trial takes, how hot it gets, and minutes in which the agent's protections would have stepped in. */
export type Outcome = {
  readonly facilityKwh: number
  readonly overLimit: number
  readonly touchedMinutes: number
}

/** Lives a trial on the plant and leaves it there; who wants it back restores a snapshot. */
export function tryOut(
  plant: SimulatedPlant,
  trial: Trial,
  how: {
    readonly levers: readonly Lever[]
    readonly forMs: number
    /** Whether a protection would step in at this minute; absent: nobody asks. */
    readonly touches?: (() => boolean) | undefined
  },
): Outcome {
  const { levers, forMs, touches } = how
  const energyBefore = plant.energy().facilityKwh
  const overBefore = plant.tally().overLimitDegreeMinutes
  const fromAt = plant.siteNow()
  let touchedMinutes = 0
  const passLooking = (untilAt: Millis): void => {
    while (plant.siteNow() < untilAt) {
      plant.advanceTo(plant.siteNow() + minute)
      if (touches?.()) touchedMinutes++
    }
  }
  const pass = touches ? passLooking : plant.advanceTo
  drive({ fromAt, toAt: fromAt + forMs }, trial, levers, { write: plant.write, pass })
  return {
    facilityKwh: plant.energy().facilityKwh - energyBefore,
    overLimit: plant.tally().overLimitDegreeMinutes - overBefore,
    touchedMinutes,
  }
}
