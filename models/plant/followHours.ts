import { pumpsAfter, pumpsAtRest } from '#models/plant/learned/pumpStages.ts'
import { meanOf } from '#models/plant/meanOf.ts'
import {
  type Conditions,
  cduFlowAt,
  type Outcome,
  type Predictor,
  plantExchange,
  predictCdu,
  predictPlant,
  type Settings,
} from '#models/plant/predict.ts'
import { pumpsSeen } from '#models/plant/pumpsSeen.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { settingsOf } from '#models/plant/score.ts'
import { shifted } from '#models/plant/sensorOffsets.ts'
import { heldPressure, leavingAtFullAir, predict } from '#models/plant/settle.ts'

/** Five minutes that follow known ones: the settings then in force, loads and weather. Machines' states are not told. */
export type FollowedRow = {
  readonly settings: Settings
  readonly conditions: Pick<Conditions, 'itKw' | 'wetBulbC'>
}

/** What the plant is in the middle of: what settings alone do not tell. */
type Course = {
  readonly pumpsRunning: number
  /** Water to the CDUs, and water in the tower's basin. */
  readonly facilityC: number
  readonly basinC: number
  /** Secondary water behind the racks, by CDU. */
  readonly hotC: readonly number[]
  /** Setpoints last in force: within a row they walk to its own. */
  readonly settings: Settings
}

const member = 0
/** A row is walked in minutes: headers turn over in one. */
const stepS = 60
const stepsPerRow = 5

/** The plant in the rows after known ones, by the best fit: waters store heat, and pumps run on until one is called or sent home. */
export function followPlant(
  of: Predictor,
  known: readonly PlantRow[],
  rows: readonly FollowedRow[],
): Outcome[] {
  let course = courseAfter(of, known)
  return rows.map(row => {
    const minutes: Outcome[] = []
    const from = course ?? restingCourse(of, row)
    course = from
    for (let step = 1; step <= stepsPerRow; step++) {
      const settings = between(from.settings, row.settings, step / stepsPerRow)
      const next = stepped(of, course, settings, row.conditions)
      course = next.course
      minutes.push(next.outcome)
    }
    return meanOf(minutes)
  })
}

/** Where known rows leave the plant; undefined where they do not tell. */
function courseAfter(of: Predictor, known: readonly PlantRow[]): Course | undefined {
  const last = known.at(-1)
  const settings = last && settingsOf(last)
  if (!settings) return undefined
  const { cdus, facility, tower } = shifted(last, of.model.course.offsets)
  const course = {
    settings,
    pumpsRunning: pumpsSeen(of, last).running,
    facilityC: facility.supplyC,
    basinC: tower.leavingC,
    hotC: cdus.map((cdu, place) => {
      const riseK = cdu.returnC - cdu.supplyC
      return (
        cdu.supplySpC + (Number.isFinite(riseK) ? riseK : cdu.itKw / secondaryKwPerK(of, settings, place))
      )
    }),
  }
  const { pumpsRunning, facilityC, basinC, hotC } = course
  return [pumpsRunning, facilityC, basinC, ...hotC].every(Number.isFinite) ? course : undefined
}

/** Where nothing is known: at rest as asked. */
const restingCourse = (of: Predictor, { settings, conditions }: FollowedRow): Course => ({
  settings,
  pumpsRunning: pumpsAtRest(
    of.model.course.pumpStages,
    of.priors.facilityPumps,
    predict(of, member, settings, conditions).primaryLpm,
  ),
  facilityC: settings.facilitySupplyC,
  basinC: settings.towerLeavingC,
  hotC: conditions.itKw.map(
    (itKw, cdu) => (settings.cduSupplyC[cdu] as number) + itKw / secondaryKwPerK(of, settings, cdu),
  ),
})

const secondaryKwPerK = (of: Predictor, settings: Settings, cdu: number): number =>
  of.priors.secondaryKwPerKLpm * cduFlowAt(of, { unit: cdu, member }, settings.cduDpKpa[cdu] as number)

/** Settings with temperatures some share of the way from what stood before; pressures and flows are what they are asked to be at once. */
function between(from: Settings, to: Settings, share: number): Settings {
  const one = (a: number, b: number) => a + share * (b - a)
  return {
    ...to,
    towerLeavingC: one(from.towerLeavingC, to.towerLeavingC),
    facilitySupplyC: one(from.facilitySupplyC, to.facilitySupplyC),
    cduSupplyC: to.cduSupplyC.map((value, cdu) => one(from.cduSupplyC[cdu] as number, value)),
  }
}

/** One minute on. */
function stepped(
  of: Predictor,
  from: Course,
  settings: Settings,
  conditions: FollowedRow['conditions'],
): { readonly course: Course; readonly outcome: Outcome } {
  const { priors, model } = of
  const { wetBulbC } = conditions
  const loops = loopsAfter(of, from, settings, conditions)
  const { cdus, held } = cdusOn(
    of,
    { ...settings, facilitySupplyC: from.facilityC },
    { ...conditions, ...loops },
  )
  const loopsKw = loops.storedKw.reduce((sum, one) => sum + one, 0)
  const { pumpsRunning } = from
  const asked = predictPlant(of, member, cdus, held, wetBulbC, { pumpsRunning, storedKw: loopsKw })
  const headersStore = priors.headersKjPerK / stepS
  const facilityKw = asked.towerHeatKw - asked.towerPumpKw - loopsKw
  const { perK, hot } = plantExchange(of, member, asked)
  const facilityC = waterAfter(headersStore, {
    fromC: from.facilityC,
    askedC: settings.facilitySupplyC,
    heatKw: facilityKw,
    perK,
    // All that the exchanger takes: perK × (supply + heat / hot - basin).
    restsAboveC: from.basinC - facilityKw / hot,
  })
  const headersKw = headersStore * (facilityC - from.facilityC)
  const towerHeatKw = Math.max(leastHeatKw, asked.towerHeatKw - loopsKw - headersKw)
  const basinStore = (model.course.basinMinutes * priors.basinMinuteKjPerK) / stepS
  const fullAirC = leavingAtFullAir(of, member, { ...asked, ...settings, towerHeatKw }, wetBulbC)
  const basinC = waterAfter(basinStore, {
    fromC: from.basinC,
    askedC: settings.towerLeavingC,
    heatKw: towerHeatKw,
    perK: towerHeatKw / (fullAirC - wetBulbC),
    restsAboveC: wetBulbC,
  })
  const storedKw = loopsKw + headersKw + basinStore * (basinC - from.basinC)
  const outcome = predictPlant(of, member, cdus, { ...held, towerLeavingC: basinC }, wetBulbC, {
    pumpsRunning,
    storedKw,
  })
  const course = {
    settings,
    facilityC,
    basinC,
    hotC: loops.hotC,
    pumpsRunning: pumpsAfter(model.course.pumpStages, priors.facilityPumps, {
      flowLpm: outcome.primaryLpm,
      running: pumpsRunning,
    }),
  }
  return { course, outcome }
}

/** However fast waters warm, the tower still has this to carry away. */
const leastHeatKw = 1

/** Secondary loops a minute on: half of their water behind the racks, half before them at its setpoint; and what they store meanwhile. */
function loopsAfter(
  of: Predictor,
  from: Course,
  settings: Settings,
  { itKw }: FollowedRow['conditions'],
): { readonly hotC: readonly number[]; readonly storedKw: readonly number[] } {
  const store = of.priors.cduLoopKjPerK / 2 / stepS
  const hotC = itKw.map((heatKw, cdu) => {
    const perK = secondaryKwPerK(of, settings, cdu)
    const supplyC = settings.cduSupplyC[cdu] as number
    return (store * (from.hotC[cdu] as number) + heatKw + perK * supplyC) / (store + perK)
  })
  const warmedK = hotC.map(
    (one, cdu) =>
      one -
      (from.hotC[cdu] as number) +
      (settings.cduSupplyC[cdu] as number) -
      (from.settings.cduSupplyC[cdu] as number),
  )
  return { hotC, storedKw: warmedK.map(one => store * one) }
}

/** CDUs under these settings; where the pumps cannot hold the facility's pressure, under the pressure that they can. */
function cdusOn(of: Predictor, settings: Settings, conditions: Conditions) {
  const under = (held: Settings) => ({
    held,
    cdus: conditions.itKw.map((_, cdu) => predictCdu(of, member, cdu, held, conditions)),
  })
  const asked = under(settings)
  const primaryLpm = asked.cdus.reduce((sum, cdu) => sum + cdu.primaryLpm, 0)
  const facilityDpKpa = heldPressure(of, member, settings, conditions, { primaryLpm })
  return facilityDpKpa < settings.facilityDpKpa ? under({ ...settings, facilityDpKpa }) : asked
}

/**
 * Water a minute on: as asked, unless all that can be carried away (perK × (water - restsAboveC)) cannot cool it so far, or all
 * heat cannot warm it so far. `store`: kW for a kelvin in that minute.
 */
function waterAfter(
  store: number,
  at: {
    readonly fromC: number
    readonly askedC: number
    readonly heatKw: number
    readonly perK: number
    readonly restsAboveC: number
  },
): number {
  const warmestC = at.fromC + at.heatKw / store
  const coldestC = (store * at.fromC + at.heatKw + at.perK * at.restsAboveC) / (store + at.perK)
  return Math.min(warmestC, Math.max(coldestC, at.askedC))
}
