import { seededRandom } from '#models/plant/random.ts'
import type { MeteredHour, Quantity } from '#models/savings/hours.ts'
import { addRow, dot, factored, noMoments, solved } from '#models/savings/moments.ts'
import { type PairDifference, pairDifferences } from '#models/savings/pairDifferences.ts'
import { meanOf } from '#models/savings/statistics.ts'
import { pairsLeast, type SwitchbackDesign } from '#models/savings/switchback.ts'
import type { PlusMinus } from '#models/savings/uncertainty.ts'
import type { HourlyWorth } from '#models/savings/valued.ts'

export type Interval = readonly [low: number, high: number]

export type SwitchbackResult = {
  readonly quantity: Quantity
  readonly pairs: { readonly designed: number; readonly judged: number; readonly unknown: number }
  /** Blocks that did not run to their end as assigned; they count as assigned. */
  readonly aborted: number
  /** Saved by `plan` in an hour that counts, mean over pairs, load and weather alike. */
  readonly savedPerHour: number
  /** Mean of an hour under `reset`. */
  readonly resetPerHour: number
  readonly share: number
  readonly interval68: Interval
  readonly interval90: Interval
  readonly plusMinus: PlusMinus
  readonly excludesZero: boolean
  /** Orders of arms that would have shown as much or more, if there were no difference. */
  readonly pValue: number
  readonly enough: boolean
}

const nothingKnown = {
  savedPerHour: Number.NaN,
  resetPerHour: Number.NaN,
  share: Number.NaN,
  interval68: [Number.NaN, Number.NaN],
  interval90: [Number.NaN, Number.NaN],
  plusMinus: { at68: Number.NaN, at90: Number.NaN },
  excludesZero: false,
  pValue: Number.NaN,
  enough: false,
} as const

/** Two slopes and an effect leave nothing of three pairs. */
const pairsToReckon = 4

/** Orders of 2¹⁴ pairs are tried one by one, of more pairs so many are drawn. */
const ordersMost = 16_384

export type SwitchbackCase = {
  readonly design: SwitchbackDesign
  readonly hours: readonly MeteredHour[]
  /** Indices of blocks that were aborted: told, never used. */
  readonly aborted?: readonly number[]
  readonly quantity?: Quantity
  /** Each hour counts at its worth: the result is in money or carbon instead of kWh. */
  readonly worth?: HourlyWorth
}

/** Analysis of covariance within pairs, and the interval of all saving that random orders cannot refute. */
export function switchbackResult(asked: SwitchbackCase): SwitchbackResult {
  const { design, aborted = [], quantity = 'coolingKwh' } = asked
  const pairs = pairDifferences({ ...asked, quantity })
  const known = { designed: design.pairs, judged: pairs.length, unknown: design.pairs - pairs.length }
  if (pairs.length < pairsToReckon)
    return { ...nothingKnown, quantity, pairs: known, aborted: aborted.length }
  const test = permutationTest(pairs, design.seed)
  const savedPerHour = -test.effect
  const resetPerHour = meanOf(pairs.map(pair => pair.resetValue))
  const turned = ([low, high]: Interval): Interval => [-high, -low]
  const interval68 = turned(test.intervalAt(0.68))
  const interval90 = turned(test.intervalAt(0.9))
  return {
    quantity,
    pairs: known,
    aborted: aborted.length,
    savedPerHour,
    resetPerHour,
    share: savedPerHour / resetPerHour,
    interval68,
    interval90,
    plusMinus: { at68: (interval68[1] - interval68[0]) / 2, at90: (interval90[1] - interval90[0]) / 2 },
    excludesZero: interval90[0] > 0 || interval90[1] < 0,
    pValue: test.pValueOf(0),
    enough: pairs.length >= pairsLeast,
  }
}

/** Differences within pairs of a time in which nothing was done, after load and weather, as shares of the mean: for the power. */
export function placeboPairShares(asked: Pick<SwitchbackCase, 'design' | 'hours' | 'quantity'>): number[] {
  const quantity = asked.quantity ?? 'coolingKwh'
  const pairs = pairDifferences({ ...asked, quantity })
  const mean = meanOf(pairs.map(pair => pair.resetValue))
  // Two slopes are fitted: their degrees of freedom are paid back.
  const payBack = Math.sqrt(pairs.length / Math.max(1, pairs.length - 2))
  return withoutCovariates(
    pairs,
    pairs.map(pair => pair.value),
  ).map(value => (value / mean) * payBack)
}

/** What of a column over pairs is not explained by the differences of load and weather. */
function withoutCovariates(pairs: readonly PairDifference[], column: readonly number[]): number[] {
  const moments = noMoments(2)
  pairs.forEach((pair, place) => {
    addRow(moments, [pair.itKwh, pair.wetBulbC], column[place] as number)
  })
  const slopes = solved(moments, factored(moments))
  return column.map((value, place) => {
    const pair = pairs[place] as PairDifference
    return value - dot([pair.itKwh, pair.wetBulbC], slopes)
  })
}

/**
 * Under an effect e the order of arms within a pair is a coin: swapping it turns the sign of the pair's differences. With load and
 * weather projected out (Frisch and Waugh) the effect of any order f is f·(y − e·m) ∕ f·Mf, so all orders are tried cheaply.
 */
function permutationTest(pairs: readonly PairDifference[], seed: number) {
  const ones = pairs.map(() => 1)
  const values = withoutCovariates(
    pairs,
    pairs.map(pair => pair.value),
  )
  const units = withoutCovariates(pairs, ones)
  const effectOf = (order: readonly number[]) => {
    const scale = dot(order, withoutCovariates(pairs, order))
    return { value: dot(order, values) / scale, unit: dot(order, units) / scale }
  }
  const { value: effect } = effectOf(ones)
  const orders = ordersOf(pairs.length, seed).map(effectOf)
  const pValueOf = (assumed: number): number => {
    const seen = Math.abs(effect - assumed) * (1 - 1e-9)
    const asFar = orders.filter(order => Math.abs(order.value - assumed * order.unit) >= seen)
    return asFar.length / orders.length
  }
  /** How far from the effect an assumed one may lie, in one direction, before at most 1 − confidence of the orders go as far. */
  const reach = (confidence: number, direction: 1 | -1): number => {
    const refuted = (distance: number) => pValueOf(effect + direction * distance) <= 1 - confidence
    let far = Math.max(Math.abs(effect), 1e-9)
    for (let doubled = 0; doubled < 40 && !refuted(far); doubled++) far *= 2
    let near = 0
    for (let halved = 0; halved < 40; halved++) {
      const middle = (near + far) / 2
      if (refuted(middle)) far = middle
      else near = middle
    }
    return far
  }
  return {
    effect,
    pValueOf,
    intervalAt: (confidence: number): Interval => [
      effect - reach(confidence, -1),
      effect + reach(confidence, 1),
    ],
  }
}

/** Every order of arms, or, where there are too many, so many drawn from the seed, the one that was run among them. */
function ordersOf(pairs: number, seed: number): number[][] {
  const all = 2 ** pairs
  if (all <= ordersMost)
    return Array.from({ length: all }, (_, number) =>
      Array.from({ length: pairs }, (_, pair) => ((number >> pair) & 1 ? -1 : 1)),
    )
  const random = seededRandom(seed)
  return Array.from({ length: ordersMost }, (_, number) =>
    Array.from({ length: pairs }, () => (number > 0 && random() < 0.5 ? -1 : 1)),
  )
}
