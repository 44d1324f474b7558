import { plantIds } from '#contract/site/expand.ts'
import type { Site } from '#contract/site/site.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { CduState, DeviceState, PlantState, RackState, TrayState } from '#simulators/plant/state.ts'

/** Takes a value and returns what the device now holds. */
export type Writer = (value: number) => number

export type WritablePoint = {
  readonly write: Writer
  /** The device whose key and authority decide; undefined where there is no such key (rack, tray, and the agent's own marks). */
  readonly device: DeviceState | undefined
}

type Place = { readonly state: PlantState; readonly site: Site; readonly sizing: Sizing }

/** Every writable point of the site by its key, with the device's own range. */
export function writablePoints(place: Place): ReadonlyMap<string, WritablePoint> {
  const all = new Map<string, WritablePoint>()
  const { state } = place
  for (const cdu of state.cdus) {
    addCdu(all, place, cdu)
    for (const rack of cdu.racks) {
      addRack(all, rack)
      for (const tray of rack.trays)
        all.set(`${tray.id}.powerRequest`, { device: undefined, write: setTrayPower(tray) })
    }
  }
  addFacility(all, place)
  addTower(all, place)
  return all
}

export const clamped = (value: number, lowest: number, highest: number): number =>
  Math.max(lowest, Math.min(highest, value))
export const bit = (value: number): number => (value >= 0.5 ? 1 : 0)
/** -1, 0 or 1 as DSX requests have it. */
const request = (value: number): number => clamped(Math.round(value), -1, 1)

const setTrayPower =
  (tray: TrayState): Writer =>
  value => {
    tray.powerRequest = bit(value)
    return tray.powerRequest
  }

function addCdu(all: Map<string, WritablePoint>, place: Place, cdu: CduState): void {
  const { sizing } = place
  const add = (point: string, write: Writer) => all.set(`${cdu.id}.${point}`, { device: cdu, write })
  add('supplyTemperatureSp', value => {
    cdu.supplySpC = clamped(value, 15, 60)
    return cdu.supplySpC
  })
  add('differentialPressureSp', value => {
    cdu.dpSpKpa = clamped(value, sizing.cduDpFloorKpa, sizing.cduDpCeilingKpa)
    return cdu.dpSpKpa
  })
  add('pumpRun', value => {
    cdu.pumpRun = bit(value)
    return cdu.pumpRun
  })
  add('makeupEnable', value => {
    cdu.makeupEnable = bit(value)
    return cdu.makeupEnable
  })
  for (const [point, valve] of [
    ['isolationValveOpen', cdu.isolation],
    ['returnValveOpen', cdu.returnValve],
    ['bypassValveOpen', cdu.bypass],
  ] as const)
    add(point, value => {
      valve.target = bit(value)
      return valve.target
    })
  // The mode is the agent's own mark on the device, and the watchdog only says that it lives: no key stands before them.
  all.set(`${cdu.id}.mode`, {
    device: undefined,
    write: value => {
      cdu.mode = clamped(Math.round(value), 0, 3)
      return cdu.mode
    },
  })
  addWatchdog(all, cdu.id, cdu, place.state)
}

function addRack(all: Map<string, WritablePoint>, rack: RackState): void {
  const add = (point: string, write: Writer) => all.set(`${rack.id}.${point}`, { device: undefined, write })
  add('leakDetectTray', value => {
    rack.leakDetectTray = request(value)
    return rack.leakDetectTray
  })
  add('liquidIsolationRequest', value => {
    rack.liquidRequest = request(value)
    // -1 takes no side: the valve stays where it was last sent.
    if (rack.liquidRequest !== -1) rack.valve.target = rack.liquidRequest === 1 ? 0 : 1
    return rack.liquidRequest
  })
  add('electricalIsolationRequest', value => {
    const asked = request(value)
    // A breaker opens in half a second and is closed again by its motor in three.
    if (asked !== rack.electricalRequest) rack.breakerMovesInMs = asked === 1 ? 500 : 3_000
    rack.electricalRequest = asked
    return asked
  })
}

function addFacility(all: Map<string, WritablePoint>, place: Place): void {
  const { facility } = place.state
  const { sizing } = place
  const id = plantIds.facility
  all.set(`${id}.supplyTemperatureSp`, {
    device: facility,
    write: value => {
      facility.supplySpC = clamped(value, 10, 60)
      return facility.supplySpC
    },
  })
  all.set(`${id}.differentialPressureSp`, {
    device: facility,
    write: value => {
      facility.dpSpKpa = clamped(value, sizing.facilityDpFloorKpa, sizing.facilityDpCeilingKpa)
      return facility.dpSpKpa
    },
  })
  addWatchdog(all, id, facility, place.state)
}

function addTower(all: Map<string, WritablePoint>, place: Place): void {
  const { tower } = place.state
  const id = plantIds.tower
  all.set(`${id}.leavingTemperatureSp`, {
    device: tower,
    write: value => {
      tower.leavingSpC = clamped(value, 5, 50)
      return tower.leavingSpC
    },
  })
  all.set(`${id}.waterFlowSp`, {
    device: tower,
    // Below 30 % of design the fill no longer wets evenly.
    write: value => {
      tower.waterSpPercent = clamped(value, 30, 110)
      tower.waterHeldPercent = tower.waterSpPercent
      return tower.waterSpPercent
    },
  })
  addWatchdog(all, id, tower, place.state)
}

/** The watchdog only says that the writer lives: no key stands before it. */
export function addWatchdog(
  all: Map<string, WritablePoint>,
  id: string,
  device: DeviceState,
  state: { readonly at: number },
): void {
  all.set(`${id}.watchdog`, {
    device: undefined,
    write: value => {
      const next = bit(value)
      if (next !== device.watchdog) {
        device.watchdogToggledAt = state.at
        device.watchdogHealthy = 1
      }
      device.watchdog = next
      return next
    },
  })
}
