import { type DurationMs, hour, type Millis, minute } from '#contract/units.ts'
import { offsetsAfter } from '#models/forecast/coverage.ts'
import { fitMethods } from '#models/forecast/fitMethods.ts'
import type { JudgeOptions } from '#models/forecast/judge.ts'
import type { FittedMethod, ForecastMethodName } from '#models/forecast/methods.ts'
import { predicted } from '#models/forecast/predicted.ts'
import { quantileLevels } from '#models/forecast/quantiles.ts'
import { ledgerOf, type RegularSeries, type Target } from '#models/forecast/regularSeries.ts'
import {
  chosenFrom,
  meanAbsoluteErrorOf,
  type Rolled,
  rollOver,
  skillOf,
  standingBefore,
} from '#models/forecast/rolling.ts'

/** Methods chosen and fitted for one series, as plain data: kept by the caller and asked again with newer rows. */
export type Forecaster = {
  readonly stepMs: DurationMs
  /** Instant of the newest row that was learned from. */
  readonly fittedAt: Millis
  readonly targets: readonly FittedTarget[]
}

type FittedTarget = {
  readonly target: Target
  readonly method: FittedMethod
  /** Rolling origin on the part of the history that the choice was made on, persistence on all of it; null with too little. */
  readonly meanAbsoluteError: number | null
  readonly persistenceError: number | null
  readonly skill: number
  /** Added to the value for each of `quantileLevels`; empty with too few errors. */
  readonly offsets: readonly number[]
}

export type TargetForecast = {
  readonly target: Target
  readonly value: number
  readonly method: ForecastMethodName
  readonly meanAbsoluteError: number | null
  readonly persistenceError: number | null
  readonly skill: number
  /** Empty with too few errors to tell. */
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[]
}

/** Share of the history that methods learn on before the choice is made on the rest. */
const learnedShare = 0.6
/** A newest value older than this is no origin. */
const staleMs = 30 * minute

/** Mean of the hour that ends `hours` ahead. */
export const hourMean = (hours: number, stepMs: DurationMs): Target => hourTarget(hours, stepMs, 'mean')
/** Highest row of the hour that ends `hours` ahead. */
export const hourHighest = (hours: number, stepMs: DurationMs): Target => hourTarget(hours, stepMs, 'highest')

const hourTarget = (hours: number, stepMs: DurationMs, of: Target['of']): Target => ({
  leadRows: Math.max(1, Math.round((hours * hour) / stepMs)),
  windowRows: Math.max(1, Math.round(hour / stepMs)),
  of,
})

/** Chooses on the last part of the history by rolling origin, then lets the chosen methods learn from all of it. */
export async function fitForecaster(
  series: RegularSeries,
  targets: readonly Target[],
  options: JudgeOptions,
): Promise<Forecaster> {
  const ledger = ledgerOf(series)
  const { rows } = ledger
  const rolled = await rollOver(
    ledger,
    targets,
    {
      fitUntil: Math.floor(learnedShare * rows),
      originUntil: rows,
      truthUntil: rows,
      originsMost: options.originsMost,
    },
    options,
  )
  const chosen = targets.map((target, index) => chosenFrom(rolled[index] as Rolled, target))
  const fitted = await fitMethods(ledger, targets, rows, {
    ...options,
    methods: chosen.includes('median') ? options.methods : chosen,
  })
  const standing = await standingBefore(ledger, targets, rows, options.originsMost)
  return {
    stepMs: series.stepMs,
    fittedAt: series.startAt + (rows - 1) * series.stepMs,
    targets: targets.map((target, index) => {
      const method = fitted[index]?.find(each => each.name === chosen[index]) ?? { name: 'persistence' }
      const errors = (method.name === 'persistence' ? standing : rolled)[index] as Rolled
      const offsets = offsetsAfter(errors, target, method.name)
      const orNull = (value: number) => (Number.isFinite(value) ? value : null)
      return {
        target,
        method,
        meanAbsoluteError: orNull(meanAbsoluteErrorOf(errors, method.name)),
        persistenceError: orNull(meanAbsoluteErrorOf(errors, 'persistence')),
        skill: skillOf(errors, method.name),
        offsets: offsets.every(Number.isFinite) ? offsets : [],
      }
    }),
  }
}

/**
 * What comes after the series' last row. The series holds the rows up to now, the older ones too: smoothing starts afresh from
 * them and clock times are looked up in them. Undefined when the newest value is older than half an hour.
 */
export function applyForecaster(forecaster: Forecaster, series: RegularSeries): TargetForecast[] | undefined {
  if (series.stepMs !== forecaster.stepMs)
    throw new Error(
      `a forecaster of ${forecaster.stepMs} ms cannot be asked with rows of ${series.stepMs} ms`,
    )
  const carried = withNewestCarried(series)
  if (!carried) return undefined
  const ledger = ledgerOf(carried)
  return forecaster.targets.map(fitted => {
    const value = predicted(ledger, fitted.method, fitted.target, [ledger.rows - 1])[0] as number
    return {
      target: fitted.target,
      value,
      method: fitted.method.name,
      meanAbsoluteError: fitted.meanAbsoluteError,
      persistenceError: fitted.persistenceError,
      skill: fitted.skill,
      quantiles: fitted.offsets.map((offset, index) => ({
        quantile: quantileLevels[index] as number,
        value: value + offset,
      })),
    }
  })
}

/** The series with its newest value carried over the last rows where they are missing, half an hour at most. */
function withNewestCarried(series: RegularSeries): RegularSeries | undefined {
  const values = Float64Array.from(series.values)
  const most = Math.max(1, Math.floor(staleMs / series.stepMs))
  let newest = values.length - 1
  while (newest >= 0 && !Number.isFinite(values[newest])) newest--
  if (newest < 0 || values.length - 1 - newest > most) return undefined
  return { ...series, values: values.fill(values[newest] as number, newest + 1) }
}
