/** A straight line over scaled columns, the intercept unpunished. */
export type Line = {
  readonly intercept: number
  /** Per unit of the raw column. */
  readonly slopes: readonly number[]
}

/** Sums from which lines of any punishment are solved: added up over folds, and taken away again. */
export type Moments = {
  readonly size: number
  /** [(size + 1)²], the constant first, columns scaled. */
  readonly gram: Float64Array
  readonly pull: Float64Array
  readonly weight: number
}

export type Scaling = { readonly means: Float64Array; readonly spreads: Float64Array }

/** Mean and spread of each column over the rows; a constant column gets spread 1 and no say. */
export function scalingOf(columns: readonly Float64Array[], rows: readonly number[]): Scaling {
  const means = Float64Array.from(columns, column => {
    let sum = 0
    for (const row of rows) sum += column[row]!
    return sum / rows.length
  })
  const spreads = Float64Array.from(columns, (column, at) => {
    let sum = 0
    for (const row of rows) sum += (column[row]! - means[at]!) ** 2
    return Math.sqrt(sum / rows.length) || 1
  })
  return { means, spreads }
}

export function momentsOf(
  columns: readonly Float64Array[],
  target: Float64Array,
  { rows, scaling }: { readonly rows: readonly number[]; readonly scaling: Scaling },
): Moments {
  const size = columns.length
  const width = size + 1
  const gram = new Float64Array(width * width)
  const pull = new Float64Array(width)
  const scaled = new Float64Array(width)
  scaled[0] = 1
  for (const row of rows) {
    for (let at = 0; at < size; at++)
      scaled[at + 1] = (columns[at]![row]! - scaling.means[at]!) / scaling.spreads[at]!
    for (let a = 0; a < width; a++) {
      pull[a]! += scaled[a]! * target[row]!
      for (let b = 0; b <= a; b++) gram[a * width + b]! += scaled[a]! * scaled[b]!
    }
  }
  return { size, gram, pull, weight: rows.length }
}

export const momentsLess = (all: Moments, some: Moments): Moments => ({
  size: all.size,
  gram: all.gram.map((value, at) => value - some.gram[at]!),
  pull: all.pull.map((value, at) => value - some.pull[at]!),
  weight: all.weight - some.weight,
})

/** What columns that must have their say are punished with: enough to tell copies apart. */
const freePunishment = 1e-5

/**
 * Minimises Σ(residual²) + punishment × rows × Σ(scaled slope²) by Cholesky's factorisation. The first `free` columns are
 * hardly punished: with all others at 0 what remains is ordinary least squares on them.
 */
export function solveLine(
  moments: Moments,
  scaling: Scaling,
  { punishment, free = 0 }: { readonly punishment: number; readonly free?: number },
): Line {
  const width = moments.size + 1
  const lower = moments.gram.slice()
  for (let at = 1; at < width; at++) {
    const own = at <= free ? Math.min(punishment, freePunishment) : punishment
    // A whisper of punishment even at 0 keeps columns that are copies of each other solvable.
    lower[at * width + at]! += Math.max(own, 1e-9) * moments.weight
  }
  factorise(lower, width)
  const scaled = substitute(lower, moments.pull, width)
  const slopes = Array.from({ length: moments.size }, (_, at) => scaled[at + 1]! / scaling.spreads[at]!)
  const intercept = slopes.reduce((sum, slope, at) => sum - slope * scaling.means[at]!, scaled[0]!)
  return { intercept, slopes }
}

function factorise(lower: Float64Array, width: number): void {
  for (let a = 0; a < width; a++)
    for (let b = 0; b <= a; b++) {
      let sum = lower[a * width + b]!
      for (let k = 0; k < b; k++) sum -= lower[a * width + k]! * lower[b * width + k]!
      lower[a * width + b] = a === b ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[b * width + b]!
    }
}

function substitute(lower: Float64Array, pull: Float64Array, width: number): Float64Array {
  const solved = pull.slice()
  for (let a = 0; a < width; a++) {
    for (let k = 0; k < a; k++) solved[a]! -= lower[a * width + k]! * solved[k]!
    solved[a]! /= lower[a * width + a]!
  }
  for (let a = width - 1; a >= 0; a--) {
    for (let k = a + 1; k < width; k++) solved[a]! -= lower[k * width + a]! * solved[k]!
    solved[a]! /= lower[a * width + a]!
  }
  return solved
}

export function onLine(line: Line, columns: readonly Float64Array[], row: number): number {
  let sum = line.intercept
  for (let at = 0; at < line.slopes.length; at++) sum += line.slopes[at]! * columns[at]![row]!
  return sum
}
