import { describe, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import type { Load } from '#simulators/load/load.ts'
import { hybridPlant } from '#tests/plant/hybridPlant.ts'
import { immersionPlant } from '#tests/plant/immersionPlant.ts'
import { smallPlant, startAt, steadyLoad } from '#tests/plant/smallPlant.ts'

/** 60 % of nameplate everywhere, but for one minute in which one CDU or tank takes far more. */
const surge = (at: number, share: number, nameplateKw = 375): Load => ({
  ...steadyLoad(0.6),
  cduPowerKw: (cdu, now) => nameplateKw * (cdu === 1 && now === at ? share : 0.6),
})
/** Takes the hottest chip of `small` to 84.1 °C: over 83.5 °C and under its limit of 85 °C. */
const intoTheMargin = 1.4

const hallWith = (surgeAt: number, share = intoTheMargin) =>
  smallPlant({ stepMs: minute, load: surge(surgeAt, share) })

const counted = ({ tally }: Pick<ReturnType<typeof smallPlant>, 'tally'>) => {
  const { cduHours, cduHoursNearLimit } = tally()
  return [cduHoursNearLimit, cduHours]
}

describe('hours above limit − 1.5 K', () => {
  test('one minute of one CDU in the margin is one hour of that CDU, in its own clock hour', () => {
    const hall = hallWith(startAt + hour + 20 * minute)
    hall.after(hour)
    expect(counted(hall)).toEqual([0, 4])
    hall.after(hour)
    expect(counted(hall)).toEqual([1, 8])
    hall.after(3 * hour)
    expect(counted(hall)).toEqual([1, 20])
    expect(hall.tally().hottestC).toBeGreaterThan(83.5)
    expect(hall.tally().overLimitDegreeMinutes).toBe(0)
  })

  test('a minute just short of the margin is none', () => {
    const hall = hallWith(startAt + 20 * minute, 1.3)
    hall.after(hour)
    expect(hall.tally().hottestC).toBeGreaterThan(82)
    expect(hall.tally().hottestC).toBeLessThan(83.5)
    expect(counted(hall)).toEqual([0, 4])
  })

  test('the last minute of an hour belongs to that hour and not to the next', () => {
    const hall = hallWith(startAt + 59 * minute)
    hall.after(hour)
    expect(counted(hall)).toEqual([1, 4])
    hall.after(hour)
    expect(counted(hall)).toEqual([1, 8])
  })

  test('many minutes of all CDUs are one hour of each', () => {
    const hall = smallPlant({ stepMs: minute, load: steadyLoad(1.4) })
    hall.after(2 * hour)
    expect(counted(hall)).toEqual([8, 8])
  })

  test('a plant that was built at half past counts from the full hour on', () => {
    const hall = smallPlant({ stepMs: minute, startAt: startAt + 30 * minute, load: steadyLoad(1.4) })
    hall.after(30 * minute)
    expect(counted(hall)).toEqual([0, 0])
    hall.after(hour)
    expect(counted(hall)).toEqual([4, 4])
  })

  test('a restore forgets the minute, and brings it back', () => {
    let isSurging = false
    const hall = smallPlant({
      stepMs: minute,
      load: { ...steadyLoad(0.6), cduPowerKw: () => 375 * (isSurging ? intoTheMargin : 0.6) },
    })
    hall.after(20 * minute)
    const before = hall.snapshot()
    isSurging = true
    hall.after(minute)
    isSurging = false
    const surged = hall.snapshot()
    hall.restore(before)
    hall.advanceTo(startAt + hour)
    expect(counted(hall)).toEqual([0, 4])
    hall.restore(surged)
    hall.advanceTo(startAt + hour)
    expect(counted(hall)).toEqual([4, 4])
    hall.restore(before)
    expect(counted(hall)).toEqual([0, 0])
  })

  test('a tank counts by its own chips', () => {
    const tanks = immersionPlant({ stepMs: minute, load: surge(startAt + hour + 20 * minute, 2, 100) })
    tanks.after(3 * hour)
    expect(tanks.tally().hottestC).toBeGreaterThan(83.5)
    expect(tanks.tally().overLimitDegreeMinutes).toBe(0)
    expect(counted(tanks)).toEqual([1, 30])
  })

  test('a CDU of a hybrid plant counts as one on a tower', () => {
    const hall = hybridPlant({ stepMs: minute, load: surge(startAt + hour + 20 * minute, 1.9, 250) })
    hall.after(3 * hour)
    expect(hall.tally().hottestC).toBeGreaterThan(83.5)
    expect(counted(hall)).toEqual([1, 24])
  })
})
