import { isEconomising, type SteeredPoint, sameWithin } from '#contract/control/bounds.ts'
import { minute } from '#contract/units.ts'

/**
 * The way home after a lease: facility pressure and tower flow, then CDU pressure, then temperatures. Colder water is
 * welcome at once; warmer water waits until flow has arrived; less pressure waits until colder water has been asked for.
 */
export const walkBackLimits = {
  /** Each of the two pressure stages may keep the next one waiting this long: together ten minutes. */
  stageMs: 5 * minute,
  /** CDUs warm up one after another, spread by their names over two minutes. */
  staggerMs: 2 * minute,
  /** Measured pressure that counts as arrived. */
  flowArrivedFraction: 0.95,
  /** Pumps that run this fast give all the pressure there is. */
  pumpAtStopPercent: 98,
} as const

export type WalkStage = 0 | 1 | 2

/** Place in the order of return. */
export function walkStage(steered: SteeredPoint): WalkStage {
  if (steered.quantity === 'temperature') return 2
  return steered.kind === 'cdu' ? 1 : 0
}

export type WalkQuestion = {
  readonly steered: SteeredPoint
  readonly held: number
  readonly target: number
  readonly sinceStartMs: number
  /** From the output's name, 0..staggerMs. */
  readonly staggerMs: number
  /** Outputs of that stage that move toward more flow have got there. */
  readonly stageArrived: (stage: WalkStage) => boolean
  /** Pressures measured at facility and CDU have followed their setpoints, or their pumps are at their stop. */
  readonly flowArrived: boolean
  /** Temperatures that must fall have been asked to. */
  readonly colderAsked: boolean
}

/** May this output move now? */
export function mayWalk(question: WalkQuestion): boolean {
  const { steered, sinceStartMs } = question
  const stage = walkStage(steered)
  if (hasArrived(question)) return true
  const economising = isEconomising(steered, { from: question.held, to: question.target })
  if (stage === 2) return !economising || (question.flowArrived && sinceStartMs >= question.staggerMs)
  if (economising) return question.colderAsked
  return stage === 0 || question.stageArrived(0) || sinceStartMs >= walkBackLimits.stageMs
}

export const hasArrived = (question: Pick<WalkQuestion, 'steered' | 'held' | 'target'>): boolean =>
  Math.abs(question.held - question.target) <= sameWithin(question.steered)

/** Spreads names over the stagger: the same CDU always waits as long. */
export function staggerOf(name: string): number {
  let hash = 2166136261
  for (let index = 0; index < name.length; index++)
    hash = Math.imul(hash ^ name.charCodeAt(index), 16777619) >>> 0
  return hash % walkBackLimits.staggerMs
}
