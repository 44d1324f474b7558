import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import { seededNormal, seededRandom } from '#models/plant/random.ts'

/** An ensemble of small networks, [member][weight …], for what a straight line leaves over. Needs `openTensors()` first. */
export type Nets = {
  readonly inputs: number
  readonly members: number
  /** [member, input, hidden], [member, 1, hidden], [member, hidden, 1], [member, 1, 1]. */
  readonly weights: readonly [Float32Array, Float32Array, Float32Array, Float32Array]
}

const hidden = 12
const learningRate = 0.02
/** Pull of every weight to 0 for each row-mean of squared error: the nets bend only where many rows ask for it. */
const decay = 0.003

/**
 * Trains all members at once on rows [row][input] of scale 1 and targets of scale 1. `weights` [row, member] draws stretches of
 * time again for each member, so that their spread says what another month might have taught.
 */
export function trainNets(data: {
  readonly inputs: Float32Array
  readonly width: number
  readonly targets: Float32Array
  readonly weights: Float32Array
  readonly members: number
  readonly steps: number
  readonly seed: number
}): Nets {
  const { width, members } = data
  const rows = data.targets.length
  const random = seededRandom(data.seed)
  const draw = (count: number, scale: number) =>
    Float32Array.from({ length: count }, () => scale * seededNormal(random))
  const start = [
    draw(members * width * hidden, 1 / Math.sqrt(width)),
    draw(members * hidden, 0.3),
    draw(members * hidden, 0.1),
    new Float32Array(members),
  ]
  const shapes: Array<[number, number, number]> = [
    [members, width, hidden],
    [members, 1, hidden],
    [members, hidden, 1],
    [members, 1, 1],
  ]
  const trained = tf.tidy(() => {
    const x = tf.tile(tf.tensor3d(data.inputs, [1, rows, width]), [members, 1, 1])
    const y = tf.tensor3d(data.targets, [1, rows, 1])
    const w = tf.reshape(tf.transpose(tf.tensor2d(data.weights, [rows, members])), [members, rows, 1])
    const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, d: tf.Tensor): tf.Scalar => {
      const off = tf.sub(forward(x, [a, b, c, d]), y)
      const error = tf.div(tf.sum(tf.mul(w, tf.square(off))), rows)
      return tf.add(error, tf.mul(tf.add(tf.sum(tf.square(a)), tf.sum(tf.square(c))), decay)) as tf.Scalar
    }
    const slopesOf = tf.grads(loss as (...xs: tf.Tensor[]) => tf.Scalar)
    let weights: tf.Tensor[] = start.map((values, at) => tf.tensor3d(values, shapes[at]!))
    let first = weights.map(tensor => tf.zerosLike(tensor))
    let second = weights.map(tensor => tf.zerosLike(tensor))
    for (let step = 1; step <= data.steps; step++) {
      const next = tf.tidy(() => adamStep({ weights, first, second }, slopesOf(weights), step))
      tf.dispose([weights, first, second])
      weights = next.weights
      first = next.first
      second = next.second
    }
    return weights.map(tensor => Float32Array.from(tensor.dataSync()))
  })
  return {
    inputs: width,
    members,
    weights: trained as [Float32Array, Float32Array, Float32Array, Float32Array] as Nets['weights'],
  }
}

const forward = (x: tf.Tensor, [a, b, c, d]: tf.Tensor[]): tf.Tensor =>
  tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(x, a!), b!)), c!), d!)

type Descent = { weights: tf.Tensor[]; first: tf.Tensor[]; second: tf.Tensor[] }

/** Adam (Kingma and Ba, 2015) with its usual memory of 0.9 and 0.999. */
function adamStep(state: Descent, slopes: tf.Tensor[], step: number): Descent {
  const first = state.first.map((mean, at) => tf.add(tf.mul(mean, 0.9), tf.mul(slopes[at]!, 0.1)))
  const second = state.second.map((mean, at) =>
    tf.add(tf.mul(mean, 0.999), tf.mul(tf.square(slopes[at]!), 0.001)),
  )
  const rate = (learningRate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step)
  const weights = state.weights.map((tensor, at) =>
    tf.sub(tensor, tf.mul(tf.div(first[at]!, tf.add(tf.sqrt(second[at]!), 1e-8)), rate)),
  )
  return { weights, first, second }
}

/** What each member adds at one row of inputs: plain arithmetic, no tensors. */
export function netsAt(nets: Nets, inputs: ArrayLike<number>): number[] {
  const [a, b, c, d] = nets.weights
  return Array.from({ length: nets.members }, (_, member) => {
    let sum = d[member]!
    for (let unit = 0; unit < hidden; unit++) {
      let inner = b[member * hidden + unit]!
      for (let at = 0; at < nets.inputs; at++)
        inner += inputs[at]! * a[(member * nets.inputs + at) * hidden + unit]!
      sum += Math.tanh(inner) * c[member * hidden + unit]!
    }
    return sum
  })
}
