import { describe, expect, it } from 'vitest'
import { day, hour, minute } from '#contract/units.ts'
import { pieceBefore, remembered } from '#hub/planning/remembered.ts'
import { hiddenTruth, history } from '#tests/models/syntheticSite.ts'

const now = Date.UTC(2025, 6, 22, 10, 3)
const [pattern] = history(hiddenTruth(2), 1, 3)
const row = (at: number, wetBulbC = 15) => ({ ...pattern!, at, wetBulbC })
const rows = (fromAt: number, count: number) =>
  Array.from({ length: count }, (_, index) => row(fromAt + index * 5 * minute))

describe('which pieces of the past are asked for', () => {
  it('a day at a time, newest first, none twice, none missing, back to three weeks', () => {
    const firstEndAt = Date.UTC(2025, 6, 21, 10)
    const pieces = []
    for (let endAt = firstEndAt; ; ) {
      const piece = pieceBefore(endAt, now)
      if (!piece) break
      pieces.push(piece)
      endAt = piece.fromAt
    }
    expect(pieces).toHaveLength(20)
    expect(pieces[0]).toEqual({ fromAt: firstEndAt - day, toAt: firstEndAt })
    expect(pieces.slice(1).map(piece => piece.toAt)).toEqual(pieces.slice(0, -1).map(piece => piece.fromAt))
    // The oldest row begins within the three weeks.
    expect(pieces.at(-1)!.fromAt).toBe(Date.UTC(2025, 6, 1, 10, 5))
  })

  it('nothing where all that is remembered is there, and nothing before time began', () => {
    expect(pieceBefore(now - 21 * day, now)).toBeUndefined()
    expect(pieceBefore(2 * hour, 5 * hour)).toEqual({ fromAt: 0, toAt: 2 * hour })
    expect(pieceBefore(0, 5 * hour)).toBeUndefined()
  })
})

describe('what a thread remembers when older rows come', () => {
  const startAt = now - (now % (5 * minute))
  const fresh = rows(startAt - 2 * hour, 24)

  it('puts them in order of time, and a gap stays a gap', () => {
    const near = rows(startAt - 2 * day, 12)
    const far = rows(startAt - 6 * day, 12)
    const once = remembered([], { fresh, recalled: near, now })
    const twice = remembered(once, { fresh, recalled: far, now })
    expect(twice.map(one => one.at)).toEqual([...far, ...near, ...fresh].map(one => one.at))
  })

  it('takes no instant twice: what it knows goes before what is read again', () => {
    const known = [row(startAt - 2 * day, 11)]
    const recalled = [row(startAt - 2 * day, 22), row(startAt - 2 * day + 5 * minute, 22)]
    const kept = remembered(known, { fresh, recalled, now })
    expect(kept.slice(0, 2).map(one => one.wetBulbC)).toEqual([11, 22])
    expect(kept).toHaveLength(2 + fresh.length)
  })

  it('has the last day from the hub alone, and nothing beyond three weeks', () => {
    const recalled = [row(now - 22 * day), row(now - 20 * day), row(startAt - 3 * hour)]
    expect(remembered([], { fresh, recalled, now }).map(one => one.at)).toEqual([
      now - 20 * day,
      ...fresh.map(one => one.at),
    ])
  })
})
