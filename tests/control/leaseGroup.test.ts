import { describe, expect, it } from 'vitest'
import {
  type BookStep,
  emptyLeaseBook,
  heldGroups,
  type LeaseBook,
  passTime,
  settle,
  takeLease,
} from '#contract/control/leaseGroup.ts'
import type { Lease } from '#contract/messages/lease.ts'
import { hour, minute } from '#contract/units.ts'

const now = Date.UTC(2025, 6, 1, 12)
const lease = (change: Partial<Lease> = {}): Lease => ({
  id: `id-${change.point ?? 'supplyTemperatureSp'}-${change.version ?? 1}`,
  groupId: 'plan-12',
  groupSize: 2,
  equipment: 'cdu-1',
  point: 'supplyTemperatureSp',
  value: 33,
  expected: 32,
  reason: 'wet bulb falls',
  author: 'plan 12',
  priority: 'plan',
  version: 1,
  issuedAt: now,
  notBeforeAt: now,
  expiresAt: now + 90 * minute,
  ...change,
})
const supply = lease()
const pressure = lease({ point: 'differentialPressureSp', value: 70 })
const context = (change: Partial<Parameters<typeof takeLease>[2]> = {}) => ({
  now,
  verified: true,
  limitMs: (stated: number) => stated,
  refuse: () => undefined,
  ...change,
})
const take = (book: LeaseBook, one: Lease, change = {}): BookStep => takeLease(book, one, context(change))
const both = () => take(take(emptyLeaseBook, supply).book, pressure).book
const states = (step: BookStep) => step.notes.map(note => `${note.lease.point} ${note.state}`)

describe('leases of one plan stand and fall together', () => {
  it('a group holds only when it is complete', () => {
    const first = take(emptyLeaseBook, supply)
    expect(heldGroups(first.book)).toHaveLength(0)
    expect(heldGroups(take(first.book, pressure).book)).toHaveLength(1)
  })
  it('what stays incomplete for half a minute goes back', () => {
    const step = passTime(take(emptyLeaseBook, supply).book, now + 30_000, stated => stated)
    expect(states(step)).toEqual(['supplyTemperatureSp returned'])
  })
  it('one refusal returns the others, and a late member finds the door closed', () => {
    const refused = take(take(emptyLeaseBook, supply).book, pressure, {
      refuse: () => ({ check: 'guard.bounds', why: 'too low' }),
    })
    expect(states(refused)).toEqual(['differentialPressureSp refused', 'supplyTemperatureSp returned'])
    const late = take(refused.book, lease({ id: 'late', point: 'third' }))
    expect(late.notes[0]).toMatchObject({ state: 'refused', check: 'lease.group' })
  })
  it('one failed write returns all', () => {
    const step = settle(both(), {
      key: 'cdu-1.supplyTemperatureSp',
      state: 'failed',
      now,
      limitMs: stated => stated,
      check: 'readback',
      why: 'not taken',
    })
    expect(step.ended).toEqual(['cdu-1.supplyTemperatureSp', 'cdu-1.differentialPressureSp'])
  })
  it('clipping returns all when it lasts two minutes, not before', () => {
    const clip = (book: LeaseBook, at: number) =>
      settle(book, {
        key: 'cdu-1.supplyTemperatureSp',
        state: 'clipped',
        now: at,
        limitMs: stated => stated,
        check: 'guard.dewPoint',
        why: 'dew point',
      })
    const first = clip(both(), now)
    expect(first.ended).toEqual([])
    expect(clip(first.book, now + 2 * minute).ended).toHaveLength(2)
  })
  it('a pressure that protection holds above the plan returns nothing, and is told again when it rises', () => {
    const hold = (book: LeaseBook, at: number, floor: number) =>
      settle(book, {
        key: 'cdu-1.differentialPressureSp',
        state: 'clipped',
        now: at,
        limitMs: stated => stated,
        check: 'protection',
        why: 'chips are warm',
        floor,
      })
    const first = hold(both(), now, 90)
    expect(states(first)).toEqual(['differentialPressureSp clipped'])
    const same = hold(first.book, now + 10 * minute, 90)
    expect(same).toEqual({ book: first.book, notes: [], ended: [] })
    const higher = hold(same.book, now + 20 * minute, 100)
    expect(states(higher)).toEqual(['differentialPressureSp clipped'])
    expect(heldGroups(higher.book)).toHaveLength(1)
  })
  it('the end of one is the end of all', () => {
    const step = passTime(both(), now + 90 * minute, stated => stated)
    expect(states(step)).toEqual(['supplyTemperatureSp expired', 'differentialPressureSp expired'])
    expect(step.ended).toHaveLength(2)
  })
  it('the next plan replaces this one without a step home; what it no longer names goes home', () => {
    const next = lease({
      id: 'n',
      groupId: 'plan-13',
      groupSize: 1,
      version: 2,
      value: 33,
      issuedAt: now + hour,
      notBeforeAt: now + hour,
      expiresAt: now + 2.5 * hour,
    })
    const step = take(both(), next, { now: now + hour })
    expect(step.ended).toEqual(['cdu-1.differentialPressureSp'])
    expect(heldGroups(step.book).map(group => group.id)).toEqual(['plan-13'])
  })
})

describe('what is not taken', () => {
  it.each<{ why: string; change: Partial<Lease>; context?: object; check: string }>([
    { why: 'no valid signature', change: {}, context: { verified: false }, check: 'lease.signature' },
    { why: 'issued in the future', change: { issuedAt: now + 6_000 }, check: 'lease.future' },
    { why: 'already over', change: { expiresAt: now }, check: 'lease.expired' },
    { why: 'longer than three hours', change: { expiresAt: now + 3 * hour + 1 }, check: 'lease.length' },
    { why: 'a value that is no number', change: { value: Number.NaN }, check: 'lease.form' },
    { why: 'a group of none', change: { groupSize: 0 }, check: 'lease.form' },
  ])('$why', ({ change, context: extra, check }) => {
    expect(take(emptyLeaseBook, lease(change), extra).notes[0]).toMatchObject({ state: 'refused', check })
  })
  it('an older version after a newer one; a plan that changes its mind within five minutes', () => {
    const book = both()
    expect(take(book, lease({ id: 'old', groupId: 'g', version: 1 })).notes[0]).toMatchObject({
      check: 'lease.order',
    })
    expect(take(book, lease({ id: 'soon', groupId: 'g', version: 2, value: 30 })).notes[0]).toMatchObject({
      check: 'lease.rate',
    })
  })
  it('the same lease again has no second effect, in a thousand repeats', () => {
    let book = both()
    for (let repeat = 0; repeat < 1_000; repeat++) {
      const step = take(book, supply)
      expect(step.book).toBe(book)
      book = step.book
    }
  })
  it('a forged member does not bring a held group down', () => {
    expect(take(both(), lease({ id: 'forged', version: 9 }), { verified: false }).ended).toEqual([])
  })
})
