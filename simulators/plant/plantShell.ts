import { pointsOf } from '#contract/points.ts'
import type { Reading } from '#contract/reading.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import type { DurationMs, Millis } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import { faultBoard } from '#simulators/faults/faultBoard.ts'
import type { LoadJumps } from '#simulators/faults/loadJumps.ts'
import { copyOfState, copyStateInto } from '#simulators/plant/copyState.ts'
import type { EnergyTruth, PlantTally, PlantWrite, SimulatedPlant } from '#simulators/plant/plant.ts'
import type { TrueValues } from '#simulators/plant/pointReads.ts'
import type { WritablePoint } from '#simulators/plant/pointWrites.ts'
import { type SensorError, sensed, sensorError } from '#simulators/plant/sensors.ts'
import type { DeviceState } from '#simulators/plant/state.ts'

/** What a kind of plant brings; the shell adds sensors, faults of sensors, permissions and time. */
export type PlantParts = {
  readonly seed: number
  /** Everything that moves, as plain data, in place: what is not in here is lost by a restore. */
  readonly state: object & { readonly at: Millis }
  /** One step of the physics; `state.at` moves by `stepMs`. */
  step(stepMs: DurationMs): void
  /** A true value for every catalogue point of every equipment, by equipment id. */
  readonly truths: ReadonlyMap<string, TrueValues>
  readonly writable: ReadonlyMap<string, WritablePoint>
  /** The device with this id that has a key and an authority. */
  device(id: string): DeviceState | undefined
  /** Equipment whose leak sensor cannot say; marked by the fault board, read by the truths. */
  readonly leakSensorFaults: Set<string>
  /** Turns a fault of the plant itself on and off, or says in a sentence why there is no such fault here. */
  switchFor(fault: Fault): ((isOn: boolean) => void) | string
  energy(): EnergyTruth
  tally(): PlantTally
  powerNow(): ReturnType<SimulatedPlant['powerNow']>
}

type PointEntry = {
  readonly equipment: string
  readonly truth: () => number
  readonly error: SensorError
  readonly isLeak: boolean
  /** Measures something, so that it can drift: no state, no setpoint. */
  readonly isMeasured: boolean
}

/** A plant that moves only when told to, around the physics of its kind. */
export function plantOf<S extends AnySite>(
  site: S,
  parts: PlantParts,
  time: { readonly stepMs: DurationMs; readonly jumps: LoadJumps },
): SimulatedPlant<S> {
  const { state } = parts
  const { stepMs, jumps } = time
  let stepNumber = 0
  const equipment = new Set(site.equipment.map(entry => entry.id))
  const points = pointEntries(site, parts)
  const keys = [...points.keys()]
  const sense = (key: string): number => {
    const point = points.get(key)
    return point ? shown(key, point) : Number.NaN
  }
  const board = faultBoard({
    keys: new Set(keys),
    measured: new Set(keys.filter(key => points.get(key)?.isMeasured)),
    equipment,
    partsOf: id => site.equipment.filter(entry => entry.partOf === id).map(entry => entry.id),
    sense,
    leakSensorFaults: parts.leakSensorFaults,
    switchFor: fault =>
      fault.kind === 'loadJump' ? jumps.switchFor(fault, () => state.at) : parts.switchFor(fault),
  })

  /** What a sensor shows: the truth with its errors, its drift, and within what it can show. */
  const shown = (key: string, { truth, error }: PointEntry): number => {
    const value = sensed(truth(), error, stepNumber)
    const offset = board.offsetOf(key, state.at)
    return offset === 0 ? value : Math.max(error.lowest, Math.min(error.highest, value + offset))
  }
  const read = (key: string): Reading => {
    const point = points.get(key)
    if (!point) throw new Error(`the plant has no point "${key}"`)
    const at = state.at + (board.skewMs.get(point.equipment) ?? 0)
    if (
      board.badKeys.has(key) ||
      board.silentEquipment.has(point.equipment) ||
      (point.isLeak && parts.leakSensorFaults.has(point.equipment))
    )
      return { value: null, quality: 'bad', at }
    return { value: board.frozen.get(key) ?? shown(key, point), quality: 'good', at }
  }
  const write = (key: string, value: number): PlantWrite => {
    const point = points.get(key)
    if (!point) return { taken: false, because: 'unknownPoint' }
    const target = parts.writable.get(key)
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
        parts.step(stepMs)
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
    energy: parts.energy,
    tally: parts.tally,
    powerNow: parts.powerNow,
    setDevice: (key, value) => setDevice(parts, key, value),
    snapshot: () => ({ state: copyOfState(state), stepNumber }),
    restore: snapshot => {
      copyStateInto(state, snapshot.state)
      stepNumber = snapshot.stepNumber
    },
  }
}

const unmeasured: ReadonlySet<string> = new Set(['leak', 'status', 'command'])

/** Every catalogue point of every equipment, in the site's order. */
function pointEntries(site: AnySite, { truths, seed }: PlantParts): Map<string, PointEntry> {
  const points = new Map<string, PointEntry>()
  for (const { id, kind } of site.equipment)
    for (const [name, spec] of pointsOf(kind)) {
      const truth = truths.get(id)?.[name]
      if (!truth) throw new Error(`the plant has no value for ${id}.${name}`)
      points.set(`${id}.${name}`, {
        equipment: id,
        truth,
        error: sensorError(seed, `${id}.${name}`, spec, kind === 'powerMeter'),
        isLeak: name === 'leak',
        isMeasured: !spec.writable && !unmeasured.has(spec.quantity),
      })
    }
  return points
}

const deviceMarks = { remoteEnable: 1, authority: 2, maintenance: 1 } as const

function setDevice(parts: PlantParts, key: string, value: number): PlantWrite {
  const [id, mark] = key.split('.') as [string, string | undefined]
  const device = parts.device(id)
  if (!device || mark === undefined) return { taken: false, because: 'unknownPoint' }
  if (!Object.hasOwn(deviceMarks, mark)) return { taken: false, because: 'notWritable' }
  if (!Number.isFinite(value)) return { taken: false, because: 'notANumber' }
  const name = mark as keyof typeof deviceMarks
  device[name] = Math.max(0, Math.min(deviceMarks[name], Math.round(value)))
  return { taken: true, held: device[name] }
}
