import { hour } from '#contract/units.ts'
import { leakageFactor } from '#models/physics/coldPlates.ts'
import { featuresOf } from '#models/plant/components.ts'
import { factorOf, leakageBelief, type PlantModel } from '#models/plant/model.ts'
import type { Predictor } from '#models/plant/predict.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import { type CduRow, type PlantRow, rowMs } from '#models/plant/row.ts'

/** Identified: telemetry has taken off at least a quarter of the doubt. */
const identifiedBelow = 0.75 * leakageBelief.sd
/** Rows between the two ends of a difference: loads wander, settings walk for an hour or two. */
const lags = [6, 12, 24] as const
/** What happens within three hours happens to all CDUs alike: one block of a sweep. */
const blockMs = 3 * hour
const blocksNeeded = 8
/** The lag with the least error is chosen, and is that much better than it looks. */
const choiceShyness = 1.25
/** Both ends of a difference moved less than this tell nothing but noise. */
const leastMoveK = 0.1

type Pair = {
  /** Growth of IT power, natural logarithm. */
  readonly grown: number
  /** The same for a leakage of 1 per K. */
  readonly perUnit: number
  readonly at: number
}
type Slope = { readonly perK: number; readonly error: number }

/**
 * IT leakage from a commissioning sweep: by how much IT power grows as the sweep walks the junctions up and down. Loads move
 * too, and far more; but a sweep knows nothing of them, so that over its blocks they cancel. CDUs are looked at each by
 * itself and against each other, over several times; the least error decides. Only swept rows are asked:
 * `reset` and plans move because of the load.
 */
export function learnLeakage(of: Predictor, rows: readonly PlantRow[], seed: number): PlantModel['leakage'] {
  const slopes = lags
    .flatMap(lag => {
      const pairs = pairsOf(of, rows, lag)
      return [slopeOf(pairs), slopeOf(amongNeighbours(pairs))]
    })
    .filter(slope => slope !== undefined)
    .sort((a, b) => a.error - b.error)
  const best = slopes[0]
  const believed = 1 / leakageBelief.sd ** 2
  const seen = best ? 1 / (choiceShyness * best.error) ** 2 : 0
  const mean = (leakageBelief.perK * believed + (best?.perK ?? 0) * seen) / (believed + seen)
  const sd = 1 / Math.sqrt(believed + seen)
  const random = seededRandom(seed)
  const inside = (perK: number) => Math.min(leakageBelief.highest, Math.max(leakageBelief.lowest, perK))
  return {
    perK: Array.from({ length: of.model.memberCount }, (_, member) =>
      inside(mean + (member === 0 ? 0 : sd * seededNormal(random))),
    ),
    sd,
    isIdentified: sd < identifiedBelow,
  }
}

function pairsOf(of: Predictor, rows: readonly PlantRow[], lag: number): Pair[] {
  const pairs: Pair[] = []
  for (let place = lag; place < rows.length; place++) {
    const [from, to] = [rows[place - lag] as PlantRow, rows[place] as PlantRow]
    if (!from.swept || !to.swept || to.at - from.at !== lag * rowMs) continue
    to.cdus.forEach((cdu, index) => {
      const before = from.cdus[index]
      const pair = before && pairOf(of, index, before, cdu)
      if (pair) pairs.push({ ...pair, at: to.at })
    })
  }
  return pairs
}

function pairOf(of: Predictor, cdu: number, before: CduRow, after: CduRow): Omit<Pair, 'at'> | undefined {
  // A valve at its stop holds no setpoint.
  if (!(before.valvePercent < 97 && after.valvePercent < 97)) return undefined
  const itKw = (before.itKw + after.itKw) / 2
  const [coldC, warmC] = [junctionC(of, cdu, before, itKw), junctionC(of, cdu, after, itKw)]
  if (!(Math.abs(warmC - coldC) > leastMoveK)) return undefined
  const { perK } = leakageBelief
  const grown = Math.log(after.itKw / before.itKw)
  const perUnit = Math.log(leakageFactor(warmC, perK) / leakageFactor(coldC, perK)) / perK
  return Number.isFinite(grown) && Number.isFinite(perUnit) ? { grown, perUnit } : undefined
}

/** Mean junction under a row's settings at a load that both ends share: what the load itself does to it is kept out. */
function junctionC({ priors, model }: Predictor, cdu: number, row: CduRow, itKw: number): number {
  const unit = { unit: cdu, member: 0 }
  const flowLpm =
    priors.cduFlow(row.dpSpKpa) * factorOf(model, 'cduFlow', unit, featuresOf.cduFlow(priors, row.dpSpKpa))
  const riseK =
    priors.chipRise(itKw, flowLpm) *
    factorOf(model, 'chipRise', unit, featuresOf.chipRise(priors, itKw, flowLpm))
  return row.supplySpC + riseK * priors.meanOverHottest(itKw)
}

const blockOf = (pair: Pair): number => Math.floor(pair.at / blockMs)

/** What each CDU did beyond what all did at the time: a load that swells everywhere drops out, half a sweep against the other stays. */
function amongNeighbours(pairs: readonly Pair[]): Pair[] {
  const byTime = Map.groupBy(pairs, pair => pair.at)
  return [...byTime.values()].flatMap(alike => {
    if (alike.length < 2) return []
    const grown = alike.reduce((sum, pair) => sum + pair.grown, 0) / alike.length
    const perUnit = alike.reduce((sum, pair) => sum + pair.perUnit, 0) / alike.length
    return alike.map(pair => ({ ...pair, grown: pair.grown - grown, perUnit: pair.perUnit - perUnit }))
  })
}

/** Straight line through zero by reweighting (jobs that come and go are outliers), its error by blocks of time. */
function slopeOf(pairs: readonly Pair[]): Slope | undefined {
  if (new Set(pairs.map(blockOf)).size < blocksNeeded) return undefined
  let perK: number = leakageBelief.perK
  let weights: number[] = []
  for (let turn = 0; turn < 20; turn++) {
    const scale = 1.4826 * medianOf(pairs.map(pair => Math.abs(pair.grown - perK * pair.perUnit))) + 1e-9
    // Weights of a Student distribution with three degrees of freedom.
    weights = pairs.map(pair => 4 / (3 + ((pair.grown - perK * pair.perUnit) / scale) ** 2))
    const [top, bottom] = sums(pairs, weights)
    perK = top / bottom
  }
  const byBlock = new Map<number, number>()
  pairs.forEach((pair, i) => {
    const pull = (weights[i] as number) * pair.perUnit * (pair.grown - perK * pair.perUnit)
    byBlock.set(blockOf(pair), (byBlock.get(blockOf(pair)) ?? 0) + pull)
  })
  const [, bottom] = sums(pairs, weights)
  const spread = [...byBlock.values()].reduce((sum, pull) => sum + pull * pull, 0)
  return { perK, error: Math.sqrt((spread * byBlock.size) / (byBlock.size - 1)) / bottom }
}

const sums = (pairs: readonly Pair[], weights: readonly number[]): [top: number, bottom: number] => [
  pairs.reduce((sum, pair, i) => sum + (weights[i] as number) * pair.grown * pair.perUnit, 0),
  pairs.reduce((sum, pair, i) => sum + (weights[i] as number) * pair.perUnit ** 2, 0),
]

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
