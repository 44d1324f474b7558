import { day, hour, type Millis } from '#contract/units.ts'
import { type FormName, formNames, type Shape, shapeOf, termsOf } from '#models/savings/forms.ts'
import { type DrivenHour, isKnown, type Quantity } from '#models/savings/hours.ts'
import { dot, type Factor, leverage } from '#models/savings/moments.ts'
import { lagOneCorrelation, meanOf, quantile, sortedCopy } from '#models/savings/statistics.ts'
import { fitForm, leverageMostOf, meanRow, type Span, squareRatio, tryForm } from '#models/savings/trials.ts'

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
const richest = 'surgingForHours'
/** Meters fail in few hours. Where more than two in a thousand lie far away, that is how the plant runs, and all of them stay. */
const outliersMostShare = 0.002
/** Finer than any meter: a quantity that follows load to the last digit has no outliers. */
const leastDeviationShare = 0.001
/** Standard deviations of a normal in one median absolute deviation. */
const normalPerMad = 1.4826
const holdOutFrom = 0.75
/** The range is a little wider than what was seen. */
const beyondWetBulbK = 0.5
const beyondItShare = 0.02

export function fitBaseline(hours: readonly DrivenHour[], options: BaselineOptions): Baseline {
  const quantity = options.quantity ?? 'coolingKwh'
  const known = hours.filter(one => isKnown(one, quantity))
  const near = withoutOutliers(known, quantity)
  const kept = known.length - near.length > outliersMostShare * known.length ? known : near
  const shape = shapeOf(kept)
  const hoursEach = Math.round(clamped(options.reportingMs, placeboMs) / hour)
  const spans = placeboSpans(kept, hoursEach)
  const problem = { shape, hours: kept, quantity }
  const best = formNames
    .map(form => tryForm({ ...problem, form }, spans))
    .reduce((plainer, richer) => (squareRatio(richer, plainer) < earnsItsPlace ** 2 ? richer : plainer))
  const values = kept.map(one => one[quantity] as number)
  const fitted = best.rows.map(row => dot(row, best.coefficients))
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
    placebo: { hoursEach, errorShares: best.errorShares, leverage: best.meanLeverage },
    factor: best.factor,
    leverageMost: best.leverageMost,
    lagOne: lagOneCorrelation(
      residuals,
      place => (kept[place] as DrivenHour).at - (kept[place - 1] as DrivenHour).at === hour,
    ),
  }
}

/** What the baseline would have taken in that hour. */
export const foretold = (baseline: Baseline, one: DrivenHour): number =>
  dot(termsOf(baseline.form, baseline.shape, one), baseline.coefficients)

/**
 * How much harder these hours are to foretell than the placebo periods were, as a factor of the standard error: a spring is not
 * foretold from a winter as well as a winter is. 1 where they are no harder.
 */
export function strain(baseline: Baseline, hours: readonly DrivenHour[]): number {
  const rows = hours.map(one => termsOf(baseline.form, baseline.shape, one))
  return Math.sqrt(Math.max(1, leverage(baseline.factor, meanRow(rows)) / baseline.placebo.leverage))
}

/** Whether the baseline has been at such a load in such weather. */
export const isForetellable = (baseline: Baseline, one: DrivenHour): boolean =>
  isInRange(baseline, one) &&
  leverage(baseline.factor, termsOf(baseline.form, baseline.shape, one)) <= baseline.leverageMost

const isInRange = ({ range }: Pick<Baseline, 'range'>, one: DrivenHour): boolean =>
  (['itKwh', 'wetBulbC'] as const).every(what => one[what] >= range[what][0] && one[what] <= range[what][1])

const clamped = (value: number, { least, most }: { least: number; most: number }): number =>
  Math.min(most, Math.max(least, value))

function rangeOf(hours: readonly DrivenHour[]): Baseline['range'] {
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
function placeboSpans(hours: readonly DrivenHour[], hoursEach: number): Span[] {
  const count = Math.floor(hours.length / hoursEach)
  return Array.from({ length: count }, (_, index) => {
    const from = hours.length - (count - index) * hoursEach
    return [from, from + hoursEach] as const
  })
}

/** Hours far from the curve of all others are set aside. The first curve is bent by them, so all are asked again each round. */
function withoutOutliers(known: readonly DrivenHour[], quantity: Quantity): readonly DrivenHour[] {
  let kept = known
  for (let round = 0; round < outlierRounds && kept.length > 0; round++) {
    const shape = shapeOf(kept)
    const { coefficients } = fitForm({ form: richest, shape, hours: kept, quantity })
    const errors = known.map(
      one => (one[quantity] as number) - dot(termsOf(richest, shape, one), coefficients),
    )
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

/** Judged only where the first three quarters have been: a winter says nothing of a summer. */
function holdOutOf(
  kept: readonly DrivenHour[],
  { quantity, form }: { quantity: Quantity; form: FormName },
): Closeness {
  const cut = Math.floor(kept.length * holdOutFrom)
  const earlier = kept.slice(0, cut)
  if (earlier.length === 0) return { cvRmse: Number.NaN, nmbe: Number.NaN, hours: 0 }
  const range = rangeOf(earlier)
  const shape = shapeOf(earlier)
  const fit = fitForm({ form, shape, hours: earlier, quantity })
  const leverageMost = leverageMostOf(fit)
  const later = kept
    .slice(cut)
    .filter(one => isInRange({ range }, one))
    .map(one => ({ row: termsOf(form, shape, one), value: one[quantity] as number }))
    .filter(({ row }) => leverage(fit.factor, row) <= leverageMost)
  return closeness(
    later.map(({ row }) => dot(row, fit.coefficients)),
    later.map(({ value }) => value),
  )
}
