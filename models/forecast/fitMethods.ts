import { lessonOf, networksFrom, regressionFrom } from '#models/forecast/lesson.ts'
import type { FitOptions, FittedMethod, ForecastMethodName } from '#models/forecast/methods.ts'
import { medianOf } from '#models/forecast/predicted.ts'
import {
  knownRows,
  type Ledger,
  periodsBack,
  rowsPerDayOf,
  type Target,
  truthOf,
} from '#models/forecast/regularSeries.ts'
import { projected, smooth, smoothingsFor } from '#models/forecast/smoothing.ts'

/** Fewer members than this have no middle. */
const membersOfMedian = 3
/** Origins over which the ways of smoothing are compared. */
const smoothingOriginsMost = 600

/** Every asked method that the rows before `until` can carry, for each target. Nothing at or after `until` is looked at. */
export async function fitMethods(
  ledger: Ledger,
  targets: readonly Target[],
  until: number,
  options: FitOptions,
): Promise<FittedMethod[][]> {
  const fitted = await fitEach(ledger, targets, until, options)
  if (!options.methods.includes('median')) return fitted
  return fitted.map(methods => {
    const members = methods.filter(method => method.name !== 'weekNaive')
    return members.length < membersOfMedian ? methods : [...methods, { name: 'median', members }]
  })
}

async function fitEach(
  ledger: Ledger,
  targets: readonly Target[],
  until: number,
  options: FitOptions,
): Promise<FittedMethod[][]> {
  const asked = (name: ForecastMethodName) => options.methods.includes(name)
  const fitted: FittedMethod[][] = targets.map(() => [{ name: 'persistence' }])
  const add = (index: number, method: FittedMethod | undefined) => method && fitted[index]?.push(method)
  targets.forEach((target, index) => {
    for (const naive of naives(ledger, target, until)) if (asked(naive.name)) add(index, naive)
  })
  for (const name of ['smoothing', 'clockSmoothing'] as const)
    if (asked(name))
      bestSmoothings(ledger, targets, until, name).forEach((method, index) => {
        add(index, method)
      })
  if (!asked('regression') && !asked('network')) return fitted
  const lesson = lessonOf(ledger, targets, until, options.rowsMost)
  if (asked('regression'))
    targets.forEach((_, index) => {
      add(index, regressionFrom(lesson, index))
    })
  if (asked('network'))
    (await networksFrom(lesson, options.seed)).forEach((method, index) => {
      add(index, method)
    })
  return fitted
}

type Naive = Extract<FittedMethod, { name: 'seasonalNaive' | 'weekNaive' }>

/** The same clock time in the newest day or week that is known; absent where the history has not two of them. */
function naives(ledger: Ledger, target: Target, until: number): Naive[] {
  const perDay = rowsPerDayOf(ledger.series.stepMs)
  if (perDay === undefined) return []
  return (['seasonalNaive', 'weekNaive'] as const).flatMap(name => {
    const period = name === 'weekNaive' ? 7 * perDay : perDay
    const periodRows = periodsBack(target, period) * period
    return until > periodRows ? [{ name, periodRows }] : []
  })
}

function bestSmoothings(
  ledger: Ledger,
  targets: readonly Target[],
  until: number,
  name: 'smoothing' | 'clockSmoothing',
): Array<FittedMethod | undefined> {
  const perDay = rowsPerDayOf(ledger.series.stepMs)
  const periods = perDay === undefined ? [] : [perDay, 7 * perDay].filter(rows => until >= 3 * rows)
  const best = targets.map(() => ({
    error: Number.POSITIVE_INFINITY,
    fitted: undefined as FittedMethod | undefined,
  }))
  for (const by of smoothingsFor(name === 'clockSmoothing' ? periods : [])) {
    if (by.profile > 0 !== (name === 'clockSmoothing')) continue
    const path = smooth(ledger, by)
    targets.forEach((target, index) => {
      const errors = knownRows(ledger, Math.floor(until / 3), until - target.leadRows, smoothingOriginsMost)
        .map(origin => truthOf(ledger, target, origin) - projected(path, by, target, origin))
        .filter(Number.isFinite)
      const above = target.of === 'highest' ? medianOf(errors) : 0
      const error = errors.reduce((sum, each) => sum + Math.abs(each - above), 0) / errors.length
      const leader = best[index] as (typeof best)[number]
      if (error < leader.error) best[index] = { error, fitted: { name, by, above } }
    })
  }
  return best.map(each => each.fitted)
}
