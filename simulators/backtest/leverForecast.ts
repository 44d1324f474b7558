import { day, type Millis } from '#contract/units.ts'
import type { RegularSeries } from '#models/forecast/regularSeries.ts'
import { fitSiteForecasters, forecastSite, type SiteForecasters } from '#models/forecast/site.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'
import { rowMs } from '#models/plant/row.ts'

/** Means of one coming hour: the air, and the load of all places together. */
export type SiteHour = { readonly wetBulbC: number; readonly dryBulbC: number; readonly itKw: number }

/** With less history there is no day before to learn from. */
const historyLeastMs = 4 * day

/**
 * The site's forecasts as the hub makes them: fitted once a day on all of the history, asked each hour with the newest rows.
 * Without a network, which costs a fit of its own each day. Undefined: too little history, or nothing fresh.
 */
export function leverForecast(options: { readonly seed: number; readonly hours: number }) {
  let forecasters: SiteForecasters | undefined
  let fittedAt: Millis = Number.NEGATIVE_INFINITY
  return async (
    reader: RowReader,
    rows: readonly TelemetryRow[],
    now: Millis,
  ): Promise<readonly SiteHour[] | undefined> => {
    if (rows.length * rowMs < historyLeastMs) return undefined
    const series = seriesOf(reader, rows)
    if (!forecasters || now - fittedAt >= day) {
      forecasters = await fitSiteForecasters(series, {
        hoursMost: options.hours,
        seed: options.seed,
        thorough: [],
      })
      fittedAt = now
    }
    const { wetBulbC, dryBulbC, itKw } = forecastSite(forecasters, series)
    if (!wetBulbC || !dryBulbC || !itKw) return undefined
    const mean = (of: typeof wetBulbC, ahead: number) => of[ahead]?.mean.value ?? Number.NaN
    return Array.from({ length: options.hours }, (_, ahead) => ({
      wetBulbC: mean(wetBulbC, ahead),
      dryBulbC: mean(dryBulbC, ahead),
      itKw: mean(itKw, ahead),
    }))
  }
}

/** Every five minutes from the first row to the last; NaN where there is none. */
function seriesOf(
  reader: RowReader,
  rows: readonly TelemetryRow[],
): Record<'wetBulbC' | 'dryBulbC' | 'itKw', RegularSeries> {
  const startAt = (rows[0] as TelemetryRow).at
  const length = Math.round(((rows.at(-1) as TelemetryRow).at - startAt) / rowMs) + 1
  const empty = () => ({ startAt, stepMs: rowMs, values: new Float64Array(length).fill(Number.NaN) })
  const series = { wetBulbC: empty(), dryBulbC: empty(), itKw: empty() }
  for (const row of rows) {
    const index = Math.round((row.at - startAt) / rowMs)
    const { wetBulbC, dryBulbC, itKw } = reader.conditions(row)
    series.wetBulbC.values[index] = wetBulbC
    series.dryBulbC.values[index] = dryBulbC
    series.itKw.values[index] = itKw.reduce((sum, kw) => sum + kw, 0)
  }
  return series
}
