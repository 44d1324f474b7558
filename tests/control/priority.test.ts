import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyPriorityArray,
  holderOf,
  slots,
  winnerOf,
  withoutExpired,
  withSlot,
} from '#contract/control/priority.ts'

it('in all 65,536 fillings of the sixteen slots the lowest number wins', () => {
  for (let filling = 0; filling < 65_536; filling++) {
    const array = emptyPriorityArray.map((_, index) =>
      filling & (1 << index) ? { value: index + 1, expiresAt: null, by: 'test' } : null,
    )
    const lowest = filling === 0 ? undefined : Math.log2(filling & -filling) + 1
    if (winnerOf(array, 0)?.value !== lowest) throw new Error(`filling ${filling.toString(2)}`)
  }
})

it('a released hand leaves the plan in force, an expired plan leaves reset', () => {
  let array = withSlot(emptyPriorityArray, slots.schedule, { value: 30, expiresAt: null, by: 'reset' })
  array = withSlot(array, slots.plan, { value: 33, expiresAt: 100, by: 'plan' })
  array = withSlot(array, slots.localManual, { value: 28, expiresAt: null, by: 'Ada' })
  expect(winnerOf(array, 0)?.by).toBe('Ada')
  array = withSlot(array, slots.localManual, null)
  expect(winnerOf(array, 99)?.by).toBe('plan')
  expect(winnerOf(array, 100)?.by).toBe('reset')
  expect(withoutExpired(array, 100)[slots.plan - 1]).toBeNull()
})

it('a plan without an end, and a value that is no number, have no place', () => {
  expect(() => withSlot(emptyPriorityArray, slots.plan, { value: 30, expiresAt: null, by: 'plan' })).toThrow(
    'needs an end',
  )
  expect(() =>
    withSlot(emptyPriorityArray, slots.plan, { value: Number.NaN, expiresAt: 1, by: 'plan' }),
  ).toThrow('cannot hold')
})

describe('the safety sequence is a floor', () => {
  const array = (floor: number, plan: number) =>
    withSlot(
      withSlot(emptyPriorityArray, slots.safetySequence, { value: floor, expiresAt: null, by: 'chips' }),
      slots.plan,
      { value: plan, expiresAt: 100, by: 'plan' },
    )
  const holder = (floor: number, plan: number, held: number | null) =>
    holderOf(array(floor, plan), 0, { held, relinquishDefault: 70 })

  it('it holds a pressure above the plan, and says what the plan asks for', () => {
    expect(holder(90, 60, 90)).toMatchObject({ by: 'chips', value: 90, asked: { by: 'plan', value: 60 } })
  })
  it('a plan that asks for more comes after it has arrived', () => {
    expect(holder(90, 100, 80)).toMatchObject({ by: 'chips', value: 90 })
    expect(holder(90, 100, 90 - 1e-9)).toMatchObject({ by: 'plan', value: 100 })
    expect(holder(90, 100, null)).toMatchObject({ by: 'plan', value: 100 })
  })
  it('with nothing else it does not go under the relinquish default, and the interlock is above it', () => {
    const alone = withSlot(array(60, 0), slots.plan, null)
    expect(holderOf(alone, 0, { held: 80, relinquishDefault: 70 })).toMatchObject({ value: 70, priority: 16 })
    const stopped = withSlot(alone, slots.interlock, { value: 10, expiresAt: null, by: 'interlock' })
    expect(holderOf(stopped, 0, { held: 80, relinquishDefault: 70 })).toMatchObject({
      priority: slots.interlock,
      asked: { priority: slots.interlock },
    })
  })
  it('it never lowers a pressure, whatever is held and asked for', () => {
    const kpa = fc.double({ min: 0, max: 200, noNaN: true })
    fc.assert(
      fc.property(kpa, kpa, kpa, (floor, plan, held) => {
        const { value } = holder(floor, plan, held)
        expect(value).toBeGreaterThanOrEqual(Math.min(floor, plan, held))
        expect(value >= plan || value > held).toBe(true)
        expect(value >= floor - 1e-6).toBe(true)
      }),
    )
  })
})
