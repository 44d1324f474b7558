import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { builtinCities, builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { readEpw } from '#simulators/weather/epw.ts'
import { cityNormals } from '#simulators/weather/normals.ts'
import { type Weather, weatherOf } from '#simulators/weather/weather.ts'
import { epwFolder, epwTwins } from '#tests/weather/epwTwins.ts'
import { meanOf, statisticsOf, type WeatherStatistics } from '#tests/weather/statisticsOf.ts'

const seeds = [1, 2, 3, 4, 5, 6]
/** A year takes a tenth of a second to make: each is made once. */
const made = new Map<string, Weather>()
const yearOf = (city: string, seed: number): Weather => {
  const key = `${city} ${seed}`
  const weather = made.get(key) ?? builtinWeather({ city, seed })
  made.set(key, weather)
  return weather
}
const newYear = Date.UTC(2025, 0, 1)

describe('built-in years', () => {
  test.each(builtinCities)('%s: monthly means are the normals, whatever the seed', city => {
    const normals = cityNormals[city]!
    for (const seed of city === 'chicago' ? seeds : [1]) {
      const year = statisticsOf(yearOf(city, seed))
      for (let month = 0; month < 12; month++)
        expect(Math.abs(year.dryBulbC[month]! - normals.dryBulbC[month]!)).toBeLessThan(0.05)
      expect(year.designWetBulbC).toBeGreaterThan(15)
      expect(year.designWetBulbC).toBeLessThan(30)
      expect(Math.abs(meanOf(year.dailyRangeK) - meanOf(normals.dailyRangeK))).toBeLessThan(1)
    }
  })

  test.each(builtinCities)('%s: wet bulb never passes dry bulb, and no hour jumps', city => {
    const weather = yearOf(city, 1)
    const pressurePa = weather.at(newYear).pressurePa
    let last = weather.at(newYear).dryBulbC
    // Over the turn of the year as well: it joins itself.
    for (let at = newYear; at <= newYear + 366 * day; at += hour) {
      const air = weather.at(at)
      expect(air.wetBulbC).toBeLessThanOrEqual(air.dryBulbC + 0.01)
      expect(air.relativeHumidityPercent).toBeLessThanOrEqual(100.01)
      expect(air.relativeHumidityPercent).toBeGreaterThan(1)
      expect(air.pressurePa).toBe(pressurePa)
      expect(Math.abs(air.dryBulbC - last)).toBeLessThan(8)
      last = air.dryBulbC
    }
  })

  test('altitude lowers the pressure: 97.3 kPa at the 337 m of Phoenix', () => {
    expect(yearOf('phoenix', 1).at(0).pressurePa).toBeCloseTo(97_340, -2)
  })

  test('the same seed gives the same year to the bit, another seed another order of days', () => {
    const at = Date.UTC(2025, 6, 1, 7, 30)
    const year = (seed: number) => builtinWeather({ city: 'dublin', seed })
    expect(year(5).at(at)).toEqual(year(5).at(at))
    expect(year(5).at(at)).not.toEqual(year(6).at(at))
  })

  test('an unknown city is refused with the cities that there are', () => {
    for (const city of ['atlantis', '', 'toString'])
      expect(() => builtinWeather({ city, seed: 1 })).toThrow(
        `builtin:${city}: unknown city; allowed are ${builtinCities.join(', ')}`,
      )
  })

  test('steady air is the same at all times and its own design', () => {
    const steady = weatherOf({ dryBulbC: 30, relativeHumidityPercent: 50 })
    expect(steady.at(0)).toEqual(steady.at(newYear))
    // Psychrometric chart at sea level: 30 °C and 50 % have a wet bulb of 22.0 °C.
    expect(steady.designWetBulbC).toBeCloseTo(22, 1)
    expect(steady.designDryBulbC).toBe(30)
  })
})

/**
 * A typical-year file holds twelve real months, so each figure of it strays from the long-term one: a month's mean by about
 * spread × √(1.65 / 0.35 / 30) = 0.4 spreads, that is 2 K in a Chicago winter, and normals moved by 0.5..1.8 K since the files'
 * periods. The tolerances are those; means over six seeds are compared.
 */
describe.skipIf(!existsSync(epwFolder))(
  'built-in years beside typical-year files (needs ../shared/data)',
  () => {
    describe.each(epwTwins)('$city', ({ city, file, handbook }) => {
      const real = existsSync(epwFolder) ? statisticsOf(readEpw(`${epwFolder}/${file}`)) : undefined
      const built = seeds.map(seed => statisticsOf(yearOf(city, seed)))
      const mean = (of: (year: WeatherStatistics) => number) => meanOf(built.map(of))
      const apart = (of: (year: WeatherStatistics) => number) => Math.abs(mean(of) - of(real!))
      const months = Array.from({ length: 12 }, (_, month) => month)

      test('means of the year within 1.2 K, of each month within 3 K', () => {
        expect(apart(year => year.meanDryBulbC)).toBeLessThan(1.2)
        expect(apart(year => year.meanWetBulbC)).toBeLessThan(0.9)
        for (const month of months) {
          expect(apart(year => year.dryBulbC[month]!)).toBeLessThan(3.1)
          expect(apart(year => year.wetBulbC[month]!)).toBeLessThan(2.7)
        }
      })

      test('0.4 % wet bulb within 1.2 K of the design handbook, dry bulb within 2.5 K; coldest hour within 3 K', () => {
        expect(Math.abs(mean(year => year.designWetBulbC) - handbook.wetBulbC)).toBeLessThan(1.2)
        expect(Math.abs(mean(year => year.designDryBulbC) - handbook.dryBulbC)).toBeLessThan(2.5)
        expect(apart(year => year.coldestDryBulbC)).toBeLessThan(3)
      })

      test('days stray from the month and swing within themselves about as far', () => {
        for (const season of [0, 1] as const) {
          expect(apart(year => year.dryBulbSpreadK[season])).toBeLessThan(0.8)
          expect(apart(year => year.wetBulbSpreadK[season])).toBeLessThan(0.8)
        }
        expect(apart(year => meanOf(year.dailyRangeK))).toBeLessThan(1.4)
        for (const month of months) expect(apart(year => year.dailyRangeK[month]!)).toBeLessThan(4)
      })

      test('days and hours hang together about as much', () => {
        for (const lag of [0, 1, 2]) expect(apart(year => year.afterDays[lag]!)).toBeLessThan(0.2)
        for (const lag of [0, 1, 2, 3, 4]) expect(apart(year => year.afterHours[lag]!)).toBeLessThan(0.15)
      })

      test('warm days are moist days to about the same degree', () => {
        for (const season of [0, 1] as const)
          expect(apart(year => year.dewPointFollows[season])).toBeLessThan(0.4)
      })
    })
  },
)
