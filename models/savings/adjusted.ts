import { hour, type Millis } from '#contract/units.ts'
import {
  type Baseline,
  fitBaseline,
  foretold,
  isForetellable,
  placeboMs,
  strain,
} from '#models/savings/baseline.ts'
import { type NonRoutineEvent, withoutEvents } from '#models/savings/events.ts'
import { baselineRefusals, gates, percent } from '#models/savings/gates.ts'
import { driven, isKnown, type MeteredHour, type Quantity } from '#models/savings/hours.ts'
import { studentT } from '#models/savings/statistics.ts'
import {
  guideline14Uncertainty,
  type PlusMinus,
  placeboStandardError,
  plusMinusOf,
} from '#models/savings/uncertainty.ts'

/** What a period took less than its adjusted baseline. Energies are those of the judged hours. */
export type AdjustedSaving = {
  readonly quantity: Quantity
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly hours: {
    readonly judged: number
    readonly unknown: number
    readonly outOfRange: number
    readonly ofEvents: number
  }
  /** What the period would have taken untouched, for its load and weather. */
  readonly adjusted: number
  readonly metered: number
  readonly saved: number
  /** Saved over adjusted. */
  readonly share: number
  readonly plusMinus: PlusMinus
  /** By how much the standard error was widened because the period's weather or load was hardly seen before. */
  readonly strain: number
  /** The same over the saving: Guideline 14 wants at most 50 % at 68 %. */
  readonly fractionalUncertainty: PlusMinus
  /** By the formula of Guideline 14, for comparison: it knows hourly correlation, but no error that stays for weeks. */
  readonly guideline14At68: number
  /** Whether the 90 % interval leaves zero out. */
  readonly excludesZero: boolean
  /** Saved in each judged hour: for money and carbon. Single hours mean little. */
  readonly byHour: ReadonlyArray<{ readonly at: Millis; readonly saved: number }>
}

/** Either a saving or the sentences that say why there is none. */
export type Judged =
  | { readonly baseline: Baseline; readonly refused: readonly string[] }
  | { readonly baseline: Baseline; readonly refused?: never; readonly saving: AdjustedSaving }

export type AdjustedCase = {
  readonly before: readonly MeteredHour[]
  readonly reporting: readonly MeteredHour[]
  readonly quantity?: Quantity
  readonly events?: readonly NonRoutineEvent[]
}

/** The adjusted-baseline method: fitted on the time before, judged on the reporting period, or refused. */
export function adjustedSaving({
  before,
  reporting,
  quantity = 'coolingKwh',
  events = [],
}: AdjustedCase): Judged {
  const last = before.at(-1)
  const first = reporting[0]
  if (!last || !first) throw new Error('a baseline and a reporting period have hours')
  if (last.at >= first.at)
    throw new Error('the baseline lies before the reporting period: chronological splits only')
  const reportingMs = (reporting.at(-1) as MeteredHour).at + hour - first.at
  const all = driven([...before, ...reporting])
  const baseline = fitBaseline(withoutEvents(all.slice(0, before.length), events, quantity), {
    quantity,
    reportingMs,
  })
  const own = withoutEvents(all.slice(before.length), events, quantity)
  const known = own.filter(one => isKnown(one, quantity))
  const judged = known.filter(one => isForetellable(baseline, one))
  const refused = [
    ...baselineRefusals(baseline),
    ...reportingRefusals({ expected: own.length, known: known.length, judged: judged.length, reportingMs }),
  ]
  if (refused.length > 0) return { baseline, refused }
  const byHour = judged.map(one => ({
    at: one.at,
    saved: foretold(baseline, one) - (one[quantity] as number),
  }))
  const metered = judged.reduce((sum, one) => sum + (one[quantity] as number), 0)
  const saved = byHour.reduce((sum, one) => sum + one.saved, 0)
  const hours = {
    judged: judged.length,
    unknown: own.length - known.length,
    outOfRange: known.length - judged.length,
    ofEvents: reporting.length - own.length,
  }
  return {
    baseline,
    saving: {
      ...savingOf(baseline, { saved, metered, hours, strain: strain(baseline, judged) }),
      ...spanOf(reporting),
      byHour,
    },
  }
}

const spanOf = (hours: readonly MeteredHour[]): { fromAt: Millis; toAt: Millis } => ({
  fromAt: (hours[0] as MeteredHour).at,
  toAt: (hours.at(-1) as MeteredHour).at + hour,
})

function savingOf(
  baseline: Baseline,
  { saved, metered, hours, strain }: Pick<AdjustedSaving, 'saved' | 'metered' | 'hours' | 'strain'>,
): Omit<AdjustedSaving, 'fromAt' | 'toAt' | 'byHour'> {
  const adjusted = metered + saved
  const { errorShares } = baseline.placebo
  const standardError = Math.abs(adjusted) * placeboStandardError(errorShares) * strain
  const plusMinus = plusMinusOf(standardError, errorShares.length)
  return {
    strain,
    quantity: baseline.quantity,
    hours,
    adjusted,
    metered,
    saved,
    share: saved / adjusted,
    plusMinus,
    fractionalUncertainty: {
      at68: plusMinus.at68 / Math.abs(saved),
      at90: plusMinus.at90 / Math.abs(saved),
    },
    guideline14At68: guideline14Uncertainty({
      t: studentT(0.68, baseline.hours.used - baseline.coefficients.length),
      cvRmse: baseline.fit.cvRmse,
      lagOne: baseline.lagOne,
      baselineCount: baseline.hours.used,
      reportingCount: hours.judged,
      savedShare: saved / adjusted,
    }),
    excludesZero: Math.abs(saved) > plusMinus.at90,
  }
}

function reportingRefusals(count: {
  expected: number
  known: number
  judged: number
  reportingMs: number
}): string[] {
  const refusals: string[] = []
  if (count.reportingMs < placeboMs.least)
    refusals.push(
      `the reporting period has ${count.reportingMs / hour} h; a week at least is needed, because that is the shortest placebo period`,
    )
  const unknown = count.expected - count.known
  const outside = count.known - count.judged
  if (count.expected === 0 || unknown > gates.unknownShare * count.expected)
    refusals.push(
      `${unknown} of ${count.expected} hours of the reporting period are unknown; allowed are ${percent(gates.unknownShare)}`,
    )
  if (outside > gates.outOfRangeShare * count.known)
    refusals.push(
      `in ${outside} of ${count.known} hours of the reporting period load or wet bulb lie outside what the baseline has seen; allowed are ${percent(gates.outOfRangeShare)}: a baseline of a whole year sees every season`,
    )
  return refusals
}
