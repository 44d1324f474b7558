import type { Lever } from '#contract/control/levers/lever.ts'
import { goodValue } from '#contract/reading.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { hour } from '#contract/units.ts'
import type { HybridConditions } from '#models/plant/hybrid/hall.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { seededRandom } from '#models/plant/random.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import type { Weather } from '#simulators/weather/weather.ts'
import { hybridLoad } from '#tests/plant/hybridPlant.ts'

/** What one setting in place of another changes: facility power as it was and as the model has it. */
export type Answer = { readonly facilityKw: number; readonly trueKw: number; readonly modelKw: number }

/** Leakage of the plant; who plans is told the same, so that what is judged is the plant's model. */
const leakagePerK = 0.0015
/** Chillers and changeovers hold for up to half an hour each; the last hour counts. */
const restMs = 4 * hour
const lookMs = hour

/** Pairs of settings at random weathers and loads: half of them anywhere, half an hour's walk apart. */
export function responsesOf(
  site: HybridSite,
  weather: Weather,
  learned: LearnedPlant,
  options: {
    readonly seed: number
    readonly plantSeed: number
    readonly pairs: number
    readonly wetBulbC: readonly [number, number]
  },
): Answer[] {
  const random = seededRandom(options.seed)
  const between = (low: number, high: number) => low + (high - low) * random()
  return Array.from({ length: options.pairs }, (_, pair) => {
    const wetBulbC = between(...options.wetBulbC)
    const plant = createPlant({
      site,
      weather: {
        ...weather,
        at: () => ({ dryBulbC: wetBulbC + 6, wetBulbC, relativeHumidityPercent: 50, pressurePa: 100_000 }),
      },
      load: hybridLoad(between(0.6, 0.93)),
      seed: options.plantSeed,
      startAt: Date.UTC(2025, 6, 1),
      stepMs: 60_000,
      leakagePerK,
    }) as SimulatedPlant<HybridSite>
    const one = randomValues(learned.levers, wetBulbC, between)
    const other =
      pair % 2 === 0 ? randomValues(learned.levers, wetBulbC, between) : nearby(learned.levers, one, between)
    const start = plant.snapshot()
    const first = restOf(plant, learned.levers, one)
    const conditions = conditionsOf(plant, site, wetBulbC)
    plant.restore(start)
    const second = restOf(plant, learned.levers, other)
    const drawnAt: HybridConditions = {
      ...conditions,
      leakage: { referenceC: learned.predict(0, one, conditions).meanJunctionC, perK: leakagePerK },
    }
    const modelKw =
      learned.predict(0, other, drawnAt).facilityKw - learned.predict(0, one, drawnAt).facilityKw
    return { facilityKw: first, trueKw: second - first, modelKw }
  })
}

function restOf(
  plant: SimulatedPlant<HybridSite>,
  levers: readonly Lever[],
  values: readonly number[],
): number {
  levers.forEach(({ keys }, place) => {
    for (const key of keys) plant.write(key, values[place] as number)
  })
  plant.advanceTo(plant.siteNow() + restMs)
  const before = plant.energy().facilityKwh
  plant.advanceTo(plant.siteNow() + lookMs)
  return (plant.energy().facilityKwh - before) / (lookMs / hour)
}

function conditionsOf(
  plant: SimulatedPlant<HybridSite>,
  site: HybridSite,
  wetBulbC: number,
): HybridConditions {
  const read = (key: string) => goodValue(plant.read(key)) ?? Number.NaN
  const racks = site.equipment.filter(({ kind }) => kind === 'rack').map(({ id }) => `${id}.power`)
  const { cdus, racksPerCdu } = site.layout
  return {
    itKw: Array.from({ length: cdus }, (_, cdu) =>
      racks.slice(cdu * racksPerCdu, (cdu + 1) * racksPerCdu).reduce((sum, key) => sum + read(key), 0),
    ),
    wetBulbC,
    dryBulbC: wetBulbC + 6,
    airInletC: read('hall.airTemperature'),
  }
}

/** Settings that a controller may come to; air and CDUs over their chilled water. */
function randomValues(
  levers: readonly Lever[],
  wetBulbC: number,
  between: (low: number, high: number) => number,
): number[] {
  const chilledC = between(9, 20)
  const cduC = between(Math.max(24, chilledC + 8), 40)
  const share = between(0.3, 0.8)
  const byFamily: Readonly<Record<string, number>> = {
    chilledWaterC: chilledC,
    crahSupplyC: between(Math.min(26.5, Math.max(20, chilledC + 6)), 27),
    towerLeavingC: Math.max(6, wetBulbC + between(3, 9)),
    towerFlowPercent: between(50, 100),
    crahAirPercent: between(60, 115),
    economiserMode: between(0, 1) < 0.8 ? 2 : Math.floor(between(0, 2)),
    cduSupplyC: cduC,
  }
  return levers.map(lever => {
    const family = lever.family ?? lever.name
    const value =
      byFamily[family] ?? lever.commissioned * (family === 'facilityDpKpa' ? between(0.3, 0.9) : share)
    return Math.min(lever.highest, Math.max(lever.lowest, value))
  })
}

/** Within the reach of an hour, every family of levers alike. */
function nearby(
  levers: readonly Lever[],
  from: readonly number[],
  between: (low: number, high: number) => number,
): number[] {
  const moves = new Map<string, number>()
  return levers.map((lever, place) => {
    const family = lever.family ?? lever.name
    const move = moves.get(family) ?? between(-1, 1)
    moves.set(family, move)
    const held = from[place] as number
    if (lever.unit === 'state') return held
    return Math.min(lever.highest, Math.max(lever.lowest, held + move * lever.rampPerHour))
  })
}

/** Of those pairs that differ by more than a share of facility power: right signs, and the middle error of the difference. */
export function judged(answers: readonly Answer[], leastShare = 0.0005) {
  const telling = answers.filter(({ facilityKw, trueKw }) => Math.abs(trueKw) > leastShare * facilityKw)
  const right = telling.filter(({ trueKw, modelKw }) => Math.sign(trueKw) === Math.sign(modelKw))
  const errors = telling
    .map(({ trueKw, modelKw }) => Math.abs(modelKw - trueKw) / Math.abs(trueKw))
    .sort((a, b) => a - b)
  return {
    count: telling.length,
    rightShare: right.length / telling.length,
    middleError: errors[Math.floor(errors.length / 2)] as number,
  }
}
