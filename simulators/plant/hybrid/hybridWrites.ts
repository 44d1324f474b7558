import { plantIds } from '#contract/site/expand.ts'
import { type CrahState, economiserModes, type HybridState } from '#simulators/plant/hybrid/hybridState.ts'
import type { HybridFrame } from '#simulators/plant/hybrid/hybridStep.ts'
import { type WritablePoint, type Writer, writablePoints } from '#simulators/plant/pointWrites.ts'
import type { DeviceState } from '#simulators/plant/state.ts'

/** What the devices themselves take: chilled water 5..26 °C, supply air 15..35 °C, air 20..120 % of design. */
const chilledRangeC = { lowest: 5, highest: 26 } as const
const supplyAirRangeC = { lowest: 15, highest: 35 } as const
const airRangePercent = { lowest: 20, highest: 120 } as const

/** Every writable point of the site by its key, with the device's own range. */
export function hybridWritable(place: {
  readonly state: HybridState
  readonly frame: HybridFrame
}): ReadonlyMap<string, WritablePoint> {
  const { state, frame } = place
  const all = new Map(writablePoints({ state, site: frame.liquid, sizing: frame.sizing.coldPlates }))
  // The loop's setpoint is the chillers': written here, it goes to all of them.
  all.set(`${plantIds.facility}.supplyTemperatureSp`, {
    device: state.facility,
    write: value => {
      const heldC = within(value, chilledRangeC)
      for (const chiller of state.chillers) chiller.leavingSpC = heldC
      return heldC
    },
  })
  for (const chiller of state.chillers) {
    all.set(`${chiller.id}.leavingTemperatureSp`, {
      device: chiller,
      write: value => {
        chiller.leavingSpC = within(value, chilledRangeC)
        return chiller.leavingSpC
      },
    })
    all.set(`${chiller.id}.economiserMode`, {
      device: chiller,
      write: value => {
        state.chilled.economiserMode = within(Math.round(value), modeRange)
        return state.chilled.economiserMode
      },
    })
    addWatchdog(all, chiller, state)
  }
  for (const crah of state.crahs) addCrah(all, crah, state)
  return all
}

const modeRange = { lowest: economiserModes.off, highest: economiserModes.integrated } as const

function addCrah(all: Map<string, WritablePoint>, crah: CrahState, state: HybridState): void {
  const add = (point: string, write: Writer) => all.set(`${crah.id}.${point}`, { device: crah, write })
  add('supplyAirTemperatureSp', value => {
    crah.supplySpC = within(value, supplyAirRangeC)
    return crah.supplySpC
  })
  add('airFlowSp', value => {
    crah.airSpPercent = within(value, airRangePercent)
    return crah.airSpPercent
  })
  addWatchdog(all, crah, state)
}

const within = (value: number, range: { lowest: number; highest: number }): number =>
  Math.max(range.lowest, Math.min(range.highest, value))

function addWatchdog(
  all: Map<string, WritablePoint>,
  device: DeviceState & { readonly id: string },
  state: HybridState,
): void {
  all.set(`${device.id}.watchdog`, {
    device: undefined,
    write: value => {
      const next = value >= 0.5 ? 1 : 0
      if (next !== device.watchdog) {
        device.watchdogToggledAt = state.at
        device.watchdogHealthy = 1
      }
      device.watchdog = next
      return next
    },
  })
}
