import { plantIds } from '#contract/site/expand.ts'
import { chillerId } from '#contract/site/expandHybrid.ts'
import type { HybridPredictor } from '#models/plant/hybrid/air.ts'
import {
  type Hall,
  type HybridConditions,
  type HybridSettings,
  hallAtRest,
} from '#models/plant/hybrid/hall.ts'
import { type LoopStep, loopAfter, returnAfter } from '#models/plant/hybrid/loopAfter.ts'
import {
  type LoopSeen,
  type Machines,
  machinesAfter,
  runningOf,
  waitedOn,
} from '#models/plant/hybrid/machines.ts'
import { type HybridOutcome, outcomeOf } from '#models/plant/hybrid/predict.ts'
import type { FollowedRow, LearnedOutcome } from '#models/plant/learned/learnedPlant.ts'
import { pumpsAfter } from '#models/plant/learned/pumpStages.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { meanOf } from '#models/plant/meanOf.ts'

/** What the plant is in the middle of: what settings alone do not tell. */
type Course = {
  readonly machines: Machines
  readonly pumpsRunning: number
  readonly supplyC: number
  readonly returnC: number
  readonly basinC: number
}

/** What sensors show beyond the scale of their setpoints, K. */
export type WaterOffsets = { readonly supplyK: number; readonly basinK: number }

type Read = RowReader & {
  readonly settings: (values: readonly number[]) => HybridSettings
  readonly offsets: WaterOffsets
  readonly outcome: (outcome: HybridOutcome) => LearnedOutcome
}

const stepS = 60
const stepsPerRow = 5
/** Two hours of known rows tell how long each machine has been on or off, as far as its times ask. */
const knownRowsMost = 24
const longMin = 24 * 60
/** Best fit. */
const member = 0

/** The plant in the rows after known ones: machines run on until they are called or sent home, waters store heat. */
export function followHybrid(
  of: HybridPredictor,
  known: TelemetryTable,
  rows: readonly FollowedRow[],
  read: Read,
): LearnedOutcome[] {
  let course = courseAfter(of, known, read)
  return rows.map(({ values, conditions }) => {
    const settings = read.settings(values)
    const minutes: LearnedOutcome[] = []
    let hall: Hall | undefined
    for (let step = 0; step < stepsPerRow; step++) {
      hall ??= hallOn(of, settings, conditions, course?.supplyC ?? settings.chilledWaterC)
      const from: Course = course ?? restingCourse(of, settings, hall)
      const { loop, next } = stepped(of, from, { settings, conditions, hall }, stepS)
      minutes.push(
        read.outcome(
          outcomeOf(of, member, { settings, conditions, hall, loop: loop.loop, supplyC: from.supplyC }),
        ),
      )
      course = next
    }
    return meanOf(minutes)
  })
}

type Moment = {
  readonly settings: HybridSettings
  readonly conditions: HybridConditions
  readonly hall: Hall
}

const hallOn = (
  of: HybridPredictor,
  settings: HybridSettings,
  conditions: HybridConditions,
  supplyC: number,
): Hall => hallAtRest(of, member, settings, conditions, { supplyC, dpKpa: settings.facilityDpKpa })

function stepped(
  of: HybridPredictor,
  from: Course,
  { settings, conditions, hall }: Moment,
  seconds: number,
): { readonly loop: LoopStep; readonly seen: LoopSeen; readonly next: Course } {
  const { machines } = from
  const loop = loopAfter(
    of,
    member,
    {
      setpointC: settings.chilledWaterC,
      towerLeavingC: settings.towerLeavingC,
      towerFlowPercent: settings.towerFlowPercent,
      economiserMode: settings.economiserMode,
      wetBulbC: conditions.wetBulbC,
      dpKpa: settings.facilityDpKpa,
      loadKw: hall.loadKw,
      loadLpm: hall.loadLpm,
      supplyC: from.supplyC,
      returnC: from.returnC,
      basinC: from.basinC,
      isAlone: false,
      pumpsRunning: from.pumpsRunning,
    },
    { running: runningOf(machines), isEngaged: machines.isEngaged },
    seconds,
  )
  const { supplyC, couldLeaveC, tower } = loop.loop
  const seen = {
    setpointC: settings.chilledWaterC,
    supplyC,
    returnC: loop.returnC,
    couldLeaveC,
    basinC: tower.leavingC,
    wetBulbC: conditions.wetBulbC,
    mode: settings.economiserMode,
    coolingKw: loop.coolingKw,
    machineKw: loop.machineKw,
  }
  return {
    loop,
    seen,
    next: {
      machines: machinesAfter(of.priors.site, machines, seen, seconds / 60),
      pumpsRunning: pumpsAfter(of.model.pumpStages, of.priors.facilityPumps, {
        running: from.pumpsRunning,
        flowLpm: loop.loop.pumpedLpm,
      }),
      supplyC,
      returnC: loop.returnC,
      basinC: tower.leavingC,
    },
  }
}

/** Where nothing is known: one machine and the economiser, for long. */
function restingCourse({ priors }: HybridPredictor, settings: HybridSettings, hall: Hall): Course {
  return {
    machines: {
      chillers: Array.from({ length: priors.site.nameplate.chiller.units }, (_, index) => ({
        isOn: index === 0,
        sinceMin: longMin,
      })),
      isEngaged: true,
      startMin: 0,
      stopMin: 0,
      changeoverMin: 0,
    },
    pumpsRunning: priors.facilityPumps.pumps,
    supplyC: settings.chilledWaterC,
    returnC: settings.chilledWaterC + hall.loadKw / (hall.loadLpm * priors.chilledKwPerKLpm),
    basinC: settings.towerLeavingC,
  }
}

/** Where known rows leave the plant; undefined where they do not tell. */
function courseAfter(of: HybridPredictor, known: TelemetryTable, read: Read): Course | undefined {
  const columns = new Map(known.keys.map((key, column) => [key, column]))
  const value = (row: TelemetryRow, key: string): number => row.values[columns.get(key) ?? -1] ?? Number.NaN
  const ids = Array.from({ length: of.priors.site.nameplate.chiller.units }, (_, index) =>
    chillerId(index + 1),
  )
  let course: Course | undefined
  for (const row of known.rows.slice(-knownRowsMost)) {
    const shares = ids.map(id => value(row, `${id}.status`))
    const engaged = value(row, `${chillerId(1)}.economiserEngaged`)
    const supplyC = value(row, `${plantIds.facility}.supplyTemperature`) - read.offsets.supplyK
    const basinC = value(row, `${plantIds.tower}.leavingTemperature`) - read.offsets.basinK
    const pumpsRunning = Math.round(value(row, `${plantIds.facility}.pumpsRunning`))
    if (![...shares, engaged, supplyC, basinC, pumpsRunning].every(Number.isFinite)) {
      course = undefined
      continue
    }
    const settings = read.settings(read.leverValues(row))
    const { areChillersOn, ...conditions } = read.conditions(row)
    const hall = hallOn(of, settings, conditions, supplyC)
    const returnC = course
      ? returnAfter(of, { ...hall, supplyC, returnC: course.returnC }, stepsPerRow * stepS)
      : supplyC + hall.loadKw / (hall.loadLpm * of.priors.chilledKwPerKLpm)
    const before: Course = course ?? {
      machines: {
        chillers: shares.map(share => ({ isOn: share > 0.5, sinceMin: longMin })),
        isEngaged: engaged > 0.5,
        startMin: 0,
        stopMin: 0,
        changeoverMin: 0,
      },
      pumpsRunning,
      supplyC,
      returnC,
      basinC,
    }
    const { seen } = stepped(
      of,
      { ...before, pumpsRunning, supplyC, returnC, basinC },
      { settings, conditions, hall },
      stepS,
    )
    const waited = waitedOn(of.priors.site, before.machines, { ...seen, supplyC, basinC }, stepsPerRow)
    course = {
      machines: asMeasured(before.machines, waited, shares, engaged),
      pumpsRunning,
      supplyC,
      returnC,
      basinC,
    }
  }
  return course
}

/** Calls as they lasted, machines as they were seen: a share of a row is a machine that came or went within it. */
function asMeasured(
  before: Machines,
  waited: Machines,
  shares: readonly number[],
  engaged: number,
): Machines {
  const chillers = before.chillers.map((one, index) => {
    const share = shares[index] as number
    const isOn = share > 0 && share < 1 ? !one.isOn : share === 1
    if (isOn === one.isOn) return { isOn, sinceMin: one.sinceMin + stepsPerRow }
    return { isOn, sinceMin: stepsPerRow * (isOn ? share : 1 - share) }
  })
  const [was, is] = [before, { ...before, chillers }].map(runningOf) as [number, number]
  const isEngaged = engaged > 0 && engaged < 1 ? !before.isEngaged : engaged === 1
  return {
    chillers,
    isEngaged,
    startMin: is > was ? 0 : waited.startMin,
    stopMin: is < was ? 0 : waited.stopMin,
    changeoverMin: isEngaged === before.isEngaged ? waited.changeoverMin : 0,
  }
}
