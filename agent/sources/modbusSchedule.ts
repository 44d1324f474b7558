import type { DurationMs } from '#contract/units.ts'

/** Something that is asked again and again; times are of the machine. */
export type Turn = { readonly everyMs: DurationMs; dueMs: DurationMs }

/**
 * Whose turn it is. Of all that are due the one whose next turn would come first: quick ones go ahead of slow ones, and
 * a slow one that has waited long enough goes ahead of them, so that nothing starves on a line that is too busy.
 */
export function nextTurn<T extends Turn>(turns: Iterable<T>, nowMs: DurationMs): T | undefined {
  let next: T | undefined
  for (const turn of turns) {
    if (turn.dueMs > nowMs) continue
    if (next === undefined || turn.dueMs + turn.everyMs < next.dueMs + next.everyMs) next = turn
  }
  return next
}

/** How long nothing is due. */
export function restMs(turns: Iterable<Turn>, nowMs: DurationMs): DurationMs {
  let dueMs = Number.POSITIVE_INFINITY
  for (const turn of turns) dueMs = Math.min(dueMs, turn.dueMs)
  return Math.max(0, dueMs - nowMs)
}

/** When it is due again: in its own rhythm; turns that a busy line missed are not made up for. */
export const dueAgainMs = ({ dueMs, everyMs }: Turn, nowMs: DurationMs): DurationMs =>
  dueMs + everyMs > nowMs ? dueMs + everyMs : nowMs + everyMs
