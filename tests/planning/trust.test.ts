import { describe, expect, it } from 'vitest'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import { judgeTrust } from '#hub/planning/trust.ts'
import { nameplateModel } from '#models/plant/model.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { smallHall } from '#tests/agent/halls.ts'

const model = nameplateModel(nameplatePriors(smallHall()), 1)
const hourWith = (errorPercent: number | null, historyHours = 4): WorkResult => ({
  model,
  score: { errorPercent, biasKw: 0, spreadKw: 1, rows: errorPercent === null ? 0 : 12 },
  historyHours,
  wetBulb: undefined,
  itTotal: undefined,
  insideKnownRange: true,
})

describe('trust in the model, hour by hour', () => {
  it('comes at 5 %, is kept to 10 %, goes beyond, and comes back only at 5 %', () => {
    let trusted = false
    const course = [4.9, 8, 12, 8, 4].map(error => (trusted = judgeTrust(hourWith(error), trusted).trusted))
    expect(course).toEqual([true, true, false, false, true])
  })
  it('a fault that opens every valve is an hour like any other: 30 % wrong is not trusted', () => {
    expect(judgeTrust(hourWith(30), true).trusted).toBe(false)
  })
  it('an hour that cannot be judged is not trusted, before or after', () => {
    expect([true, false].map(before => judgeTrust(hourWith(null), before).trusted)).toEqual([false, false])
  })
  it('two hours of history are too few, however good the hour', () => {
    expect(judgeTrust(hourWith(0.1, 2), false).trusted).toBe(false)
  })
})
