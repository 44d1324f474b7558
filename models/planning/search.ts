import { type Bounds, clamp } from '#contract/control/bounds.ts'
import { cduAgain, judge, judgeWith, type Situation, type Verdict } from '#models/planning/judge.ts'
import type { Reach } from '#models/planning/limits.ts'
import type { Settings } from '#models/plant/predict.ts'
import { seededRandom } from '#models/plant/random.ts'

export type Found = { readonly settings: Settings; readonly verdict: Verdict; readonly judged: number }

/** Share of each reach at which a shared candidate stands: tower leaving, tower flow, facility supply, facility pressure, CDU supplies, CDU pressures. */
type Place = readonly [number, number, number, number, number, number]
const dimensions = 6

/** Starts that are refined, beside the settings held and those of `reset`: valleys are narrow and run slantwise (tower stages, valves at their limit). */
const startsRefined = 2
/** Steps are halved from a quarter of the reach to 0.4 % of it: 2 K and 8 K of reach end at 0.01 and 0.03 K. */
const smallestStep = 0.004

/**
 * Least cost within reach. Thousands of candidates that move all CDUs alike, spread evenly at random; the best are refined
 * along each axis; then each CDU's own two setpoints, which meet the others only in the facility water.
 */
export function search(
  situation: Situation,
  reach: Reach,
  seeds: readonly Settings[],
  options: { readonly seed: number; readonly candidates: number },
): Found {
  const random = seededRandom(options.seed)
  let judged = 0
  const rated: { place: Place; costKw: number }[] = []
  for (let i = 0; i < options.candidates; i++) {
    const place = Array.from({ length: dimensions }, random) as unknown as Place
    rated.push({ place, costKw: judge(situation, settingsAt(reach, place)).costKw })
    judged++
  }
  rated.sort((a, b) => a.costKw - b.costKw)
  let best = seeds
    .map(settings => ({ settings, verdict: judge(situation, settings) }))
    .reduce((a, b) => (b.verdict.costKw < a.verdict.costKw ? b : a))
  const known = seeds.map(settings => {
    const place = placeOf(reach, settings)
    return { place, costKw: judge(situation, settingsAt(reach, place)).costKw }
  })
  for (const start of [...rated.slice(0, startsRefined), ...known]) {
    const refined = refineShared(situation, reach, start)
    judged += refined.judged
    const settings = settingsAt(reach, refined.place)
    const verdict = judge(situation, settings)
    if (verdict.costKw < best.verdict.costKw) best = { settings, verdict }
  }
  const shifted = refineShifts(situation, reach, best)
  const single = refineEachCdu(situation, reach, shifted)
  return { ...single, judged: judged + shifted.judged + single.judged }
}

const within = (bounds: { lowest: number; highest: number }, share: number): number =>
  bounds.lowest + share * (bounds.highest - bounds.lowest)

function settingsAt(reach: Reach, place: Place): Settings {
  return {
    towerLeavingC: within(reach.towerLeavingC, place[0]),
    towerFlowPercent: within(reach.towerFlowPercent, place[1]),
    facilitySupplyC: within(reach.facilitySupplyC, place[2]),
    facilityDpKpa: within(reach.facilityDpKpa, place[3]),
    cduSupplyC: reach.cduSupplyC.map(bounds => within(bounds, place[4])),
    cduDpKpa: reach.cduDpKpa.map(bounds => within(bounds, place[5])),
  }
}

/** The place that comes nearest to these settings: CDUs at the mean of theirs. */
function placeOf(reach: Reach, settings: Settings): Place {
  const share = (bounds: Bounds, value: number) =>
    bounds.highest > bounds.lowest
      ? clamp((value - bounds.lowest) / (bounds.highest - bounds.lowest), unit)
      : 0
  const mean = (bounds: readonly Bounds[], values: readonly number[]) =>
    values.reduce((sum, value, cdu) => sum + share(bounds[cdu] as Bounds, value), 0) / values.length
  return [
    share(reach.towerLeavingC, settings.towerLeavingC),
    share(reach.towerFlowPercent, settings.towerFlowPercent),
    share(reach.facilitySupplyC, settings.facilitySupplyC),
    share(reach.facilityDpKpa, settings.facilityDpKpa),
    mean(reach.cduSupplyC, settings.cduSupplyC),
    mean(reach.cduDpKpa, settings.cduDpKpa),
  ]
}
const unit: Bounds = { lowest: 0, highest: 1 }

function refineShared(
  situation: Situation,
  reach: Reach,
  start: { place: Place; costKw: number },
): { place: Place; judged: number } {
  let { place, costKw } = start
  let judged = 0
  for (let step = 0.25; step >= smallestStep; step /= 2)
    // Six turns at each step length: the valley runs slantwise, along tower, facility and CDU temperature together.
    for (let turn = 0; turn < 6; turn++) {
      let moved = false
      for (const direction of directions)
        for (const sign of [step, -step]) {
          const next = place.map((share, axis) =>
            Math.min(1, Math.max(0, share + sign * (direction[axis] as number))),
          ) as unknown as Place
          const tried = judge(situation, settingsAt(reach, next)).costKw
          judged++
          if (tried < costKw - 1e-6) {
            place = next
            costKw = tried
            moved = true
          }
        }
      if (!moved) break
    }
  return { place, judged }
}

/** Each axis alone; the three temperatures together; facility and CDU water together; pressure against temperature. */
const directions: readonly Place[] = [
  [1, 0, 0, 0, 0, 0],
  [0, 1, 0, 0, 0, 0],
  [0, 0, 1, 0, 0, 0],
  [0, 0, 0, 1, 0, 0],
  [0, 0, 0, 0, 1, 0],
  [0, 0, 0, 0, 0, 1],
  [1, 0, 1, 0, 1, 0],
  [0, 0, 1, 0, 1, 0],
  [1, 0, 1, 0, 0, 0],
  [0, 0, 0, 1, 1, 0],
  [0, 0, 0, 0, 1, 1],
]

/** From any settings (the present ones among them): small moves of the shared values, which keep the CDUs' differences. */
function refineShifts(
  situation: Situation,
  reach: Reach,
  start: { settings: Settings; verdict: Verdict },
): Found {
  let { settings, verdict } = start
  let judged = 0
  const shared = ['towerLeavingC', 'towerFlowPercent', 'facilitySupplyC', 'facilityDpKpa'] as const
  for (let step = 0.1; step >= smallestStep; step /= 2)
    for (let turn = 0; turn < 3; turn++) {
      let moved = false
      const offer = (next: Settings) => {
        const tried = judge(situation, next)
        judged++
        if (tried.costKw >= verdict.costKw - 1e-6) return
        settings = next
        verdict = tried
        moved = true
      }
      for (const sign of [step, -step]) {
        for (const name of shared) {
          const width = reach[name].highest - reach[name].lowest
          offer({ ...settings, [name]: clamp(settings[name] + sign * width, reach[name]) })
        }
        for (const name of ['cduSupplyC', 'cduDpKpa'] as const)
          offer({
            ...settings,
            [name]: settings[name].map((value, cdu) => shift(reach[name][cdu], value, sign)),
          })
      }
      if (!moved) break
    }
  return { settings, verdict, judged }
}

const shift = (
  bounds: { lowest: number; highest: number } | undefined,
  value: number,
  share: number,
): number => (bounds ? clamp(value + share * (bounds.highest - bounds.lowest), bounds) : value)

function refineEachCdu(
  situation: Situation,
  reach: Reach,
  start: { settings: Settings; verdict: Verdict },
): Found {
  let { settings, verdict } = start
  let judged = 0
  for (let step = 0.2; step >= 0.01; step /= 2)
    for (let cdu = 0; cdu < settings.cduSupplyC.length; cdu++)
      for (const name of ['cduSupplyC', 'cduDpKpa'] as const)
        for (const sign of [step, -step]) {
          const next = {
            ...settings,
            [name]: settings[name].map((value, index) =>
              index === cdu ? shift(reach[name][cdu], value, sign) : value,
            ),
          }
          const outcomes = verdict.outcome.cdus.map((outcome, index) =>
            index === cdu ? cduAgain(situation, next, cdu) : outcome,
          )
          const tried = judgeWith(situation, next, outcomes)
          judged++
          if (tried.costKw >= verdict.costKw - 1e-6) continue
          settings = next
          verdict = tried
        }
  return { settings, verdict, judged }
}
