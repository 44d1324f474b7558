import { plantIds } from '#contract/site/expand.ts'
import { immersionIds } from '#contract/site/expandImmersion.ts'
import { coolersAtRest, leavingAtFullAir } from '#models/plant/immersion/coolersAtRest.ts'
import {
  type ImmersionMember,
  type ImmersionSettings,
  type LoopAtRest,
  loopAtRest,
  type Tank,
  tankAlone,
} from '#models/plant/immersion/loopAtRest.ts'
import { padsAfter } from '#models/plant/immersion/padsSwitch.ts'
import { askedLeavingC, coilAir, outcomeOf } from '#models/plant/immersion/predict.ts'
import type { FollowedRow, LearnedOutcome, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import { pumpsAfter } from '#models/plant/learned/pumpStages.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { meanOf } from '#models/plant/meanOf.ts'

/** What the plant is in the middle of: what settings alone do not tell. */
type Course = {
  readonly padsWet: boolean
  readonly pumpsRunning: number
  /** Coolant from the coolers. */
  readonly facilityC: number
  /** Dielectric from the servers and to them, by tank. */
  readonly hotC: readonly number[]
  readonly supplyC: readonly number[]
}

/** A row is walked in minutes: tanks turn over in ten, headers in one. */
const stepS = 60
const stepsPerRow = 5
/** Of known rows the last hour is walked: by then a tank has forgotten how it began. */
const knownRowsMost = 12
/** Nearer than this to its setpoint a temperature is held, and the difference is its sensor's. */
const heldWithinK = 0.6

type Read = RowReader & { readonly settings: (values: readonly number[]) => ImmersionSettings }

/** The plant in the rows after known ones: tanks and loop store heat, pads and pumps stay as they are until they switch. */
export function followImmersion(
  of: ImmersionMember,
  known: TelemetryTable,
  rows: readonly FollowedRow[],
  read: Read,
): LearnedOutcome[] {
  let course = courseAfter(of, known, read)
  return rows.map(({ values, conditions }) => {
    const settings = read.settings(values)
    const outcomes: LearnedOutcome[] = []
    for (let step = 0; step < stepsPerRow; step++) {
      const next = stepped(of, course ?? restingCourse(of, settings, conditions), settings, conditions)
      course = next.course
      outcomes.push(next.outcome)
    }
    return meanOf(outcomes)
  })
}

/** Where known rows leave the plant; undefined where they do not tell. */
function courseAfter(of: ImmersionMember, known: TelemetryTable, read: Read): Course | undefined {
  const columns = new Map(known.keys.map((key, column) => [key, column]))
  const rows = known.rows.slice(-knownRowsMost)
  const places = placesOf(of.priors.site)
  let hotC: readonly number[] | undefined
  let course: Course | undefined
  for (const row of rows) {
    const value = (key: string): number => row.values[columns.get(key) ?? -1] ?? Number.NaN
    const settings = read.settings(read.leverValues(row))
    const conditions = read.conditions(row)
    const seenC = (id: string, setC: number) => heldC(value(`${id}.supplyTemperature`), setC)
    const supplyC = places.map(({ id }, tank) => seenC(id, settings.tankSupplyC[tank] as number))
    const tanks = places.map((_, tank) => tankAlone(of, tank, settings, conditions))
    const startC = hotC ?? tanks.map((tank, place) => (supplyC[place] as number) + tank.itKw / tank.hot)
    hotC = tanks.map((tank, place) =>
      hotAfter(
        of,
        tank,
        { hotC: startC[place] as number, supplyC: supplyC[place] as number },
        stepsPerRow * stepS,
      ),
    )
    course = {
      padsWet: isWetAfter(value(`${immersionIds.coolers}.padsOn`), course?.padsWet),
      pumpsRunning: Math.round(value(`${plantIds.facility}.pumpsRunning`)),
      facilityC: seenC(plantIds.facility, askedLeavingC(of, settings, conditions.dryBulbC)),
      hotC,
      supplyC,
    }
  }
  const isTold =
    course &&
    [course.pumpsRunning, course.facilityC, ...course.hotC, ...course.supplyC].every(Number.isFinite)
  return isTold ? course : undefined
}

/** Pads that were wet for part of the row came on in it, or went off. */
const isWetAfter = (share: number, wereWet: boolean | undefined): boolean =>
  wereWet !== undefined && share > 0 && share < 1 ? !wereWet : share > 0.5

const heldC = (sensorC: number, setC: number): number =>
  Math.abs(sensorC - setC) < heldWithinK ? setC : sensorC

/** Where nothing is known: at rest under what stands now. */
function restingCourse(
  of: ImmersionMember,
  settings: ImmersionSettings,
  conditions: OutsideConditions,
): Course {
  const { padsAboveC, tankSupplyC } = settings
  const { dryBulbC, itKw } = conditions
  const { cooler, facility } = of.priors.site.nameplate
  const tanks = itKw.map((_, tank) => tankAlone(of, tank, settings, conditions))
  return {
    padsWet: padsAfter(of.model.pads, false, {
      dryBulbC,
      padsAboveC,
      dryBelowC: cooler.pads.dryBelowC,
    }),
    pumpsRunning: facility.pumps,
    facilityC: askedLeavingC(of, settings, dryBulbC),
    hotC: tanks.map(tank => tank.supplyC + tank.itKw / tank.hot),
    supplyC: tankSupplyC,
  }
}

/** Dielectric behind the servers some seconds on: what they draw, less what is carried away, warms it. */
function hotAfter(
  { priors }: ImmersionMember,
  tank: Tank,
  now: { readonly hotC: number; readonly supplyC: number },
  seconds: number,
): number {
  const store = priors.tankKjPerK / seconds
  return (store * now.hotC + tank.itKw + tank.hot * now.supplyC) / (store + tank.hot)
}

/** A tank colder than its setpoint hands on next to nothing: its valve rests at its stop. */
const leastHeatKw = 0.05

/** One minute on. */
function stepped(
  of: ImmersionMember,
  from: Course,
  settings: ImmersionSettings,
  conditions: OutsideConditions,
): { readonly course: Course; readonly outcome: LearnedOutcome } {
  const { dryBulbC } = conditions
  const { site } = of.priors
  const padsWet = padsAfter(of.model.pads, from.padsWet, {
    dryBulbC,
    padsAboveC: settings.padsAboveC,
    dryBelowC: site.nameplate.cooler.pads.dryBelowC,
  })
  const outside = coilAir(of, conditions, padsWet)
  const tanks = conditions.itKw.map((_, unit) => tankAlone(of, unit, settings, conditions))
  const hotC = tanks.map((tank, place) =>
    hotAfter(of, tank, { hotC: from.hotC[place] as number, supplyC: from.supplyC[place] as number }, stepS),
  )
  // What a tank hands on while it warms or cools, its supply held.
  const handing = tanks.map((tank, place) => ({
    ...tank,
    itKw: Math.max(leastHeatKw, tank.hot * ((hotC[place] as number) - tank.supplyC)),
  }))
  const loopOn = (facilityC: number) =>
    loopAtRest(of, handing, facilityC, settings.facilityDpKpa, from.pumpsRunning)
  const askedC = askedLeavingC(of, settings, dryBulbC)
  let loop = loopOn(askedC)
  let facilityC = leavingAfter(of, { loop, fromC: from.facilityC, askedC, outside })
  if (Math.abs(facilityC - askedC) > 0.02) {
    loop = loopOn(facilityC)
    facilityC = leavingAfter(of, { loop, fromC: from.facilityC, askedC, outside })
  }
  const rejectedKw = loop.heatKw - (loopKjPerK(of) / stepS) * (facilityC - from.facilityC)
  const coolersKw = coolersAtRest(of, { ...loop, heatKw: Math.max(0, rejectedKw) }, facilityC, outside)
  return {
    course: {
      padsWet,
      pumpsRunning: pumpsAfter(of.model.pumpStages, of.priors.facilityPumps, {
        flowLpm: loop.flowLpm,
        running: from.pumpsRunning,
      }),
      facilityC,
      hotC,
      supplyC: loop.reachedC,
    },
    outcome: outcomeOf(of, { tanks, loop, conditions, leavingC: facilityC, settings }, coolersKw),
  }
}

/** Coolant in coils and headers. */
const loopKjPerK = ({ priors, model }: ImmersionMember): number =>
  priors.coilsKjPerK +
  60 * priors.facilityKwPerKLpm * model.headersMinutes * priors.site.design.facilityFlowLpm

/** Coolant a minute on: as asked, unless full air cannot cool it so far or all heat cannot warm it so far. */
function leavingAfter(
  of: ImmersionMember,
  at: {
    readonly loop: LoopAtRest
    readonly fromC: number
    readonly askedC: number
    readonly outside: { readonly airC: number; readonly padsWet: boolean }
  },
): number {
  const { loop, fromC, askedC, outside } = at
  const store = loopKjPerK(of) / stepS
  const warmestC = fromC + loop.heatKw / store
  // At full air the coolant stands above the air in proportion to the heat that it gives away.
  const perKw = (leavingAtFullAir(of, loop, outside) - outside.airC) / loop.heatKw
  const coldestC = (outside.airC + perKw * (loop.heatKw + store * fromC)) / (1 + perKw * store)
  return Math.min(warmestC, Math.max(coldestC, askedC))
}
