import { Failure } from '#contract/failure.ts'
import { relativeHumidityPercentOf, standardPressurePa, wetBulbC } from '#models/physics/psychrometrics.ts'
import { hashOf, smoothNormalAt } from '#simulators/plant/chance.ts'
import { hoursOfYear, type Weather, weatherOfYear } from '#simulators/weather/weather.ts'

/** Monthly normals (rounded from the 1991-2020 normals of the national services): mean dry bulb, mean dew point, daily swing. */
type City = {
  readonly offsetHours: number
  readonly altitudeM: number
  readonly dryBulbC: readonly number[]
  readonly dewPointC: readonly number[]
  readonly dailySwingK: number
  /** Spread of a day's mean about the month's. */
  readonly dayToDayK: number
}

const cities: Readonly<Record<string, City>> = {
  chicago: {
    offsetHours: -6,
    altitudeM: 201,
    dryBulbC: [-3.7, -1.9, 3.9, 9.9, 16.0, 21.7, 24.2, 23.2, 19.2, 12.5, 5.3, -0.7],
    dewPointC: [-8.2, -6.7, -2.3, 2.8, 9.0, 14.9, 17.9, 17.4, 13.0, 6.2, -0.2, -5.4],
    dailySwingK: 9,
    dayToDayK: 4.5,
  },
  phoenix: {
    offsetHours: -7,
    altitudeM: 340,
    dryBulbC: [13.6, 15.4, 19.1, 23.0, 28.0, 33.2, 35.3, 34.7, 31.5, 24.9, 17.9, 13.0],
    dewPointC: [1.0, 1.5, 1.5, 1.2, 2.2, 4.5, 13.0, 14.2, 10.0, 5.0, 2.0, 0.8],
    dailySwingK: 14,
    dayToDayK: 2.8,
  },
  'san-francisco': {
    offsetHours: -8,
    altitudeM: 3,
    dryBulbC: [10.7, 12.0, 13.1, 14.1, 15.6, 17.1, 17.9, 18.4, 18.5, 16.8, 13.3, 10.6],
    dewPointC: [6.5, 7.4, 7.8, 8.2, 9.5, 11.0, 12.3, 12.8, 12.2, 10.5, 8.3, 6.3],
    dailySwingK: 7,
    dayToDayK: 2,
  },
  frankfurt: {
    offsetHours: 1,
    altitudeM: 112,
    dryBulbC: [2.2, 3.0, 6.7, 11.0, 15.2, 18.7, 20.7, 20.3, 15.8, 10.9, 6.0, 2.9],
    dewPointC: [-0.5, -0.6, 1.3, 3.7, 8.1, 11.5, 13.2, 13.0, 10.5, 7.5, 3.6, 0.6],
    dailySwingK: 9,
    dayToDayK: 3.5,
  },
  singapore: {
    offsetHours: 8,
    altitudeM: 5,
    dryBulbC: [26.8, 27.3, 27.8, 28.2, 28.6, 28.5, 28.2, 28.1, 28.0, 27.9, 27.2, 26.8],
    dewPointC: [23.2, 23.3, 23.7, 24.3, 24.6, 24.3, 24.0, 24.0, 23.9, 24.0, 24.0, 23.6],
    dailySwingK: 6.5,
    dayToDayK: 0.9,
  },
}

export const builtinCities: readonly string[] = Object.keys(cities)

/** A year of weather from monthly normals: daily wave with its peak at 15:00, days that hang together, seeded. */
export function builtinWeather(options: { city: string; seed: number }): Weather {
  const city = cities[options.city]
  if (!city)
    throw new Failure(
      'WEATHER_INVALID',
      `builtin:${options.city}: unknown city; allowed are ${builtinCities.join(', ')}`,
    )
  // Barometric formula of the standard atmosphere: 340 m has 97.3 kPa.
  const pressurePa = standardPressurePa * (1 - 2.25577e-5 * city.altitudeM) ** 5.2559
  const dayHash = hashOf(options.seed, `weather/${options.city}/day`)
  const wetHash = hashOf(options.seed, `weather/${options.city}/dewPoint`)
  const columns = {
    dryBulbC: new Float64Array(hoursOfYear),
    wetBulbC: new Float64Array(hoursOfYear),
    relativeHumidityPercent: new Float64Array(hoursOfYear),
    pressurePa: new Float64Array(hoursOfYear),
  }
  for (let row = 0; row < hoursOfYear; row++) {
    const hour = row + 1
    const wave = Math.cos((2 * Math.PI * ((hour % 24) - 15)) / 24)
    // Fronts pass every two to five days: two periods of noise, together of variance 1.
    // Winter fronts are stronger: 1.4 times the year's spread in mid-January, 0.6 times in July.
    const spreadK = city.dayToDayK * (1 + 0.4 * Math.cos((2 * Math.PI * (hour - 360)) / hoursOfYear))
    const front = 0.8 * smoothNormalAt(dayHash, hour, 60) + 0.6 * smoothNormalAt(dayHash ^ 0x55, hour, 18)
    const dryBulbC = monthlyAt(city.dryBulbC, hour) + (city.dailySwingK / 2) * wave + spreadK * front
    const moisture = 0.7 * front + 0.7 * smoothNormalAt(wetHash, hour, 30)
    const dewPointC = Math.min(dryBulbC - 0.3, monthlyAt(city.dewPointC, hour) + 0.9 * spreadK * moisture)
    const relativeHumidityPercent = relativeHumidityPercentOf({ dryBulbC, dewPointC })
    columns.dryBulbC[row] = dryBulbC
    columns.relativeHumidityPercent[row] = relativeHumidityPercent
    columns.pressurePa[row] = pressurePa
    columns.wetBulbC[row] = wetBulbC({ dryBulbC, relativeHumidityPercent, pressurePa })
  }
  return weatherOfYear({
    name: `builtin ${options.city}`,
    offsetMs: city.offsetHours * 3_600_000,
    ...columns,
  })
}

/** Monthly means stand at mid-month, straight between them. */
function monthlyAt(means: readonly number[], hour: number): number {
  const place = hour / (hoursOfYear / 12) - 0.5
  const month = Math.floor(place)
  const share = place - month
  return means[(month + 12) % 12]! * (1 - share) + means[(month + 13) % 12]! * share
}
