import { Failure } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'

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
  readonly silentEquipment: ReadonlySet<string>
  /** Writable points whose writes are taken and not acted on. */
  readonly deafKeys: ReadonlySet<string>
}

/** More than this at once is a mistake of the one who injects. */
const faultsMax = 1_000

/** What the board needs of a plant. */
export type FaultyPlant = {
  readonly keys: ReadonlySet<string>
  readonly equipment: ReadonlySet<string>
  partsOf(id: string): readonly string[]
  sense(key: string): number
  readonly leakSensorFaults: Set<string>
  /** Turns a fault of the plant itself on and off, or says in a sentence why there is no such fault here. */
  switchFor(fault: Fault): ((isOn: boolean) => void) | string
}

export function faultBoard(plant: FaultyPlant): FaultBoard {
  const waiting = new Map<string, Fault>()
  const acting = new Map<string, Fault>()
  /** Kept from start to end: a leak that ends must be wiped up where it ran. */
  const switches = new Map<string, (isOn: boolean) => void>()
  const badKeys = new Set<string>()
  const frozen = new Map<string, number>()
  const silentEquipment = new Set<string>()
  const deafKeys = new Set<string>()

  const set = (fault: Fault, isOn: boolean): void => {
    const key = fault.point === undefined ? '' : `${fault.place}.${fault.point}`
    const mark = (marks: Set<string>, name: string) => (isOn ? marks.add(name) : marks.delete(name))
    switch (fault.kind) {
      case 'frozenSensor':
        if (isOn) frozen.set(key, plant.sense(key))
        else frozen.delete(key)
        return
      case 'badSensor':
        mark(badKeys, key)
        return
      case 'leakSensorFault':
        mark(plant.leakSensorFaults, fault.place)
        return
      case 'silentController':
        if (fault.point === undefined)
          for (const id of [fault.place, ...plant.partsOf(fault.place)]) mark(silentEquipment, id)
        else mark(deafKeys, key)
        return
      default:
        switches.get(fault.id)?.(isOn)
    }
  }

  const start = (fault: Fault) => {
    acting.set(fault.id, fault)
    const turn = isOfSensor(fault) ? undefined : plant.switchFor(fault)
    if (typeof turn === 'function') switches.set(fault.id, turn)
    set(fault, true)
  }
  const end = (fault: Fault) => {
    acting.delete(fault.id)
    set(fault, false)
    switches.delete(fault.id)
    // Another fault of the same kind may hold the same thing: it holds on.
    for (const other of acting.values())
      if (other.kind === fault.kind && other.kind !== 'leak' && other.kind !== 'frozenSensor')
        set(other, true)
  }
  return {
    badKeys,
    frozen,
    silentEquipment,
    deafKeys,
    inject: (fault, now) => {
      checkPlace(fault, plant)
      if (acting.has(fault.id) || waiting.has(fault.id))
        throw new Failure('CONFLICT', `fault "${fault.id}" is there already`)
      if (acting.size + waiting.size >= faultsMax)
        throw new Failure('CONFLICT', `more than ${faultsMax} faults at once`)
      if (fault.startAt !== undefined && fault.startAt > now) waiting.set(fault.id, fault)
      else start(fault)
    },
    clear: id => {
      waiting.delete(id)
      const fault = acting.get(id)
      if (fault) end(fault)
    },
    update: now => {
      if (waiting.size === 0 && acting.size === 0) return
      for (const fault of [...waiting.values()])
        if (fault.startAt! <= now) {
          waiting.delete(fault.id)
          start(fault)
        }
      for (const fault of [...acting.values()])
        if (fault.endAt !== undefined && fault.endAt <= now) end(fault)
    },
    active: () => [...acting.values()],
  }
}

/** Faults that the board itself brings about: they lie in how a plant is seen and reached, not in the plant. */
const isOfSensor = (fault: Fault): boolean =>
  fault.kind === 'frozenSensor' ||
  fault.kind === 'badSensor' ||
  fault.kind === 'leakSensorFault' ||
  fault.kind === 'silentController'

function checkPlace(fault: Fault, plant: FaultyPlant): void {
  const refuse = (sentence: string): never => {
    throw new Failure('CONFIG_INVALID', `fault "${fault.id}" (${fault.kind}): ${sentence}`)
  }
  if (!plant.equipment.has(fault.place)) refuse(`place "${fault.place}" is no equipment of this site`)
  const needsPoint = fault.kind === 'frozenSensor' || fault.kind === 'badSensor'
  if (needsPoint && fault.point === undefined) refuse('needs a point')
  if (needsPoint && !plant.keys.has(`${fault.place}.${fault.point}`))
    refuse(`${fault.place} has no point "${fault.point}"`)
  if (isOfSensor(fault)) return
  const turn = plant.switchFor(fault)
  if (typeof turn === 'string') refuse(turn)
}
