import { expect, test } from 'vitest'
import { seededRandom } from '#models/plant/random.ts'
import { placeboPeriods } from '#models/savings/placebo.ts'
import { syntheticHours } from '#tests/savings/syntheticSite.ts'

test('of 60 months whose noise stays for hours, the 90 % interval holds what was saved in about nine of ten', () => {
  const periods = Array.from({ length: 60 }, (_, index) =>
    placeboPeriods({
      hours: syntheticHours({ seed: 100 + index, weeks: 28, noiseCorrelation: 0.95 }),
      baselineWeeks: 24,
      weeks: 4,
      shares: [0, 0.1],
      random: seededRandom(index),
    }),
  ).flat()
  const [placebo = [], saved = []] = [0, 1].map(place =>
    periods.flatMap(period => period.injections?.[place] ?? []),
  )
  // Half a year does not see everything: a month that strays too far is refused, but rarely.
  expect(placebo.length).toBeGreaterThanOrEqual(57)
  const covered90 = placebo.filter(one => one.covered90).length / placebo.length
  const covered68 = placebo.filter(one => one.covered68).length / placebo.length
  // Three standard deviations of a binomial of 57: 0.12 about 0.90, 0.19 about 0.68.
  expect(covered90).toBeGreaterThan(0.78)
  expect(covered68).toBeGreaterThan(0.49)
  expect(covered68).toBeLessThan(0.87)
  expect(saved.filter(one => one.excludesZero).length).toBe(saved.length)
  expect(saved.map(one => one.covered90)).toEqual(placebo.map(one => one.covered90))
})
