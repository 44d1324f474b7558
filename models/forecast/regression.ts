/** A linear forecast: what the target will be above the last value, from the features, both in spreads. */
export type Regression = { readonly weights: readonly number[]; readonly constant: number }

/** Rounds of reweighting; the absolute error is near its minimum after these. */
const rounds = 8
/** Errors below this share of the spread count as squares, so that no weight runs away. */
const squareBelow = 0.01
/** Pull of every weight towards 0, as a share of the rows: without evidence persistence is left standing. */
const pull = 2e-3

/** Least absolute error by reweighted least squares, pulled towards persistence. Rows must be finite. */
export function fitRegression(rows: readonly (readonly number[])[], wanted: readonly number[]): Regression {
  const lines = rows.map(row => Float64Array.from([...row, 1]))
  const width = lines[0]?.length ?? 1
  let weights = new Float64Array(width)
  for (let round = 0; round < rounds; round++) {
    const square = Array.from({ length: width }, () => new Float64Array(width))
    const right = new Float64Array(width)
    let total = 0
    lines.forEach((line, index) => {
      const target = wanted[index] as number
      const weight = 1 / Math.max(squareBelow, Math.abs(target - product(line, weights)))
      total += weight
      addLine(square, right, line, { target, weight })
    })
    square.forEach((line, place) => {
      line[place] = (line[place] as number) + pull * total + 1e-12
    })
    weights = solveSymmetric(square, right)
  }
  return { weights: Array.from(weights.subarray(0, -1)), constant: weights.at(-1) as number }
}

export const foretold = (regression: Regression, row: readonly number[]): number =>
  regression.constant + product(row, regression.weights)

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** Adds a weighted line to the lower half of the normal equations. */
function addLine(
  square: readonly Float64Array[],
  right: Float64Array,
  line: Float64Array,
  by: { readonly target: number; readonly weight: number },
): void {
  for (let i = 0; i < line.length; i++) {
    const scaled = by.weight * (line[i] as number)
    const sums = square[i] as Float64Array
    for (let j = 0; j <= i; j++) sums[j] = (sums[j] as number) + scaled * (line[j] as number)
    right[i] = (right[i] as number) + scaled * by.target
  }
}

/** Cholesky's way, on the lower half of a positive definite matrix, which is overwritten. */
function solveSymmetric(lower: readonly Float64Array[], right: Float64Array) {
  const n = right.length
  const at = (i: number, j: number) => (lower[i] as Float64Array)[j] as number
  const solution = Float64Array.from(right)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j)
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k)
      ;(lower[i] as Float64Array)[j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / at(j, j)
    }
    for (let k = 0; k < i; k++) solution[i] = (solution[i] as number) - at(i, k) * (solution[k] as number)
    solution[i] = (solution[i] as number) / at(i, i)
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) solution[i] = (solution[i] as number) - at(k, i) * (solution[k] as number)
    solution[i] = (solution[i] as number) / at(i, i)
  }
  return solution
}
