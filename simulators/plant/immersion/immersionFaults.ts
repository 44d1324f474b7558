import { plantIds } from '#contract/site/expand.ts'
import { coolerFanId, immersionIds, tankPumpId } from '#contract/site/expandImmersion.ts'
import { type Fault, sizeOf } from '#simulators/faults/fault.ts'
import type { ImmersionState } from '#simulators/plant/immersion/immersionState.ts'

type Switch = (isOn: boolean) => void

/** Faults of an immersion plant: a switch that turns one on and off, or the sentence that says why there is none such here. */
export function immersionFaults(state: ImmersionState): (fault: Fault) => Switch | string {
  return fault => {
    switch (fault.kind) {
      case 'leak':
        return leak(state, fault) ?? `a leak cannot be at "${fault.place}"; allowed are tanks and floor ropes`
      case 'pumpTrip':
        return marks(pumpsAt(state, fault.place)) ?? `place "${fault.place}" has no pump`
      case 'towerFanFailure':
        return (
          fanFailure(state, fault) ??
          `place "${fault.place}" has no fans; allowed are coolers and a fan of theirs`
        )
      case 'fouling':
        return fouling(state, fault) ?? `"${fault.place}" does not foul; allowed are tanks and coolers`
      case 'stuckValve':
        return stuckValve(state, fault.place) ?? `place "${fault.place}" has no valve`
      case 'meterBackwards':
        return meterBackwards(state, fault.place) ?? `place "${fault.place}" is no meter`
      case 'meterRollover':
        return meterRollover(state, fault) ?? `place "${fault.place}" is no meter`
      case 'chillerTrip':
        return 'this plant has no chiller: dry coolers carry all of its heat'
      default:
        return `this plant knows no ${fault.kind}`
    }
  }
}

/** A hole in a tank lets out what stands above it whatever the pumps do; mending and wiping leaves the level as it is. */
function leak(state: ImmersionState, fault: Fault): Switch | undefined {
  const { place } = fault
  const lpm = sizeOf(fault)
  const tank = state.tanks.find(entry => entry.id === place)
  if (tank)
    return isOn => {
      tank.leakLpm = Math.max(0, tank.leakLpm + (isOn ? lpm : -lpm))
      if (!isOn) tank.panMl = 0
    }
  const rope = state.floorMl.findIndex((_, index) => place === `floor-${index + 1}`)
  if (rope < 0) return undefined
  return isOn => {
    state.floorLeakLpm[rope] = Math.max(0, state.floorLeakLpm[rope]! + (isOn ? lpm : -lpm))
    if (!isOn) state.floorMl[rope] = 0
  }
}

type Marks = ReadonlyArray<readonly [flags: boolean[], index: number]>

const marks = (found: Marks): Switch | undefined =>
  found.length === 0
    ? undefined
    : isOn => {
        for (const [flags, index] of found) flags[index] = isOn
      }

/** The trip flags of a pump, or of all pumps of an assembly. */
function pumpsAt({ tanks, loop }: ImmersionState, place: string): Marks {
  const ofTanks = tanks.flatMap(({ id, pumpTripped }, tank) =>
    pumpTripped.flatMap((_, index) =>
      place === id || place === tankPumpId(tank + 1, index + 1) ? [[pumpTripped, index] as const] : [],
    ),
  )
  const ofLoop = loop.pumpTripped.flatMap((_, index) =>
    place === plantIds.facility || place === `facility-p${index + 1}`
      ? [[loop.pumpTripped, index] as const]
      : [],
  )
  return [...ofTanks, ...ofLoop]
}

/** The share of the fans that fail, at least one: the first by number; or the fan that is the place. */
function fanFailure({ coolers }: ImmersionState, fault: Fault): Switch | undefined {
  const { fanTripped } = coolers
  const failing = fanTripped.flatMap((_, index) =>
    fault.place === coolerFanId(index + 1) ||
    (fault.place === immersionIds.coolers && index < Math.ceil(sizeOf(fault) * fanTripped.length))
      ? [[fanTripped, index] as const]
      : [],
  )
  if (fault.place === immersionIds.coolers) return marks(failing) ?? (() => {})
  return marks(failing)
}

/** Dirt in a tank's exchanger or on the coils; `size` is the share of the conductance that is left. */
function fouling(state: ImmersionState, fault: Fault): Switch | undefined {
  const { place } = fault
  const target =
    place === immersionIds.coolers ? state.coolers : state.tanks.find(entry => entry.id === place)
  return (
    target &&
    (isOn => {
      target.cleanShare = isOn ? sizeOf(fault) : 1
    })
  )
}

function stuckValve({ tanks, coolers }: ImmersionState, place: string): Switch | undefined {
  if (place === immersionIds.coolers)
    return isOn => {
      coolers.bypassIsStuck = isOn
    }
  const tank = tanks.find(entry => entry.id === place)
  return (
    tank &&
    (isOn => {
      tank.valveIsStuck = isOn
    })
  )
}

function meterBackwards({ meters }: ImmersionState, place: string): Switch | undefined {
  const meter = meters.find(entry => entry.id === place)
  return (
    meter &&
    (isOn => {
      meter.runsBackwards = isOn
    })
  )
}

/** It ends by itself: a register does not roll back. */
function meterRollover({ meters }: ImmersionState, fault: Fault): Switch | undefined {
  const meter = meters.find(entry => entry.id === fault.place)
  return (
    meter &&
    (isOn => {
      if (isOn) meter.registerKwh = Math.max(0, meter.rolloverKwh - sizeOf(fault))
    })
  )
}
