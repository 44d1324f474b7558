import { describe, expect, test } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { learnHybrid } from '#models/plant/hybrid/learnHybrid.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { hybridCourse } from '#tests/models/hybridCourse.ts'
import { type Answer, judged, responsesOf } from '#tests/models/hybridPairs.ts'
import { scoreOf } from '#tests/models/hybridScore.ts'
import { hybridSite } from '#tests/plant/hybridPlant.ts'

const learnedDays = 4
const unseenDays = 2

/** Mechanical cooling, both, free cooling. */
const seasons = [
  { city: 'chicago', from: Date.UTC(2025, 6, 7), seed: 11, wetBulbC: [16, 24], chillers: 'all the time' },
  { city: 'san-francisco', from: Date.UTC(2025, 9, 6), seed: 12, wetBulbC: [9, 15], chillers: 'part of it' },
  { city: 'chicago', from: Date.UTC(2025, 0, 6), seed: 13, wetBulbC: [-12, 2], chillers: 'never' },
] as const

describe('a hybrid plant learned under reset with one sweep', () => {
  const answers: Answer[] = []

  test.each(seasons)(
    '$city, chillers $chillers: its power, its parts, its chips',
    {
      timeout: 60_000,
    },
    async season => {
      const { city, seed, from } = season
      const weather = builtinWeather({ city, seed })
      const site = hybridSite(weather)
      const load = builtinLoad('ai', site, seed)
      const plant = createPlant({ site, weather, load, seed, startAt: from, stepMs: 60_000 })
      const course = hybridCourse(plant)
      course.until(from + learnedDays * day, from + 6 * hour)
      const learned = await learnHybrid(site, course.table(), { seed: 1 })
      const seen = course.rows.length
      course.until(from + (learnedDays + unseenDays) * day)
      const score = scoreOf(site, learned, course.table(seen))
      // Where chillers come and go, an hour's power is that of the hour before the changeover or after it.
      expect(score.nonIt.cvPercent).toBeLessThan(season.chillers === 'part of it' ? 5 : 3)
      expect(Math.abs(score.nonIt.nmbePercent)).toBeLessThan(1)
      for (const part of ['cduPumps', 'towerPumps', 'crahs', 'losses'] as const)
        expect(score[part].cvPercent).toBeLessThan(5)
      if (season.chillers === 'all the time') expect(score.chillers.cvPercent).toBeLessThan(5)
      expect(score.chipMaeK).toBeLessThan(0.5)
      answers.push(
        ...responsesOf(site, weather, learned, {
          seed: 3,
          plantSeed: seed,
          pairs: 30,
          wetBulbC: season.wetBulbC,
        }),
      )
    },
  )

  test('what one setting in place of another changes, over all of them', () => {
    const { count, rightShare, middleError } = judged(answers)
    expect(count).toBeGreaterThan(75)
    expect(rightShare).toBeGreaterThan(0.95)
    expect(middleError).toBeLessThan(0.1)
  })
})
