import type { Millis } from '#contract/units.ts'

/**
 * What the model learns from: one row per five site minutes, means of what the sensors said. A value is NaN where the
 * telemetry has none (missing is never zero): a component leaves out every row in which one of its inputs is NaN.
 */
export type CduRow = {
  /** Sum of the racks behind it. */
  readonly itKw: number
  readonly supplyC: number
  readonly returnC: number
  readonly flowLpm: number
  readonly dpKpa: number
  readonly primarySupplyC: number
  readonly primaryReturnC: number
  readonly primaryFlowLpm: number
  readonly valvePercent: number
  readonly pumpKw: number
  /** Highest tray maximum in the bucket. */
  readonly chipC: number
  readonly supplySpC: number
  readonly dpSpKpa: number
}

export type PlantRow = {
  readonly at: Millis
  /** In the order of the site's CDUs. */
  readonly cdus: readonly CduRow[]
  readonly facility: {
    readonly supplyC: number
    readonly returnC: number
    readonly flowLpm: number
    readonly dpKpa: number
    readonly pumpKw: number
    readonly supplySpC: number
    readonly dpSpKpa: number
  }
  readonly tower: {
    readonly leavingC: number
    readonly enteringC: number
    readonly flowLpm: number
    readonly fanKw: number
    readonly pumpKw: number
    readonly leavingSpC: number
    readonly flowSpPercent: number
  }
  readonly wetBulbC: number
  readonly roomDewPointC: number
  /** Meters: the whole facility, and IT after subtraction of what cools. */
  readonly facilityKw: number
  readonly itKw: number
  /** Settings stood where a sweep wanted them, whatever the load: what follows from them is no answer to the load. */
  readonly swept?: boolean
}

/** Width of a row: long against the plant's pipes (two to four minutes), short against the weather. */
export const rowMs = 300_000

/** Power that cools, as the devices themselves report it. */
export const coolingKwOf = (row: PlantRow): number =>
  row.cdus.reduce((sum, cdu) => sum + cdu.pumpKw, 0) +
  row.facility.pumpKw +
  row.tower.fanKw +
  row.tower.pumpKw

export const isNumber = (value: number): boolean => Number.isFinite(value)

/** A row from which the whole plant's settings, loads and power can be read. */
export const isComplete = (row: PlantRow): boolean =>
  [
    row.wetBulbC,
    row.facilityKw,
    row.itKw,
    row.facility.supplySpC,
    row.facility.dpSpKpa,
    row.tower.leavingSpC,
    row.tower.flowSpPercent,
  ].every(isNumber) && row.cdus.every(cdu => [cdu.itKw, cdu.supplySpC, cdu.dpSpKpa].every(isNumber))
