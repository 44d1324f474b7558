import { hour, type Millis } from '#contract/units.ts'
import { type BacktestCase, type BacktestResult, backtest } from '#simulators/backtest/backtest.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

export const aWinterDay: Millis = Date.UTC(2025, 0, 13)
export const aSummerDay: Millis = Date.UTC(2025, 6, 14)

export type ShortCase = Partial<BacktestCase> & {
  readonly siteName?: string
  readonly weatherName?: string
  readonly loadName?: string
}

/** A day of the small site in Chicago at 60 s steps; training and settling are cut short, to be quick. */
export function caseOf(options: ShortCase = {}): BacktestCase {
  const { siteName = 'small', weatherName = 'builtin:chicago', loadName = 'builtin:ai' } = options
  const seed = options.seed ?? 1
  const fromAt = options.fromAt ?? aSummerDay
  const weather = openWeather(weatherName, seed)
  const site = resolveAnySite(siteName, weather)
  return {
    site,
    weather,
    load: openLoad(loadName, { site, seed, startAt: fromAt }),
    seed,
    fromAt,
    days: 1,
    stepMs: 60_000,
    leakagePerK: 0.0015,
    controllers: ['fixed', 'reset'],
    trainingDays: 0.25,
    settling: { ms: 3 * hour, takenOverMs: hour },
    ...options,
  }
}

export const shortBacktest = (options: ShortCase = {}): Promise<BacktestResult> => backtest(caseOf(options))
