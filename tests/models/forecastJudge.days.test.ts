import { describe, expect, it } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { judgeForecasts } from '#models/forecast/judge.ts'
import { forecastMethodNames } from '#models/forecast/methods.ts'
import { valueAhead } from '#models/forecast/regularSeries.ts'
import { daySwing, noisyDays, seededSeries } from '#tests/models/seededSeries.ts'

const withNetwork = { methods: forecastMethodNames, seed: 1, rowsMost: 800, originsMost: 1000 }
/** The network is left out where the story does not need it: it is the slowest. */
const options = { ...withNetwork, methods: forecastMethodNames.filter(name => name !== 'network') }
const targets = [1, 3, 6].map(hours => valueAhead(hours * hour, hour))

describe('which forecast is used, and how good it is', () => {
  it.each([1, 2, 3])('a walk without memory (seed %i) is left to persistence', async seed => {
    const walk = seededSeries(3000, seed, (_, before, normal) => before + normal)
    for (const judged of await judgeForecasts(walk, targets, options)) {
      expect(judged.used).toBe('persistence')
      expect(judged.skill).toBe(0)
      expect(judged.meanAbsoluteError).toBe(judged.persistenceError)
    }
  })

  it('a day that repeats itself is found', async () => {
    const judged = await judgeForecasts(noisyDays(2000, 4), targets, withNetwork)
    expect(judged[0]!.candidates.map(each => each.method).sort()).toEqual([...forecastMethodNames].sort())
    for (const each of judged)
      expect(each.candidates.find(({ method }) => method === 'network')!.skill).toBeGreaterThan(0.3)
    expect(judged.map(each => each.used)).not.toContain('persistence')
    // Six hours ahead the swing is most of persistence's error.
    expect(judged[2]!.skill).toBeGreaterThan(0.7)
    expect(judged[0]!.skill).toBeGreaterThan(0.3)
    expect(judged[2]!.meanAbsoluteError).toBeLessThan(1.2 * 0.8 * (5 / Math.sqrt(1 - 0.49)))
  })

  it('skill is one minus the ratio of the errors, and never negative for what is used', async () => {
    for (const judged of await judgeForecasts(noisyDays(600, 9), targets, options)) {
      expect(judged.skill).toBeCloseTo(1 - judged.meanAbsoluteError / judged.persistenceError, 12)
      expect(judged.skill).toBeGreaterThanOrEqual(0)
      const own = judged.candidates.find(each => each.method === judged.used)
      expect(own).toMatchObject({ skill: judged.skill, meanAbsoluteError: judged.meanAbsoluteError })
    }
  })

  it.each([1, 2, 3, 4])('nine of ten truths lie in the interval that promises it (seed %i)', async seed => {
    for (const judged of await judgeForecasts(noisyDays(2400, seed), targets, options)) {
      expect(judged.coverage.origins).toBeGreaterThan(500)
      expect(judged.coverage.interval90.coverage).toBeGreaterThan(0.86)
      expect(judged.coverage.interval90.coverage).toBeLessThan(0.94)
      for (const { quantile, coverage } of judged.coverage.quantiles)
        expect(Math.abs(coverage - quantile), `${quantile}`).toBeLessThan(0.04)
    }
  })

  it.each([2, 3, 5])('so they do where errors last for hours (seed %i)', async seed => {
    const slow = seededSeries(14 * 288, seed, (_, before, normal) => 0.98 * before + 3 * normal)
    const series = {
      ...slow,
      stepMs: 5 * minute,
      values: Float64Array.from(slow.values, (value, row) => value + daySwing(row / 12)),
    }
    const ahead = [1, 6].map(hours => valueAhead(hours * hour, 5 * minute))
    for (const judged of await judgeForecasts(series, ahead, options)) {
      expect(judged.coverage.interval90.coverage).toBeGreaterThan(0.84)
      expect(judged.coverage.interval90.coverage).toBeLessThan(0.96)
    }
  })

  it('the interval widens when noise doubles, and its share holds', async () => {
    const noise = seededSeries(3000, 5, (row, _, normal) => (row < 2200 ? 4 : 8) * normal)
    const series = {
      ...noise,
      values: Float64Array.from(noise.values, (value, row) => value + daySwing(row)),
    }
    const [judged] = await judgeForecasts(series, targets.slice(0, 1), options)
    expect(judged!.coverage.interval90.coverage).toBeGreaterThan(0.84)
  })

  it('rows that are missing are neither origins nor truths', async () => {
    const whole = noisyDays(2000, 7)
    const holed = {
      ...whole,
      values: Float64Array.from(whole.values, (value, row) =>
        row % 7 === 3 || (row > 700 && row < 760) ? Number.NaN : value,
      ),
    }
    const [all] = await judgeForecasts(whole, targets.slice(1, 2), options)
    const [some] = await judgeForecasts(holed, targets.slice(1, 2), options)
    expect(some!.origins).toBeLessThan(0.8 * all!.origins)
    expect(some!.origins).toBeGreaterThan(0.6 * all!.origins)
    expect(some!.skill).toBeGreaterThan(0.4)
    expect(Number.isFinite(some!.persistenceError)).toBe(true)
    expect(some!.persistenceError).toBeGreaterThan(0.9 * all!.persistenceError)
    expect(some!.persistenceError).toBeLessThan(1.1 * all!.persistenceError)
  })

  it('a series that stands still is foretold without error', async () => {
    const still = { startAt: 0, stepMs: hour, values: new Float64Array(300).fill(42) }
    const [judged] = await judgeForecasts(still, targets.slice(0, 1), options)
    expect(judged).toMatchObject({ used: 'persistence', meanAbsoluteError: 0, skill: 0 })
    expect(judged!.coverage.interval90).toEqual({ coverage: 1, meanWidth: 0 })
  })

  it('a history too short for a choice is left to persistence, with its measured error', async () => {
    const short = noisyDays(60, 3)
    const [judged] = await judgeForecasts(short, [valueAhead(24 * hour, hour)], options)
    expect(judged).toMatchObject({ chosen: 'persistence', used: 'persistence', choiceOrigins: 0 })
    expect(judged!.persistenceError).toBeGreaterThan(0)
    expect(judged!.origins).toBeGreaterThan(5)
  })

  it('the same seed judges the same', async () => {
    const series = noisyDays(400, 11)
    expect(await judgeForecasts(series, targets, withNetwork)).toEqual(
      await judgeForecasts(series, targets, withNetwork),
    )
  })
})
