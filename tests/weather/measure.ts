/** Prints the tables of simulators/weather/README.md: node tests/weather/measure.ts */
import { existsSync } from 'node:fs'
import { builtinCities, builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { readEpw } from '#simulators/weather/epw.ts'
import { epwFolder, epwTwins } from '#tests/weather/epwTwins.ts'
import { statisticsOf, type WeatherStatistics } from '#tests/weather/statisticsOf.ts'

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
const built = (city: string) => seeds.map(seed => statisticsOf(builtinWeather({ city, seed })))
const titles = [
  'year',
  'dry, wet bulb',
  '0.4 % wet bulb',
  '0.4 % dry bulb',
  'coldest',
  'daily range Jan, Jul',
  'spread of days, dry, winter and summer',
  'wet',
  'after 1, 2, 3 days',
  'after 1, 6, 12, 24 h',
  'dew point follows',
  'saturated h',
]

function rowOf(name: string, years: readonly WeatherStatistics[]): string {
  const numbers = (of: (year: WeatherStatistics) => number) => years.map(of)
  const mean = (of: (year: WeatherStatistics) => number, digits = 1) =>
    (numbers(of).reduce((sum, value) => sum + value, 0) / years.length).toFixed(digits)
  const range = (of: (year: WeatherStatistics) => number) =>
    years.length > 1
      ? ` (${Math.min(...numbers(of)).toFixed(1)}..${Math.max(...numbers(of)).toFixed(1)})`
      : ''
  const list = (of: (year: WeatherStatistics) => readonly number[], places: readonly number[], digits = 1) =>
    places.map(place => mean(year => of(year)[place]!, digits)).join(', ')
  return `| ${[
    name,
    `${mean(year => year.meanDryBulbC)}, ${mean(year => year.meanWetBulbC)}`,
    mean(year => year.designWetBulbC) + range(year => year.designWetBulbC),
    mean(year => year.designDryBulbC) + range(year => year.designDryBulbC),
    mean(year => year.coldestDryBulbC),
    list(year => year.dailyRangeK, [0, 6]),
    list(year => year.dryBulbSpreadK, [0, 1]),
    list(year => year.wetBulbSpreadK, [0, 1]),
    list(year => year.afterDays, [0, 1, 2], 2),
    list(year => year.afterHours, [0, 2, 3, 4], 2),
    list(year => year.dewPointFollows, [0, 1], 2),
    mean(year => year.saturatedHours, 0),
  ].join(' | ')} |`
}

console.log(`| ${titles.join(' | ')} |\n|${' --- |'.repeat(titles.length)}`)
for (const { city, file } of epwTwins) {
  const path = `${epwFolder}/${file}`
  if (existsSync(path)) console.log(rowOf(file.replace('.epw.gz', ''), [statisticsOf(readEpw(path))]))
  console.log(rowOf(`builtin:${city}`, built(city)))
}
for (const city of builtinCities)
  if (!epwTwins.some(twin => twin.city === city)) console.log(rowOf(`builtin:${city}`, built(city)))

console.log('\n| monthly mean wet bulb | Jan..Dec |\n| --- | --- |')
const monthly = (years: readonly WeatherStatistics[]) =>
  Array.from({ length: 12 }, (_, month) =>
    (years.reduce((sum, year) => sum + year.wetBulbC[month]!, 0) / years.length).toFixed(1),
  ).join(', ')
for (const { city, file } of epwTwins) {
  const path = `${epwFolder}/${file}`
  if (existsSync(path))
    console.log(`| ${file.replace('.epw.gz', '')} | ${monthly([statisticsOf(readEpw(path))])} |`)
  console.log(`| builtin:${city} | ${monthly(built(city))} |`)
}
