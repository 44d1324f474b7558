import { day, hour, type Millis } from '#contract/units.ts'
import { type FormName, formNames, type Shape, shapeOf, termsOf } from '#models/savings/forms.ts'
import { isKnown, type MeteredHour, type Quantity } from '#models/savings/hours.ts'
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
} from '#models/savings/moments.ts'
import { lagOneCorrelation, meanOf, quantile, sortedCopy } from '#models/savings/statistics.ts'

/** How far a model is from its meter: both as shares of the meter's mean. */
export type Closeness = {
  /** Root mean square error. */
  readonly cvRmse: number
  /** Mean of model less meter. */
  readonly nmbe: number
  readonly hours: number
}

/** Energy before the intervention as a function of IT energy and wet bulb, and how well it foretells what it has not seen. */
export type Baseline = {
  readonly quantity: Quantity
  readonly form: FormName
  readonly shape: Shape
  readonly coefficients: readonly number[]
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly hours: { readonly used: number; readonly unknown: number; readonly outliers: number }
  /** Where the baseline has been: outside of it nothing is foretold. */
  readonly range: Readonly<Record<'itKwh' | 'wetBulbC', readonly [lowest: number, highest: number]>>
  readonly fit: Closeness
  /** Fitted on the first three quarters, judged on the last. */
  readonly holdOut: Closeness
  /** Placebo periods inside the baseline: each is left out, foretold from the rest, and nothing was done in it. */
  readonly placebo: {
    readonly hoursEach: number
    readonly errorShares: readonly number[]
    /** How far their mean load and weather leaned on what the other periods hardly say, in the mean. */
    readonly leverage: number
  }
  /** Correlation of the residual with that of the hour before. */
  readonly lagOne: number
  readonly factor: Factor
  /** Leverage of an hour beyond which the baseline has hardly been: load and weather each known, but not together. */
  readonly leverageMost: number
}

export type BaselineOptions = {
  readonly quantity?: Quantity
  /** Length of the period that will be judged: the placebo periods are as long, from a week to four weeks. */
  readonly reportingMs: number
}

/** Shortest and longest placebo period. */
export const placeboMs = { least: 7 * day, most: 28 * day } as const
/** A richer form must foretell better by so much, or the plainer one stays. */
const earnsItsPlace = 0.98
/** Meters jump and loggers repeat: beyond eight robust standard deviations an hour is none of the plant's. */
const outlierDeviations = 8
const outlierRounds = 4
/** Meters fail in few hours. Where more than two in a thousand lie far away, that is how the plant runs, and all of them stay. */
const outliersMostShare = 0.002
/** Finer than any meter: a quantity that follows load to the last digit has no outliers. */
const leastDeviationShare = 0.001
/** Standard deviations of a normal in one median absolute deviation. */
const normalPerMad = 1.4826
const holdOutFrom = 0.75
/** All but nine hours of a year are seen often enough. */
const hardlySeenFrom = 0.999
/** The range is a little wider than what was seen. */
const beyondWetBulbK = 0.5
const beyondItShare = 0.02

export function fitBaseline(hours: readonly MeteredHour[], options: BaselineOptions): Baseline {
  const quantity = options.quantity ?? 'coolingKwh'
  const known = hours.filter(one => isKnown(one, quantity))
  const near = withoutOutliers(known, quantity)
  const kept = known.length - near.length > outliersMostShare * known.length ? known : near
  const shape = shapeOf(kept)
  const hoursEach = Math.round(clamped(options.reportingMs, placeboMs) / hour)
  const spans = placeboSpans(kept, hoursEach)
  const tried = formNames.map(form => tryForm({ form, shape, kept, quantity, spans }))
  const best = tried.reduce((plainer, richer) =>
    richer.meanSquare < plainer.meanSquare * earnsItsPlace ** 2 ? richer : plainer,
  )
  const values = kept.map(one => one[quantity] as number)
  const rows = kept.map(one => termsOf(best.form, shape, one))
  const fitted = rows.map(row => dot(row, best.coefficients))
  const residuals = fitted.map((value, place) => value - (values[place] as number))
  return {
    quantity,
    form: best.form,
    shape,
    coefficients: [...best.coefficients],
    fromAt: kept[0]?.at ?? Number.NaN,
    toAt: (kept.at(-1)?.at ?? Number.NaN) + hour,
    hours: { used: kept.length, unknown: hours.length - known.length, outliers: known.length - kept.length },
    range: rangeOf(kept),
    fit: closeness(fitted, values),
    holdOut: holdOutOf(kept, { quantity, form: best.form }),
    placebo: { hoursEach, errorShares: best.errorShares, leverage: best.leverage },
    factor: best.factor,
    leverageMost: quantile(sortedCopy(rows.map(row => leverage(best.factor, row))), hardlySeenFrom),
    lagOne: lagOneCorrelation(
      residuals,
      place => (kept[place] as MeteredHour).at - (kept[place - 1] as MeteredHour).at === hour,
    ),
  }
}

/** What the baseline would have taken in that hour. */
export const foretold = (baseline: Baseline, one: MeteredHour): number =>
  dot(termsOf(baseline.form, baseline.shape, one), baseline.coefficients)

/**
 * How much harder these hours are to foretell than the placebo periods were, as a factor of the standard error: a spring is not
 * foretold from a winter as well as a winter is. 1 where they are no harder.
 */
export function strain(baseline: Baseline, hours: readonly MeteredHour[]): number {
  const rows = hours.map(one => termsOf(baseline.form, baseline.shape, one))
  return Math.sqrt(Math.max(1, leverage(baseline.factor, meanRow(rows)) / baseline.placebo.leverage))
}

/** Whether the baseline has been at such a load in such weather. */
export const isForetellable = (baseline: Baseline, one: MeteredHour): boolean =>
  isInRange(baseline, one) &&
  leverage(baseline.factor, termsOf(baseline.form, baseline.shape, one)) <= baseline.leverageMost

const isInRange = ({ range }: Pick<Baseline, 'range'>, one: MeteredHour): boolean =>
  (['itKwh', 'wetBulbC'] as const).every(what => one[what] >= range[what][0] && one[what] <= range[what][1])

const clamped = (value: number, { least, most }: { least: number; most: number }): number =>
  Math.min(most, Math.max(least, value))

function rangeOf(hours: readonly MeteredHour[]): Baseline['range'] {
  const ends = (what: 'itKwh' | 'wetBulbC') =>
    hours.reduce(
      ([lowest, highest], one) => [Math.min(lowest, one[what]), Math.max(highest, one[what])] as const,
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const,
    )
  const [coldest, warmest] = ends('wetBulbC')
  const [least, most] = ends('itKwh')
  return {
    wetBulbC: [coldest - beyondWetBulbK, warmest + beyondWetBulbK],
    itKwh: [least * (1 - beyondItShare), most * (1 + beyondItShare)],
  }
}

function closeness(modelled: readonly number[], metered: readonly number[]): Closeness {
  const mean = meanOf(metered)
  const errors = modelled.map((value, place) => value - (metered[place] as number))
  return {
    cvRmse: Math.sqrt(meanOf(errors.map(error => error * error))) / Math.abs(mean),
    nmbe: meanOf(errors) / mean,
    hours: metered.length,
  }
}

/** Where each placebo period begins and ends, counted from the newest hour back; what is left over at the start is in none. */
function placeboSpans(
  hours: readonly MeteredHour[],
  hoursEach: number,
): Array<readonly [from: number, to: number]> {
  const count = Math.floor(hours.length / hoursEach)
  return Array.from({ length: count }, (_, index) => {
    const from = hours.length - (count - index) * hoursEach
    return [from, from + hoursEach] as const
  })
}

type Problem = {
  readonly form: FormName
  readonly shape: Shape
  readonly kept: readonly MeteredHour[]
  readonly quantity: Quantity
  readonly spans: ReadonlyArray<readonly [from: number, to: number]>
}

/** Fits one form, and foretells each placebo period from all the others. */
function tryForm({ form, shape, kept, quantity, spans }: Problem) {
  const rows = kept.map(one => termsOf(form, shape, one))
  const size = rows[0]?.length ?? 1
  const momentsOf = ([from, to]: readonly [number, number]): Moments => {
    const moments = noMoments(size)
    for (let place = from; place < to; place++)
      addRow(moments, rows[place] as number[], (kept[place] as MeteredHour)[quantity] as number)
    return moments
  }
  const parts = spans.map(momentsOf)
  const whole = parts.reduce(
    (sum, part) => combined(sum, part, 1),
    momentsOf([0, spans[0]?.[0] ?? kept.length]),
  )
  const leverages: number[] = []
  let squares = 0
  let judged = 0
  const errorShares = spans.map(([from, to], index) => {
    const others = combined(whole, parts[index] as Moments, -1)
    const factor = factored(others)
    const coefficients = solved(others, factor)
    leverages.push(leverage(factor, meanRow(rows.slice(from, to))))
    let modelled = 0
    let metered = 0
    for (let place = from; place < to; place++) {
      const value = dot(rows[place] as number[], coefficients)
      const measured = (kept[place] as MeteredHour)[quantity] as number
      modelled += value
      metered += measured
      squares += (value - measured) ** 2
    }
    judged += to - from
    return (modelled - metered) / modelled
  })
  const factor = factored(whole)
  return {
    form,
    factor,
    coefficients: solved(whole, factor),
    errorShares,
    leverage: meanOf(leverages),
    meanSquare: judged === 0 ? 0 : squares / judged,
  }
}

function meanRow(rows: ReadonlyArray<readonly number[]>): number[] {
  return (rows[0] ?? []).map((_, place) => meanOf(rows.map(row => row[place] as number)))
}

/** Hours far from the curve of all others are set aside. The first curve is bent by them, so all are asked again each round. */
function withoutOutliers(known: readonly MeteredHour[], quantity: Quantity): readonly MeteredHour[] {
  let kept = known
  for (let round = 0; round < outlierRounds && kept.length > 0; round++) {
    const form = 'interacting'
    const shape = shapeOf(kept)
    const coefficients = solved(momentsOver(kept, { form, shape, quantity }))
    const errors = known.map(one => (one[quantity] as number) - dot(termsOf(form, shape, one), coefficients))
    const middle = quantile(sortedCopy(errors), 0.5)
    const distances = errors.map(error => Math.abs(error - middle))
    const deviation = Math.max(
      normalPerMad * quantile(sortedCopy(distances), 0.5),
      leastDeviationShare * Math.abs(meanOf(kept.map(one => one[quantity] as number))),
    )
    const near = known.filter((_, place) => (distances[place] as number) <= outlierDeviations * deviation)
    if (near.length === kept.length) return near
    kept = near
  }
  return kept
}

function momentsOver(
  hours: readonly MeteredHour[],
  { form, shape, quantity }: { form: FormName; shape: Shape; quantity: Quantity },
): Moments {
  const moments = noMoments(termsOf(form, shape, hours[0] as MeteredHour).length)
  for (const one of hours) addRow(moments, termsOf(form, shape, one), one[quantity] as number)
  return moments
}

/** Judged only where the first three quarters have been: a winter says nothing of a summer. */
function holdOutOf(
  kept: readonly MeteredHour[],
  { quantity, form }: { quantity: Quantity; form: FormName },
): Closeness {
  const cut = Math.floor(kept.length * holdOutFrom)
  const earlier = kept.slice(0, cut)
  if (earlier.length === 0) return { cvRmse: Number.NaN, nmbe: Number.NaN, hours: 0 }
  const range = rangeOf(earlier)
  const later = kept.slice(cut).filter(one => isInRange({ range }, one))
  const shape = shapeOf(earlier)
  const coefficients = solved(momentsOver(earlier, { form, shape, quantity }))
  return closeness(
    later.map(one => dot(termsOf(form, shape, one), coefficients)),
    later.map(one => one[quantity] as number),
  )
}
