import type { Cast, Link, Message, Told, Trace } from './trace.ts'

export type Side = 'edge' | 'host'
export type Verdict =
  | { readonly kind: 'pass' }
  /** `index`: of the packet that shows it. */
  | { readonly kind: 'fail'; readonly because: string; readonly index: number }
  | { readonly kind: 'notExercised' }

/** Everything that a judgement may look at. */
export type Watched = {
  readonly trace: Trace
  readonly cast: Cast
  /** Connections of the side that is judged: by its Will. */
  readonly links: readonly Link[]
  /** What that side said, over all its connections in order. */
  readonly said: readonly Message[]
  readonly heard: readonly Message[]
  readonly told: ReadonlyArray<{ readonly index: number; readonly wallAt: number; readonly told: Told }>
}

/** One sentence of the specification: its id there, what it asks in our words, and the pure judgement. */
export type Assertion = {
  readonly id: string
  readonly side: Side
  readonly asks: string
  readonly judge: (watched: Watched) => Verdict
}

/** The same judgement under each of the ids that ask for it. */
export const asked = (
  side: Side,
  ids: readonly string[],
  asks: string,
  judge: (watched: Watched) => Verdict,
): Assertion[] => ids.map(id => ({ id, side, asks, judge }))

/** Every item must be as asked; with none there is no verdict. */
export function every<T extends { readonly index: number }>(
  items: Iterable<T>,
  complaint: (item: T) => string | undefined | false,
): Verdict {
  let isExercised = false
  for (const item of items) {
    isExercised = true
    const because = complaint(item)
    if (because) return { kind: 'fail', because, index: item.index }
  }
  return isExercised ? { kind: 'pass' } : { kind: 'notExercised' }
}
