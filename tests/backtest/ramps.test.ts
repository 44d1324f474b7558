import { describe, expect, test } from 'vitest'
import { kindOf } from '#contract/control/levers/kinds.ts'
import { hour, minute } from '#contract/units.ts'
import type { Course } from '#simulators/backtest/course.ts'
import { driveOracle } from '#simulators/backtest/oracle.ts'
import { driveFixed } from '#simulators/backtest/rules.ts'
import { startRun } from '#simulators/backtest/run.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { caseOf } from '#tests/backtest/support.ts'

describe('an oracle on its way', () => {
  test('from commissioned settings it walks: no lever faster than its ramp, none outside its bounds', () => {
    const asked = caseOf()
    const kind = kindOf(asked.site)
    const run = startRun(createPlant({ ...asked, startAt: asked.fromAt }))
    driveOracle(run, asked.fromAt + 2 * hour, { kind, ramps: 'asPinned', courses: [] })
    for (const lever of kind.levers) {
      const values = lever.keys.flatMap(key => valuesOf(run.course, key))
      for (const [index, value] of values.entries()) {
        expect(value, lever.name).toBeGreaterThanOrEqual(lever.lowest - 1e-9)
        expect(value, lever.name).toBeLessThanOrEqual(lever.highest + 1e-9)
        const before = values[index - 1]
        if (before === undefined || Number.isNaN(before)) continue
        const moved = lever.economising === 'up' ? value - before : before - value
        expect(moved, lever.name).toBeLessThanOrEqual(lever.rampPerHour / 60 + 1e-9)
        expect(-moved, lever.name).toBeLessThanOrEqual((3 * lever.rampPerHour) / 60 + 1e-9)
      }
    }
  })

  test('looking ahead leaves no trace: the plant that was rolled out lives the same hours as one that was not', () => {
    const asked = caseOf()
    const make = () => createPlant({ ...asked, startAt: asked.fromAt })
    const tried = make()
    const snapshot = tried.snapshot()
    for (const supplyC of [24, 30, 40]) {
      tried.write('cdu-1.supplyTemperatureSp', supplyC)
      tried.advanceTo(asked.fromAt + 2 * hour)
      tried.restore(snapshot)
    }
    const [one, other] = [startRun(tried), startRun(make())]
    driveFixed(one, asked.fromAt + 5 * hour)
    driveFixed(other, asked.fromAt + 5 * hour)
    expect(one.plant.energy()).toEqual(other.plant.energy())
    expect(one.plant.tally()).toEqual(other.plant.tally())
  })
})

/** What a point held in each minute, from its first write on. */
function valuesOf(course: Course, key: string): number[] {
  const place = course.keys.indexOf(key)
  expect(course.fromAt % minute).toBe(0)
  return course.minutes.map(row => row[place] ?? Number.NaN).filter(value => !Number.isNaN(value))
}
