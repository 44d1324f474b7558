import { describe, expect, it } from 'vitest'
import { forecastSeries } from '#models/forecast/forecastSeries.ts'

describe('what the next hour will be like', () => {
  it('says nothing without a value', () => expect(forecastSeries([Number.NaN], 12)).toBeUndefined())

  it('with one value it persists, and says that its error is not known', () =>
    expect(forecastSeries([20], 12)).toEqual({
      value: 20,
      method: 'persistence',
      meanAbsoluteError: null,
      persistenceError: null,
    }))

  it('a steady day persists without error', () => {
    const forecast = forecastSeries(
      Array.from({ length: 60 }, () => 300),
      12,
    )
    expect(forecast).toMatchObject({ value: 300, method: 'persistence', meanAbsoluteError: 0 })
  })

  it('load that only flickers is better foretold by its mean than by its last minute', () => {
    const flicker = Array.from({ length: 96 }, (_, i) => 300 + (i % 2 === 0 ? 40 : -40))
    const forecast = forecastSeries(flicker, 12)!
    expect(forecast.method).toBe('hourMean')
    expect(forecast.value).toBeCloseTo(300, 0)
    expect(forecast.meanAbsoluteError!).toBeLessThan(forecast.persistenceError!)
  })

  it('a wet bulb that falls through the evening is followed down', () => {
    const falling = Array.from({ length: 72 }, (_, i) => 24 - i * 0.1)
    const forecast = forecastSeries(falling, 12)!
    expect(forecast.method).toBe('dampedTrend')
    expect(forecast.value).toBeLessThan(falling.at(-1)!)
    expect(forecast.meanAbsoluteError!).toBeLessThan(forecast.persistenceError!)
  })
})
