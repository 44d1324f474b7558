import { goodValue } from '#contract/reading.ts'
import { minute } from '#contract/units.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

/** What a store would hold of a plant of any kind: sensors read each minute, means of five in a row. Telemetry only. */
export type LeverTelemetry = {
  readonly table: TelemetryTable
  /** What a sensor says now; NaN: nothing to be trusted. */
  value(key: string): number
  /** Reads the sensors after a minute has passed. */
  note(): void
}

const minutesPerRow = 5
/** Four weeks of five minutes: three of learning and the judged one. */
export const rowsMost = 8_064

/** Points that tell nothing of heat or power: keys of interlocks, leaks, counters, and of pumps and fans behind their assembly's own. */
const leftOut =
  /(leak|leakSensorFault|leakDetectTray|watchdog|watchdogHealthy|remoteEnable|authority|maintenance|powerRequest|powerStatus|isolationRequest|IsolationRequest|IsolationStatus|activeEnergyKwh|speed|conductivity|reservoirLevel|basinLevel|level|staticPressure)$/

export function leverTelemetry(plant: SimulatedPlant): LeverTelemetry {
  const keys = plant.keys.filter(key => !leftOut.test(key))
  const rows: TelemetryRow[] = []
  let sums = new Float64Array(keys.length)
  let minutes = 0
  const value = (key: string): number => goodValue(plant.read(key)) ?? Number.NaN
  return {
    table: { keys, rows },
    value,
    note() {
      for (let column = 0; column < keys.length; column++)
        sums[column] = (sums[column] as number) + value(keys[column] as string)
      if (++minutes < minutesPerRow) return
      const at = plant.siteNow() - minutesPerRow * minute
      rows.push({ at, values: sums.map(sum => sum / minutesPerRow) })
      if (rows.length > rowsMost) rows.shift()
      sums = new Float64Array(keys.length)
      minutes = 0
    },
  }
}
