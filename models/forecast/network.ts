import * as tf from '@tensorflow/tfjs-core'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import { openTensors } from '#models/plant/tensor.ts'

/** One hidden layer beside a straight way from features to targets; weights are plain numbers, so that asking needs no tensors. */
export type Network = {
  /** [feature][hidden], then the hidden layer's constants. */
  readonly inward: readonly (readonly number[])[]
  readonly inwardConstants: readonly number[]
  /** [hidden][target], [feature][target]. */
  readonly outward: readonly (readonly number[])[]
  readonly straight: readonly (readonly number[])[]
  readonly constants: readonly number[]
}

const hiddenUnits = 12
const stepsMost = 240
/** Every so many steps the last rows, which are not learned from, say whether to go on. */
const stepsBetweenLooks = 20
const looksWithoutGain = 3
const learningRate = 0.01
const weightPull = 1e-3
const watchedShare = 0.2
/** Errors below this share of the spread count as squares. */
const squareBelow = 0.05

/**
 * Learns what each target will be above the last value, by least absolute error; a target that is NaN is left out. Rows stand
 * in order of time: the last fifth is watched to stop early. The same seed gives the same network.
 */
export async function trainNetwork(
  rows: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
  seed: number,
): Promise<Network> {
  await openTensors()
  const trained: { network?: Network } = {}
  tf.tidy(() => {
    trained.network = descend(rows, wanted, seed)
  })
  return trained.network as Network
}

function descend(
  rows: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
  seed: number,
): Network {
  const width = rows[0]?.length ?? 0
  const targets = wanted[0]?.length ?? 0
  const learned = Math.max(1, Math.floor(rows.length * (1 - watchedShare)))
  const random = seededRandom(seed)
  const drawn = (from: number, to: number, scale: number) =>
    tf.variable(
      tf.tensor2d(
        Float32Array.from({ length: from * to }, () => scale * seededNormal(random)),
        [from, to],
      ),
    )
  const weights = {
    inward: drawn(width, hiddenUnits, 1 / Math.sqrt(width)),
    inwardConstants: drawn(1, hiddenUnits, 0),
    // Starts as persistence.
    outward: drawn(hiddenUnits, targets, 0),
    straight: drawn(width, targets, 0),
    constants: drawn(1, targets, 0),
  }
  const say = (inputs: tf.Tensor2D): tf.Tensor =>
    tf.add(
      tf.add(
        tf.matMul(
          tf.tanh(tf.add(tf.matMul(inputs, weights.inward), weights.inwardConstants)),
          weights.outward,
        ),
        tf.matMul(inputs, weights.straight),
      ),
      weights.constants,
    )
  const errorOver = (part: Part): tf.Scalar => {
    const squares = tf.square(tf.mul(tf.sub(say(part.inputs), part.wanted), part.known))
    const soft = tf.sub(tf.sqrt(tf.add(squares, squareBelow ** 2)), squareBelow)
    return tf.div(tf.sum(soft), part.count) as tf.Scalar
  }
  const pull = () =>
    tf.mul(weightPull, tf.add(tf.sum(tf.square(weights.outward)), tf.sum(tf.square(weights.straight))))
  const learnedPart = partOf(rows.slice(0, learned), wanted.slice(0, learned), width, targets)
  const watchedPart = partOf(rows.slice(learned), wanted.slice(learned), width, targets)
  const optimizer = tf.train.adam(learningRate)
  const read = () => plain(weights)
  let best = { error: errorOver(watchedPart).dataSync()[0] as number, network: read() }
  let looksSinceBest = 0
  for (let step = 1; step <= stepsMost && looksSinceBest < looksWithoutGain; step++) {
    optimizer.minimize(
      () => tf.add(errorOver(learnedPart), pull()) as tf.Scalar,
      false,
      Object.values(weights),
    )
    if (step % stepsBetweenLooks !== 0) continue
    const error = tf.tidy(() => errorOver(watchedPart).dataSync()[0] as number)
    looksSinceBest = error < best.error ? 0 : looksSinceBest + 1
    if (error < best.error) best = { error, network: read() }
  }
  for (const weight of Object.values(weights)) weight.dispose()
  optimizer.dispose()
  return best.network
}

type Part = {
  readonly inputs: tf.Tensor2D
  readonly wanted: tf.Tensor2D
  readonly known: tf.Tensor2D
  readonly count: number
}

function partOf(
  rows: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
  width: number,
  targets: number,
): Part {
  const flat = Float32Array.from(wanted.flat())
  return {
    inputs: tf.tensor2d(Float32Array.from(rows.flat()), [rows.length, width]),
    wanted: tf.tensor2d(
      flat.map(value => (Number.isFinite(value) ? value : 0)),
      [rows.length, targets],
    ),
    known: tf.tensor2d(
      flat.map(value => (Number.isFinite(value) ? 1 : 0)),
      [rows.length, targets],
    ),
    count: Math.max(1, flat.filter(Number.isFinite).length),
  }
}

type Weights = Readonly<
  Record<'inward' | 'inwardConstants' | 'outward' | 'straight' | 'constants', tf.Variable>
>

function plain(weights: Weights): Network {
  const grid = (weight: tf.Variable) => weight.arraySync() as number[][]
  return {
    inward: grid(weights.inward),
    inwardConstants: grid(weights.inwardConstants)[0] as number[],
    outward: grid(weights.outward),
    straight: grid(weights.straight),
    constants: grid(weights.constants)[0] as number[],
  }
}

/** What the network says of one target. */
export function networkSays(network: Network, row: readonly number[], target: number): number {
  let sum = network.constants[target] as number
  network.outward.forEach((line, hidden) => {
    let inside = network.inwardConstants[hidden] as number
    for (let i = 0; i < row.length; i++)
      inside += (row[i] as number) * ((network.inward[i] as number[])[hidden] as number)
    sum += Math.tanh(inside) * (line[target] as number)
  })
  for (let i = 0; i < row.length; i++)
    sum += (row[i] as number) * ((network.straight[i] as number[])[target] as number)
  return sum
}
