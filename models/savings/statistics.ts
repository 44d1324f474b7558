/** The value below which a share of the sorted values lies, straight between neighbours; NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (place - below) * (high - low)
}

export const sortedCopy = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort()

export const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let place = 0; place < values.length; place++) sum += values[place] as number
  return sum / values.length
}

const steps = 4_000

/**
 * How many standard errors hold `share` of a Student's t of so many degrees of freedom, both sides: 12 degrees and 90 % have 1.782.
 * With t = √ν tan θ the density is cos^(ν−1) θ: it is summed by trapezoids until the share is reached.
 */
export function studentT(share: number, degreesOfFreedom: number): number {
  // At infinity θ is nowhere: 10,000 degrees are normal to the fourth digit.
  const degrees = Math.min(degreesOfFreedom, 10_000)
  // Beyond eight standard deviations of θ nothing is left to sum; narrow densities need the points where they are.
  const end = Math.min(Math.PI / 2, 8 / Math.sqrt(degrees))
  const sums = new Float64Array(steps + 1)
  const density = (step: number) => Math.cos((end * step) / steps) ** (degrees - 1)
  for (let step = 1; step <= steps; step++)
    sums[step] = (sums[step - 1] as number) + (density(step - 1) + density(step)) / 2
  const wanted = share * (sums[steps] as number)
  const past = sums.findIndex(sum => sum >= wanted)
  const before = sums[past - 1] as number
  const theta = (end * (past - 1 + (wanted - before) / ((sums[past] as number) - before))) / steps
  return Math.sqrt(degrees) * Math.tan(theta)
}

/** Correlation of each value with the one before it, where both are known and neighbours in time. */
export function lagOneCorrelation(
  values: readonly number[],
  areNeighbours: (place: number) => boolean,
): number {
  const mean = meanOf(values)
  let together = 0
  let pairs = 0
  let variance = 0
  values.forEach((value, place) => {
    variance += (value - mean) ** 2
    if (place === 0 || !areNeighbours(place)) return
    together += (value - mean) * ((values[place - 1] as number) - mean)
    pairs++
  })
  if (pairs === 0 || variance === 0) return 0
  return together / pairs / (variance / values.length)
}
