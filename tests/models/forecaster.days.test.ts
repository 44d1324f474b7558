import { beforeAll, describe, expect, it } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { fitMethods } from '#models/forecast/fitMethods.ts'
import {
  applyForecaster,
  type Forecaster,
  fitForecaster,
  hourHighest,
  hourMean,
} from '#models/forecast/forecaster.ts'
import { type ForecastMethodName, forecastMethodNames } from '#models/forecast/methods.ts'
import { predicted } from '#models/forecast/predicted.ts'
import { ledgerOf, type RegularSeries, valueAhead } from '#models/forecast/regularSeries.ts'
import { fitSiteForecasters, forecastSite } from '#models/forecast/site.ts'
import { daySwing, noisyDays, seededSeries } from '#tests/models/seededSeries.ts'

const options = { methods: forecastMethodNames, seed: 1, rowsMost: 400, originsMost: 600 }
const upTo = (series: RegularSeries, rows: number): RegularSeries => ({
  ...series,
  values: Array.from(series.values).slice(0, rows),
})
/** Five-minute rows: the day's swing, with a peak of 30 in one row of each hour. */
const peaky = (days: number): RegularSeries => ({
  ...seededSeries(days * 288, 6, (row, _, normal) => daySwing(row / 12) + (row % 12 === 5 ? 30 : 0) + normal),
  stepMs: 5 * minute,
})

describe('nothing is known of the future', () => {
  const series = noisyDays(900, 2)
  const until = 800
  const changed = {
    ...series,
    values: Float64Array.from(series.values, (value, row) => (row < until ? value : 1e6)),
  }
  // 30 hours ahead yesterday's clock time lies in the future.
  const targets = [valueAhead(hour, hour), valueAhead(30 * hour, hour), hourHighest(3, hour)]

  it.each(forecastMethodNames)('%s learns and says the same whatever comes after', async name => {
    const methods: readonly ForecastMethodName[] = name === 'median' ? forecastMethodNames : [name]
    const says = async (history: RegularSeries) => {
      const ledger = ledgerOf(history)
      const fitted = await fitMethods(ledger, targets, until, { ...options, methods })
      return targets.map((target, index) => {
        const method = fitted[index]!.find(each => each.name === name)!
        return { method, said: predicted(ledger, method, target, [until - 5, until - 1]) }
      })
    }
    const truly = await says(series)
    expect(truly.every(each => each.said.every(Number.isFinite))).toBe(true)
    expect(await says(changed)).toEqual(truly)
  })
})

describe('a forecaster kept and asked again', () => {
  let forecaster: Forecaster
  const series = noisyDays(1400, 8)
  const targets = [valueAhead(6 * hour, hour)]
  beforeAll(async () => {
    forecaster = await fitForecaster(upTo(series, 1000), targets, {
      ...options,
      methods: forecastMethodNames.filter(name => name !== 'network'),
    })
  })
  const ask = (rows: number) => applyForecaster(forecaster, upTo(series, rows))?.[0]

  it('foretells days that it was not fitted on', () => {
    const error = { own: 0, persistence: 0, inside: 0 }
    for (let rows = 1100; rows < 1390; rows++) {
      const said = ask(rows)!
      const truth = series.values[rows - 1 + 6]!
      error.own += Math.abs(said.value - truth)
      error.persistence += Math.abs(series.values[rows - 1]! - truth)
      if (truth >= said.quantiles[0]!.value && truth <= said.quantiles.at(-1)!.value) error.inside++
    }
    expect(error.own).toBeLessThan(0.4 * error.persistence)
    expect(error.inside / 290).toBeGreaterThan(0.82)
    expect(error.inside / 290).toBeLessThan(0.98)
  })

  it('survives as JSON', () => {
    const stored = JSON.parse(JSON.stringify(forecaster)) as Forecaster
    expect(applyForecaster(stored, series)).toEqual(applyForecaster(forecaster, series))
  })

  it('carries its measured error and skill, and quantiles that rise', () => {
    const said = ask(1200)!
    expect(said.skill).toBeGreaterThan(0.5)
    expect(said.meanAbsoluteError!).toBeLessThan(said.persistenceError!)
    expect(said.quantiles.map(each => each.quantile)).toEqual([0.05, 0.1, 0.5, 0.9, 0.95])
    const values = said.quantiles.map(each => each.value)
    expect(values).toEqual([...values].sort((a, b) => a - b))
  })

  it('carries a newest value over one missing row and then says nothing', () => {
    const withGap = (missing: number) => ({
      ...series,
      values: Float64Array.from(series.values, (value, row) => (row >= 1400 - missing ? Number.NaN : value)),
    })
    expect(applyForecaster(forecaster, withGap(1))?.[0]?.value).toBeGreaterThan(200)
    expect(applyForecaster(forecaster, withGap(2))).toBeUndefined()
  })

  it('refuses rows of another step', () => {
    expect(() => applyForecaster(forecaster, { ...series, stepMs: minute })).toThrow('3600000 ms')
  })

  it('with a handful of rows it persists, and says that its error is not known', async () => {
    const few = await fitForecaster(upTo(series, 3), targets, options)
    expect(applyForecaster(few, upTo(series, 3))).toEqual([
      {
        target: targets[0],
        value: series.values[2],
        method: 'persistence',
        meanAbsoluteError: null,
        persistenceError: null,
        skill: 0,
        quantiles: [],
      },
    ])
  })
})

describe('the hours to come of a site', () => {
  it('each series has a mean and a highest row for every hour', async () => {
    const series = { itTotal: peaky(6), 'cdu-01': peaky(6) }
    const fitted = await fitSiteForecasters(series, { hoursMost: 2, seed: 1, thorough: ['itTotal'] })
    const site = forecastSite(fitted, { ...series, unknown: peaky(1) })
    expect(Object.keys(site)).toEqual(['itTotal', 'cdu-01'])
    for (const hours of Object.values(site)) {
      expect(hours.map(each => each.hoursAhead)).toEqual([1, 2])
      for (const { hoursAhead, mean, highest } of hours) {
        const rows = Array.from({ length: 12 }, (_, ahead) => daySwing(6 * 24 + hoursAhead - 1 + ahead / 12))
        const truth = rows.reduce((sum, value) => sum + value, 0) / 12 + 30 / 12
        expect(Math.abs(mean.value - truth), `mean ${hoursAhead}`).toBeLessThan(4)
        expect(Math.abs(highest.value - (Math.max(...rows) + 30)), `highest ${hoursAhead}`).toBeLessThan(7)
      }
    }
  })

  it('the mean of an hour is the mean of its rows', () => {
    expect(hourMean(2, 5 * minute)).toEqual({ leadRows: 24, windowRows: 12, of: 'mean' })
    expect(hourHighest(1, hour)).toEqual({ leadRows: 1, windowRows: 1, of: 'highest' })
  })
})
