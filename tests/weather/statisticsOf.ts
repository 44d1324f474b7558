import { hour } from '#contract/units.ts'
import { hoursOfYear, type Weather } from '#simulators/weather/weather.ts'
import { monthlyMeans, monthStarts } from '#simulators/weather/yearSeries.ts'

/** What a year of weather does to a cooling plant, in figures that a typical-year file and a built-in year can both be asked for. */
export type WeatherStatistics = {
  readonly meanDryBulbC: number
  readonly meanWetBulbC: number
  /** January to December. */
  readonly dryBulbC: readonly number[]
  readonly wetBulbC: readonly number[]
  readonly dailyRangeK: readonly number[]
  /** 0.4 % of the hours. */
  readonly designWetBulbC: number
  readonly designDryBulbC: number
  readonly coldestDryBulbC: number
  /** Standard deviation of daily means about the month's, December to February and June to August. */
  readonly dryBulbSpreadK: readonly [winter: number, summer: number]
  readonly wetBulbSpreadK: readonly [winter: number, summer: number]
  /** Autocorrelation of daily means about the month's, after 1, 2 and 3 days. */
  readonly afterDays: readonly number[]
  /** Autocorrelation of hours about the month's mean of that hour of day, after 1, 3, 6, 12 and 24 h. */
  readonly afterHours: readonly number[]
  /** Correlation of daily means of dry bulb and dew point about the month's. */
  readonly dewPointFollows: readonly [winter: number, summer: number]
  /** Hours a year between wet bulb and dry bulb below 0.1 K. */
  readonly saturatedHours: number
}

export function statisticsOf(weather: Weather): WeatherStatistics {
  const firstAt = Date.UTC(2025, 0, 1) - (weather.offsetMs ?? 0) + hour
  const air = Array.from({ length: hoursOfYear }, (_, row) => weather.at(firstAt + row * hour))
  const dryBulb = Float64Array.from(air, at => at.dryBulbC)
  const wetBulb = Float64Array.from(air, at => at.wetBulbC)
  const dewPoint = Float64Array.from(air, at => dewPointOf(at.dryBulbC, at.relativeHumidityPercent))
  const ranges = daily(dryBulb, day => Math.max(...day) - Math.min(...day))
  const dryDays = aboutTheMonth(daily(dryBulb, meanOf), 1)
  const wetDays = aboutTheMonth(daily(wetBulb, meanOf), 1)
  const dewDays = aboutTheMonth(daily(dewPoint, meanOf), 1)
  const hours = aboutTheHour(dryBulb)
  const season = (days: readonly number[]) => [winterOf(days), summerOf(days)] as const
  const spread = (days: readonly number[]) => season(days).map(part => spreadOf(part)) as [number, number]
  return {
    meanDryBulbC: meanOf(dryBulb),
    meanWetBulbC: meanOf(wetBulb),
    dryBulbC: monthlyMeans(dryBulb),
    wetBulbC: monthlyMeans(wetBulb),
    dailyRangeK: monthsOf(ranges, 1).map(meanOf),
    designWetBulbC: weather.designWetBulbC,
    designDryBulbC: weather.designDryBulbC,
    coldestDryBulbC: weather.coldestDryBulbC,
    dryBulbSpreadK: spread(dryDays),
    wetBulbSpreadK: spread(wetDays),
    afterDays: [1, 2, 3].map(days => correlation(dryDays.slice(days), dryDays.slice(0, -days))),
    afterHours: [1, 3, 6, 12, 24].map(after => correlation(hours.slice(after), hours.slice(0, -after))),
    dewPointFollows: [
      correlation(winterOf(dryDays), winterOf(dewDays)),
      correlation(summerOf(dryDays), summerOf(dewDays)),
    ],
    saturatedHours: dryBulb.filter((dry, row) => dry - wetBulb[row]! < 0.1).length,
  }
}

/** Magnus formula over water (Alduchov and Eskridge 1996). */
function dewPointOf(dryBulbC: number, humidityPercent: number): number {
  const exponent = Math.log(humidityPercent / 100) + (17.625 * dryBulbC) / (243.04 + dryBulbC)
  return (243.04 * exponent) / (17.625 - exponent)
}

export const meanOf = (values: ArrayLike<number>): number => sumOf(values) / values.length
const sumOf = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index]!
  return sum
}
export const spreadOf = (values: ArrayLike<number>): number => {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(Float64Array.from(values, value => (value - mean) ** 2)))
}
export function correlation(one: readonly number[], other: readonly number[]): number {
  const [oneMean, otherMean] = [meanOf(one), meanOf(other)]
  return (
    meanOf(one.map((value, index) => (value - oneMean) * (other[index]! - otherMean))) /
    (spreadOf(one) * spreadOf(other))
  )
}

const daily = (series: Float64Array, of: (day: Float64Array) => number): number[] =>
  Array.from({ length: 365 }, (_, day) => of(series.subarray(day * 24, day * 24 + 24)))
const monthsOf = (series: ArrayLike<number>, perDay: number): number[][] =>
  monthStarts
    .slice(0, 12)
    .map((start, month) =>
      Array.from(series).slice((start / 24) * perDay, (monthStarts[month + 1]! / 24) * perDay),
    )
const aboutTheMonth = (series: ArrayLike<number>, perDay: number): number[] =>
  monthsOf(series, perDay).flatMap(month => month.map(value => value - meanOf(month)))
const aboutTheHour = (series: Float64Array): number[] =>
  monthsOf(series, 24).flatMap(month => {
    const byHour = Array.from({ length: 24 }, (_, at) => meanOf(month.filter((_, row) => row % 24 === at)))
    return month.map((value, row) => value - byHour[row % 24]!)
  })
const winterOf = (days: readonly number[]) => [...days.slice(0, 59), ...days.slice(334)]
const summerOf = (days: readonly number[]) => days.slice(151, 243)
