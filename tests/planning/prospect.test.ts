import { describe, expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { createProspect } from '#hub/planning/keptProspect.ts'
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

describe('a hub that is started again', () => {
  const kept = new Map<string, string>()
  const state = {
    keep: (name: string, value: string) => void kept.set(name, value),
    kept: (name: string) => kept.get(name),
  }
  const dear = {
    againstResetKw: 0.01 * hall,
    againstHold: { medianKw: 0, savingShare: 0, facilityKw: hall },
  }
  const night = Date.UTC(2025, 6, 1)

  test('stands aside at once where it had stood aside before', () => {
    const before = createProspect(state)
    for (let at = 0; at < 6; at++) before.hour(dear, night + at * hour)
    expect(createProspect(state).hour(dear, night + 6 * hour)).toContain('over its last 7 hours')
  })

  test('asked twice within the hour it counts once', () => {
    const again = createProspect(state)
    again.hour(dear, night + 7 * hour)
    expect(again.hour(dear, night + 7.9 * hour)).toContain('over its last 8 hours')
  })

  test('starts afresh after more than a day', () => {
    expect(createProspect(state).hour(dear, night + 40 * hour)).toBe('')
  })
})
