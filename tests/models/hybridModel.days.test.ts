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
  { city: 'chicago', from: Date.UTC(2025, 9, 6), seed: 12, wetBulbC: [2, 12], chillers: 'part of it' },
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
      const score = scoreOf(site, learned, course.table(), seen, 'followed')
      expect(score.nonIt.cvPercent).toBeLessThan(season.chillers === 'part of it' ? 2 : 1)
      expect(Math.abs(score.nonIt.nmbePercent)).toBeLessThan(0.5)
      for (const part of ['cduPumps', 'facilityPumps', 'towerFans', 'towerPumps', 'crahs', 'losses'] as const)
        expect(score[part].cvPercent, part).toBeLessThan(5)
      // Minutes by which a call near its border is missed are a tenth of what little the machines take.
      if (season.chillers !== 'never')
        expect(score.chillers.cvPercent).toBeLessThan(season.chillers === 'part of it' ? 10 : 3)
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
