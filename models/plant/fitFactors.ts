import { seededNormal, seededRandom } from '#models/plant/random.ts'
import { descend, openTensors } from '#models/plant/tensor.ts'

/** Level, slope and second slope of a factor's line: the natural logarithm of measured ÷ nameplate. */
export type Features = readonly [level: number, slope: number, second: number]
export const featureCount = 3

/** What is believed of a factor before any telemetry. */
export type FactorBelief = {
  /** Where the truth is believed to stand, and one standard deviation of that belief. */
  readonly priorMean: Features
  readonly priorSd: Features
  /** Standard deviation of one row's residual that is not worth explaining. */
  readonly noise: number
}

export type Observation = {
  readonly target: number
  readonly features: Features
  /** How many rows it stands for; 1 unless a few were picked for many. */
  readonly weight?: number
}

/** One factor and what each row says of it; undefined: nothing. All regressions have the same rows. */
export type FactorRegression = {
  readonly belief: FactorBelief
  readonly observations: readonly (Observation | undefined)[]
}

export type FactorFit = {
  /** [member][feature] */
  readonly members: ReadonlyArray<readonly number[]>
  /** Root mean square of the best fit's residuals; undefined without an observation. */
  readonly residual: number | undefined
  readonly seen: number
}

/** Rows an hour apart are independent, five-minute neighbours are not: six rows count as one. */
const rowsPerIndependentUsual = 6
/** Bootstrap resamples whole hours, for the same reason. */
const rowsPerBlockUsual = 12

/**
 * Factors fitted to rows by gradient, all at once. Member 0 is the best fit; each further member is fitted to hours drawn
 * again with chance weights, from a prior that is itself drawn: where telemetry says nothing the members stay as far apart
 * as the prior was wide. Every coefficient stays within three standard deviations of its belief, so that no fit can turn
 * the sign of a law.
 */
export async function fitFactors(
  regressions: readonly FactorRegression[],
  options: {
    readonly rows: number
    readonly members: number
    readonly seed: number
    /** Neighbouring rows that count as one; 6 for five-minute rows. */
    readonly rowsPerIndependent?: number
    /** Rows drawn together; 12 for five-minute rows. */
    readonly rowsPerBlock?: number
  },
): Promise<FactorFit[]> {
  await openTensors()
  const { rows: R, members: M, rowsPerIndependent = rowsPerIndependentUsual } = options
  const random = seededRandom(options.seed)
  const blockWeights = hourWeights(R, M, options.rowsPerBlock ?? rowsPerBlockUsual, random)
  const whitened = regressions.map(regression => whiten(regression, rowsPerIndependent))
  const [C, F] = [regressions.length, featureCount]
  const batch = {
    components: C,
    rows: R,
    features: F,
    members: M,
    features3: new Float32Array(C * R * F),
    targets3: new Float32Array(C * R),
    weights3: new Float32Array(C * R * M),
    priorTargets3: new Float32Array(C * F * M),
    priorRoots3: new Float32Array(C * F * F),
    start3: new Float32Array(C * F * M),
  }
  regressions.forEach(({ belief, observations }, c) => {
    const back = whitened[c] as Float64Array
    observations.forEach((observation, r) => {
      if (!observation) return
      const scale = 1 / belief.noise
      for (let f = 0; f < F; f++) {
        let value = 0
        for (let g = 0; g < F; g++) value += observation.features[g as 0] * at(back, g, f)
        batch.features3[(c * R + r) * F + f] = value * scale
      }
      batch.targets3[c * R + r] = (observation.target - dot(belief.priorMean, observation.features)) * scale
      for (let m = 0; m < M; m++)
        batch.weights3[(c * R + r) * M + m] =
          ((observation.weight ?? 1) * (blockWeights[m * R + r] as number)) / rowsPerIndependent
    })
    for (let f = 0; f < F; f++) {
      const sd = belief.priorSd[f as 0]
      for (let g = 0; g < F; g++) batch.priorRoots3[(c * F + f) * F + g] = at(back, f, g) / sd
      // Member 0 keeps the plate itself as its prior; the others draw theirs.
      for (let m = 0; m < M; m++)
        batch.priorTargets3[(c * F + f) * M + m] = m === 0 ? 0 : seededNormal(random)
    }
  })
  const solved = descend(batch)
  return regressions.map((regression, c) =>
    fitOf(
      regression,
      (f, m) => {
        let value = 0
        for (let g = 0; g < F; g++)
          value += at(whitened[c] as Float64Array, f, g) * (solved[(c * F + g) * M + m] as number)
        return value
      },
      M,
    ),
  )
}

/** Solutions back in plain coordinates, held within three standard deviations of the belief. */
function fitOf(
  { belief, observations }: FactorRegression,
  solution: (feature: number, member: number) => number,
  memberCount: number,
): FactorFit {
  const members = Array.from({ length: memberCount }, (_, m) =>
    belief.priorMean.map((mean, f) => {
      const bound = 3 * (belief.priorSd[f] as number)
      return mean + Math.min(bound, Math.max(-bound, solution(f, m)))
    }),
  )
  const seen = observations.filter(observation => observation !== undefined)
  const best = members[0] as readonly number[]
  const weightOf = (one: Observation) => one.weight ?? 1
  const squares = seen.reduce(
    (sum, one) => sum + weightOf(one) * (one.target - dot(best, one.features)) ** 2,
    0,
  )
  return {
    members,
    residual:
      seen.length === 0 ? undefined : Math.sqrt(squares / seen.reduce((sum, one) => sum + weightOf(one), 0)),
    seen: seen.length,
  }
}

/** Weight of each row for each member: member 0 takes all alike, the others draw a weight of mean 1 for each hour. */
function hourWeights(
  rows: number,
  members: number,
  rowsPerBlock: number,
  random: () => number,
): Float64Array {
  const weights = new Float64Array(members * rows).fill(1)
  for (let m = 1; m < members; m++)
    for (let start = 0; start < rows; start += rowsPerBlock) {
      // Mean of two exponentials: mean 1, variance 1/2, never far enough to upset the descent.
      const weight = -(Math.log(1 - random()) + Math.log(1 - random())) / 2
      weights.fill(Math.min(weight, 4), m * rows + start, m * rows + Math.min(rows, start + rowsPerBlock))
    }
  return weights
}

const at = (matrix: Float64Array, row: number, column: number): number =>
  matrix[row * featureCount + column] as number
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)

/** Coordinates in which the curvature of data plus prior is the unit matrix: θ = back · θ'. */
function whiten(regression: FactorRegression, rowsPerIndependent: number): Float64Array {
  const F = featureCount
  const spec = regression.belief
  const gram = new Float64Array(F * F)
  for (const observation of regression.observations) {
    if (!observation) continue
    for (let f = 0; f < F; f++)
      for (let g = 0; g < F; g++)
        gram[f * F + g]! +=
          ((observation.weight ?? 1) * observation.features[f as 0] * observation.features[g as 0]) /
          (spec.noise * spec.noise * rowsPerIndependent)
  }
  for (let f = 0; f < F; f++) gram[f * F + f]! += 1 / spec.priorSd[f as 0] ** 2
  return invertTransposed(cholesky(gram))
}

/** Lower triangle L with L·Lᵀ = matrix. */
function cholesky(matrix: Float64Array): Float64Array {
  const F = featureCount
  const lower = new Float64Array(F * F)
  for (let i = 0; i < F; i++)
    for (let j = 0; j <= i; j++) {
      let sum = at(matrix, i, j)
      for (let k = 0; k < j; k++) sum -= at(lower, i, k) * at(lower, j, k)
      lower[i * F + j] = i === j ? Math.sqrt(sum) : sum / at(lower, j, j)
    }
  return lower
}

/** Inverse of Lᵀ. */
function invertTransposed(lower: Float64Array): Float64Array {
  const F = featureCount
  const inverse = new Float64Array(F * F)
  for (let column = 0; column < F; column++)
    for (let i = column; i >= 0; i--) {
      let sum = i === column ? 1 : 0
      for (let k = i + 1; k <= column; k++) sum -= at(lower, k, i) * at(inverse, k, column)
      inverse[i * F + column] = sum / at(lower, i, i)
    }
  return inverse
}
