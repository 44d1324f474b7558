import { pointsOf } from '#contract/points.ts'
import type { Reading } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import type { DurationMs, Millis } from '#contract/units.ts'
import { faultBoard } from '#simulators/faults/faultBoard.ts'
import type { Load } from '#simulators/load/load.ts'
import { drawBetween } from '#simulators/plant/chance.ts'
import { meteredPower } from '#simulators/plant/electricalStep.ts'
import { drawHiddenTruth } from '#simulators/plant/hiddenTruth.ts'
import { initialState } from '#simulators/plant/initialState.ts'
import type { EnergyTruth, Plant, PlantWrite } from '#simulators/plant/plant.ts'
import { trueValues } from '#simulators/plant/pointReads.ts'
import { writablePoints } from '#simulators/plant/pointWrites.ts'
import { type SensorError, sensed, sensorError } from '#simulators/plant/sensors.ts'
import { sizingOf } from '#simulators/plant/sizing.ts'
import { type PlantState, storedHeatKj } from '#simulators/plant/state.ts'
import { type PlantFrame, step } from '#simulators/plant/step.ts'
import type { Weather } from '#simulators/weather/weather.ts'

export type PlantOptions = {
  readonly site: Site
  readonly weather: Weather
  readonly load: Load
  readonly seed: number
  readonly startAt: Millis
  /** Step of the physics in site time; 250 ms suits a plant that runs in real time. */
  readonly stepMs?: DurationMs
  /** Site time without a toggle after which a device falls back by itself. */
  readonly watchdogTimeoutMs?: DurationMs
  /** IT leakage, share per kelvin at 65 °C; hidden from everyone else. */
  readonly leakagePerK?: number
}

/** A plant with what a test or the simulator's door may do beside reading and writing. */
export type SimulatedPlant = Plant & {
  /** Turns a device's key, authority or maintenance tag, as a person at the device would. */
  setDevice(key: string, value: number): PlantWrite
  /** True IT power, cooling power and so on at this instant, kW. */
  powerNow(): {
    readonly itKw: number
    readonly facilityKw: number
    readonly coolingKw: number
    readonly lossesKw: number
  }
}

/** The run-in before the start: four hours at the weather and load of the start, in steps of 10 s. */
const runInMs = 4 * 3_600_000
const runInStepMs = 10_000

type PointEntry = {
  readonly equipment: string
  readonly truth: () => number
  readonly error: SensorError
  readonly isLeak: boolean
}

export function createPlant(options: PlantOptions): SimulatedPlant {
  const { site, weather, load, seed, startAt } = options
  const stepMs = options.stepMs ?? 5_000
  const sizing = sizingOf(site)
  const hidden = drawHiddenTruth(site, seed, options.leakagePerK)
  const meterGain = (id: string) => {
    const classPercent = site.meters.find(meter => meter.id === id)?.classPercent ?? 0
    // A meter in service sits well inside its class: 0.6 of it.
    return 1 + drawBetween(seed, `meter/${id}/gain`, -0.006, 0.006) * classPercent
  }
  const frame: PlantFrame = {
    site,
    sizing,
    hidden,
    leakagePerK: hidden.leakagePerK,
    metered: site.meters.map(meter => meteredPower(site, meter)),
    watchdogTimeoutMs: options.watchdogTimeoutMs ?? 10_000,
  }
  const state = initialState(site, sizing, hidden, startAt, meterGain)
  runIn(state, { frame, load, weather, startAt })

  let stepNumber = 0
  const equipment = new Set(site.equipment.map(entry => entry.id))
  const faultMarks = new Set<string>()
  const points = pointEntries({ site, state, sizing, seed, weather, leakSensorFaults: faultMarks })
  const writable = writablePoints({ state, site, sizing })
  const keys = [...points.keys()]
  const sense = (key: string): number => {
    const point = points.get(key)
    return point ? sensed(point.truth(), point.error, stepNumber) : Number.NaN
  }
  const board = faultBoard(state, {
    keys: new Set(keys),
    equipment,
    partsOf: id => site.equipment.filter(entry => entry.partOf === id).map(entry => entry.id),
    sense,
    leakSensorFaults: faultMarks,
  })

  const read = (key: string): Reading => {
    const point = points.get(key)
    if (!point) throw new Error(`the plant has no point "${key}"`)
    if (
      board.badKeys.has(key) ||
      board.silentEquipment.has(point.equipment) ||
      (point.isLeak && faultMarks.has(point.equipment))
    )
      return { value: null, quality: 'bad', at: state.at }
    return {
      value: board.frozen.get(key) ?? sensed(point.truth(), point.error, stepNumber),
      quality: 'good',
      at: state.at,
    }
  }
  const write = (key: string, value: number): PlantWrite => {
    const point = points.get(key)
    if (!point) return { taken: false, because: 'unknownPoint' }
    const target = writable.get(key)
    if (!target) return { taken: false, because: 'notWritable' }
    if (!Number.isFinite(value)) return { taken: false, because: 'notANumber' }
    if (board.silentEquipment.has(point.equipment)) return { taken: false, because: 'deviceSilent' }
    if (target.device && (target.device.authority !== 2 || target.device.remoteEnable !== 1))
      return { taken: false, because: 'localControl' }
    if (board.deafKeys.has(key)) return { taken: true, held: point.truth() }
    return { taken: true, held: target.write(value) }
  }

  return {
    site,
    siteNow: () => state.at,
    advanceTo: siteAt => {
      while (state.at + stepMs <= siteAt) {
        board.update(state.at)
        step(state, { load, air: weather.at(state.at), leaks: board.leaks }, frame, stepMs)
        stepNumber++
      }
    },
    keys,
    read,
    truthOf: key => points.get(key)?.truth(),
    write,
    inject: fault => board.inject(fault, state.at),
    clear: id => board.clear(id),
    activeFaults: () => board.active(),
    energy: () => energyTruth(state, frame),
    setDevice: (key, value) => setDevice(state, key, value),
    powerNow: () => ({
      itKw: state.electrical.itKw,
      facilityKw: state.electrical.facilityKw,
      coolingKw: state.electrical.cduPumpsKw + state.facility.pumpKw + state.tower.fanKw + state.tower.pumpKw,
      lossesKw: state.electrical.lossesKw,
    }),
  }
}

/** Brings the plant near to its steady state at the start, then sets the counters to zero. */
function runIn(
  state: PlantState,
  run: { frame: PlantFrame; load: Load; weather: Weather; startAt: Millis },
): void {
  const air = run.weather.at(run.startAt)
  const standing = { cduPowerKw: (cdu: number) => run.load.cduPowerKw(cdu, run.startAt) }
  for (let ms = 0; ms < runInMs; ms += runInStepMs)
    step(state, { load: standing, air, leaks: [] }, run.frame, runInStepMs)
  state.at = run.startAt
  for (const meter of state.meters) meter.registerKwh = 0
  state.tower.evaporatedL = 0
  Object.assign(state.energy, {
    fromAt: run.startAt,
    itKwh: 0,
    facilityKwh: 0,
    coolingKwh: 0,
    lossesKwh: 0,
    heatInKwh: 0,
    heatOutKwh: 0,
  })
  state.energy.storedAtStartKj = storedHeatKj(state, run.frame.sizing)
}

/** Every catalogue point of every equipment, in the site's order. */
function pointEntries(place: Parameters<typeof trueValues>[0]): Map<string, PointEntry> {
  const truths = trueValues(place)
  const points = new Map<string, PointEntry>()
  for (const { id, kind } of place.site.equipment)
    for (const [name, spec] of pointsOf(kind)) {
      const truth = truths.get(id)?.[name]
      if (!truth) throw new Error(`the plant has no value for ${id}.${name}`)
      points.set(`${id}.${name}`, {
        equipment: id,
        truth,
        error: sensorError(place.seed, `${id}.${name}`, spec, kind === 'powerMeter'),
        isLeak: name === 'leak',
      })
    }
  return points
}

function energyTruth(state: PlantState, frame: PlantFrame): EnergyTruth {
  const { energy } = state
  const storedKwh = (storedHeatKj(state, frame.sizing) - energy.storedAtStartKj) / 3600
  return {
    fromAt: energy.fromAt,
    toAt: state.at,
    itKwh: energy.itKwh,
    facilityKwh: energy.facilityKwh,
    coolingKwh: energy.coolingKwh,
    lossesKwh: energy.lossesKwh,
    pue: energy.itKwh > 0 ? energy.facilityKwh / energy.itKwh : 1,
    energyBalanceError:
      energy.heatInKwh > 0
        ? Math.abs(energy.heatInKwh - energy.heatOutKwh - storedKwh) / energy.heatInKwh
        : 0,
  }
}

const deviceMarks = { remoteEnable: 1, authority: 2, maintenance: 1 } as const

function setDevice(state: PlantState, key: string, value: number): PlantWrite {
  const [id, mark] = key.split('.') as [string, string | undefined]
  const device =
    id === 'facility' ? state.facility : id === 'tower' ? state.tower : state.cdus.find(cdu => cdu.id === id)
  if (!device || mark === undefined) return { taken: false, because: 'unknownPoint' }
  if (!Object.hasOwn(deviceMarks, mark)) return { taken: false, because: 'notWritable' }
  if (!Number.isFinite(value)) return { taken: false, because: 'notANumber' }
  const name = mark as keyof typeof deviceMarks
  device[name] = Math.max(0, Math.min(deviceMarks[name], Math.round(value)))
  return { taken: true, held: device[name] }
}
