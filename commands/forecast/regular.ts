import type { TimedValues } from '#commands/forecast/readTable.ts'
import { Failure } from '#contract/failure.ts'
import { type DurationMs, minute, second } from '#contract/units.ts'
import type { RegularSeries } from '#models/forecast/regularSeries.ts'

/** Finer rows than this are averaged, when the horizons allow it: a forecast of hours does not need them. */
const coarsestMs = 5 * minute
/** Rows on the grid, missing ones included: 11 years of five minutes. */
const gridRowsMost = 1_200_000
/** A clock set back, or a logger that sent twice, may do this to a share of the rows; more is a file of several series. */
const togetherMost = 0.05
/** A mean needs at least this share of its rows. */
const shareNeeded = 0.5

export type Gridded = {
  readonly series: RegularSeries
  /** Step of the file, before averaging. */
  readonly fileStepMs: DurationMs
  /** Rows with a value. */
  readonly known: number
  readonly notes: readonly string[]
}

/**
 * Values on a grid of equal steps. The step is the file's usual one, or up to five minutes where the file is finer and every
 * horizon is a multiple; gaps stay missing, rows that fall on the same place are averaged and said.
 */
export function onGrid(table: TimedValues, path: string, horizonsMs: readonly DurationMs[]): Gridded {
  const notes: string[] = []
  const order = table.at.map((_, index) => index)
  if (table.at.some((at, index) => index > 0 && at < (table.at[index - 1] as number))) {
    order.sort((a, b) => (table.at[a] as number) - (table.at[b] as number))
    notes.push('rows were not in order of time and were sorted')
  }
  const at = order.map(index => table.at[index] as number)
  const fileStepMs = usualStep(at, path)
  const stepMs = coarserStep(fileStepMs, horizonsMs)
  const startAt = stepMs > fileStepMs ? Math.floor((at[0] as number) / stepMs) * stepMs : (at[0] as number)
  const place = (time: number) =>
    stepMs > fileStepMs ? Math.floor((time - startAt) / stepMs) : Math.round((time - startAt) / stepMs)
  const rows = place(at.at(-1) as number) + 1
  if (rows > gridRowsMost)
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: ${rows} steps of ${stepMs / minute} min from first to last row, at most ${gridRowsMost} are allowed`,
    )
  const sums = new Float64Array(rows)
  const counts = new Float64Array(rows)
  let together = 0
  order.forEach((index, rank) => {
    const value = table.values[index] as number
    const row = place(at[rank] as number)
    if (rank > 0 && at[rank] === at[rank - 1]) together++
    if (!Number.isFinite(value)) return
    sums[row] = (sums[row] as number) + value
    counts[row] = (counts[row] as number) + 1
  })
  if (together > togetherMost * at.length)
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: ${together} of ${at.length} rows stand at the time of another one; allowed is one row for each time`,
    )
  if (together > 0) notes.push(`rows at the time of another one, averaged with it: ${together}`)
  if (stepMs > fileStepMs)
    notes.push(
      `rows of ${describe(fileStepMs)} were averaged to ${describe(stepMs)}; every figure is about those means`,
    )
  const needed = Math.max(1, shareNeeded * Math.floor(stepMs / fileStepMs))
  const values = sums.map((sum, row) => {
    const count = counts[row] as number
    return count >= needed ? sum / count : Number.NaN
  })
  const known = values.reduce((count, value) => count + (Number.isFinite(value) ? 1 : 0), 0)
  return { series: { startAt, stepMs, values }, fileStepMs, known, notes }
}

/** Steps that loggers are set to, s; a clock that runs a little fast or slow does not make another step. */
const usualStepsS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 86_400]
const clockOffMost = 0.01

/** Half of the distances between rows are no longer than this. */
function usualStep(at: readonly number[], path: string): DurationMs {
  const steps = at
    .slice(1)
    .map((time, index) => time - (at[index] as number))
    .filter(step => step > 0)
    .sort((a, b) => a - b)
  const step = steps[Math.floor(steps.length / 2)]
  if (step === undefined) throw new Failure('CONFIG_INVALID', `${path}: fewer than two different times`)
  const usual = usualStepsS.find(each => Math.abs(each * second - step) <= clockOffMost * step)
  return usual === undefined ? step : usual * second
}

/** The coarsest step up to five minutes that the file's step and every horizon are multiples of; the file's own otherwise. */
function coarserStep(fileStepMs: DurationMs, horizonsMs: readonly DurationMs[]): DurationMs {
  for (let times = Math.floor(coarsestMs / fileStepMs); times > 1; times--) {
    const step = times * fileStepMs
    if (horizonsMs.every(horizon => horizon % step === 0)) return step
  }
  return fileStepMs
}

/** 15 s, 5 min, 1 h: a duration as it is said. */
export const describe = (ms: DurationMs): string => {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms % minute === 0) return `${ms / minute} min`
  return `${Number((ms / 1000).toFixed(3))} s`
}
