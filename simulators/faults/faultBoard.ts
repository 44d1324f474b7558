import { Failure } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import { type ActiveLeak, type LeakPlace, wipe } from '#simulators/plant/leakStep.ts'
import type { PlantState } from '#simulators/plant/state.ts'

/** Faults that wait, act and end; what the plant's step and reading need to know of them. */
export type FaultBoard = {
  inject(fault: Fault, now: Millis): void
  clear(id: string): void
  /** Starts and ends faults that are due. */
  update(now: Millis): void
  active(): readonly Fault[]
  readonly leaks: readonly ActiveLeak[]
  readonly badKeys: ReadonlySet<string>
  /** Key → value held since the sensor froze. */
  readonly frozen: ReadonlyMap<string, number>
  readonly silentEquipment: ReadonlySet<string>
  /** Writable points whose writes are taken and not acted on. */
  readonly deafKeys: ReadonlySet<string>
}

/** More than this at once is a mistake of the one who injects. */
const faultsMax = 1_000

export function faultBoard(
  state: PlantState,
  plant: {
    keys: ReadonlySet<string>
    equipment: ReadonlySet<string>
    partsOf: (id: string) => readonly string[]
    sense: (key: string) => number
    leakSensorFaults: Set<string>
  },
): FaultBoard {
  const waiting = new Map<string, Fault>()
  const acting = new Map<string, Fault>()
  const leaks = new Map<string, ActiveLeak>()
  const leakList: ActiveLeak[] = []
  const badKeys = new Set<string>()
  const frozen = new Map<string, number>()
  const silentEquipment = new Set<string>()
  const deafKeys = new Set<string>()

  const relist = () => {
    leakList.length = 0
    leakList.push(...leaks.values())
  }
  const set = (fault: Fault, isOn: boolean): void => {
    const key = fault.point === undefined ? '' : `${fault.place}.${fault.point}`
    const mark = (marks: Set<string>, name: string) => (isOn ? marks.add(name) : marks.delete(name))
    switch (fault.kind) {
      case 'leak':
        if (isOn)
          leaks.set(fault.id, { place: leakPlace(state, fault.place), litresPerMinute: fault.size ?? 0.5 })
        else {
          const leak = leaks.get(fault.id)
          leaks.delete(fault.id)
          if (leak) wipe(state, leak.place)
        }
        relist()
        return
      case 'pumpTrip':
        setTripped(state, fault.place, isOn)
        return
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
      case 'meterBackwards':
        for (const meter of state.meters) if (meter.id === fault.place) meter.runsBackwards = isOn
        return
      case 'stuckValve':
        setStuck(state, fault, isOn)
        return
      default:
        fault.kind satisfies never
    }
  }

  const start = (fault: Fault) => {
    acting.set(fault.id, fault)
    set(fault, true)
  }
  const end = (fault: Fault) => {
    acting.delete(fault.id)
    set(fault, false)
    // Another fault of the same kind may hold the same thing: it holds on.
    for (const other of acting.values())
      if (other.kind === fault.kind && other.kind !== 'leak' && other.kind !== 'frozenSensor')
        set(other, true)
  }
  return {
    leaks: leakList,
    badKeys,
    frozen,
    silentEquipment,
    deafKeys,
    inject: (fault, now) => {
      checkPlace(state, fault, plant)
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

function checkPlace(
  state: PlantState,
  fault: Fault,
  plant: { keys: ReadonlySet<string>; equipment: ReadonlySet<string> },
): void {
  const refuse = (sentence: string): never => {
    throw new Failure('CONFIG_INVALID', `fault "${fault.id}" (${fault.kind}): ${sentence}`)
  }
  if (!plant.equipment.has(fault.place)) refuse(`place "${fault.place}" is no equipment of this site`)
  const needsPoint = fault.kind === 'frozenSensor' || fault.kind === 'badSensor'
  if (needsPoint && fault.point === undefined) refuse('needs a point')
  if (needsPoint && !plant.keys.has(`${fault.place}.${fault.point}`))
    refuse(`${fault.place} has no point "${fault.point}"`)
  if (fault.kind === 'leak') leakPlace(state, fault.place)
  if (fault.kind === 'pumpTrip' && pumpsAt(state, fault.place).length === 0)
    refuse(`place "${fault.place}" has no pump`)
  if (fault.kind === 'meterBackwards' && !state.meters.some(meter => meter.id === fault.place))
    refuse(`place "${fault.place}" is no meter`)
  if (fault.kind === 'stuckValve' && !setStuckTarget(state, fault))
    refuse(`place "${fault.place}" has no valve${fault.point ? ` "${fault.point}"` : ''}`)
}

function leakPlace(state: PlantState, place: string): LeakPlace {
  for (const [index, cdu] of state.cdus.entries()) {
    if (cdu.id === place) return { kind: 'cdu', cdu }
    if (place === `manifold-${index + 1}`) return { kind: 'manifold', cdu }
    for (const rack of cdu.racks) {
      if (rack.id === place) return { kind: 'rack', cdu, rack }
      const tray = rack.trays.find(entry => entry.id === place)
      if (tray) return { kind: 'tray', cdu, rack, tray }
    }
  }
  for (const rope of state.floorMl.keys()) if (place === `floor-${rope + 1}`) return { kind: 'floor', rope }
  throw new Failure(
    'CONFIG_INVALID',
    `a leak cannot be at "${place}"; allowed are trays, racks, manifolds, CDUs and floor ropes`,
  )
}

/** The trip flags of a pump, or of all pumps of an assembly. */
function pumpsAt(
  state: PlantState,
  place: string,
): ReadonlyArray<readonly [flags: boolean[], index: number]> {
  const groups: Array<readonly [name: string, prefix: string, flags: boolean[], isLettered: boolean]> = [
    ['tower', 'tower-p', state.tower.pumpTripped, false],
    ['facility', 'facility-p', state.facility.pumpTripped, false],
    ...state.cdus.map(cdu => [cdu.id, `${cdu.id}-p`, cdu.pumpTripped, true] as const),
  ]
  return groups.flatMap(([name, prefix, flags, isLettered]) =>
    flags.flatMap((_, index) => {
      const id = prefix + (isLettered ? String.fromCharCode(97 + index) : String(index + 1))
      return place === name || place === id ? [[flags, index] as const] : []
    }),
  )
}

function setTripped(state: PlantState, place: string, isTripped: boolean): void {
  for (const [flags, index] of pumpsAt(state, place)) flags[index] = isTripped
}

function setStuck(state: PlantState, fault: Fault, isStuck: boolean): void {
  setStuckTarget(state, fault)?.(isStuck)
}

/** The valve meant by a place and, on a CDU, by the point that reads it; a CDU's primary valve without one. */
function setStuckTarget(state: PlantState, fault: Fault): ((isStuck: boolean) => void) | undefined {
  if (fault.place === 'hx-1')
    return isStuck => {
      state.facility.exchangerValveIsStuck = isStuck
    }
  for (const cdu of state.cdus) {
    const rack = cdu.racks.find(entry => entry.id === fault.place)
    if (rack)
      return isStuck => {
        rack.valve.isStuck = isStuck
      }
    if (cdu.id !== fault.place) continue
    const valves = {
      isolationValvePosition: cdu.isolation,
      returnValvePosition: cdu.returnValve,
      bypassValvePosition: cdu.bypass,
    }
    if (fault.point === undefined || fault.point === 'valvePosition')
      return isStuck => {
        cdu.valveIsStuck = isStuck
      }
    const valve = valves[fault.point as keyof typeof valves]
    return valve
      ? isStuck => {
          valve.isStuck = isStuck
        }
      : undefined
  }
  return undefined
}
