import { describe, expect, test } from 'vitest'
import { kindOf } from '#contract/control/levers/kinds.ts'
import { day, hour } from '#contract/units.ts'
import {
  familyOf,
  isSwept,
  sweepMs,
  sweepRules,
  sweepSigns,
  sweepTarget,
} from '#models/commissioning/sweep.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

const weather = openWeather('builtin:chicago', 1)
const kinds = ['small', 'immersion', 'chilled-hybrid'].map(name => {
  const { levers } = kindOf(resolveAnySite(name, weather))
  return { name, levers, families: [...new Set(levers.filter(isSwept).map(familyOf))] }
})

describe('a commissioning sweep', () => {
  test('lasts two days at most', () => {
    expect(sweepMs).toBeLessThanOrEqual(2 * day)
    expect(sweepSigns(['a'], -1)).toBeUndefined()
    expect(sweepSigns(['a'], sweepMs)).toBeUndefined()
  })

  test.each(kinds)(
    '$name: no two families move alike or opposite, each stands half the time on either side',
    ({ families }) => {
      expect(families.length).toBeGreaterThan(4)
      const courses = families.map(family =>
        Array.from(
          { length: sweepRules.blocks },
          (_, block) => sweepSigns(families, block * sweepRules.blockMs + hour)?.[family] as number,
        ),
      )
      for (const [index, one] of courses.entries()) {
        expect(one.reduce((sum, sign) => sum + sign, 0)).toBe(0)
        for (const other of courses.slice(index + 1))
          expect(one.reduce((sum, sign, block) => sum + sign * (other[block] as number), 0)).toBe(0)
      }
    },
  )

  test.each(kinds)('$name: every target is inside its bounds, wherever reset stands', ({ levers }) => {
    for (const lever of levers)
      for (const base of [lever.lowest, lever.commissioned, lever.highest])
        for (const sign of [1, -1] as const) {
          const target = sweepTarget(lever, base, sign, 20)
          expect(target, lever.name).toBeGreaterThanOrEqual(lever.lowest)
          expect(target, lever.name).toBeLessThanOrEqual(lever.highest)
        }
  })

  test.each(kinds)('$name: near the limit, or with chips unseen, only toward more cooling', ({ levers }) => {
    for (const lever of levers) {
      const base = (lever.lowest + lever.highest) / 2
      for (const marginK of [sweepRules.chipMarginK - 0.1, Number.NaN]) {
        expect(sweepTarget(lever, base, -1, marginK), lever.name).toBe(base)
        const cooler = sweepTarget(lever, base, 1, marginK) - base
        expect(lever.economising === 'up' ? -cooler : cooler, lever.name).toBeGreaterThan(0)
      }
    }
  })
})
