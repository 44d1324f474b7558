import { type PointSpec, pointCatalogue } from '#contract/points.ts'
import type { Millis } from '#contract/units.ts'

const { facilityLoop, chiller, coolingTower, weatherStation, powerMeter, room } = pointCatalogue

/** Where a sensor sits: what may make it move, and which laws speak of it. */
export type Surroundings = 'plant' | 'weather' | 'switch'

type RoleSpec = {
  /** The catalogue's point of that kind: unit, instrument's range, dead band. */
  readonly point: PointSpec
  readonly around: Surroundings
  /** Shortest stand-still worth a word, hours; 0: it may stand still for ever (a status, a speed). */
  readonly stillHours: number
  readonly text: string
}

const role = (point: PointSpec, around: Surroundings, stillHours: number, text: string): RoleSpec => ({
  point,
  around,
  stillHours,
  text,
})

/** What a column of a site's history may be. Values are in the catalogue's units: °C, K, L/min, kW, kPa, %. */
export const sensorRoles = {
  totalPower: role(powerMeter.activePower, 'plant', 2, 'electrical power of the whole plant'),
  partPower: role(powerMeter.activePower, 'plant', 0, 'electrical power of one part of it'),
  load: role(facilityLoop.heat, 'plant', 2, 'heat that the plant removes'),
  itPower: role(powerMeter.activePower, 'plant', 0, 'electrical power of the IT equipment'),
  chilledWaterFlow: role(facilityLoop.flow, 'plant', 3, 'flow of the water to the load'),
  chilledWaterSupplyTemperature: role(facilityLoop.supplyTemperature, 'plant', 3, 'water to the load'),
  chilledWaterReturnTemperature: role(facilityLoop.returnTemperature, 'plant', 3, 'water from the load'),
  condenserWaterFlow: role(coolingTower.waterFlow, 'plant', 3, 'flow of the water to the towers'),
  condenserWaterEnteringTemperature: role(
    coolingTower.leavingTemperature,
    'plant',
    3,
    'water from the towers into the condensers',
  ),
  condenserWaterLeavingTemperature: role(
    coolingTower.enteringTemperature,
    'plant',
    3,
    'water from the condensers to the towers',
  ),
  wetBulb: role(weatherStation.wetBulb, 'weather', 4, 'outdoor wet bulb'),
  dryBulb: role(weatherStation.dryBulb, 'weather', 6, 'outdoor dry bulb'),
  dewPoint: role(room.dewPoint, 'weather', 8, 'outdoor dew point'),
  relativeHumidity: role(weatherStation.relativeHumidity, 'weather', 6, 'outdoor relative humidity'),
  status: role(chiller.status, 'switch', 0, 'running or not, of one machine; or how many run'),
  speed: role(facilityLoop.pumpSpeed, 'switch', 0, 'speed of a pump or fan: per cent, or Hz of its drive'),
  differentialPressure: role(
    facilityLoop.differentialPressure,
    'plant',
    0,
    'pressure difference of the loop',
  ),
} as const satisfies Readonly<Record<string, RoleSpec>>

export type SensorRole = keyof typeof sensorRoles
export const sensorRoleNames = Object.keys(sensorRoles) as SensorRole[]

/** One column of a history, in the units of its role; NaN where it has no value. */
export type Sensor = {
  readonly column: string
  readonly role: SensorRole
  readonly values: Float64Array
  /** From another logger, matched by time: it may hang elsewhere and its clock differ. */
  readonly joined: boolean
  /** Values that stand for none in the file's own unit (0 °F, 999 …), already converted. */
  readonly sentinels: readonly number[]
}

/** Columns side by side, oldest row first. */
export type SensorTable = {
  readonly at: Float64Array
  readonly intervalMs: Millis
  readonly sensors: readonly Sensor[]
}

export const findings = ['frozen', 'dropout', 'impossible', 'drift'] as const
export type Finding = (typeof findings)[number]

/** What is wrong with a sensor, from its first to its last doubtful row. */
export type Doubt = {
  readonly column: string
  readonly finding: Finding
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly rows: number
  readonly reason: string
  /**
   * One cause has one name, however many columns and laws show it: who raises alarms raises one for each. A doubt with
   * `evidence` only proves a cause that another doubt already names.
   */
  readonly cause: string
  readonly evidence: boolean
}

/** Row indices that belong together, the last one included. */
export type Span = { readonly first: number; readonly last: number }

/** Rows that follow each other within `bridge` rows, as spans. */
export function spansOf(flags: Uint8Array, bridge = 0): Span[] {
  const spans: Span[] = []
  let first = -1
  let last = -1
  for (let row = 0; row < flags.length; row++) {
    if (!flags[row]) continue
    if (first >= 0 && row - last - 1 > bridge) {
      spans.push({ first, last })
      first = row
    } else if (first < 0) first = row
    last = row
  }
  if (first >= 0) spans.push({ first, last })
  return spans
}

/** Values without holes, in order of size. */
export const sortedOf = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(Array.from(values).filter(Number.isFinite)).sort()

/** The value below which `share` of the sorted ones lie; NaN of none. */
export const quantileOf = (sorted: ArrayLike<number>, share: number): number =>
  sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!

/** Median and a standard deviation that a quarter of wild values cannot move. */
export function robustOf(values: ArrayLike<number>): { median: number; sigma: number } {
  const median = quantileOf(sortedOf(values), 0.5)
  const off = sortedOf(Array.from(values, value => Math.abs(value - median)))
  return { median, sigma: 1.4826 * quantileOf(off, 0.5) }
}

/** Smallest step that a sensor shows, in the unit of its values: its logger's last digit. 0 where it shows one value only. */
export function resolutionOf(values: ArrayLike<number>): number {
  const sorted = sortedOf(values)
  let smallest = 0
  for (let at = 1; at < sorted.length; at++) {
    const step = sorted[at]! - sorted[at - 1]!
    if (step > 1e-9 && (smallest === 0 || step < smallest)) smallest = step
  }
  return smallest
}
