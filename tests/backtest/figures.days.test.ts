import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { savingOf } from '#simulators/backtest/savings.ts'
import { aSummerDay, caseOf, shortBacktest } from '#tests/backtest/support.ts'

const frontier = '../shared/data/power/frontier_cdu_power_2024-04-07_h00-h16.csv.gz'

describe('what a backtest counts', () => {
  test('same seed, same figures to the last byte; another seed, others', { timeout: 60_000 }, async () => {
    const short = {
      days: 2 / 24,
      settling: { ms: hour, takenOverMs: 0 },
      controllers: ['fixed', 'reset', 'oracle'],
    } as const
    const [one, again, other] = [
      await shortBacktest(short),
      await shortBacktest(short),
      await shortBacktest({ ...short, seed: 2 }),
    ].map(result => JSON.stringify(result))
    expect(again).toBe(one)
    expect(other).not.toBe(one)
  })

  test('the parts add up to the facility, and energy is neither made nor lost', async () => {
    const { controllers } = await shortBacktest()
    for (const figures of Object.values(controllers)) {
      const sum = Object.values(figures.parts).reduce((total, kwh) => total + kwh, 0)
      expect(sum / figures.facilityKwh).toBeCloseTo(1, 5)
      expect(figures.energyBalanceError).toBeLessThan(0.001)
      expect(figures.pue).toBeGreaterThan(1)
      // Three meters of class 0.5 stand between the two.
      expect(Math.abs(figures.meteredPue / figures.pue - 1)).toBeLessThan(0.01)
    }
  })

  test('fixed never moves a setpoint; reset moves them, and for less energy', async () => {
    const { controllers, savings, reset } = await shortBacktest({ fromAt: aSummerDay })
    expect(controllers.fixed?.setpointMoves).toBe(0)
    expect(controllers.reset?.setpointMoves).toBeGreaterThan(0)
    expect(savings.reset?.againstFixed?.facility).toBeGreaterThan(0)
    expect([4, 6, 8]).toContain(reset?.approachK)
  })

  test('the a of reset is the one that took least in training; a site that names its own has no choice', async () => {
    const { reset } = await shortBacktest({ controllers: ['reset'], days: 0.25 })
    const took = Object.entries(reset?.trainingFacilityKwh ?? {})
    expect(took.map(([approachK]) => approachK)).toEqual(['4', '6', '8'])
    const least = Math.min(...took.map(([, kwh]) => kwh))
    expect(reset?.trainingFacilityKwh[String(reset.approachK)]).toBe(least)
    const { site } = caseOf()
    if (site.cooling !== 'coldPlateTower') throw new Error('small is a site of cold plates')
    const own = await shortBacktest({
      site: { ...site, resetApproachK: 4 },
      controllers: ['reset'],
      days: 0.25,
    })
    expect(own.reset).toEqual({ approachK: 4, trainingFacilityKwh: {} })
  })

  test('a saving is split by where it comes from, and chips that run hot show as IT leakage', () => {
    const base = {
      waterL: 0,
      pue: 1.1,
      meteredPue: 1.1,
      parts: {},
      overLimitDegreeMinutes: 0,
      cduHours: 192,
      cduHoursNearLimit: 0,
      hottestC: 70,
      setpointMoves: 0,
      energyBalanceError: 0,
      chillerStarts: 0,
    }
    // Cooling falls by 30 kWh, losses by 1; chips leak 10 more: 21 kWh of 1,100 are saved.
    const baseline = { ...base, facilityKwh: 1100, itKwh: 1000, coolingKwh: 60, lossesKwh: 40 }
    const own = { ...base, facilityKwh: 1079, itKwh: 1010, coolingKwh: 30, lossesKwh: 39 }
    expect(savingOf(baseline, own, 0.0015)).toEqual({
      cooling: 0.5,
      facility: 0.019091,
      net: 0.35,
      split: {
        coolingMetered: 0.027273,
        lossesMetered: 0.000909,
        itLeakageModelled: -0.009091,
        itLeakageRange: [-0.018182, -0.006061],
      },
    })
  })

  test.skipIf(!existsSync(frontier))(
    'the Frontier trace on warm-water under fixed: no chip over its limit, energy kept over the day (needs ../shared/data)',
    async () => {
      const { controllers } = await shortBacktest({
        siteName: 'warm-water',
        loadName: frontier,
        controllers: ['fixed'],
      })
      expect(controllers.fixed?.overLimitDegreeMinutes).toBe(0)
      expect(controllers.fixed?.energyBalanceError).toBeLessThan(0.005)
    },
  )
})
