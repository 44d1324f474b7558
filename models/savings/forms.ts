import { day } from '#contract/units.ts'
import type { MeteredHour } from '#models/savings/hours.ts'
import { meanOf, quantile, sortedCopy } from '#models/savings/statistics.ts'

/** How energy may depend on IT energy and wet bulb, from plain to rich; a richer form must earn its place. */
export const formNames = ['straight', 'changePoints', 'interacting', 'interactingByHour'] as const
export type FormName = (typeof formNames)[number]

/** Where the baseline's own weather and load lie: scales, and the change points of the wet bulb. */
export type Shape = {
  readonly itKwh: number
  readonly wetBulbC: number
  readonly wetBulbSpreadK: number
  readonly changePointsC: readonly number[]
}

/**
 * Fans at their limits and towers at their coldest water bend the curve somewhere; where, the data decide. Change points stand
 * about so far apart across the middle 96 % of the baseline's wet bulbs, at most sixteen of them.
 */
const changePointsApartK = 3
const changePointsMax = 16

export function shapeOf(hours: readonly MeteredHour[]): Shape {
  const wetBulbs = sortedCopy(hours.map(one => one.wetBulbC))
  const [lowest, highest] = [quantile(wetBulbs, 0.02), quantile(wetBulbs, 0.98)]
  const pieces = Math.min(
    changePointsMax - 1,
    Math.max(1, Math.round((highest - lowest) / changePointsApartK)),
  )
  return {
    itKwh: meanOf(hours.map(one => one.itKwh)),
    wetBulbC: meanOf(wetBulbs),
    wetBulbSpreadK: Math.max(1, highest - lowest),
    changePointsC: Array.from(
      { length: pieces + 1 },
      (_, index) => lowest + ((highest - lowest) * index) / pieces,
    ),
  }
}

/** The terms of one hour, the constant first. */
export function termsOf(form: FormName, shape: Shape, { at, itKwh, wetBulbC }: MeteredHour): number[] {
  const load = itKwh / shape.itKwh - 1
  const warmth = (wetBulbC - shape.wetBulbC) / shape.wetBulbSpreadK
  const terms = [1, load, warmth]
  if (form === 'straight') return terms
  const past = shape.changePointsC.map(pointC => Math.max(0, wetBulbC - pointC) / shape.wetBulbSpreadK)
  terms.push(load ** 2, load ** 3, ...past)
  if (form === 'changePoints') return terms
  for (const hinge of [warmth, ...past]) terms.push(load * hinge, load ** 2 * hinge)
  if (form === 'interacting') return terms
  const turn = (2 * Math.PI * (at % day)) / day
  terms.push(Math.cos(turn), Math.sin(turn), Math.cos(2 * turn), Math.sin(2 * turn))
  return terms
}
