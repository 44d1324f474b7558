import { day } from '#contract/units.ts'
import type { DrivenHour } from '#models/savings/hours.ts'
import { meanOf, quantile, sortedCopy } from '#models/savings/statistics.ts'

/** How energy may depend on IT energy and wet bulb, from plain to rich; a richer form must earn its place. */
export const formNames = [
  'straight',
  'changePoints',
  'interacting',
  'interactingByHour',
  'surging',
  'surgingForHours',
] as const
export type FormName = (typeof formNames)[number]

/** Where the baseline's own weather and load lie: scales, and the change points of the wet bulb. */
export type Shape = {
  readonly itKwh: number
  readonly wetBulbC: number
  readonly wetBulbSpreadK: number
  readonly changePointsC: readonly number[]
  /** Steps of the warm tenth and of load, for the hour itself and for the highest of the last hours. */
  readonly steps: Steps
  readonly recentSteps: Steps
}

type Drivers = Readonly<Record<'itKwh' | 'wetBulbC', number>>
type Steps = Readonly<Record<'itKwh' | 'wetBulbC', readonly number[]>>

/**
 * Fans at their limits and towers at their coldest water bend the curve somewhere; where, the data decide. Change points stand
 * about so far apart across the middle 96 % of the baseline's wet bulbs, at most sixteen of them.
 */
const changePointsApartK = 3
const changePointsMax = 16
/**
 * In the warmest tenth of the hours pumps may run at twice or three times their usual power, beyond a limit of load and wet
 * bulb that is sharp: there the steps are finer, in load too, and flat beyond the last.
 */
const warmFrom = 0.9
const warmTo = 0.999
const stepsApartK = 1.5
const stepsMax = 12
const loadSteps = [0.02, 0.25, 0.5, 0.75, 0.9, 0.97, 0.995] as const

export function shapeOf(hours: readonly DrivenHour[]): Shape {
  const wetBulbs = sortedCopy(hours.map(one => one.wetBulbC))
  const [lowest, highest] = [quantile(wetBulbs, 0.02), quantile(wetBulbs, 0.98)]
  return {
    itKwh: meanOf(hours.map(one => one.itKwh)),
    wetBulbC: meanOf(wetBulbs),
    wetBulbSpreadK: Math.max(1, highest - lowest),
    changePointsC: evenly([lowest, highest], { apart: changePointsApartK, most: changePointsMax }),
    steps: stepsOf(hours),
    recentSteps: stepsOf(hours.map(one => one.recent)),
  }
}

function stepsOf(hours: readonly Drivers[]): Steps {
  const wetBulbs = sortedCopy(hours.map(one => one.wetBulbC))
  const its = sortedCopy(hours.map(one => one.itKwh))
  return {
    wetBulbC: evenly([quantile(wetBulbs, warmFrom), quantile(wetBulbs, warmTo)], {
      apart: stepsApartK,
      most: stepsMax,
    }),
    itKwh: loadSteps.map(share => quantile(its, share)),
  }
}

function evenly(
  [lowest, highest]: readonly [number, number],
  { apart, most }: { apart: number; most: number },
): number[] {
  const pieces = Math.min(most - 1, Math.max(1, Math.round((highest - lowest) / apart)))
  return Array.from({ length: pieces + 1 }, (_, index) => lowest + ((highest - lowest) * index) / pieces)
}

/** The terms of one hour, the constant first, those of surges last. */
export function termsOf(form: FormName, shape: Shape, { at, itKwh, wetBulbC, recent }: DrivenHour): number[] {
  const load = itKwh / shape.itKwh - 1
  const warmth = (wetBulbC - shape.wetBulbC) / shape.wetBulbSpreadK
  const terms = [1, load, warmth]
  if (form === 'straight') return terms
  const past = shape.changePointsC.map(pointC => Math.max(0, wetBulbC - pointC) / shape.wetBulbSpreadK)
  terms.push(load ** 2, load ** 3, ...past)
  if (form === 'changePoints') return terms
  for (const hinge of [warmth, ...past]) terms.push(load * hinge, load ** 2 * hinge)
  if (form === 'interacting') return terms
  if (form === 'interactingByHour') {
    const turn = (2 * Math.PI * (at % day)) / day
    return [...terms, Math.cos(turn), Math.sin(turn), Math.cos(2 * turn), Math.sin(2 * turn)]
  }
  pushSurges(terms, shape.steps, { itKwh, wetBulbC })
  if (form === 'surgingForHours') pushSurges(terms, shape.recentSteps, recent)
  return terms
}

/** How many of a form's terms, at its end, are those of surges. */
export function surgeTermsOf(form: FormName, shape: Shape): number {
  const count = ({ wetBulbC, itKwh }: Steps) => (wetBulbC.length - 1) * itKwh.length
  if (form === 'surging') return count(shape.steps)
  return form === 'surgingForHours' ? count(shape.steps) + count(shape.recentSteps) : 0
}

/** Each step of warmth by itself and times each step of load. */
function pushSurges(terms: number[], steps: Steps, { itKwh, wetBulbC }: Drivers): void {
  const busy = [1, ...climbed(steps.itKwh, itKwh)]
  for (const warm of climbed(steps.wetBulbC, wetBulbC)) for (const step of busy) terms.push(warm * step)
}

/** How far a value has come from each point to the next, 0 to 1; points that coincide are climbed at once. */
const climbed = (points: readonly number[], value: number): number[] =>
  points.slice(1).map((to, index) => {
    const from = points[index] as number
    if (value <= from) return 0
    return value >= to ? 1 : (value - from) / (to - from)
  })
