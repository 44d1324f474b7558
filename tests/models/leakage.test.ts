import { describe, expect, it } from 'vitest'
import { day, hour, minute } from '#contract/units.ts'
import { leakageOf } from '#models/plant/learned/leakage.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import { seededRandom } from '#models/plant/random.ts'

const places = 4
/** A row holds the supply setpoint and the IT power of each place. */
const reader: RowReader = {
  leverValues: row => [row.values[0] as number],
  itKw: row => [...row.values.slice(1)],
  conditions: row => ({ itKw: [...row.values.slice(1)], wetBulbC: 15, dryBulbC: 20 }),
  facilityKw: () => Number.NaN,
  itMeterKw: () => Number.NaN,
}
/** Chips 40 K above their water, IT power as it is told. */
const predict: LearnedPlant['predict'] = (_, [supplyC = Number.NaN], { itKw }) => ({
  facilityKw: Number.NaN,
  itKw: itKw.reduce((sum, kw) => sum + kw, 0),
  partsKw: {},
  lossesKw: 0,
  hottestC: itKw.map(() => supplyC + 45),
  meanJunctionC: itKw.map(() => supplyC + 40),
  valvePercent: itKw.map(() => 50),
  unmetK: 0,
})

/** Three weeks in which the water follows the day by 4 K, under this work of a place at an hour, ± 0.5 % of noise. */
function seen(perK: number, workKw: (place: number, hours: number) => number) {
  const random = seededRandom(7)
  const rows = Array.from({ length: (21 * day) / (5 * minute) }, (_, index) => {
    const at = index * 5 * minute
    const supplyC = 30 + 2 * Math.sin((2 * Math.PI * at) / day)
    const itKw = Array.from(
      { length: places },
      (_, place) => workKw(place, at / hour) * (1 + perK * (supplyC - 30)) * (1 + 0.005 * (2 * random() - 1)),
    )
    return { at, values: Float64Array.from([supplyC, ...itKw]) }
  })
  return leakageOf(reader, rows, predict)
}
/** Jobs of sixteen hours, each at its own even power. */
const jobsKw = (place: number, hours: number): number =>
  80 * (1 + 0.1 * Math.sin(37 * Math.floor((hours + 5 * place) / 16) + place))

describe('how much more warm chips draw', () => {
  it.each([0.001, 0.0015, 0.003])('%d per kelvin is found under jobs that run evenly for hours', perK => {
    const found = seen(perK, jobsKw)
    expect(Math.abs(found.perK - perK)).toBeLessThan(0.0003)
    expect(found.sdPerK).toBeLessThan(0.0002)
  })
  it.each([
    ['never stands still', (place: number, hours: number) => 80 * (1 + 0.2 * Math.sin(3.1 * hours + place))],
    [
      'follows the day as the weather does',
      (_: number, hours: number) => 60 + 20 * Math.sin((Math.PI * hours) / 12),
    ],
  ])('a load that %s tells nothing: the belief stays, with its doubt', (_, workKw) => {
    expect(seen(0.0015, workKw)).toEqual({ perK: 0.002, sdPerK: 0.0006 })
  })
  it('without rows the belief is all there is', () => {
    expect(leakageOf(reader, [], predict)).toEqual({ perK: 0.002, sdPerK: 0.0006 })
  })
})
