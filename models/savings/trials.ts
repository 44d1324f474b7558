import { type FormName, type Shape, surgeTermsOf, termsOf } from '#models/savings/forms.ts'
import type { DrivenHour, Quantity } from '#models/savings/hours.ts'
import {
  addRow,
  combined,
  dot,
  type Factor,
  factored,
  leverage,
  type Moments,
  noMoments,
  solved,
  withStillRows,
} from '#models/savings/moments.ts'
import { meanOf, quantile, sortedCopy } from '#models/savings/statistics.ts'

/** One form fitted to hours. */
export type Fit = {
  readonly form: FormName
  readonly rows: ReadonlyArray<readonly number[]>
  readonly coefficients: Float64Array
  readonly factor: Factor
}

/** A fit, and how well each placebo period is foretold from all the others. */
export type Trial = Fit & {
  readonly leverageMost: number
  readonly errorShares: readonly number[]
  /** How far the placebo periods' mean load and weather leaned on what the others hardly say, in the mean. */
  readonly meanLeverage: number
  /** Model less meter of each hour of the placebo periods; NaN where the others have hardly been. */
  readonly errors: Float64Array
}

export type Span = readonly [from: number, to: number]

type Problem = {
  readonly form: FormName
  readonly shape: Shape
  readonly hours: readonly DrivenHour[]
  readonly quantity: Quantity
}

/** All but nine hours of a year are seen often enough. */
const hardlySeenFrom = 0.999
/** What surges add is nothing until more hours than this have shown it: a step seen once foretells a third of what it saw. */
const stillHours = 2
/** A placebo period with fewer hours than this where the others have been is judged by all of its hours. */
const foretellableLeast = 0.5

export function fitForm(problem: Problem): Fit {
  const rows = rowsOf(problem)
  return fitOf(problem, { rows, whole: momentsOf(problem, rows, [0, rows.length]) })
}

/** Leverage of an hour beyond which a fit has hardly been: load and weather each known, but not together. */
export const leverageMostOf = ({ factor, rows }: Fit): number =>
  quantile(sortedCopy(rows.map(row => leverage(factor, row))), hardlySeenFrom)

/** Fits one form, and foretells each placebo period from all the others, in the hours in which a judged period would be. */
export function tryForm(problem: Problem, spans: readonly Span[]): Trial {
  const rows = rowsOf(problem)
  const parts = spans.map(span => momentsOf(problem, rows, span))
  const whole = parts.reduce(
    (sum, part) => combined(sum, part, 1),
    momentsOf(problem, rows, [0, spans[0]?.[0] ?? rows.length]),
  )
  const fit = fitOf(problem, { rows, whole })
  const leverageMost = leverageMostOf(fit)
  const errors = new Float64Array(rows.length).fill(Number.NaN)
  const leverages: number[] = []
  const errorShares = spans.map(([from, to], index) => {
    const others = combined(whole, parts[index] as Moments, -1)
    const factor = factored(steadied(problem, others))
    const coefficients = solved(others, factor)
    const places = Array.from({ length: to - from }, (_, step) => from + step)
    const seen = places.filter(place => leverage(factor, rows[place] as number[]) <= leverageMost)
    for (const place of seen)
      errors[place] = dot(rows[place] as number[], coefficients) - meteredIn(problem, place)
    const judged = seen.length >= foretellableLeast * places.length ? seen : places
    const mean = meanRow(judged.map(place => rows[place] as number[]))
    leverages.push(leverage(factor, mean))
    const modelled = dot(mean, coefficients)
    return (modelled - meanOf(judged.map(place => meteredIn(problem, place)))) / modelled
  })
  return { ...fit, leverageMost, errorShares, errors, meanLeverage: meanOf(leverages) }
}

/** Mean square error of one trial over that of another, in the hours that both foretell; 1 where there are none. */
export function squareRatio(richer: Trial, plainer: Trial): number {
  let above = 0
  let below = 0
  richer.errors.forEach((error, place) => {
    const other = plainer.errors[place] as number
    if (Number.isNaN(error) || Number.isNaN(other)) return
    above += error ** 2
    below += other ** 2
  })
  return below === 0 ? 1 : above / below
}

export function meanRow(rows: ReadonlyArray<readonly number[]>): number[] {
  return (rows[0] ?? []).map((_, place) => meanOf(rows.map(row => row[place] as number)))
}

const rowsOf = ({ form, shape, hours }: Problem): number[][] => hours.map(one => termsOf(form, shape, one))

const meteredIn = ({ hours, quantity }: Problem, place: number): number =>
  (hours[place] as DrivenHour)[quantity] as number

function momentsOf(problem: Problem, rows: ReadonlyArray<readonly number[]>, [from, to]: Span): Moments {
  const moments = noMoments(rows[0]?.length ?? 1)
  for (let place = from; place < to; place++)
    addRow(moments, rows[place] as number[], meteredIn(problem, place))
  return moments
}

const steadied = ({ form, shape }: Problem, moments: Moments): Moments =>
  withStillRows(moments, { last: surgeTermsOf(form, shape), rows: stillHours })

function fitOf(
  problem: Problem,
  { rows, whole }: { rows: ReadonlyArray<readonly number[]>; whole: Moments },
): Fit {
  const factor = factored(steadied(problem, whole))
  return { form: problem.form, rows, coefficients: solved(whole, factor), factor }
}
