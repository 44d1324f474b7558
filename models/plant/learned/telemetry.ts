import type { Millis } from '#contract/units.ts'

/**
 * What a plant of any kind is learned from: five-minute means of its points, by their keys (`equipment.point`), setpoints
 * among them. NaN where telemetry has none: missing is never zero.
 */
export type TelemetryRow = {
  /** Start of the five minutes. */
  readonly at: Millis
  /** In the order of the table's keys. */
  readonly values: Float64Array
}

export type TelemetryTable = {
  readonly keys: readonly string[]
  /** Oldest first. */
  readonly rows: readonly TelemetryRow[]
}
