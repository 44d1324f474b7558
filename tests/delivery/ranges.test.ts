import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addRange, holds, keptUpTo, positionSet } from '#hub/ingest/deliveredRanges.ts'
import { createOrder } from '#hub/ingest/reorder.ts'

const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }))

test('positions kept are exactly those added, in ranges that ascend and never touch', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), added => {
      const set = positionSet()
      const every = new Set<number>()
      for (const [first, more] of added) {
        addRange(set, first, first + more)
        for (let position = first; position <= first + more; position++) every.add(position)
        for (let position = 0; position <= 75; position++)
          expect(holds(set, position)).toBe(every.has(position))
        for (const [index, [low, high]] of set.entries()) {
          expect(low).toBeLessThanOrEqual(high)
          if (index > 0) expect(low).toBeGreaterThan((set[index - 1]?.[1] ?? 0) + 1)
        }
      }
      let kept = 0
      while (every.has(kept + 1)) kept += 1
      expect(keptUpTo(set)).toBe(kept)
    }),
  )
})

test('messages that overtook each other come out in order, each once; a gap is given up after its time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 400 }),
      (first, delays) => {
        const order = createOrder<number>(1_000)
        order.begin(first)
        const sent = delays
          .map((delay, index) => ({ index, place: index + delay }))
          .sort((one, other) => one.place - other.place || one.index - other.index)
        const received = sent.flatMap(({ index }) => order.arrive((first + 1 + index) % 256, index, 0))
        expect(received).toEqual(delays.map((_, index) => index))
        expect(order.isWaiting()).toBe(false)
      },
    ),
  )
  const order = createOrder<string>(1_000)
  order.begin(255)
  expect(order.arrive(0, 'first', 0)).toEqual(['first'])
  expect(order.arrive(2, 'third', 10)).toEqual([])
  expect(order.expired(1_000)).toEqual([])
  expect(order.expired(1_010)).toEqual(['third'])
  expect(order.arrive(3, 'fourth', 1_020)).toEqual(['fourth'])
  expect(order.arrive(1, 'second, late', 1_030)).toEqual(['second, late'])
})
