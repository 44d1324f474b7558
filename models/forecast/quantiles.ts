/** The quantiles that every forecast carries. */
export const quantileLevels = [0.05, 0.1, 0.5, 0.9, 0.95] as const

/** Fewer errors than this say nothing about their tails. */
export const errorsNeeded = 20

/** How fast a level that was passed too often or too seldom is moved, per error. */
const adaption = 0.005
/** A level may leave 0..1 by this much: its offset then lies beyond every error yet seen. */
const beyondMost = 0.5
/** How far beyond, in distances from the middle to the outermost error for each whole level. */
const reachBeyond = 2

/** Errors of one method and target as they become known, and the quantiles that they give the next forecast. */
export type ErrorPool = {
  readonly size: number
  /** An error that became known, and the offsets that its forecast carried when it was made. */
  add(error: number, offsetsThen: readonly number[]): void
  /** What to add to the next forecast for each of `quantileLevels`, rising; NaN with too few errors. */
  offsets(): number[]
}

/**
 * The newest `most` errors. A level starts as the quantile's own and is moved when its offset was passed too often or too seldom
 * (adaptive conformal inference, Gibbs and Candès 2021): shares hold on series that change, too.
 */
export function errorPool(most: number): ErrorPool {
  const arrival: number[] = []
  const rising: number[] = []
  const levels: number[] = [...quantileLevels]
  return {
    get size() {
      return rising.length
    },
    add(error, offsetsThen) {
      arrival.push(error)
      rising.splice(placeOf(rising, error), 0, error)
      if (arrival.length > most) rising.splice(placeOf(rising, arrival.shift() as number), 1)
      quantileLevels.forEach((wanted, index) => {
        const offset = offsetsThen[index] as number
        if (!Number.isFinite(offset)) return
        const moved = (levels[index] as number) + adaption * (wanted - (error <= offset ? 1 : 0))
        levels[index] = Math.min(1 + beyondMost, Math.max(-beyondMost, moved))
      })
    },
    offsets: () => levels.map(level => offsetOf(rising, level)).sort((a, b) => a - b),
  }
}

/**
 * Split-conformal rank of a quantile: of n + 1 exchangeable errors the next one is equally likely to take any place, so the
 * upper rank is rounded up and the lower down (Vovk, Gammerman, Shafer 2005).
 */
function offsetOf(rising: readonly number[], level: number): number {
  const n = rising.length
  if (n < errorsNeeded) return Number.NaN
  const at = (rank: number) => rising[Math.max(0, Math.min(n - 1, rank - 1))] as number
  const middle = at(Math.ceil(n / 2))
  if (level > 1) return at(n) + reachBeyond * (level - 1) * (at(n) - middle)
  if (level < 0) return at(1) + reachBeyond * level * (middle - at(1))
  const place = (n + 1) * level
  return at(level > 0.5 ? Math.ceil(place) : level < 0.5 ? Math.floor(place) : Math.round(place))
}

/** First place whose value is not below `value`. */
function placeOf(rising: readonly number[], value: number): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
