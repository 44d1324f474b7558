import { day, type Millis } from '#contract/units.ts'
import type { TargetForecast } from '#models/forecast/forecaster.ts'
import type { RegularSeries } from '#models/forecast/regularSeries.ts'
import {
  fitSiteForecasters,
  forecastSite,
  type HourForecast,
  type SiteForecasters,
} from '#models/forecast/site.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** What an hour's plan asks of a forecast. The load of each CDU keeps its share of the site's: 25 fits would cost 25 times as much. */
type Foretold = 'it' | 'wetBulb'

/** Forecasters of a site, when and on how many rows they were fitted, as plain data: kept by the caller from hour to hour. */
export type KeptForecasters = {
  readonly of: SiteForecasters
  readonly fittedAt: Millis
  readonly rows: number
}

/** Hour by hour the same methods are asked with newer rows; every day, and when there is twice as much to learn from, they are chosen and fitted again. */
const refitRules = { everyMs: day, growth: 2 } as const

/** At least the hour that is planned, and the one after it: water that a jump of load will need then must be on its way before. */
const hoursForetold = 2

/** The forecasters to use now: those of before, or new ones where these are due. Undefined without a row. */
export async function forecastersFor(
  before: KeptForecasters | undefined,
  rows: readonly PlantRow[],
  options: { readonly now: Millis; readonly seed: number; readonly hours?: number },
): Promise<KeptForecasters | undefined> {
  const age = before ? options.now - before.fittedAt : Number.POSITIVE_INFINITY
  const isYoung = age >= 0 && age < refitRules.everyMs
  if (before && isYoung && rows.length < refitRules.growth * before.rows) return before
  const series = seriesOf(rows)
  if (!series) return undefined
  // No networks: they cost seconds, and over three weeks they are seldom better than the regression.
  const hoursMost = Math.max(hoursForetold, options.hours ?? 1)
  const of = await fitSiteForecasters(series, { hoursMost, seed: options.seed, thorough: [] })
  return { of, fittedAt: options.now, rows: rows.length }
}

/** The coming hour after the newest row, and those after it. Absent: not foretold. */
export type HourAhead = {
  /** Sum of the racks, kW; its highest of this hour and the next. */
  readonly itKw?: ForetoldHours
  readonly wetBulbC?: ForetoldHours
}
export type ForetoldHours = {
  readonly mean: TargetForecast
  /** Passed in one hour of twenty; NaN: not known. */
  readonly highest: number
  /** Means of the hours after the first, as many as were asked for when the forecasters were fitted. */
  readonly later: readonly number[]
}

export function hourAhead(kept: KeptForecasters | undefined, rows: readonly PlantRow[]): HourAhead {
  const series = seriesOf(rows)
  if (!kept || !series) return {}
  const { it, wetBulb } = forecastSite(kept.of, series)
  const foretold = (hours: readonly HourForecast[] | undefined, highestWithin: number) => {
    const [first, ...later] = hours ?? []
    return (
      first && {
        mean: first.mean,
        highest: highestOf([first, ...later].slice(0, highestWithin)),
        later: later.map(({ mean }) => mean.value),
      }
    )
  }
  const [itKw, wetBulbC] = [foretold(it, hoursForetold), foretold(wetBulb, 1)]
  return { ...(itKw ? { itKw } : {}), ...(wetBulbC ? { wetBulbC } : {}) }
}

const highestOf = (hours: readonly HourForecast[]): number =>
  Math.max(...hours.map(({ highest }) => highest.quantiles.at(-1)?.value ?? Number.NaN))

export const rackKwOf = (row: PlantRow): number => row.cdus.reduce((sum, cdu) => sum + cdu.itKw, 0)

/** A day's rows and a few weeks': beyond that a gap is longer than any history that is kept. */
const rowsMost = (60 * day) / rowMs

/** On a grid from the first row to the last; what is missing is NaN. */
function seriesOf(rows: readonly PlantRow[]): Record<Foretold, RegularSeries> | undefined {
  const newest = rows.at(-1)
  const oldest = rows.find(row => newest && (newest.at - row.at) / rowMs < rowsMost)
  if (!newest || !oldest) return undefined
  const length = Math.round((newest.at - oldest.at) / rowMs) + 1
  const series = (pick: (row: PlantRow) => number): RegularSeries => {
    const values = new Float64Array(length).fill(Number.NaN)
    for (const row of rows) values[Math.round((row.at - oldest.at) / rowMs)] = pick(row)
    return { startAt: oldest.at, stepMs: rowMs, values }
  }
  return { it: series(rackKwOf), wetBulb: series(row => row.wetBulbC) }
}
