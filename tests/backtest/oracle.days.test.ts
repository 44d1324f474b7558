import { describe, expect, test } from 'vitest'
import { aSummerDay, aWinterDay, shortBacktest } from '#tests/backtest/support.ts'

/** The ceiling of YARDSTICKS 3: at most this share of facility energy above any other controller that kept as cool. */
const tolerance = 0.0002

const days = [
  {
    name: 'small on a winter night',
    siteName: 'small',
    loadName: 'builtin:annual',
    fromAt: aWinterDay,
    days: 0.25,
  },
  {
    name: 'small on a summer night',
    siteName: 'small',
    loadName: 'builtin:ai',
    fromAt: aSummerDay,
    days: 0.25,
  },
  {
    name: 'warm-water over a summer day',
    siteName: 'warm-water',
    loadName: 'builtin:annual',
    fromAt: aSummerDay,
  },
] as const

describe('the oracle is a ceiling', () => {
  test.each(days)('$name: nobody who kept the chips as cool took less', { timeout: 120_000 }, async day => {
    const { controllers } = await shortBacktest({ ...day, controllers: ['fixed', 'reset', 'oracle'] })
    const oracle = controllers.oracle
    if (!oracle) throw new Error('the oracle did not run')
    for (const [name, other] of Object.entries(controllers))
      if (other.overLimitDegreeMinutes <= oracle.overLimitDegreeMinutes)
        expect(oracle.facilityKwh, name).toBeLessThanOrEqual(other.facilityKwh * (1 + tolerance))
    expect(oracle.overLimitDegreeMinutes).toBeLessThanOrEqual(controllers.reset?.overLimitDegreeMinutes ?? 0)
  })

  test('without ramps it takes no more than with them', async () => {
    const { controllers } = await shortBacktest({ days: 0.125, controllers: ['oracle', 'oracleNoRamps'] })
    expect(controllers.oracleNoRamps?.facilityKwh).toBeLessThanOrEqual(
      (controllers.oracle?.facilityKwh ?? 0) * (1 + tolerance),
    )
  })

  test('where the agent’s protections never step in, foresight holds less than without them and more than reset', async () => {
    const { controllers, savings } = await shortBacktest({
      siteName: 'small',
      loadName: 'builtin:ai',
      fromAt: aSummerDay,
      days: 0.25,
      controllers: ['reset', 'oracle', 'oracleProtected'],
    })
    const { reset, oracle, oracleProtected } = controllers
    expect(oracleProtected?.facilityKwh).toBeLessThan(reset?.facilityKwh ?? 0)
    expect(oracle?.facilityKwh).toBeLessThanOrEqual(oracleProtected?.facilityKwh ?? 0)
    expect(savings.oracleProtected?.againstReset?.facility).toBeGreaterThan(0)
    // Five kelvins under the limit is where the safety sequence begins.
    expect(oracleProtected?.hottestC).toBeLessThan(82.5)
    expect(oracleProtected?.cduHoursNearLimit).toBe(0)
  })

  test('a faulty plant has no oracle: it would know of the fault before it comes', async () => {
    await expect(shortBacktest({ controllers: ['oracle'], faults: [] })).rejects.toThrow(
      /no oracle with faults/,
    )
  })
})
