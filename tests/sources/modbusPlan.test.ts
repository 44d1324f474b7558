import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { registerKinds } from '#agent/mapping/modbusAddress.ts'
import { exceptionWords, remedyFor } from '#agent/sources/modbusExceptions.ts'
import { frameWatch } from '#agent/sources/modbusFrames.ts'
import { type Batch, planReads, type Span, splitBatch } from '#agent/sources/modbusPlan.ts'
import { dueAgainMs, nextTurn, restMs } from '#agent/sources/modbusSchedule.ts'
import { isPrivateAddress } from '#agent/sources/privateAddress.ts'
import { registersFrame } from '#tests/sources/support/modbusDevice.ts'

const isBits = ({ register }: Span) => register === 'coil' || register === 'discrete'
const limits = { registersMax: 125, bridgeRegisters: 8 }
const span = fc
  .record({
    unitId: fc.constantFrom(1, 7),
    register: fc.constantFrom(...registerKinds),
    start: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 65_532 })),
    count: fc.constantFrom(1, 2, 4),
  })
  .map((point): Span => (isBits(point) ? { ...point, count: 1 } : point))
const spans = fc.array(span, { maxLength: 120 })
const someLimits = fc.record({
  registersMax: fc.integer({ min: 4, max: 125 }),
  bridgeRegisters: fc.integer({ min: 0, max: 100 }),
})
const endOf = ({ start, count }: Span) => start + count
const holds = (batch: Span, point: Span) =>
  batch.unitId === point.unitId &&
  batch.register === point.register &&
  point.start >= batch.start &&
  endOf(point) <= endOf(batch)

/** Longest stretch of a read that none of its points asked for. */
function widestGap({ start, points }: Batch<Span>): number {
  let seenTo = start
  let widest = 0
  for (const point of points.toSorted((a, b) => a.start - b.start)) {
    widest = Math.max(widest, point.start - seenTo)
    seenTo = Math.max(seenTo, endOf(point))
  }
  return widest
}

describe('reads are planned', () => {
  test('every point is read exactly once, and lies within its read', () => {
    fc.assert(
      fc.property(spans, someLimits, (points, given) => {
        const batches = planReads(points, given)
        const read = batches.flatMap(batch => batch.points)
        expect(read).toHaveLength(points.length)
        expect(new Set(read)).toEqual(new Set(points))
        for (const batch of batches) for (const point of batch.points) expect(holds(batch, point)).toBe(true)
      }),
    )
  })
  test('no read is longer than the device gives, begins before its first point or ends after its last', () => {
    fc.assert(
      fc.property(spans, someLimits, (points, given) => {
        for (const batch of planReads(points, given)) {
          expect(batch.count).toBeLessThanOrEqual(isBits(batch) ? 2_000 : given.registersMax)
          expect(batch.start).toBe(Math.min(...batch.points.map(point => point.start)))
          expect(endOf(batch)).toBe(Math.max(...batch.points.map(endOf)))
        }
      }),
    )
  })
  test('a gap is bridged only as far as it may be', () => {
    fc.assert(
      fc.property(spans, someLimits, (points, given) => {
        for (const batch of planReads(points, given))
          expect(widestGap(batch)).toBeLessThanOrEqual(given.bridgeRegisters * (isBits(batch) ? 16 : 1))
      }),
    )
  })
  test('two reads in a row could not have been one', () => {
    fc.assert(
      fc.property(spans, someLimits, (points, given) => {
        const batches = planReads(points, given)
        batches.slice(1).forEach((batch, place) => {
          const before = batches[place]
          if (!before || before.unitId !== batch.unitId || before.register !== batch.register) return
          const first = batch.points[0] ?? batch
          const isTooFar = first.start - endOf(before) > given.bridgeRegisters * (isBits(batch) ? 16 : 1)
          const isTooLong =
            Math.max(endOf(before), endOf(first)) - before.start >
            (isBits(batch) ? 2_000 : given.registersMax)
          expect(isTooFar || isTooLong).toBe(true)
        })
      }),
    )
  })
  test('a table of a hundred neighbours is one read', () => {
    const table = Array.from({ length: 100 }, (_, place) => ({
      ...{ unitId: 1, register: 'holding' as const, start: 200 + place, count: 1 },
    }))
    expect(planReads(table, limits)).toMatchObject([{ start: 200, count: 100 }])
  })
})

describe('a read that is refused because of one address', () => {
  test('is narrowed down to that point, and every other is read', () => {
    fc.assert(
      fc.property(fc.uniqueArray(span, { minLength: 1, maxLength: 60 }), fc.nat(), (points, nth) => {
        const wrong = points[nth % points.length] as Span
        const isRefused = (batch: Span) =>
          batch.unitId === wrong.unitId &&
          batch.register === wrong.register &&
          batch.start <= wrong.start &&
          wrong.start < endOf(batch)
        const shares = points.filter(point => isRefused(point))
        const open = [...planReads(points, limits)]
        const read: Span[] = []
        const alone: Span[] = []
        for (let asked = 0; open.length > 0; asked++) {
          expect(asked).toBeLessThan(500)
          const batch = open.pop() as Batch<Span>
          if (!isRefused(batch)) read.push(...batch.points)
          else {
            const parts = splitBatch(batch, limits)
            if (parts) open.push(...parts)
            else alone.push(...batch.points)
          }
        }
        expect(new Set(alone)).toEqual(new Set(shares))
        expect(read.length + alone.length).toBe(points.length)
      }),
    )
  })
  test('is first asked without what nobody wanted to know', () => {
    const at = (start: number) => ({ unitId: 1, register: 'input' as const, start, count: 2 })
    const [batch] = planReads([at(0), at(6)], limits)
    expect(batch && splitBatch(batch, limits)?.map(part => [part.start, part.count])).toEqual([
      [0, 2],
      [6, 2],
    ])
  })
})

describe('whose turn it is', () => {
  test('nothing starves on a line that is too busy', () => {
    const turns = [
      { name: 'fast', everyMs: 100, dueMs: 0 },
      { name: 'normal', everyMs: 1_000, dueMs: 0 },
      { name: 'slow', everyMs: 10_000, dueMs: 0 },
    ]
    const taken = new Map<string, number>()
    // Each question takes 150 ms: the fast group alone would fill the line.
    for (let nowMs = 0; nowMs < 60_000; nowMs += 150) {
      const turn = nextTurn(turns, nowMs)
      if (!turn) continue
      turn.dueMs = dueAgainMs(turn, nowMs + 150)
      taken.set(turn.name, (taken.get(turn.name) ?? 0) + 1)
    }
    expect(taken.get('slow')).toBeGreaterThanOrEqual(5)
    expect(taken.get('normal')).toBeGreaterThanOrEqual(40)
    expect(taken.get('fast')).toBeGreaterThanOrEqual(150)
  })
  test('a quick group goes ahead of a slow one that came due with it; a missed turn is not made up for', () => {
    const slow = { everyMs: 10_000, dueMs: 0 }
    const fast = { everyMs: 100, dueMs: 5 }
    expect(nextTurn([slow, fast], 10)).toBe(fast)
    expect(nextTurn([slow, fast], 3)).toBe(slow)
    expect([restMs([slow, fast], 3), restMs([fast], 3)]).toEqual([0, 2])
    expect(dueAgainMs({ everyMs: 100, dueMs: 0 }, 40)).toBe(100)
    expect(dueAgainMs({ everyMs: 100, dueMs: 0 }, 730)).toBe(830)
  })
})

describe('a stream of answers', () => {
  const frame = registersFrame(3, 1, 3, [1, 2, 3])
  test('is sound in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 60 }), cuts => {
        const stream = Buffer.concat(Array.from({ length: 20 }, () => frame))
        const watch = frameWatch()
        let from = 0
        for (const cut of [...cuts, stream.length]) {
          expect(watch(stream.subarray(from, from + cut))).toBeUndefined()
          from += cut
        }
      }),
    )
  })
  test('ends at the first head that cannot be', () => {
    expect(frameWatch()(Buffer.concat([frame, Buffer.from('HTTP/1.1 400 Bad Request')]))).toBe(
      'what came is no Modbus: protocol 21584, length 12081; allowed: protocol 0, length 3 to 254',
    )
    const empty = Buffer.from([0, 1, 0, 0, 0, 0])
    expect(frameWatch()(empty)).toBe(
      'what came is no Modbus: protocol 0, length 0; allowed: protocol 0, length 3 to 254',
    )
  })
})

test('each exception has words and a remedy', () => {
  const known = Array.from({ length: 11 }, (_, place) => exceptionWords(place + 1))
  expect(new Set(known).size).toBe(11)
  expect(exceptionWords(2)).toBe('exception 2: the device has no such address')
  expect(exceptionWords(99)).toBe('exception 99: the device answers with a code of its own')
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(remedyFor)).toEqual([
    ...['refused', 'split', 'split', 'split', 'again', 'again'],
    ...['refused', 'refused', 'refused', 'unitSilent', 'unitSilent'],
  ])
})

test('private networks are told from the rest', () => {
  const inside = [
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.9',
    '127.0.0.1',
    '169.254.3.4',
    '::1',
    'fd00::5',
    'fe80::1',
  ]
  const outside = ['8.8.8.8', '172.32.0.1', '192.169.0.1', '2001:db8::1']
  expect(inside.filter(address => !isPrivateAddress(address))).toEqual([])
  expect(outside.filter(isPrivateAddress)).toEqual([])
  expect(isPrivateAddress('::ffff:192.168.1.9')).toBe(true)
})
