import { hour, type Millis } from '#contract/units.ts'
import { isKnown, type MeteredHour, type Quantity } from '#models/savings/hours.ts'
import { meanOf } from '#models/savings/statistics.ts'
import { type Block, blockMs, discardedMs, type SwitchbackDesign } from '#models/savings/switchback.ts'
import type { HourlyWorth } from '#models/savings/valued.ts'

/** What counts of one block, as means of an hour. */
type BlockMean = { readonly value: number; readonly itKwh: number; readonly wetBulbC: number }

/** A pair as its differences, plan less reset. */
export type PairDifference = BlockMean & { readonly resetValue: number }

/** A block is known when three quarters of its counting hours are. */
const knownHoursLeast = 18
const countingHours = (blockMs - discardedMs) / hour

type PairsCase = {
  readonly design: SwitchbackDesign
  readonly hours: readonly MeteredHour[]
  readonly quantity: Quantity
  readonly worth?: HourlyWorth
}

/** The pairs of which both blocks are known. */
export function pairDifferences({ design, hours, quantity, worth }: PairsCase): PairDifference[] {
  const byHour = new Map(hours.map(one => [one.at, one]))
  const pairs = Array.from({ length: design.pairs }, (_, pair): PairDifference | undefined => {
    const blocks = design.blocks.filter(block => block.pair === pair)
    const weights = weightsOf(blocks, worth)
    const [plan, reset] = (['plan', 'reset'] as const).map(arm => {
      const block = blocks.find(one => one.arm === arm)
      return block && meanOfBlock(block, { byHour, quantity, weights })
    })
    if (!plan || !reset) return undefined
    return {
      value: plan.value - reset.value,
      itKwh: plan.itKwh - reset.itKwh,
      wetBulbC: plan.wetBulbC - reset.wetBulbC,
      resetValue: reset.value,
    }
  })
  return pairs.filter(pair => pair !== undefined)
}

/**
 * What each counting hour of a pair's blocks counts. Both are valued at the same prices, hour by hour of standard time the mean of
 * the two days': else a cheap Sunday against a dear Friday would look like a saving.
 */
const weightsOf = (blocks: readonly Block[], worth: HourlyWorth | undefined): readonly number[] =>
  Array.from({ length: countingHours }, (_, place) =>
    worth ? meanOf(blocks.map(block => worth.perKwh(block.countsFromAt + place * hour))) : 1,
  )

/** Weighted means of the hours that are known, times the mean weight: load and weather of dear hours explain what dear hours took. */
function meanOfBlock(
  { countsFromAt }: Block,
  of: {
    readonly byHour: ReadonlyMap<Millis, MeteredHour>
    readonly quantity: Quantity
    readonly weights: readonly number[]
  },
): BlockMean | undefined {
  const known: Array<{ readonly one: MeteredHour; readonly weight: number }> = []
  of.weights.forEach((weight, place) => {
    const one = of.byHour.get(countsFromAt + place * hour)
    if (one && isKnown(one, of.quantity) && Number.isFinite(weight)) known.push({ one, weight })
  })
  if (known.length < knownHoursLeast) return undefined
  const meanWeight = meanOf(of.weights.filter(Number.isFinite))
  const sumOfWeights = known.reduce((sum, { weight }) => sum + weight, 0)
  // A day that costs nothing is known; one of whose dear hours nothing is known is not.
  if (meanWeight > 0 && sumOfWeights === 0) return undefined
  const weighted = (what: Quantity | 'itKwh' | 'wetBulbC'): number =>
    meanWeight === 0
      ? 0
      : (meanWeight * known.reduce((sum, { one, weight }) => sum + weight * (one[what] as number), 0)) /
        sumOfWeights
  return { value: weighted(of.quantity), itKwh: weighted('itKwh'), wetBulbC: weighted('wetBulbC') }
}
