import { beforeAll, describe, expect, it } from 'vitest'
import { learnImmersion } from '#models/plant/immersion/learnImmersion.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { type ImmersionHistory, immersionHistory } from '#tests/models/immersionCases.ts'
import { judgedParts, judgeResponses, judgeWeek, type WeekJudged } from '#tests/models/immersionJudge.ts'

describe.each([
  { weatherName: 'builtin:chicago', month: 6, seed: 1, approachK: 6 },
  { weatherName: 'builtin:phoenix', month: 9, seed: 2, approachK: 6 },
  { weatherName: 'builtin:san-francisco', month: 0, seed: 3, approachK: 8 },
])(
  'an immersion plant learned in five days: $weatherName, seed $seed',
  ({ weatherName, month, seed, approachK }) => {
    let history: ImmersionHistory
    let learned: LearnedPlant
    let week: WeekJudged
    beforeAll(async () => {
      history = immersionHistory({
        weatherName,
        loadName: 'builtin:ai',
        seed,
        judgedAt: Date.UTC(2025, month, 14),
        learnDays: 5,
        judgeDays: 3,
        approachK,
      })
      learned = await learnImmersion(history.site, history.seen, { seed: 1 })
      week = judgeWeek(history.site, learned, history.unseen, history.seen)
    }, 120_000)

    it('foretells non-IT power of the days after: CV(RMSE) 3 %, |NMBE| 1 %', () => {
      expect(week.followed.nonIt.cvRmse).toBeLessThan(1)
      expect(Math.abs(week.followed.nonIt.nmbe)).toBeLessThan(0.5)
    })

    it('foretells each part within 5 % in the hour ahead, on its way between two rests too', () => {
      for (const part of judgedParts) expect(week.followed[part].cvRmse, part).toBeLessThan(5)
    })

    it('foretells each part within 5 % by its settings alone while the plant is at rest, and its mean at all times', () => {
      expect(week.hoursAtRest).toBeGreaterThan(20)
      for (const part of judgedParts) {
        expect(week.atRest[part].cvRmse, part).toBeLessThan(5)
        expect(Math.abs(week.all[part].nmbe), part).toBeLessThan(5)
      }
    })

    it('foretells the hottest chip within 0.5 K', () => {
      expect(week.chipMaeK).toBeLessThan(0.5)
    })

    it('knows which of two settings is cheaper, and by how much', () => {
      const response = judgeResponses({
        ...history,
        learned,
        table: history.unseen,
        plantSeed: seed,
        moments: 8,
        pairsEach: 8,
        seed,
      })
      for (const kind of [response.held, response.saturated]) {
        if (kind.judged < 10) continue
        expect(kind.signRight / kind.judged).toBeGreaterThanOrEqual(0.95)
        expect(kind.medianErrorPercent).toBeLessThan(20)
      }
      expect(response.held.judged + response.saturated.judged).toBeGreaterThan(40)
    })
  },
)
