import {
  type ComponentName,
  componentNames,
  componentSpecs,
  featureCount,
  isSteady,
  needsSteady,
  type Observation,
  observeCdu,
  observePlant,
} from '#models/plant/components.ts'
import { nameplateModel, type PlantModel } from '#models/plant/model.ts'
import type { Priors } from '#models/plant/priors.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { descend, openTensors } from '#models/plant/tensor.ts'

/** 24 h of five-minute rows: older telemetry belongs to another day's weather and fouling. */
export const fitRowsMax = 288
/** Rows an hour apart are independent, five-minute neighbours are not: six rows count as one. */
const rowsPerIndependent = 6
/** Bootstrap resamples whole hours, for the same reason. */
const rowsPerBlock = 12

type Regression = {
  readonly name: ComponentName
  readonly cdu: number
  readonly observations: readonly (Observation | undefined)[]
}

/**
 * A plant model fitted to these rows, starting from the nameplate. Member 0 is the best fit; each further member is
 * fitted to hours drawn again with chance weights, from a prior that is itself drawn: where telemetry says nothing the
 * members stay as far apart as the prior was wide.
 */
export async function fitPlant(
  priors: Priors,
  rows: readonly PlantRow[],
  options: { readonly seed: number },
): Promise<PlantModel> {
  await openTensors()
  const recent = rows.slice(-fitRowsMax)
  const model = nameplateModel(priors, options.seed)
  if (recent.length === 0) return model
  const regressions = allRegressions(priors, recent)
  const members = model.memberCount
  const random = seededRandom(options.seed)
  const blockWeights = hourWeights(recent.length, members, random)
  const whitened = regressions.map(regression => whiten(regression))
  const [C, R, F, M] = [regressions.length, recent.length, featureCount, members]
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
  regressions.forEach((regression, c) => {
    const spec = componentSpecs[regression.name]
    const back = (whitened[c] as Whitening).back
    regression.observations.forEach((observation, r) => {
      if (!observation) return
      const scale = 1 / spec.noise
      for (let f = 0; f < F; f++) {
        let value = 0
        for (let g = 0; g < F; g++) value += observation.features[g as 0] * at(back, g, f)
        batch.features3[(c * R + r) * F + f] = value * scale
      }
      batch.targets3[c * R + r] = (observation.target - dot(spec.priorMean, observation.features)) * scale
      for (let m = 0; m < M; m++)
        batch.weights3[(c * R + r) * M + m] = (blockWeights[m * R + r] as number) / rowsPerIndependent
    })
    for (let f = 0; f < F; f++) {
      const sd = spec.priorSd[f as 0]
      for (let g = 0; g < F; g++) batch.priorRoots3[(c * F + f) * F + g] = at(back, f, g) / sd
      // Member 0 keeps the plate itself as its prior; the others draw theirs.
      for (let m = 0; m < M; m++)
        batch.priorTargets3[(c * F + f) * M + m] = m === 0 ? 0 : seededNormal(random)
    }
  })
  const solved = descend(batch)
  return withSolution(model, regressions, whitened, solved, recent)
}

function allRegressions(priors: Priors, rows: readonly PlantRow[]): Regression[] {
  const cdus = priors.site.layout.cdus
  const steady = rows.map((row, index) => isSteady(row, rows[index - 1]) && isSteady(row, rows[index - 2]))
  return componentNames.flatMap(name =>
    componentSpecs[name].perCdu
      ? Array.from({ length: cdus }, (_, cdu) => ({
          name,
          cdu,
          observations: rows.map((row, r) =>
            row.cdus[cdu] && (steady[r] || !needsSteady.has(name))
              ? observeCdu(name, row, row.cdus[cdu], priors)
              : undefined,
          ),
        }))
      : [
          {
            name,
            cdu: -1,
            observations: rows.map((row, r) =>
              steady[r] || !needsSteady.has(name) ? observePlant(name, row, priors) : undefined,
            ),
          },
        ],
  )
}

/** Weight of each row for each member: member 0 takes all alike, the others draw a weight of mean 1 for each hour. */
function hourWeights(rows: number, members: number, random: () => number): Float64Array {
  const weights = new Float64Array(members * rows).fill(1)
  for (let m = 1; m < members; m++)
    for (let start = 0; start < rows; start += rowsPerBlock) {
      // Mean of two exponentials: mean 1, variance 1/2, never far enough to upset the descent.
      const weight = -(Math.log(1 - random()) + Math.log(1 - random())) / 2
      weights.fill(Math.min(weight, 4), m * rows + start, m * rows + Math.min(rows, start + rowsPerBlock))
    }
  return weights
}

type Whitening = { readonly back: Float64Array }
const at = (matrix: Float64Array, row: number, column: number): number =>
  matrix[row * featureCount + column] as number
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)

/** Coordinates in which the curvature of data plus prior is the unit matrix: θ = back · θ'. */
function whiten(regression: Regression): Whitening {
  const F = featureCount
  const spec = componentSpecs[regression.name]
  const gram = new Float64Array(F * F)
  for (const observation of regression.observations) {
    if (!observation) continue
    for (let f = 0; f < F; f++)
      for (let g = 0; g < F; g++)
        gram[f * F + g]! +=
          (observation.features[f as 0] * observation.features[g as 0]) /
          (spec.noise * spec.noise * rowsPerIndependent)
  }
  for (let f = 0; f < F; f++) gram[f * F + f]! += 1 / spec.priorSd[f as 0] ** 2
  return { back: invertTransposed(cholesky(gram)) }
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

function withSolution(
  model: PlantModel,
  regressions: readonly Regression[],
  whitened: readonly Whitening[],
  solved: Float32Array,
  rows: readonly PlantRow[],
): PlantModel {
  const F = featureCount
  const M = model.memberCount
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, units]) => [
      name,
      units.map(unit => unit.map(member => [...member])),
    ]),
  ) as Record<ComponentName, number[][][]>
  const residuals = Object.fromEntries(
    Object.entries(model.residuals).map(([name, all]) => [name, [...all]]),
  ) as Record<ComponentName, number[]>
  regressions.forEach((regression, c) => {
    const spec = componentSpecs[regression.name]
    const back = (whitened[c] as Whitening).back
    const unit = Math.max(0, regression.cdu)
    for (let m = 0; m < M; m++)
      for (let f = 0; f < F; f++) {
        let value = 0
        for (let g = 0; g < F; g++) value += at(back, f, g) * (solved[(c * F + g) * M + m] as number)
        const bound = 3 * spec.priorSd[f as 0]
        parameters[regression.name]![unit]![m]![f] =
          spec.priorMean[f as 0] + Math.min(bound, Math.max(-bound, value))
      }
    const best = parameters[regression.name]![unit]![0]!
    const seen = regression.observations.filter(observation => observation !== undefined)
    if (seen.length > 0) {
      const squares = seen.reduce((sum, one) => sum + (one.target - dot(best, one.features)) ** 2, 0)
      residuals[regression.name]![unit] = Math.sqrt(squares / seen.length)
    }
  })
  return {
    ...model,
    parameters,
    residuals,
    span: { fromAt: (rows[0] as PlantRow).at, toAt: (rows.at(-1) as PlantRow).at, rows: rows.length },
    known: knownRange(rows),
  }
}

/** Lowest and highest of what the plant was seen doing; plans beyond it are a step into the unknown. */
function knownRange(rows: readonly PlantRow[]): PlantModel['known'] {
  const range = (pick: (row: PlantRow) => number): readonly [number, number] | null => {
    const values = rows.map(pick).filter(Number.isFinite)
    return values.length === 0 ? null : [Math.min(...values), Math.max(...values)]
  }
  return {
    wetBulbC: range(row => row.wetBulbC),
    itKw: range(row => row.itKw),
    towerLeavingC: range(row => row.tower.leavingC),
    facilitySupplyC: range(row => row.facility.supplyC),
    facilityDpKpa: range(row => row.facility.dpKpa),
    cduSupplyC: range(row => row.cdus[0]?.supplyC ?? Number.NaN),
    cduDpKpa: range(row => row.cdus[0]?.dpKpa ?? Number.NaN),
  }
}
