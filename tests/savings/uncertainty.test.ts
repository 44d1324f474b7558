import { describe, expect, test } from 'vitest'
import { quantile, studentT } from '#models/savings/statistics.ts'
import { effectiveCount, guideline14Uncertainty, placeboStandardError } from '#models/savings/uncertainty.ts'

describe('the error of a saving', () => {
  test.each([
    [0.9, 5, 2.015],
    [0.9, 12, 1.782],
    [0.9, 13, 1.771],
    [0.68, 13, 1.034],
    [0.95, 30, 2.042],
    [0.9, 1, 6.314],
    [0.9, 8_000, 1.645],
  ])(
    '%f of Student’s t with %i degrees of freedom lies within %f, as printed tables have it',
    (share, degrees, t) => {
      expect(studentT(share, degrees)).toBeCloseTo(t, 3)
    },
  )

  test('Guideline 14 by hand: 365 days, CV 10 %, ρ 0.5, 28 days judged, 10 % saved, 90 %', () => {
    // n' = 365 × 0.5 / 1.5 = 121.67; √[3 × (1 + 2 / 121.67) / 28] = 0.33001; 1.645 × 1.26 × 0.1 / 0.1 × 0.33001 = 0.684
    expect(effectiveCount(365, 0.5)).toBeCloseTo(121.67, 2)
    const facts = {
      t: 1.645,
      cvRmse: 0.1,
      lagOne: 0.5,
      baselineCount: 365,
      reportingCount: 28,
      savedShare: 0.1,
    }
    expect(guideline14Uncertainty(facts)).toBeCloseTo(0.684, 3)
    expect(guideline14Uncertainty({ ...facts, lagOne: 0 })).toBeLessThan(guideline14Uncertainty(facts) / 1.7)
  })

  test('a bias of the placebo periods counts as error, although it does not scatter', () => {
    expect(placeboStandardError([0.02, 0.02, 0.02])).toBeCloseTo(0.02, 12)
    expect(placeboStandardError([0.03, -0.03])).toBeCloseTo(0.03, 12)
  })

  test('quantiles lie straight between neighbours', () => {
    expect(quantile([1, 2, 4], 0.75)).toBe(3)
    expect(quantile([], 0.5)).toBeNaN()
  })
})
