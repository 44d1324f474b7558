import { type Fault, sizeOf } from '#simulators/faults/fault.ts'
import { type ActiveLeak, type LeakPlace, wipe } from '#simulators/plant/leakStep.ts'
import type { PlantState } from '#simulators/plant/state.ts'

/** Faults of a cold-plate plant: a switch that turns one on and off, or the sentence that says why it has none there. */
export function coldPlateFaults(
  state: PlantState,
  leaks: ActiveLeak[],
): (fault: Fault) => ((isOn: boolean) => void) | string {
  return fault => {
    switch (fault.kind) {
      case 'leak':
        return leakSwitch(state, leaks, fault)
      case 'pumpTrip': {
        const pumps = pumpsAt(state, fault.place)
        if (pumps.length === 0) return `place "${fault.place}" has no pump`
        return isOn => {
          for (const [flags, index] of pumps) flags[index] = isOn
        }
      }
      case 'meterBackwards': {
        const meter = state.meters.find(entry => entry.id === fault.place)
        if (!meter) return `place "${fault.place}" is no meter`
        return isOn => {
          meter.runsBackwards = isOn
        }
      }
      case 'stuckValve':
        return (
          stuckValve(state, fault) ??
          `place "${fault.place}" has no valve${fault.point ? ` "${fault.point}"` : ''}`
        )
      case 'meterRollover': {
        const meter = state.meters.find(entry => entry.id === fault.place)
        if (!meter) return `place "${fault.place}" is no meter`
        // It ends by itself: a register does not roll back.
        return isOn => {
          if (isOn) meter.registerKwh = Math.max(0, meter.rolloverKwh - sizeOf(fault))
        }
      }
      case 'fouling':
        return fouling(state, fault) ?? `place "${fault.place}" has no exchanger; allowed are CDUs and hx-1`
      case 'towerFanFailure':
        if (fault.place !== 'tower') return `place "${fault.place}" has no tower fans; allowed is tower`
        return isOn => {
          state.tower.fansLostShare = isOn ? sizeOf(fault) : 0
        }
      case 'chillerTrip':
        return 'this plant has no chiller: towers carry all of its heat'
      default:
        return `this plant knows no ${fault.kind}`
    }
  }
}

function leakSwitch(
  state: PlantState,
  leaks: ActiveLeak[],
  fault: Fault,
): ((isOn: boolean) => void) | string {
  const place = leakPlace(state, fault.place)
  if (!place)
    return `a leak cannot be at "${fault.place}"; allowed are trays, racks, manifolds, CDUs and floor ropes`
  const leak: ActiveLeak = { place, litresPerMinute: sizeOf(fault) }
  return isOn => {
    const index = leaks.indexOf(leak)
    if (isOn && index < 0) leaks.push(leak)
    if (isOn) return
    if (index >= 0) leaks.splice(index, 1)
    wipe(state, place)
  }
}

function leakPlace(state: PlantState, place: string): LeakPlace | undefined {
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
  return undefined
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

/** Scale in a CDU's exchanger, or in that between facility loop and tower. */
function fouling(state: PlantState, fault: Fault): ((isOn: boolean) => void) | undefined {
  const left = sizeOf(fault)
  if (fault.place === 'hx-1')
    return isOn => {
      state.facility.exchangerConductanceShare = isOn ? left : 1
    }
  const cdu = state.cdus.find(({ id }) => id === fault.place)
  return cdu
    ? isOn => {
        cdu.loop.conductanceShare = isOn ? left : 1
      }
    : undefined
}

/** The valve meant by a place and, on a CDU, by the point that reads it; a CDU's primary valve without one. */
function stuckValve(state: PlantState, fault: Fault): ((isStuck: boolean) => void) | undefined {
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
