import { describe, expect, test } from 'vitest'
import { kindOf } from '#contract/control/levers/kinds.ts'
import { padsAboveC } from '#contract/control/resetImmersion.ts'
import { day, hour, type Millis } from '#contract/units.ts'
import { learnImmersion } from '#models/plant/immersion/learnImmersion.ts'
import { rowAt } from '#simulators/backtest/course.ts'
import { leverPlanDriver } from '#simulators/backtest/leverPlanDriver.ts'
import { startRun } from '#simulators/backtest/run.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { aSummerDay, caseOf, shortBacktest } from '#tests/backtest/support.ts'

describe('plan on tanks, from telemetry alone', () => {
  test('half a summer day: less than reset, no hotter than fixed, and what the sweep took is told', {
    timeout: 120_000,
  }, async () => {
    const { controllers, commissioning, notes } = await shortBacktest({
      siteName: 'immersion',
      weatherName: 'builtin:phoenix',
      controllers: ['fixed', 'reset', 'plan'],
      fromAt: aSummerDay,
      days: 0.5,
      trainingDays: 3.5,
      settling: { ms: 6 * hour, takenOverMs: 3 * hour },
    })
    const { fixed, reset, plan } = controllers
    expect(plan?.facilityKwh).toBeLessThan(reset?.facilityKwh as number)
    expect(plan?.overLimitDegreeMinutes).toBeLessThanOrEqual(fixed?.overLimitDegreeMinutes as number)
    expect(notes.filter(note => note.startsWith('plan:'))).toEqual([])
    expect(commissioning?.hours).toBe(48)
    expect(commissioning?.overLimitDegreeMinutes).toBe(0)
    // Half the blocks stand toward more cooling: a sweep is not free, and not dear.
    const share = (commissioning?.againstResetKwh as number) / (commissioning?.facilityKwh as number)
    expect(Math.abs(share)).toBeLessThan(0.05)
  })

  test('a planner that throws costs its hour: reset drives, and the next hour is planned again', {
    timeout: 60_000,
  }, async () => {
    const asked = caseOf({ siteName: 'immersion' })
    const { site, seed } = asked
    if (site.cooling !== 'immersionDryCooler') throw new Error('immersion is a site of tanks')
    const startAt = aSummerDay - day
    const failsAt = aSummerDay + 3 * hour
    const run = startRun(createPlant({ ...asked, startAt }))
    const failures: Millis[] = []
    const decided: Millis[] = []
    const now = () => run.plant.siteNow()
    const drive = leverPlanDriver({
      site,
      kind: kindOf(site),
      approachK: 6,
      seed,
      learn: async table => {
        const plant = await learnImmersion(site, table, { seed })
        return {
          ...plant,
          predict: (...given) => {
            if (now() === failsAt) throw new Error('a model that has lost its mind')
            return plant.predict(...given)
          },
        }
      },
      onDecision: decision => {
        if (decision) decided.push(now())
      },
      onPlannerFailure: (_, at) => failures.push(at),
    })
    await drive(run, aSummerDay, 'learn')
    await drive(run, aSummerDay + 5 * hour, 'steer')
    expect(failures).toEqual([failsAt])
    expect(decided).toEqual([0, 1, 2, 4].map(hours => aSummerDay + hours * hour))
    const pads = run.course.keys.indexOf('coolers.padsAboveSp')
    const padsAt = (at: Millis) => rowAt(run.course, at)?.[pads]
    // Only `reset` sets this threshold to its own value; a plan sets it far from the weather.
    expect(padsAt(failsAt)).toBe(padsAboveC(site))
    expect(padsAt(failsAt - hour)).not.toBe(padsAboveC(site))
    expect(padsAt(failsAt + hour)).not.toBe(padsAboveC(site))
  })
})
