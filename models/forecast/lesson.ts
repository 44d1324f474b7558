import {
  commonFeatures,
  type FeatureShape,
  featureShapeOf,
  seasonalFeatures,
} from '#models/forecast/features.ts'
import type { FittedMethod } from '#models/forecast/methods.ts'
import { trainNetwork } from '#models/forecast/network.ts'
import { fitRegression } from '#models/forecast/regression.ts'
import { knownRows, type Ledger, type Target, truthOf } from '#models/forecast/regularSeries.ts'

/** Fewer rows teach a regression or a network nothing. */
const rowsToLearn = 60

/** What regression and network learn from: rows in order of time, counted in spreads above the last value. */
export type Lesson = {
  readonly targets: readonly Target[]
  readonly shape: FeatureShape
  readonly origins: readonly number[]
  readonly common: readonly (readonly number[])[]
  /** [target][row] */
  readonly seasonal: readonly (readonly (readonly number[])[])[]
  /** [target][row]; NaN where the truth is not known. */
  readonly wanted: readonly (readonly number[])[]
}

export function lessonOf(
  ledger: Ledger,
  targets: readonly Target[],
  until: number,
  rowsMost: number,
): Lesson {
  const shape = featureShapeOf(ledger, until)
  // The first origins have not yet the days behind them that later ones will be asked with.
  const from = Math.min(shape.days * shape.rowsPerDay, Math.floor(until / 2))
  const shortest = Math.min(...targets.map(target => target.leadRows))
  const origins = knownRows(ledger, from, until - shortest, rowsMost)
  return {
    targets,
    shape,
    origins,
    common: origins.map(origin => commonFeatures(ledger, shape, origin)),
    seasonal: targets.map(target => origins.map(origin => seasonalFeatures(ledger, shape, target, origin))),
    wanted: targets.map(target =>
      origins.map(origin =>
        origin + target.leadRows < until
          ? (truthOf(ledger, target, origin) - ledger.valueAt(origin)) / shape.spread
          : Number.NaN,
      ),
    ),
  }
}

export function regressionFrom(lesson: Lesson, target: number): FittedMethod | undefined {
  const wanted = lesson.wanted[target] as readonly number[]
  const taught = lesson.origins.map((_, row) => row).filter(row => Number.isFinite(wanted[row]))
  if (taught.length < rowsToLearn) return undefined
  const rows = taught.map(row => [
    ...(lesson.common[row] as readonly number[]),
    ...((lesson.seasonal[target] as Lesson['seasonal'][number])[row] as readonly number[]),
  ])
  const regression = fitRegression(
    rows,
    taught.map(row => wanted[row] as number),
  )
  return { name: 'regression', shape: lesson.shape, regression }
}

const networkRow = (lesson: Lesson, row: number, lookedAt: readonly number[]): number[] => [
  ...(lesson.common[row] as readonly number[]),
  ...lookedAt.flatMap(target => (lesson.seasonal[target] as Lesson['seasonal'][number])[row] as number[]),
]

/** Targets whose clock time the network looks up: one for each lead, because mean and highest of an hour look alike. */
const lookedAtBy = (targets: readonly Target[]): number[] =>
  targets.flatMap((target, index) =>
    targets.findIndex(each => each.leadRows === target.leadRows) === index ? [index] : [],
  )

/** One network for all targets; none with too few rows. */
export async function networksFrom(lesson: Lesson, seed: number): Promise<FittedMethod[]> {
  if (lesson.origins.length < 2 * rowsToLearn) return []
  const places = lookedAtBy(lesson.targets)
  const network = await trainNetwork(
    lesson.origins.map((_, row) => networkRow(lesson, row, places)),
    lesson.origins.map((_, row) => lesson.wanted.map(column => column[row] as number)),
    seed,
  )
  const lookedAt = places.map(place => lesson.targets[place] as Target)
  return lesson.targets.map((_, output) => ({
    name: 'network',
    shape: lesson.shape,
    network,
    lookedAt,
    output,
  }))
}
