import { hour } from '#contract/units.ts'
import { type Blend, type BlendPart, blendAt, blendOf } from '#models/audit/blend.ts'
import type { ChannelName, Conditions } from '#models/audit/channels.ts'
import { type Bounds, boundsOf } from '#models/audit/features.ts'
import { type Fold, foldsOf } from '#models/audit/folds.ts'
import { type Nets, netsAt, trainNets } from '#models/audit/residualNets.ts'
import { type Scaling, scalingOf } from '#models/audit/ridge.ts'
import { seededRandom } from '#models/plant/random.ts'

/** A model of consumption for one set of available inputs. */
export type PowerModel = {
  readonly allowed: ReadonlySet<ChannelName>
  readonly parts: readonly BlendPart[]
  readonly bounds: Bounds
  readonly nets: NetPart | undefined
  /** Error of the held-back stretches, kW: what the model is worth where it was not taught. */
  readonly heldBackRmseKw: number
  readonly trainRows: number
}

type NetPart = {
  readonly nets: Nets
  readonly scaling: Scaling
  readonly inputs: readonly ChannelName[]
  readonly residualKw: number
  /** How much of what the nets say is believed, by cross-validation. */
  readonly share: number
}

/** Networks must be better by this share of the error, or less of them is believed. */
const worthIt = 0.003
const shares = [0, 0.25, 0.5, 0.75, 1]
const members = 8
const rehearsalMembers = 2
const netSteps = 120
/** Beyond so many rows the nets learn from every second, third … row: they look for shapes, not for detail. */
const netRowsMost = 2_500

type Task = {
  readonly conditions: Conditions
  readonly at: Float64Array
  readonly targetKw: Float64Array
  readonly allowed: ReadonlySet<ChannelName>
  /** Rows to learn from: all allowed inputs and the target are there. */
  readonly rows: readonly number[]
  readonly seed: number
}

/** A blend of lines and what networks add to it, chosen by held-back stretches of the training rows alone. */
export function trainPowerModel(task: Task & { readonly withNets: boolean }): PowerModel {
  const bounds = boundsOf(task.conditions, task.rows)
  const folds = foldsOf(task.conditions, task.at, task.rows)
  const blend = blendOf({ ...task, bounds, folds })
  const model = {
    allowed: task.allowed,
    parts: blend.parts,
    bounds,
    heldBackRmseKw: blend.heldBackRmseKw,
    trainRows: task.rows.length,
  }
  if (!task.withNets) return { ...model, nets: undefined }
  return { ...model, ...withNets(task, blend, { bounds, folds }) }
}

/** Networks on what the blend leaves over; `share` 0 where held-back stretches say that they only learn noise. */
function withNets(
  task: Task,
  blend: Blend,
  given: { readonly bounds: Bounds; readonly folds: readonly Fold[] },
) {
  const inputs = [...task.allowed].filter(name => task.conditions.channels.has(name)).sort()
  const scaled = netInputs(task.conditions, inputs, { bounds: given.bounds, rows: task.rows })
  const left = (row: number) => task.targetKw[row]! - blend.kw[row]!
  const squares = shares.map(() => 0)
  // Every other fold, of both kinds: half the waiting, and the answer is one of five shares only.
  const folds = given.folds.filter((_, at) => at % 2 === 0)
  folds.forEach((fold, at) => {
    const held = new Set(fold)
    const rows = task.rows.filter(row => !held.has(row))
    const part = taught(task, { left, scaled, rows, members: rehearsalMembers, seed: task.seed + at })
    const says = blend.without(fold)
    fold.forEach((row, place) => {
      const added = meanOf(netsAt(part.nets, scaled.of(row))) * part.residualKw
      shares.forEach((share, index) => {
        squares[index]! += (task.targetKw[row]! - says[place]! - share * added) ** 2
      })
    })
  })
  // The smallest share within the margin of the best: noise is not worth believing.
  const least = Math.min(...squares)
  const at = squares.findIndex(sum => Math.sqrt(sum) <= Math.sqrt(least) * (1 + worthIt))
  const part = taught(task, { left, scaled, rows: task.rows, members, seed: task.seed })
  // The folds of the rehearsal are half of them: their gain is applied to the error of all.
  const heldBackRmseKw = blend.heldBackRmseKw * Math.sqrt(squares[at]! / squares[0]!)
  return { heldBackRmseKw, nets: { ...part, scaling: scaled.scaling, inputs, share: shares[at]! } }
}

function taught(
  task: Task,
  given: {
    /** What the line leaves of the meter at a row, kW. */
    readonly left: (row: number) => number
    readonly scaled: NetInputs
    readonly rows: readonly number[]
    readonly members: number
    readonly seed: number
  },
): { nets: Nets; residualKw: number } {
  const stride = Math.ceil(given.rows.length / netRowsMost)
  const rows = given.rows.filter((_, at) => at % stride === 0)
  const left = rows.map(given.left)
  const residualKw = Math.sqrt(meanOf(left.map(value => value ** 2))) || 1
  const width = given.scaled.width
  const inputs = new Float32Array(rows.length * width)
  rows.forEach((row, at) => {
    inputs.set(given.scaled.of(row), at * width)
  })
  const nets = trainNets({
    inputs,
    width,
    // Beyond three deviations a row pulls no harder: a start-up is not a law.
    targets: Float32Array.from(left, value => Math.max(-3, Math.min(3, value / residualKw))),
    weights: drawnAgain(
      rows.map(row => task.at[row]!),
      given.members,
      given.seed,
    ),
    members: given.members,
    steps: netSteps,
    seed: given.seed,
  })
  return { nets, residualKw }
}

/** Weights 0, 1, 2 … of half days drawn again, [row, member]; the first member sees every row once. */
function drawnAgain(at: readonly number[], count: number, seed: number): Float32Array {
  const random = seededRandom(seed)
  const blocks = [...new Set(at.map(instant => Math.floor(instant / (12 * hour))))]
  const weights = Array.from({ length: count }, (_, member) => {
    const drawn = new Map(blocks.map(block => [block, member === 0 ? 1 : 0]))
    if (member > 0)
      for (let draw = 0; draw < blocks.length; draw++) {
        const block = blocks[Math.floor(random() * blocks.length)]!
        drawn.set(block, drawn.get(block)! + 1)
      }
    return drawn
  })
  return Float32Array.from({ length: at.length * count }, (_, index) => {
    const instant = at[Math.floor(index / count)]!
    return weights[index % count]!.get(Math.floor(instant / (12 * hour)))!
  })
}

type NetInputs = {
  readonly width: number
  readonly scaling: Scaling
  readonly of: (row: number) => Float32Array
}

function netInputs(
  conditions: Conditions,
  inputs: readonly ChannelName[],
  given: { readonly bounds: Bounds; readonly rows?: readonly number[]; readonly scaling?: Scaling },
): NetInputs {
  const columns = inputs.map(name => conditions.channels.get(name)!.values)
  const scaling = given.scaling ?? scalingOf(columns, given.rows ?? [])
  const of = (row: number) =>
    Float32Array.from(inputs, (name, at) => {
      const { lowest, highest } = given.bounds.get(name)!
      const value = Math.min(highest, Math.max(lowest, columns[at]![row]!))
      return (value - scaling.means[at]!) / scaling.spreads[at]!
    })
  return { width: inputs.length, scaling, of }
}

/** Expected power and the ensemble's spread, kW, at every row of any conditions; NaN where an input is missing. */
export function predict(
  model: PowerModel,
  conditions: Conditions,
): { kw: Float64Array; spreadKw: Float64Array } {
  const kw = blendAt(model.parts, conditions, model)
  const spreadKw = new Float64Array(conditions.rows)
  const part = model.nets
  if (!part) return { kw, spreadKw }
  const scaled = netInputs(conditions, part.inputs, { bounds: model.bounds, scaling: part.scaling })
  for (let row = 0; row < conditions.rows; row++) {
    const says = netsAt(part.nets, scaled.of(row)).map(value => value * part.residualKw)
    const mean = meanOf(says)
    kw[row]! += part.share * mean
    spreadKw[row] = Math.sqrt(meanOf(says.map(value => (value - mean) ** 2)))
  }
  return { kw, spreadKw }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
