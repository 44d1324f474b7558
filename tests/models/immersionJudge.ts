import type { Lever } from '#contract/control/levers/lever.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import { hour, type Millis, minute } from '#contract/units.ts'
import type { LearnedOutcome, LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import { rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { seededRandom } from '#models/plant/random.ts'
import type { Load } from '#simulators/load/load.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { Weather } from '#simulators/weather/weather.ts'

export const judgedParts = ['nonIt', 'cduPumps', 'facilityPumps', 'dryCoolers'] as const
type Part = (typeof judgedParts)[number]
/** Hourly means, predicted against metered, per cent of the mean. */
export type PartError = { readonly cvRmse: number; readonly nmbe: number; readonly meanKw: number }
export type WeekJudged = {
  /** Followed an hour at a time from what the rows before it tell. */
  readonly followed: Readonly<Record<Part, PartError>>
  /** Each row as if the plant had come to rest in it: all hours, and some. */
  readonly all: Readonly<Record<Part, PartError>>
  /**
   * Hours in which, from half an hour before, the coolers' setpoint moved less than 1 K and was held within 0.5 K, and the dry bulb
   * stood more than 1 K from the pads' threshold, where a switch with hysteresis may stand either way.
   */
  readonly atRest: Readonly<Record<Part, PartError>>
  readonly hoursAtRest: number
  readonly chipMaeK: number
}

const rowsPerHour = 12

/** Unseen rows under the settings, loads and weather then in force, `seen` the rows before them. */
export function judgeWeek(
  site: ImmersionSite,
  learned: LearnedPlant,
  table: TelemetryTable,
  seen: TelemetryTable,
): WeekJudged {
  const { keys, rows } = table
  const reader = rowReader(site, learned.levers, keys)
  const value = (row: TelemetryRow, key: string) => row.values[keys.indexOf(key)]!
  const apart = (row: TelemetryRow, one: string, other: string) =>
    Math.abs(value(row, one) - value(row, other))
  const role = (row: TelemetryRow, name: string) =>
    site.meters
      .filter(meter => meter.role === name)
      .reduce((sum, meter) => sum + value(row, `${meter.id}.activePower`), 0)
  const chips = placesOf(site).map(place => keys.indexOf(place.chipKeys[0]!))
  let chipK = 0
  type Pair = Record<Part, readonly [said: number, metered: number]>
  const pairOf = (row: TelemetryRow, outcome: LearnedOutcome): Pair => {
    const { cduPumps = 0, facilityPumps = 0, dryCoolers = 0 } = outcome.partsKw
    return {
      nonIt: [outcome.facilityKw - outcome.itKw, reader.facilityKw(row) - reader.itMeterKw(row)],
      cduPumps: [cduPumps, role(row, 'cduPumps')],
      facilityPumps: [facilityPumps, role(row, 'facilityPumps')],
      dryCoolers: [dryCoolers, role(row, 'dryCoolers')],
    }
  }
  const hours = Array.from({ length: Math.floor(rows.length / rowsPerHour) }, (_, n) => {
    const own = rows.slice(n * rowsPerHour, (n + 1) * rowsPerHour)
    const told = own.map(row => ({ values: reader.leverValues(row), conditions: reader.conditions(row) }))
    const before = [...seen.rows.slice(-rowsPerHour), ...rows].slice(0, (n + 1) * rowsPerHour)
    const followed = learned.follow!({ keys, rows: before }, told)
    own.forEach((row, index) => {
      followed[index]!.hottestC.forEach((hottestC, tank) => {
        chipK += Math.abs(hottestC - row.values[chips[tank]!]!) / chips.length / rows.length
      })
    })
    const resting = told.map(({ values, conditions }) => learned.predict(0, values, conditions))
    const pairs = {
      followed: own.map((row, index) => pairOf(row, followed[index]!)),
      resting: own.map((row, index) => pairOf(row, resting[index]!)),
    }
    const span = rows.slice(Math.max(0, n * rowsPerHour - rowsPerHour / 2), (n + 1) * rowsPerHour)
    const range = (key: string) => {
      const values = span.map(row => value(row, key))
      return Math.max(...values) - Math.min(...values)
    }
    return {
      isAtRest:
        range('facility.supplyTemperatureSp') < 1 &&
        range('coolers.padsOn') < 0.01 &&
        span.every(
          row =>
            apart(row, 'facility.supplyTemperature', 'facility.supplyTemperatureSp') < 0.5 &&
            apart(row, 'weather.dryBulb', 'coolers.padsAboveSp') > 1,
        ),
      of: (part: Part, how: keyof typeof pairs) =>
        [0, 1].map(side => pairs[how].reduce((sum, pair) => sum + pair[part][side]! / own.length, 0)),
    }
  })
  const errorsOf = (some: typeof hours, how: 'followed' | 'resting') =>
    Object.fromEntries(
      judgedParts.map(part => [part, errorOf(some.map(one => one.of(part, how)))]),
    ) as Record<Part, PartError>
  const resting = hours.filter(one => one.isAtRest)
  return {
    followed: errorsOf(hours, 'followed'),
    all: errorsOf(hours, 'resting'),
    atRest: errorsOf(resting, 'resting'),
    hoursAtRest: resting.length,
    chipMaeK: chipK,
  }
}

function errorOf(pairs: ReadonlyArray<readonly number[]>): PartError {
  const mean = (of: (pair: readonly number[]) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length
  const meanKw = mean(pair => pair[1]!)
  return {
    meanKw,
    cvRmse: (100 * Math.sqrt(mean(pair => (pair[0]! - pair[1]!) ** 2))) / meanKw,
    nmbe: (100 * mean(pair => pair[0]! - pair[1]!)) / meanKw,
  }
}

export type ResponseJudged = {
  /** Pairs that differ by more than 0.05 % of facility power. */
  readonly judged: number
  readonly signRight: number
  readonly medianErrorPercent: number
}

/**
 * Pairs of random settings on the true plant run to rest under load and weather that stand still, those of random moments. Half of
 * the moments draw within an hour's ramp of what stood then, half far over the bounds. Pairs in which the true plant holds every
 * setpoint, and pairs in which something is at its stop, are judged apart.
 */
export function judgeResponses(options: {
  readonly site: ImmersionSite
  readonly learned: LearnedPlant
  readonly table: TelemetryTable
  readonly weather: Weather
  readonly load: Load
  readonly plantSeed: number
  readonly leakagePerK: number
  readonly moments: number
  readonly pairsEach: number
  readonly seed: number
}): { readonly held: ResponseJudged; readonly saturated: ResponseJudged } {
  const { site, learned, table } = options
  const random = seededRandom(options.seed)
  const reader = rowReader(site, learned.levers, table.keys)
  const pairs: Array<{ isHeld: boolean; real: number; seen: number; facilityKw: number }> = []
  for (let moment = 0; moment < options.moments; moment++) {
    const row = table.rows[Math.floor(random() * table.rows.length)]!
    const twin = twinAt(options, row.at)
    const base = reader.leverValues(row)
    let before: Rest | undefined
    for (let n = 0; n <= options.pairsEach; n++) {
      const values = drawSettings(learned.levers, base, { isFar: moment % 2 === 1, random })
      const now = { values, ...twin.settle(learned.levers, values) }
      if (before) {
        const outside = { ...reader.conditions(row), itKw: before.itKw }
        const { meanJunctionC } = learned.predict(0, before.values, outside)
        const leaking = {
          ...outside,
          leakage: { referenceC: meanJunctionC, perK: options.leakagePerK },
        }
        const seenKw = (settings: readonly number[]) => learned.predict(0, settings, leaking).facilityKw
        pairs.push({
          isHeld: before.isHeld && now.isHeld,
          facilityKw: before.facilityKw,
          real: now.facilityKw - before.facilityKw,
          seen: seenKw(values) - seenKw(before.values),
        })
      }
      before = now
    }
  }
  const judged = (isHeld: boolean): ResponseJudged => {
    const some = pairs.filter(
      pair => pair.isHeld === isHeld && Math.abs(pair.real) > 0.0005 * pair.facilityKw,
    )
    const errors = some.map(pair => Math.abs(pair.seen / pair.real - 1)).sort((a, b) => a - b)
    return {
      judged: some.length,
      signRight: some.filter(pair => pair.real * pair.seen > 0).length,
      medianErrorPercent: 100 * (errors[Math.floor(errors.length / 2)] ?? Number.NaN),
    }
  }
  return { held: judged(true), saturated: judged(false) }
}

type Rest = {
  readonly values: readonly number[]
  readonly facilityKw: number
  readonly itKw: readonly number[]
  readonly isHeld: boolean
}

/** Long against the tanks' ten minutes; then a mean over what fans and stages still do. */
const settleMs = 2.5 * hour
const minutesMeant = 15

/** The same plant, under load and weather that stand still as they were at a moment. */
function twinAt(
  options: { site: ImmersionSite; weather: Weather; load: Load; plantSeed: number; leakagePerK: number },
  at: Millis,
) {
  const { site, weather, load, leakagePerK } = options
  const air = weather.at(at)
  const kw = placesOf(site).map((_, tank) => load.cduPowerKw(tank, at))
  const plant = createPlant({
    site,
    weather: { ...weather, at: () => air },
    load: { name: 'still', cduPowerKw: tank => kw[tank]!, itFraction: () => load.itFraction(at), notes: [] },
    seed: options.plantSeed,
    startAt: at,
    stepMs: 60_000,
    leakagePerK,
  })
  const awayK = (id: string) =>
    Math.abs(plant.truthOf(`${id}.supplyTemperature`)! - plant.truthOf(`${id}.supplyTemperatureSp`)!)
  return {
    settle(levers: readonly Lever[], values: readonly number[]): Omit<Rest, 'values'> {
      levers.forEach((lever, place) => {
        for (const key of lever.keys) plant.write(key, values[place]!)
      })
      plant.advanceTo(plant.siteNow() + settleMs)
      let facilityKw = 0
      for (let n = 0; n < minutesMeant; n++) {
        plant.advanceTo(plant.siteNow() + minute)
        facilityKw += plant.powerNow().facilityKw / minutesMeant
      }
      return {
        facilityKw,
        itKw: placesOf(site).map(({ id }) => plant.read(`${id}.power`).value!),
        isHeld: ['facility', ...placesOf(site).map(({ id }) => id)].every(id => awayK(id) < 0.5),
      }
    },
  }
}

/** Families move together or each tank for itself; a move in three leaves its family where it stood. */
function drawSettings(
  levers: readonly Lever[],
  base: readonly number[],
  how: { readonly isFar: boolean; readonly random: () => number },
): number[] {
  const either = () => 2 * how.random() - 1
  const moves = new Map<string, () => number>()
  return levers.map((lever, place) => {
    const family = lever.family ?? lever.name
    let move = moves.get(family)
    if (!move) {
      const together = how.random() < 0.33 ? 0 : either()
      move = how.random() < 0.5 ? () => together : either
      moves.set(family, move)
    }
    const isThreshold = lever.name === 'padsAboveC'
    const near = isThreshold ? 0 : lever.rampPerHour
    const far = isThreshold ? 15 : lever.unit === 'C' ? 6 : 0.4 * (lever.highest - lever.lowest)
    const value = base[place]! + (how.isFar ? far : near) * move()
    return Math.min(lever.highest, Math.max(lever.lowest, value))
  })
}
