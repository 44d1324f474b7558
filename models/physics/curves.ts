/** Curves through points, and the root of a rising function. */

/** x rising, y as many numbers. */
export type Points = { readonly x: readonly number[]; readonly y: readonly number[] }

/**
 * Slopes of a cubic through points that keeps a rising or falling series rising or falling (Fritsch and Carlson, SIAM J. Numer.
 * Anal. 17, 1980): the mean of the neighbouring chords, shortened where a cubic would overshoot. Points that turn keep the mean.
 */
export function slopesThrough(points: Points): number[] {
  const { x, y } = points
  const last = x.length - 1
  if (last < 1) return [0]
  const chords = x.slice(1).map((right, i) => (y[i + 1]! - y[i]!) / (right - x[i]!))
  const slopes = x.map((_, i) => {
    if (i === 0) return chords[0]!
    return i === last ? chords[last - 1]! : (chords[i - 1]! + chords[i]!) / 2
  })
  const turns = chords.some(chord => chord > 0) && chords.some(chord => chord < 0)
  if (turns) return slopes
  chords.forEach((chord, i) => {
    if (chord === 0) {
      slopes[i] = 0
      slopes[i + 1] = 0
      return
    }
    const length = Math.hypot(slopes[i]! / chord, slopes[i + 1]! / chord)
    if (length <= 3) return
    slopes[i]! *= 3 / length
    slopes[i + 1]! *= 3 / length
  })
  return slopes
}

/**
 * Value on the cubic through the points; beyond its ends a straight line with the end's slope. Through (0, 0), (0.1, 0.001),
 * (0.3, 0.027), (0.6, 0.216), (1, 1) it gives 0.00524 at 0.2 and 0.1179 at 0.5.
 */
export function valueOnCurve(points: Points, at: number): number {
  const { x, y } = points
  const last = x.length - 1
  const slopes = slopesThrough(points)
  if (last === 0) return y[0]!
  if (at <= x[0]!) return y[0]! + slopes[0]! * (at - x[0]!)
  if (at >= x[last]!) return y[last]! + slopes[last]! * (at - x[last]!)
  let i = 0
  while (at > x[i + 1]!) i++
  const width = x[i + 1]! - x[i]!
  const t = (at - x[i]!) / width
  const rest = 1 - t
  return (
    y[i]! * (1 + 2 * t) * rest * rest +
    y[i + 1]! * (1 + 2 * rest) * t * t +
    width * (slopes[i]! * t * rest * rest - slopes[i + 1]! * rest * t * t)
  )
}

/** Straight lines between points, and the end's line beyond: through (1, 10) and (2, 30) it gives 20 at 1.5 and 50 at 3. */
export function valueOnLines(points: Points, at: number): number {
  const { x, y } = points
  if (x.length === 1) return y[0]!
  let i = 0
  while (i < x.length - 2 && at > x[i + 1]!) i++
  return y[i]! + ((y[i + 1]! - y[i]!) * (at - x[i]!)) / (x[i + 1]! - x[i]!)
}

/** c0 + c1 x + c2 x² …: coefficients 0.1082, 1.667, -0.7713 at 1 give 1.0039. */
export const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)

/** The polynomial inside its range, a straight line with the border's slope outside: fitted curves bend wildly there. */
export function polynomialWithin(
  coefficients: readonly number[],
  x: number,
  range: { from: number; to: number },
): number {
  const border = Math.min(range.to, Math.max(range.from, x))
  const slope = coefficients.reduce(
    (sum, coefficient, power) => sum + power * coefficient * border ** Math.max(0, power - 1),
    0,
  )
  return polynomial(coefficients, border) + slope * (x - border)
}

/**
 * Where a rising function passes zero between two borders; the border itself when it does not pass. 60 halvings leave 1e-18 of
 * the width.
 */
export function rootOfRising(rising: (x: number) => number, borders: { low: number; high: number }): number {
  let { low, high } = borders
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if (rising(middle) > 0) high = middle
    else low = middle
  }
  return (low + high) / 2
}
