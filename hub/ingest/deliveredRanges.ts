import type { DeliveredRanges } from '#hub/store/store.ts'

/**
 * Positions of one agent's epoch that are kept, as closed ranges that ascend and never touch: 1..4, 9..9. In steady
 * delivery there is one range and every addition lengthens it.
 */
export type PositionSet = Array<[first: number, last: number]>

export const positionSet = (ranges: DeliveredRanges = []): PositionSet =>
  ranges.map(([first, last]) => [first, last])

/** Index of the first range that ends at or after `position - 1`: the only one that could hold or touch it. */
function placeOf(set: PositionSet, position: number): number {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((set[middle] as [number, number])[1] < position - 1) low = middle + 1
    else high = middle
  }
  return low
}

export function holds(set: PositionSet, position: number): boolean {
  const last = set[set.length - 1]
  if (last === undefined || position > last[1]) return false
  const range = set[placeOf(set, position)]
  return range !== undefined && range[0] <= position && position <= range[1]
}

/** Adds first..last, merging whatever it overlaps or touches. */
export function addRange(set: PositionSet, first: number, last: number): void {
  if (!(first >= 1 && last >= first)) throw new Error(`not a range of positions: ${first}..${last}`)
  const from = placeOf(set, first)
  let until = from
  let lowest = first
  let highest = last
  for (let range = set[until]; range !== undefined && range[0] <= last + 1; range = set[++until]) {
    lowest = Math.min(lowest, range[0])
    highest = Math.max(highest, range[1])
  }
  set.splice(from, until - from, [lowest, highest])
}

/** The position up to which everything is kept; 0 while position 1 is missing. */
export function keptUpTo(set: PositionSet): number {
  const first = set[0]
  return first !== undefined && first[0] === 1 ? first[1] : 0
}
