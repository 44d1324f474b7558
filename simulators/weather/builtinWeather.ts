import { Failure } from '#contract/failure.ts'
import { relativeHumidityPercentOf, standardPressurePa, wetBulbC } from '#models/physics/psychrometrics.ts'
import { hashOf, normalAt } from '#simulators/plant/chance.ts'
import { type CityNormals, cityNormals } from '#simulators/weather/normals.ts'
import { hoursOfYear, type Weather, weatherOfYear } from '#simulators/weather/weather.ts'
import { bentTo, fronts, gusts, monthlyLineAt } from '#simulators/weather/yearSeries.ts'

export const builtinCities: readonly string[] = Object.keys(cityNormals)

/** A typical year from monthly normals: its monthly means are the normals, the order of its days is the seed's. */
export function builtinWeather(options: { city: string; seed: number }): Weather {
  const city = Object.hasOwn(cityNormals, options.city) ? cityNormals[options.city] : undefined
  if (!city)
    throw new Failure(
      'WEATHER_INVALID',
      `builtin:${options.city}: unknown city; allowed are ${builtinCities.join(', ')}`,
    )
  const draw = (what: string) => hashOf(options.seed, `weather/${options.city}/${what}`)
  const pressurePa = pressureAt(city.altitudeM)
  const front = fronts(draw('fronts'))
  const dryBulbs = bentTo(city.dryBulbC, dryBulbCourse(city, front, draw))
  const dewPoints = bentTo(city.dewPointC, dewPointCourse(city, front, draw), { series: dryBulbs })
  const humidities = dryBulbs.map((dryBulbC, row) =>
    relativeHumidityPercentOf({ dryBulbC, dewPointC: dewPoints[row]! }),
  )
  return weatherOfYear({
    name: `builtin ${options.city}`,
    offsetMs: city.offsetHours * 3_600_000,
    dryBulbC: dryBulbs,
    relativeHumidityPercent: humidities,
    pressurePa: new Float64Array(hoursOfYear).fill(pressurePa),
    wetBulbC: dryBulbs.map((dryBulbC, row) =>
      wetBulbC({ dryBulbC, relativeHumidityPercent: humidities[row]!, pressurePa }),
    ),
  })
}

type Draw = (what: string) => number

/** Fronts, the day's wave (stronger under a clear sky) and gusts; the monthly mean comes afterwards. */
function dryBulbCourse(city: CityNormals, front: Float64Array, draw: Draw): Float64Array {
  const gust = gusts(draw('gusts'), 5)
  const clearness = clearnessOf(draw('clearness'))
  return front.map((frontNow, row) => {
    const spreadK = seasonal(city.dryBulbSpreadK, row)
    const swingK = swingOf(monthlyLineAt(city.dailyRangeK, row), spreadK)
    const hotSpells = city.hotSpells * (1 - winterAt(row))
    const warmth = frontNow + hotSpells * (frontNow * frontNow - 1)
    return spreadK * warmth + swingK * clearness(row) * waveAt(row + 1, row) + gustOf(spreadK) * gust[row]!
  })
}

/** Moisture follows the fronts as far as the city's does; the rest of it comes and goes by itself. */
function dewPointCourse(city: CityNormals, front: Float64Array, draw: Draw): Float64Array {
  const own = fronts(draw('moisture'))
  const gust = gusts(draw('moistureGusts'), 8)
  return front.map((frontNow, row) => {
    const follows = seasonal(city.dewPointFollows, row)
    const moisture = follows * frontNow + Math.sqrt(1 - follows * follows) * own[row]!
    // Dry air can be very dry, but moist air is soon full: 2.6 spreads above the mean become 2.1, below it 3.1.
    const lopsided = moisture - 0.08 * (moisture * moisture - 1)
    return seasonal(city.dewPointSpreadK, row) * (lopsided + 0.35 * gust[row]!)
  })
}

/** Barometric formula of the standard atmosphere: 337 m has 97.3 kPa. */
const pressureAt = (altitudeM: number): number => standardPressurePa * (1 - 2.25577e-5 * altitudeM) ** 5.2559

/** Mid-January's value and mid-July's, joined by a cosine. */
function seasonal(ends: readonly [winter: number, summer: number], row: number): number {
  const winter = winterAt(row)
  return ends[0] * winter + ends[1] * (1 - winter)
}
const winterAt = (row: number): number => 0.5 + 0.5 * Math.cos((2 * Math.PI * (row - 360)) / hoursOfYear)

/** A day's highest less its lowest holds fronts and gusts too, so the wave of the sun is smaller: 9.4 K become 4.4 K in a Chicago January. */
const swingOf = (dailyRangeK: number, spreadK: number): number =>
  Math.sqrt(Math.max((0.4 * dailyRangeK) ** 2, dailyRangeK ** 2 - (1.4 * spreadK) ** 2)) - 0.5

const gustOf = (spreadK: number): number => 0.6 + 0.08 * spreadK

/** The sun's wave, height 1: highest at 15:00, lowest at dawn, with a flatter night in winter (fitted to four typical-year files). */
function waveAt(hour: number, row: number): number {
  const second = 0.05 + 0.11 * winterAt(row)
  return (
    0.47 * Math.cos((2 * Math.PI * (hour - 15.4)) / 24) +
    second * Math.cos((4 * Math.PI * (hour - 13.6)) / 24)
  )
}

/** How much of the wave a day shows, 0.3 to 1.7: one draw a day, standing at 15:00, with lines between. */
function clearnessOf(hash: number): (row: number) => number {
  const days = Array.from({ length: 365 }, (_, day) =>
    Math.max(0.3, Math.min(1.7, 1 + 0.35 * normalAt(hash, day))),
  )
  return row => {
    const place = (row - 14) / 24
    const day = Math.floor(place)
    const share = place - day
    return days[(day + 365) % 365]! * (1 - share) + days[(day + 366) % 365]! * share
  }
}
