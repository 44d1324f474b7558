import type { ChannelName, Conditions } from '#models/audit/channels.ts'
import {
  type Bounds,
  type FeatureChoice,
  type Features,
  featureSets,
  featuresOf,
} from '#models/audit/features.ts'
import type { Fold } from '#models/audit/folds.ts'
import {
  type Line,
  type Moments,
  momentsLess,
  momentsOf,
  onLine,
  type Scaling,
  scalingOf,
  solveLine,
} from '#models/audit/ridge.ts'

/** One straight line of a blend, over the features of its choice. */
export type BlendPart = {
  readonly choice: FeatureChoice
  readonly punishment: number
  readonly line: Line
  /** Its say; those of a blend add up to 1. */
  readonly weight: number
  /** Root mean square error in the held-back stretches, kW. */
  readonly heldBackRmseKw: number
}

export type BlendTask = {
  readonly conditions: Conditions
  readonly targetKw: Float64Array
  readonly allowed: ReadonlySet<ChannelName>
  readonly rows: readonly number[]
  readonly bounds: Bounds
  readonly folds: readonly Fold[]
}

export type Blend = {
  readonly parts: readonly BlendPart[]
  readonly heldBackRmseKw: number
  /** What the blend says at every row. */
  readonly kw: Float64Array
  /** What it would say at the rows of a fold had it been taught without them. */
  readonly without: (fold: Fold) => Float64Array
}

const punishments = [1e-4, 1e-3, 1e-2, 1e-1, 1]
/** A line whose held-back error is a tenth above the best one's has a third of its say. */
const sharpness = 12
/** Lines with less say than this are left out. */
const sayLeast = 0.05

type Candidate = {
  readonly choice: FeatureChoice
  readonly features: Features
  readonly scaling: Scaling
  readonly all: Moments
  readonly punishment: number
  readonly heldBackRmseKw: number
}

/**
 * Lines over poorer and richer features, each punished as held-back stretches ask for, blended by how well they did there. A blend
 * falls less hard than any single choice when the season changes.
 */
export function blendOf(task: BlendTask): Blend {
  const candidates = [false, true].flatMap(clock => featureSets.map(set => candidateOf(task, { set, clock })))
  const best = Math.min(...candidates.map(({ heldBackRmseKw }) => heldBackRmseKw))
  const says = candidates.map(({ heldBackRmseKw }) => (best / heldBackRmseKw) ** sharpness)
  const total = says.reduce((sum, say) => sum + say, 0)
  const heard = candidates.flatMap((candidate, at) =>
    says[at]! / total >= sayLeast ? [{ candidate, say: says[at]! }] : [],
  )
  const heardTotal = heard.reduce((sum, { say }) => sum + say, 0)
  const weights = heard.map(({ say }) => say / heardTotal)
  const speak = (lines: readonly Line[], rows: ArrayLike<number>) =>
    Float64Array.from(rows, row =>
      lines.reduce(
        (sum, line, at) => sum + weights[at]! * onLine(line, heard[at]!.candidate.features.columns, row),
        0,
      ),
    )
  const lines = heard.map(({ candidate }) => lineOf(candidate, candidate.all))
  const without = (fold: Fold) =>
    speak(
      heard.map(({ candidate }) =>
        lineOf(candidate, momentsLess(candidate.all, foldMoments(task, candidate, fold))),
      ),
      fold,
    )
  return {
    parts: heard.map(({ candidate }, at) => ({
      choice: candidate.choice,
      punishment: candidate.punishment,
      line: lines[at]!,
      weight: weights[at]!,
      heldBackRmseKw: candidate.heldBackRmseKw,
    })),
    heldBackRmseKw: heldBackError(task, without),
    kw: speak(
      lines,
      Array.from({ length: task.conditions.rows }, (_, row) => row),
    ),
    without,
  }
}

function candidateOf(task: BlendTask, choice: FeatureChoice): Candidate {
  const features = featuresOf(task.conditions, choice, task)
  const { columns } = features
  const scaling = scalingOf(columns, task.rows)
  const all = momentsOf(columns, task.targetKw, { rows: task.rows, scaling })
  const squares = punishments.map(() => 0)
  let count = 0
  for (const fold of task.folds) {
    const rest = momentsLess(all, momentsOf(columns, task.targetKw, { rows: fold, scaling }))
    count += fold.length
    punishments.forEach((punishment, at) => {
      const line = solveLine(rest, scaling, { punishment, free: features.plain })
      for (const row of fold) squares[at]! += (onLine(line, columns, row) - task.targetKw[row]!) ** 2
    })
  }
  const at = squares.indexOf(Math.min(...squares))
  return {
    choice,
    features,
    scaling,
    all,
    punishment: punishments[at]!,
    heldBackRmseKw: Math.sqrt(squares[at]! / count),
  }
}

const lineOf = ({ scaling, punishment, features }: Candidate, moments: Moments): Line =>
  solveLine(moments, scaling, { punishment, free: features.plain })

const foldMoments = (task: BlendTask, { features, scaling }: Candidate, fold: Fold): Moments =>
  momentsOf(features.columns, task.targetKw, { rows: fold, scaling })

function heldBackError(task: BlendTask, without: (fold: Fold) => Float64Array): number {
  let [squares, count] = [0, 0]
  for (const fold of task.folds)
    without(fold).forEach((kw, at) => {
      squares += (kw - task.targetKw[fold[at]!]!) ** 2
      count++
    })
  return Math.sqrt(squares / count)
}

/** What a blend says about rows of any conditions; NaN where an input is missing. */
export function blendAt(
  parts: readonly BlendPart[],
  conditions: Conditions,
  given: { readonly allowed: ReadonlySet<ChannelName>; readonly bounds: Bounds },
): Float64Array {
  const kw = new Float64Array(conditions.rows)
  for (const { choice, line, weight } of parts) {
    const { columns } = featuresOf(conditions, choice, given)
    for (let row = 0; row < kw.length; row++) kw[row]! += weight * onLine(line, columns, row)
  }
  return kw
}
