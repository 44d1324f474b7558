import { describe, expect, it } from 'vitest'
import { Reporter } from '#agent/cycle/reporter.ts'
import type { Sample } from '#contract/reading.ts'
import { minute, second } from '#contract/units.ts'
import { hallGraph } from '#tests/agent/halls.ts'

const start = Date.UTC(2025, 6, 1)
const make = () => new Reporter(hallGraph(), { startedAt: start, limitMs: stated => stated })
const supply = (value: number, at: number, quality: 'good' | 'uncertain' = 'good'): Sample => ({
  equipment: 'cdu-1',
  point: 'supplyTemperature',
  value,
  quality,
  at: start + at,
})
const register = (value: number, at: number): Sample => ({
  equipment: 'meter-it',
  point: 'activeEnergyKwh',
  value,
  quality: 'good',
  at: start + at,
})
const take = (reporter: Reporter, ...samples: Sample[]) =>
  samples
    .flatMap(sample => reporter.take([sample], sample.at))
    .map(sample => [sample.value, sample.at - start])

describe('report by exception', () => {
  it('inside the dead band nothing, outside it at once, a change of quality always', () => {
    expect(
      take(make(), supply(30, 1), supply(30.04, 2), supply(30.06, 3), supply(30.06, 4, 'uncertain')),
    ).toEqual([
      [30, 1],
      [30.06, 3],
      [30.06, 4],
    ])
  })
  it('at least every five minutes, from the source or, when it is silent but alive, by repetition', () => {
    const reporter = make()
    expect(take(reporter, supply(30, 1), supply(30, 5 * minute + 1))).toHaveLength(2)
    expect(reporter.repeats(start + 9 * minute, () => true)).toHaveLength(0)
    expect(reporter.repeats(start + 11 * minute, () => false)).toHaveLength(0)
    expect(reporter.repeats(start + 11 * minute, () => true)).toMatchObject([
      { value: 30, at: start + 11 * minute },
    ])
  })
  it('energy registers once a minute, and the last reading when the run ends', () => {
    const reporter = make()
    const readings = Array.from({ length: 100 }, (_, index) => register(1000 + index, index * second + 1))
    expect(take(reporter, ...readings)).toEqual([
      [1000, 1],
      [1060, minute + 1],
    ])
    expect(reporter.held(start + 100 * second)).toMatchObject([{ value: 1099 }])
    expect(reporter.held(start + 100 * second)).toEqual([])
  })
  it('a register that runs backwards is news at once', () => {
    expect(take(make(), register(1000, 1), register(3, 2))).toHaveLength(2)
  })
})

describe('one row per series and time', () => {
  it('two values at one instant are a millisecond apart', () => {
    expect(take(make(), supply(30, 7), supply(31, 7))).toEqual([
      [30, 7],
      [31, 8],
    ])
  })
  it('what an earlier process may have sent is stamped when it was proved again', () => {
    const old: Sample = { ...supply(30, 0), at: start - minute }
    expect(make().take([old], start + 10)).toMatchObject([{ at: start + 10 }])
  })
  it('a point that is not in the catalogue is not reported', () => {
    expect(make().take([{ ...supply(1, 1), point: 'nonsense' }], start)).toEqual([])
  })
})
