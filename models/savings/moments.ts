import assert from 'node:assert/strict'

/** Sums of products of a least-squares problem: they add and subtract, so a block of rows is left out without another pass. */
export type Moments = {
  readonly size: number
  readonly xx: Float64Array
  readonly xy: Float64Array
}

export const noMoments = (size: number): Moments => ({
  size,
  xx: new Float64Array(size * size),
  xy: new Float64Array(size),
})

/** Adds one row; in place, because a year has 8,760. */
export function addRow(moments: Moments, row: ArrayLike<number>, value: number): void {
  const { size, xx, xy } = moments
  for (let line = 0; line < size; line++) {
    const factor = row[line] as number
    if (factor === 0) continue
    xy[line] = (xy[line] as number) + factor * value
    for (let column = 0; column <= line; column++) {
      const place = line * size + column
      xx[place] = (xx[place] as number) + factor * (row[column] as number)
    }
  }
}

/** With so many rows of 1 for each of the last columns in which it had no effect: what was hardly seen stays near nothing. */
export function withStillRows(moments: Moments, { last, rows }: { last: number; rows: number }): Moments {
  const { size } = moments
  const xx = moments.xx.slice()
  for (let line = Math.max(0, size - last); line < size; line++)
    xx[line * size + line] = (xx[line * size + line] as number) + rows
  return { ...moments, xx }
}

/** `whole + sign × part`. */
export function combined(whole: Moments, part: Moments, sign: 1 | -1): Moments {
  assert.equal(whole.size, part.size, 'moments of one problem')
  return {
    size: whole.size,
    xx: whole.xx.map((value, place) => value + sign * (part.xx[place] as number)),
    xy: whole.xy.map((value, place) => value + sign * (part.xy[place] as number)),
  }
}

/**
 * A ridge of a millionth of each diagonal keeps columns that say the same from blowing up: of a load that never changes, of
 * a wet bulb that never passes a knot.
 */
const ridge = 1e-6

/** The lower triangle of Cholesky. Columns that are all zero stand by themselves. */
export type Factor = { readonly size: number; readonly lower: Float64Array }

export function factored({ size, xx }: Moments): Factor {
  const lower = new Float64Array(size * size)
  const at = (line: number, column: number) => lower[line * size + column] as number
  for (let line = 0; line < size; line++) {
    const diagonal = xx[line * size + line] as number
    const steady = diagonal > 0 ? diagonal * ridge : 1
    for (let column = 0; column <= line; column++) {
      let sum = (xx[line * size + column] as number) + (line === column ? steady : 0)
      for (let inner = 0; inner < column; inner++) sum -= at(line, inner) * at(column, inner)
      lower[line * size + column] =
        line === column ? Math.sqrt(Math.max(sum, steady)) : sum / at(column, column)
    }
  }
  return { size, lower }
}

/** Coefficients of least squares. */
export function solved(moments: Moments, factor: Factor = factored(moments)): Float64Array {
  const { size, lower } = factor
  const between = forward(factor, moments.xy)
  const coefficients = new Float64Array(size)
  for (let line = size - 1; line >= 0; line--) {
    let sum = between[line] as number
    for (let inner = line + 1; inner < size; inner++)
      sum -= (lower[inner * size + line] as number) * (coefficients[inner] as number)
    coefficients[line] = sum / (lower[line * size + line] as number)
  }
  return coefficients
}

/** x' (X'X)⁻¹ x: how far a row leans on what the data hardly say. One row of a hundred alike has 0.01. */
export function leverage(factor: Factor, row: ArrayLike<number>): number {
  const between = forward(factor, row)
  return dot(between, between)
}

function forward({ size, lower }: Factor, right: ArrayLike<number>): Float64Array {
  const between = new Float64Array(size)
  for (let line = 0; line < size; line++) {
    let sum = right[line] as number
    for (let inner = 0; inner < line; inner++)
      sum -= (lower[line * size + inner] as number) * (between[inner] as number)
    between[line] = sum / (lower[line * size + line] as number)
  }
  return between
}

export function dot(row: ArrayLike<number>, coefficients: ArrayLike<number>): number {
  let sum = 0
  for (let place = 0; place < coefficients.length; place++)
    sum += (row[place] as number) * (coefficients[place] as number)
  return sum
}
