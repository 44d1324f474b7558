import { describe, expect, test } from 'vitest'
import { asideSentence, noProspect, type Prospect, prospectAfter } from '#models/planning/prospect.ts'

const hall = 1_000
/** A decision that is expected to take this share of the hall's power above `reset`. */
const next = (prospect: Prospect, share: number): Prospect =>
  prospectAfter(prospect, {
    againstResetKw: share * hall,
    againstHold: { medianKw: 0, savingShare: 0, facilityKw: hall },
  })
const hours = (count: number, share: number, from: Prospect = noProspect): Prospect =>
  Array.from({ length: count }).reduce<Prospect>(prospect => next(prospect, share), from)

describe('whether plans promise a saving', () => {
  test('a plan that saves by day and is dear by night goes on', () => {
    let prospect = noProspect
    for (let hour = 0; hour < 72; hour++) prospect = next(prospect, hour % 24 < 18 ? -0.004 : 0.006)
    expect(prospect.isAside).toBe(false)
  })

  test('six hours that each cost a per cent more than reset stand the plan aside, five do not', () => {
    expect(hours(5, 0.01).isAside).toBe(false)
    expect(hours(6, 0.01).isAside).toBe(true)
    expect(asideSentence(hours(6, 0.01))).toBe(
      'on loads that jump like these a plan would take 1.0 % more than reset, over its last 6 hours',
    )
  })

  test('it comes back when the jumps are over: within a day, and not by one good hour', () => {
    const aside = hours(24, 0.01)
    expect(next(aside, -0.02).isAside).toBe(true)
    expect(hours(12, -0.004, aside).isAside).toBe(true)
    expect(hours(24, -0.004, aside).isAside).toBe(false)
  })

  test('an hour that cannot be told changes nothing, and a day is all that is kept', () => {
    const aside = hours(100, 0.01)
    expect(next(aside, Number.NaN)).toEqual(aside)
    expect(aside.againstReset).toHaveLength(24)
  })
})
