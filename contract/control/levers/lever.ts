import type { Reading } from '#contract/reading.ts'
import type { Millis, UnitName } from '#contract/units.ts'

/** One thing that a controller may move on a plant: one value, written to every one of its points. */
export type Lever = {
  /** As it stands in results, with its unit: `cduSupplyC`, `facilityDpKpa`. */
  readonly name: string
  /** Writable points of the plant that take the value. */
  readonly keys: readonly string[]
  readonly unit: UnitName
  /** Bounds of every controller (YARDSTICKS 1). */
  readonly lowest: number
  readonly highest: number
  /** The direction that saves energy and eats margin. */
  readonly economising: 'up' | 'down'
  /** Most that `plan` and `oracle` may move it in an hour while economising; three times as much toward more cooling. */
  readonly rampPerHour: number
  /** As commissioned: where `fixed` stands and every controller starts. */
  readonly commissioned: number
  /** A move worth trying, in the lever's unit: the width of the search at its finest. */
  readonly searchStep: number
  /** Levers of one family (the supply of each CDU) may also be moved together, keeping their distances. Absent: moves alone. */
  readonly family?: string
}

/** Values by the name of their lever. */
export type LeverValues = Readonly<Record<string, number>>

/** What a rule-based controller sees: sensors, not the truth. */
export type PlantEyes = {
  read(key: string): Reading
  readonly now: Millis
  /** A plan writes in its place. Absent: it drives. */
  readonly isHeldByPlan?: boolean
}

/** Good present practice of one kind of plant (YARDSTICKS 3): looks every five minutes, answers with the points to write. */
export type ResetController = {
  look(eyes: PlantEyes): ReadonlyArray<readonly [key: string, value: number]>
}

/** What a kind of plant brings to a backtest. */
export type CoolingKind = {
  readonly levers: readonly Lever[]
  /** A fresh `reset`; `approachK` is the site's a where the kind has one. */
  startReset(approachK: number): ResetController
  /** The a's among which the training weeks choose; one entry where there is nothing to choose. */
  readonly approachesK: readonly number[]
}
