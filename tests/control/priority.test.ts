import { expect, it } from 'vitest'
import { emptyPriorityArray, slots, winnerOf, withoutExpired, withSlot } from '#contract/control/priority.ts'

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
