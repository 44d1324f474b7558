import {
  applyForecaster,
  type Forecaster,
  fitForecaster,
  hourHighest,
  hourMean,
  type TargetForecast,
} from '#models/forecast/forecaster.ts'
import type { ForecastMethodName } from '#models/forecast/methods.ts'
import type { RegularSeries } from '#models/forecast/regularSeries.ts'

/** Forecasters of a site by the name of their series, such as each CDU's heat, the IT total and the wet bulb. */
export type SiteForecasters = Readonly<Record<string, Forecaster>>

/** One hour to come: its mean, and the highest row within it. */
export type HourForecast = {
  readonly hoursAhead: number
  readonly mean: TargetForecast
  readonly highest: TargetForecast
}

const cheapMethods: readonly ForecastMethodName[] = [
  'seasonalNaive',
  'smoothing',
  'clockSmoothing',
  'regression',
  'median',
]
const thoroughMethods: readonly ForecastMethodName[] = [...cheapMethods, 'weekNaive', 'network']

/**
 * Fits every series for 1 to `hoursMost` hours, each hour's mean and highest row; those named in `thorough` with a network.
 * Once a day is often enough: `forecastSite` asks the same forecasters with newer rows.
 */
export async function fitSiteForecasters(
  series: Readonly<Record<string, RegularSeries>>,
  options: { readonly hoursMost: number; readonly seed: number; readonly thorough: readonly string[] },
): Promise<SiteForecasters> {
  const forecasters: Record<string, Forecaster> = {}
  for (const [name, each] of Object.entries(series)) {
    const isThorough = options.thorough.includes(name)
    forecasters[name] = await fitForecaster(each, hourlyTargets(options.hoursMost, each.stepMs), {
      methods: isThorough ? thoroughMethods : cheapMethods,
      seed: options.seed,
      rowsMost: isThorough ? 2000 : 1000,
      originsMost: 400,
    })
  }
  return forecasters
}

const hourlyTargets = (hoursMost: number, stepMs: number) =>
  Array.from({ length: hoursMost }, (_, index) => index + 1).flatMap(hours => [
    hourMean(hours, stepMs),
    hourHighest(hours, stepMs),
  ])

/** The coming hours of every series that has a forecaster and a fresh value; the others are left out. */
export function forecastSite(
  forecasters: SiteForecasters,
  series: Readonly<Record<string, RegularSeries>>,
): Record<string, HourForecast[]> {
  const hours: Record<string, HourForecast[]> = {}
  for (const [name, each] of Object.entries(series)) {
    const forecaster = forecasters[name]
    const forecasts = forecaster && applyForecaster(forecaster, each)
    if (!forecasts) continue
    hours[name] = forecasts.flatMap((mean, index) => {
      const highest = forecasts[index + 1]
      return index % 2 === 0 && highest ? [{ hoursAhead: index / 2 + 1, mean, highest }] : []
    })
  }
  return hours
}
