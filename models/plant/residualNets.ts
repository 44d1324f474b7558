import { featuresOf } from '#models/plant/components.ts'
import type { Lesson } from '#models/plant/lessons.ts'
import { factorOf } from '#models/plant/model.ts'
import type { Predictor } from '#models/plant/predict.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { type NetWeights, openTensors, trainNets } from '#models/plant/tensor.ts'

/** What equations of the wrong form leave over, by part of the plant: small networks over the two ratios that drive the part. */
export const residualParts = ['facilityPump', 'towerFan', 'towerPump', 'losses'] as const
export type ResidualPart = (typeof residualParts)[number]

type Net = {
  /** [hidden][input], [hidden], [hidden] */
  readonly into: ReadonlyArray<readonly number[]>
  readonly bias: readonly number[]
  readonly out: readonly number[]
}

export type ResidualNets = {
  /** One network for each member; member 0 takes the mean of all. None: the equations foretell unseen rows as well alone. */
  readonly nets: readonly Net[]
  /** Lowest and highest of each input that was seen; beyond it a network says what it says at the edge. */
  readonly seen: ReadonlyArray<readonly [lowest: number, highest: number]>
  /** Root mean square of the natural logarithm, on the last quarter of the rows, of which nothing was learned. */
  readonly holdOut: { readonly equations: number; readonly withNets: number } | null
}

export const noNets: ResidualNets = { nets: [], seen: [], holdOut: null }

const hiddenUnits = 8
const inputCount = 2
const trainShare = 0.75
const lessonsNeeded = 100
/** A curve over two ratios needs no more. */
const examplesMost = 200
/** Of the hold-out error so much must go: less is chance. */
const improvementNeeded = 0.1
/** An error of one part in a hundred is not worth a network, nor what its rows scatter by. */
const noise = 0.01
/** A network moves a part by a quarter at most. */
const mostLog = 0.25
/**
 * And by no more than this for each unit of a logged ratio: power of pumps and fans rises at least in proportion to what
 * they move, losses at least with the 0.5th power of load, so that no network turns the sign of a law.
 */
const steepest = 0.45

type Example = {
  readonly at: number
  readonly inputs: readonly number[]
  readonly target: number
  readonly weight: number
}

/** Trained on the first three quarters of the lessons, kept where the last quarter is foretold better. */
export async function learnResiduals(
  of: Predictor,
  lessons: readonly Lesson[],
  seed: number,
): Promise<Readonly<Record<ResidualPart, ResidualNets>>> {
  await openTensors()
  const entries = residualParts.map((part, index): [ResidualPart, ResidualNets] => [
    part,
    learnPart(examplesOf(of, part, lessons), of.model.memberCount - 1, seed + index),
  ])
  return Object.fromEntries(entries) as Record<ResidualPart, ResidualNets>
}

function learnPart(examples: readonly Example[], netCount: number, seed: number): ResidualNets {
  if (examples.length < lessonsNeeded) return noNets
  const split = Math.floor(trainShare * examples.length)
  const unseen = examples.slice(split)
  const error = (said: (inputs: readonly number[]) => number) =>
    Math.sqrt(unseen.reduce((sum, one) => sum + (one.target - said(one.inputs)) ** 2, 0) / unseen.length)
  const equations = error(() => 0)
  if (equations < noise) return { ...noNets, holdOut: { equations, withNets: equations } }
  const stride = Math.ceil(split / examplesMost)
  const known = examples.slice(0, split).filter((_, place) => place % stride === 0)
  const nets = trained(known, netCount, seed)
  const seen = Array.from({ length: inputCount }, (_, input): [number, number] => {
    const values = known.map(example => example.inputs[input] as number)
    return [Math.min(...values), Math.max(...values)]
  })
  const candidate: ResidualNets = { nets, seen, holdOut: null }
  const holdOut = { equations, withNets: error(inputs => residualLog(candidate, 0, inputs)) }
  const helps = holdOut.withNets < (1 - improvementNeeded) * equations
  return helps ? { ...candidate, holdOut } : { ...noNets, holdOut }
}

function trained(examples: readonly Example[], nets: number, seed: number): Net[] {
  const random = seededRandom(seed)
  const rows = examples.length
  const drawn = (length: number, sd: number) => Float32Array.from({ length }, () => sd * seededNormal(random))
  const total = examples.reduce((sum, one) => sum + one.weight, 0)
  const repeated = (pick: (example: Example) => readonly number[]) =>
    Float32Array.from(Array.from({ length: nets }, () => examples.flatMap(pick)).flat())
  const weights = trainNets({
    nets,
    rows,
    inputs: inputCount,
    hidden: hiddenUnits,
    inputs3: repeated(example => example.inputs),
    targets3: repeated(example => [example.target / noise]),
    // Each network sees the rows with weights of its own: where rows are few, networks differ.
    weights3: Float32Array.from({ length: nets * rows }, (_, i) => {
      const example = examples[i % rows] as Example
      return (-Math.log(1 - random()) * example.weight) / total
    }),
    start: {
      into3: drawn(nets * inputCount * hiddenUnits, 1),
      bias3: drawn(nets * hiddenUnits, 0.5),
      out3: drawn(nets * hiddenUnits, 0.1),
    },
  })
  return Array.from({ length: nets }, (_, net) => gentle(netOf(weights, net)))
}

const netOf = ({ into3, bias3, out3 }: NetWeights, net: number): Net => ({
  into: Array.from({ length: hiddenUnits }, (_, unit) =>
    Array.from(
      { length: inputCount },
      (_, input) => into3[(net * inputCount + input) * hiddenUnits + unit] as number,
    ),
  ),
  bias: Array.from({ length: hiddenUnits }, (_, unit) => bias3[net * hiddenUnits + unit] as number),
  out: Array.from({ length: hiddenUnits }, (_, unit) => noise * (out3[net * hiddenUnits + unit] as number)),
})

/** Flattened as far as needed: the slope of a sum of tanh is at most the sum of the products of its weights. */
function gentle(net: Net): Net {
  const slopes = Array.from({ length: inputCount }, (_, input) =>
    net.out.reduce(
      (sum, out, unit) => sum + Math.abs(out * ((net.into[unit] as number[])[input] as number)),
      0,
    ),
  )
  const share = Math.min(1, steepest / Math.max(...slopes, 1e-9))
  return { ...net, out: net.out.map(out => share * out) }
}

/** Natural logarithm of what a member adds to the equations of a part; 0 where no network is used. */
export function residualLog(learned: ResidualNets, member: number, inputs: readonly number[]): number {
  if (learned.nets.length === 0) return 0
  const inside = inputs.map((value, input) => {
    const [lowest, highest] = learned.seen[input] as readonly [number, number]
    return Math.min(highest, Math.max(lowest, value))
  })
  const asked = member === 0 ? learned.nets : [learned.nets[member - 1] as Net]
  const said = asked.reduce((sum, net) => sum + sayOf(net, inside), 0) / asked.length
  return Math.min(mostLog, Math.max(-mostLog, said))
}

const sayOf = ({ into, bias, out }: Net, inputs: readonly number[]): number =>
  out.reduce((sum, weight, unit) => {
    const weights = into[unit] as readonly number[]
    const drive = inputs.reduce(
      (own, value, input) => own + value * (weights[input] as number),
      bias[unit] as number,
    )
    return sum + weight * Math.tanh(drive)
  }, 0)

/** The two ratios that drive each part; the same for learning and prediction. */
export const residualInputs = {
  facilityPump: ({ priors }: Predictor, flowLpm: number, dpKpa: number) => [
    Math.log(Math.max(flowLpm, 1) / priors.site.design.facilityFlowLpm),
    Math.log(Math.max(dpKpa, 1) / priors.site.nameplate.facility.cduDpKpa),
  ],
  towerFan: ({ priors }: Predictor, air: number, flowLpm: number) => [
    Math.log(Math.min(1, Math.max(air, 0.01)) / 0.5),
    Math.log(Math.max(flowLpm, 1) / priors.site.design.towerFlowLpm),
  ],
  towerPump: ({ priors }: Predictor, flowLpm: number) => [
    Math.log(Math.max(flowLpm, 1) / priors.site.design.towerFlowLpm),
    0,
  ],
  losses: ({ priors }: Predictor, itKw: number) => [Math.log(Math.max(itKw, 1) / priors.itPlateKw), 0],
} as const

function examplesOf(of: Predictor, part: ResidualPart, lessons: readonly Lesson[]): Example[] {
  return lessons.flatMap(({ row, steady, weight }) => {
    if (!steady) return []
    const { inputs, expectedKw, measuredKw } = seenOf(of, part, row)
    const target = Math.log(measuredKw / expectedKw)
    return inputs.every(Number.isFinite) && Math.abs(target) < 1
      ? [{ at: row.at, inputs, target, weight }]
      : []
  })
}

/** A part as a row measured it, and as the fitted equations have it at the same flows. */
function seenOf(
  of: Predictor,
  part: ResidualPart,
  row: PlantRow,
): { inputs: readonly number[]; expectedKw: number; measuredKw: number } {
  const { priors, model } = of
  const plant = { unit: 0, member: 0 }
  const { facility, tower } = row
  const sum = (pick: (cdu: PlantRow['cdus'][number]) => number) =>
    row.cdus.reduce((total, cdu) => total + pick(cdu), 0)
  const primaryLpm = sum(cdu => cdu.primaryFlowLpm)
  const cduPumpKw = sum(cdu => cdu.pumpKw)
  switch (part) {
    case 'facilityPump':
      return {
        inputs: residualInputs.facilityPump(of, primaryLpm, facility.dpKpa),
        expectedKw:
          priors.facilityPump(primaryLpm, facility.dpKpa) *
          factorOf(model, 'facilityPump', plant, featuresOf.facilityPump(priors, primaryLpm)),
        measuredKw: facility.pumpKw,
      }
    case 'towerPump':
      return {
        inputs: residualInputs.towerPump(of, tower.flowLpm),
        expectedKw:
          priors.towerPump(tower.flowLpm) *
          factorOf(model, 'towerPump', plant, featuresOf.towerPump(priors, tower.flowLpm)),
        measuredKw: tower.pumpKw,
      }
    case 'towerFan': {
      const askedLpm = priors.askedTowerLpm(tower.flowSpPercent)
      const plateAir = priors.towerAir({
        heatKw: sum(cdu => cdu.itKw) + cduPumpKw + facility.pumpKw + tower.pumpKw,
        leavingC: tower.leavingC,
        wetBulbC: row.wetBulbC,
        flowLpm: tower.flowLpm,
        askedLpm,
      })
      const approachK = tower.leavingC - row.wetBulbC
      const air = plateAir * factorOf(model, 'towerAir', plant, featuresOf.towerAir(plateAir, approachK))
      const isAtStop = priors.airOfFanPower(tower.fanKw, tower.flowLpm, askedLpm) === 1 || air > 1
      return {
        inputs: residualInputs.towerFan(of, air, tower.flowLpm),
        expectedKw: priors.towerFan(air, tower.flowLpm, askedLpm),
        // Flat out, a fan says nothing of how much air was wanted.
        measuredKw: isAtStop ? Number.NaN : tower.fanKw,
      }
    }
    case 'losses': {
      const otherKw = facility.pumpKw + tower.fanKw + tower.pumpKw
      return {
        inputs: residualInputs.losses(of, row.itKw),
        expectedKw:
          priors.losses(row.itKw, cduPumpKw, otherKw) *
          factorOf(model, 'losses', plant, featuresOf.losses(priors, row.itKw)),
        measuredKw: row.facilityKw - row.itKw - cduPumpKw - otherKw,
      }
    }
    default:
      return part satisfies never
  }
}
