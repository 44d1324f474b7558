/**
 * Figures of the learned hybrid plant: three weeks under `reset` with one sweep, an unseen week, and pairs of settings run to rest.
 *
 *   node tests/models/measureHybrid.ts <weather> <first day> <plant seed> [load, builtin:ai] [pairs, 70] [seconds of a step, 60]
 *   node tests/models/measureHybrid.ts ../shared/data/weather/USA_AZ_Phoenix-Sky.Harbor.epw.gz 2025-07-07 5
 */
import { day, hour } from '#contract/units.ts'
import { learnHybrid } from '#models/plant/hybrid/learnHybrid.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import { hybridCourse } from '#tests/models/hybridCourse.ts'
import { judged, responsesOf } from '#tests/models/hybridPairs.ts'
import { scoreOf } from '#tests/models/hybridScore.ts'
import { hybridSite } from '#tests/plant/hybridPlant.ts'

const learnedDays = 21
const unseenDays = 7

const [weatherName = '', from = '', seedText = '', loadName = 'builtin:ai', pairs = '70', step = '60'] =
  process.argv.slice(2)
const seed = Number(seedText)
const startAt = Date.parse(`${from}T00:00:00Z`)
const weather = openWeather(weatherName, seed)
const site = hybridSite(weather)
const load = openLoad(loadName, { site, seed, startAt })
const plant = createPlant({ site, weather, load, seed, startAt, stepMs: Number(step) * 1000 })
const course = hybridCourse(plant)
course.until(startAt + learnedDays * day, startAt + 6 * hour)
const lessons = course.table()
const before = process.cpuUsage()
const learned = await learnHybrid(site, lessons, { seed: 1 })
const learnS = process.cpuUsage(before).user / 1e6
course.until(startAt + (learnedDays + unseenDays) * day)
const score = (how: 'followed' | 'atRest') => scoreOf(site, learned, course.table(), lessons.rows.length, how)
const { chipMaeK, ...fits } = score('followed')
const atRest = score('atRest')
process.stdout.write(
  [
    `${weather.name} ${from} seed ${seed} ${loadName} step ${step} s: an hour ahead (at rest, machines told in every row)`,
    ...Object.entries(fits).map(([name, { meanKw, cvPercent, nmbePercent }]) => {
      const rest = atRest[name as keyof typeof fits]
      return `  ${name} ${meanKw.toFixed(1)} kW cv ${cvPercent.toFixed(2)} % nmbe ${nmbePercent.toFixed(2)} % (cv ${rest.cvPercent.toFixed(2)} %)`
    }),
    `  chip MAE ${chipMaeK.toFixed(2)} K; learned in ${learnS.toFixed(2)} s of one core; not known: ${learned.unknown.map(({ name }) => name).join(', ')}`,
    '',
  ].join('\n'),
)
if (Number(pairs) > 0) {
  const wetBulbs = lessons.rows
    .map(({ values }) => values[lessons.keys.indexOf('weather.wetBulb')] as number)
    .sort((a, b) => a - b)
  const at = (share: number) => wetBulbs[Math.floor(share * (wetBulbs.length - 1))] as number
  const wetBulbC = [at(0.05), at(0.95)] as const
  const answers = responsesOf(site, weather, learned, {
    seed: 5,
    plantSeed: seed,
    pairs: Number(pairs),
    wetBulbC,
  })
  const { count, rightShare, middleError } = judged(answers)
  process.stdout.write(
    `  settings: ${count} of ${answers.length} pairs tell, ${(100 * rightShare).toFixed(1)} % of signs right, median error ${(100 * middleError).toFixed(1)} % of the difference (wet bulb ${wetBulbC.map(c => c.toFixed(0)).join(' to ')} °C)\n`,
  )
}
