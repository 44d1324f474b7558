import { createHash } from 'node:crypto'
import { day, hour, type Millis } from '#contract/units.ts'
import { seededRandom } from '#models/plant/random.ts'
import { studentT } from '#models/savings/statistics.ts'

export const arms = ['plan', 'reset'] as const
export type Arm = (typeof arms)[number]

/** DESIGN 7: blocks of 48 h from 00:00 standard time; ramps take hours, so the first 24 h of each are discarded. */
export const blockMs = 48 * hour
export const discardedMs = 24 * hour
export const pairsLeast = 14
/** A year of pairs: beyond that it is no experiment any more. */
export const pairsMost = 91

export type Block = {
  readonly index: number
  /** Two blocks, one of each arm, side by side in time. */
  readonly pair: number
  readonly arm: Arm
  readonly fromAt: Millis
  /** From here to the end of the block counts. */
  readonly countsFromAt: Millis
  readonly toAt: Millis
}

/** Everything that is decided before the first block starts. */
export type SwitchbackDesign = {
  readonly site: string
  readonly seed: number
  readonly pairs: number
  readonly standardOffsetMs: number
  readonly blocks: readonly Block[]
}

export type DesignRequest = {
  readonly site: string
  readonly seed: number
  readonly pairs: number
  /** Blocks begin at the first midnight of standard time at or after this. */
  readonly notBefore: Millis
  /** Offset of the site's standard time from UTC: blocks keep to it, so every one of them has 48 hours. */
  readonly standardOffsetMs: number
}

/** Pairs in random order of arms, from the seed alone. */
export function designSwitchback(request: DesignRequest): SwitchbackDesign {
  const { site, seed, pairs, notBefore, standardOffsetMs } = request
  if (!Number.isInteger(pairs) || pairs < pairsLeast || pairs > pairsMost)
    throw new RangeError(`pairs = ${pairs}: allowed are ${pairsLeast} to ${pairsMost}`)
  const startAt = Math.ceil((notBefore + standardOffsetMs) / day) * day - standardOffsetMs
  const random = seededRandom(seed)
  const blocks = Array.from({ length: pairs }, (_, pair) => {
    const order: readonly Arm[] = random() < 0.5 ? ['plan', 'reset'] : ['reset', 'plan']
    return order.map((arm, place): Block => {
      const index = 2 * pair + place
      const fromAt = startAt + index * blockMs
      return { index, pair, arm, fromAt, countsFromAt: fromAt + discardedMs, toAt: fromAt + blockMs }
    })
  }).flat()
  return { site, seed, pairs, standardOffsetMs, blocks }
}

/** The block that holds an instant; undefined before and after the experiment. */
export const blockAt = (design: SwitchbackDesign, at: Millis): Block | undefined =>
  design.blocks.find(block => at >= block.fromAt && at < block.toAt)

/** What goes into the audit log before the start: the words, and a hash that any later change would break. */
export type Registration = { readonly text: string; readonly sha256: string }

export function registrationOf(design: SwitchbackDesign, power: Power | undefined): Registration {
  const iso = (at: Millis) => new Date(at).toISOString()
  const [first, last] = [design.blocks[0] as Block, design.blocks.at(-1) as Block]
  const text = [
    `Switchback on ${design.site}: plan against reset, ${design.pairs} pairs of 48 h blocks, ${iso(first.fromAt)} to ${iso(last.toAt)}, seed ${design.seed}.`,
    `Order: ${design.blocks.map(block => block.arm).join(' ')}.`,
    'The first 24 h of each block are discarded; aborted blocks count as assigned; a pair without meters is left out and counted.',
    'Primary outcome: cooling energy; analysis of covariance on IT kWh and wet bulb; permutation interval over pairs at 90 %.',
    power
      ? `Power: ${power.detectableShare === undefined ? 'unknown' : `${(100 * power.detectableShare).toFixed(1)} % of cooling energy is found with 80 % power`}, from ${power.placeboPairs} placebo pairs.`
      : 'Power: unknown, there is no history to judge it from.',
  ].join('\n')
  return { text, sha256: createHash('sha256').update(text).digest('hex') }
}

/** The smallest saving that an experiment of so many pairs will find four times out of five. */
export type Power = {
  readonly placeboPairs: number
  /** Standard deviation of the difference within a pair in which nothing was done, as a share of the mean. */
  readonly pairDeviationShare: number
  readonly detectableShare: number | undefined
}

/** Placebo pairs that are too few say nothing. */
const placeboPairsLeast = 5

/**
 * Share that is found at 90 % (two-sided) with 80 % power: (t₀.₉₅ + t₀.₈₀) s / √n.
 * 14 pairs with s = 4 %: (1.771 + 0.870) × 4 % / 3.742 = 2.8 %.
 */
export function powerOf(pairs: number, placeboDifferenceShares: readonly number[]): Power {
  const count = placeboDifferenceShares.length
  const pairDeviationShare = Math.sqrt(
    placeboDifferenceShares.reduce((sum, share) => sum + share * share, 0) / count,
  )
  const degrees = pairs - 1
  return {
    placeboPairs: count,
    pairDeviationShare,
    detectableShare:
      count < placeboPairsLeast
        ? undefined
        : ((studentT(0.9, degrees) + studentT(0.6, degrees)) * pairDeviationShare) / Math.sqrt(pairs),
  }
}
