import { describe, expect, it } from 'vitest'
import { errorPool, errorsNeeded, quantileLevels } from '#models/forecast/quantiles.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'

const noOffsets = quantileLevels.map(() => Number.NaN)

describe('quantiles from errors', () => {
  it('too few errors say nothing', () => {
    const pool = errorPool(100)
    for (let error = 1; error < errorsNeeded; error++) pool.add(error, noOffsets)
    expect(pool.offsets()).toEqual(noOffsets)
    pool.add(errorsNeeded, noOffsets)
    expect(pool.offsets().every(Number.isFinite)).toBe(true)
  })

  it('99 errors of 1 to 99: each level is its own place among a hundred', () => {
    const pool = errorPool(1000)
    for (let error = 99; error >= 1; error--) pool.add(error, noOffsets)
    expect(pool.offsets()).toEqual([5, 10, 50, 90, 95])
  })

  it('the oldest errors make room', () => {
    const pool = errorPool(30)
    for (let error = 0; error < 100; error++) pool.add(error < 70 ? 1000 : 1, noOffsets)
    expect(pool.size).toBe(30)
    expect(pool.offsets()).toEqual([1, 1, 1, 1, 1])
  })

  it('an interval that is passed again and again grows beyond every error in the pool', () => {
    const pool = errorPool(50)
    const random = seededRandom(1)
    for (let row = 0; row < 50; row++) pool.add(seededNormal(random), noOffsets)
    const before = pool.offsets().at(-1)!
    for (let row = 0; row < 60; row++) pool.add(0, [-1, -1, -1, -1, -1])
    expect(before).toBeGreaterThan(1)
    expect(pool.offsets().at(-1)!).toBe(0)
    for (let row = 0; row < 50; row++) pool.add(row / 50, [-1, -1, -1, -1, -1])
    expect(pool.offsets().at(-1)!).toBeGreaterThan(1)
  })
})
