import { Failure } from '#contract/failure.ts'
import { day, type Millis } from '#contract/units.ts'
import { type Fault, type FaultKind, sizeOf, wrongOf } from '#simulators/faults/fault.ts'

/** Faults that wait, act and end; what the plant's step and reading need to know of them. */
export type FaultBoard = {
  inject(fault: Fault, now: Millis): void
  clear(id: string): void
  /** Starts and ends faults that are due. */
  update(now: Millis): void
  active(): readonly Fault[]
  readonly badKeys: ReadonlySet<string>
  /** Key → value held since the sensor froze. */
  readonly frozen: ReadonlyMap<string, number>
  /** What drift and bias add to a sensor's value now; 0 for a sound one. */
  offsetOf(key: string, now: Millis): number
  /** Equipment → how far its clock is ahead. */
  readonly skewMs: ReadonlyMap<string, number>
  readonly silentEquipment: ReadonlySet<string>
  /** Writable points whose writes are taken and not acted on. */
  readonly deafKeys: ReadonlySet<string>
}

/** More than this at once is a mistake of the one who injects. */
const faultsMax = 1_000

/** What the board needs of a plant. */
export type FaultyPlant = {
  readonly keys: ReadonlySet<string>
  /** Points that measure something: they can drift. */
  readonly measured: ReadonlySet<string>
  readonly equipment: ReadonlySet<string>
  partsOf(id: string): readonly string[]
  sense(key: string): number
  readonly leakSensorFaults: Set<string>
  /** Turns a fault of the plant itself on and off, or says in a sentence why there is no such fault here. */
  switchFor(fault: Fault): ((isOn: boolean) => void) | string
}

/** Faults that lie in how a plant is seen and reached, not in the plant: the board brings them about itself. */
const boardKinds: ReadonlySet<FaultKind> = new Set([
  'sensorDrift',
  'sensorBias',
  'frozenSensor',
  'badSensor',
  'leakSensorFault',
  'silentController',
  'clockSkew',
])
/** Faults of which two at one place are two: the others share one switch. */
const separateKinds: ReadonlySet<FaultKind> = new Set(['leak', 'loadJump', 'meterRollover'])

type Acting = {
  readonly fault: Fault
  readonly since: Millis
  /** Kept from start to end: a leak that ends must be wiped up where it ran. */
  readonly turn: ((isOn: boolean) => void) | undefined
  /** What a frozen sensor goes on showing. */
  readonly held: number
}
type Offset = { readonly bias: number; readonly perMs: number; readonly since: Millis }

const keyOf = ({ place, point }: Fault): string => `${place}.${point}`

export function faultBoard(plant: FaultyPlant): FaultBoard {
  const waiting = new Map<string, Fault>()
  const acting = new Map<string, Acting>()
  const badKeys = new Set<string>()
  const frozen = new Map<string, number>()
  const offsets = new Map<string, Offset[]>()
  const skewMs = new Map<string, number>()
  const silentEquipment = new Set<string>()
  const deafKeys = new Set<string>()

  const mark = ({ fault, since, held }: Acting): void => {
    const key = keyOf(fault)
    switch (fault.kind) {
      case 'sensorDrift':
      case 'sensorBias': {
        const perMs = fault.kind === 'sensorDrift' ? sizeOf(fault) / day : 0
        const bias = fault.kind === 'sensorBias' ? sizeOf(fault) : 0
        offsets.set(key, [...(offsets.get(key) ?? []), { bias, perMs, since }])
        return
      }
      case 'frozenSensor':
        // Who froze first has the value.
        if (!frozen.has(key)) frozen.set(key, held)
        return
      case 'badSensor':
        badKeys.add(key)
        return
      case 'leakSensorFault':
        plant.leakSensorFaults.add(fault.place)
        return
      case 'silentController':
        if (fault.point !== undefined) deafKeys.add(key)
        else for (const id of [fault.place, ...plant.partsOf(fault.place)]) silentEquipment.add(id)
        return
      case 'clockSkew':
        for (const id of [fault.place, ...plant.partsOf(fault.place)])
          skewMs.set(id, Math.round(sizeOf(fault) * 1000))
    }
  }
  /** What the board itself brings about, anew from all that act: the end of one never lifts another. */
  const markAll = () => {
    for (const marks of [badKeys, frozen, offsets, skewMs, silentEquipment, deafKeys, plant.leakSensorFaults])
      marks.clear()
    for (const one of acting.values()) mark(one)
  }
  const start = (fault: Fault, now: Millis) => {
    const isBoards = boardKinds.has(fault.kind)
    const turn = isBoards ? undefined : plant.switchFor(fault)
    // A sensor that stands already goes on with what it shows.
    const held =
      fault.kind === 'frozenSensor' ? (frozen.get(keyOf(fault)) ?? plant.sense(keyOf(fault))) : Number.NaN
    acting.set(fault.id, { fault, since: now, turn: typeof turn === 'function' ? turn : undefined, held })
    if (isBoards) markAll()
    else acting.get(fault.id)?.turn?.(true)
  }
  const end = (one: Acting) => {
    const { kind, id } = one.fault
    acting.delete(id)
    if (boardKinds.has(kind)) return markAll()
    one.turn?.(false)
    // Another fault of the same kind may hold the same thing: it holds on.
    if (separateKinds.has(kind)) return
    for (const other of acting.values()) if (other.fault.kind === kind) other.turn?.(true)
  }
  return {
    badKeys,
    frozen,
    skewMs,
    silentEquipment,
    deafKeys,
    offsetOf: (key, now) => {
      let sum = 0
      for (const { bias, perMs, since } of offsets.get(key) ?? []) sum += bias + perMs * (now - since)
      return sum
    },
    inject: (fault, now) => {
      check(fault, plant)
      if (acting.has(fault.id) || waiting.has(fault.id))
        throw new Failure('CONFLICT', `fault "${fault.id}" is there already`)
      if (acting.size + waiting.size >= faultsMax)
        throw new Failure('CONFLICT', `more than ${faultsMax} faults at once`)
      if (fault.startAt !== undefined && fault.startAt > now) waiting.set(fault.id, fault)
      else start(fault, now)
    },
    clear: id => {
      waiting.delete(id)
      const one = acting.get(id)
      if (one) end(one)
    },
    update: now => {
      if (waiting.size === 0 && acting.size === 0) return
      for (const fault of [...waiting.values()])
        if (fault.startAt! <= now) {
          waiting.delete(fault.id)
          start(fault, now)
        }
      for (const one of [...acting.values()])
        if (one.fault.endAt !== undefined && one.fault.endAt <= now) end(one)
    },
    active: () => [...acting.values()].map(one => one.fault),
  }
}

/** Refuses what cannot be, in one sentence, before anything acts. */
function check(fault: Fault, plant: FaultyPlant): void {
  const sentence = wrongPlace(fault, plant)
  if (sentence !== undefined)
    throw new Failure('CONFIG_INVALID', `fault "${fault.id}" (${fault.kind}): ${sentence}`)
}

function wrongPlace(fault: Fault, plant: FaultyPlant): string | undefined {
  const { kind, place, point } = fault
  if (!plant.equipment.has(place)) return `place "${place}" is no equipment of this site`
  const wrong = wrongOf(fault)
  if (wrong !== undefined) return wrong
  if (kind === 'leakSensorFault' && !plant.keys.has(`${place}.leak`)) return `${place} has no leak sensor`
  if (!boardKinds.has(kind)) {
    const turn = plant.switchFor(fault)
    return typeof turn === 'string' ? turn : undefined
  }
  if (point === undefined) return undefined
  if (!plant.keys.has(keyOf(fault))) return `${place} has no point "${point}"`
  const canDrift = plant.measured.has(keyOf(fault))
  if ((kind === 'sensorDrift' || kind === 'sensorBias') && !canDrift)
    return `${place}.${point} is a state or a setpoint and measures nothing`
  return undefined
}
