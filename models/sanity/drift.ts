import { day } from '#contract/units.ts'
import { standardPressurePa, wetBulbC } from '#models/physics/psychrometrics.ts'
import { carriedKw } from '#models/sanity/impossible.ts'
import { plantView } from '#models/sanity/plantView.ts'
import {
  quantileOf,
  resolutionOf,
  robustOf,
  type Sensor,
  type SensorRole,
  type SensorTable,
  sensorRoles,
  sortedOf,
} from '#models/sanity/sensors.ts'

export type Drift = {
  readonly column: string
  readonly first: number
  readonly last: number
  readonly why: string
}

/** A sensor and what it ought to read, from another sensor or computed. */
type Pair = {
  readonly sensor: Sensor
  readonly expected: Float64Array
  readonly from: string
  /** As a share of the value (flow, heat, power) or in kelvins and per cent. */
  readonly relative: boolean
  /** A steady departure smaller than this is within the class of such instruments. */
  readonly tolerance: number
  /** The difference of temperatures in `expected`, K: a steady error of it weighs more when the load is low. */
  readonly warming?: Float64Array
}

/** Two thermometers that each err by 0.2 K, as such a pair always may. */
const warmingErrorK = 0.4
const rowsOfADay = 12
const daysLeast = 10
/** The first third of the days, at least five, is believed: an error that was always there is a calibration, not a drift. */
const believedShare = 1 / 3
/** CUSUM: slack and threshold in standard deviations of daily medians; of independent days one in about 19,000 alarms for nothing, each way. */
const slack = 0.5
const threshold = 8

/** Slow departures of a sensor from a redundant or computed value; days with too few sound rows are passed over. */
export function driftsOf(table: SensorTable, doubtful: ReadonlyMap<string, Uint8Array>): Drift[] {
  const drifts = new Map<string, Drift>()
  for (const pair of pairsOf(table)) {
    const drift = driftOf(table, pair, doubtful.get(pair.sensor.column))
    // One sensor, one drift, whatever number of witnesses.
    if (drift && !drifts.has(drift.column)) drifts.set(drift.column, drift)
  }
  return [...drifts.values()]
}

function driftOf(table: SensorTable, pair: Pair, doubtful: Uint8Array | undefined): Drift | undefined {
  const days = dailyMedians(table, pair, doubtful)
  const believed = Math.max(5, Math.floor(days.length * believedShare))
  if (days.length < daysLeast) return undefined
  const start = robustOf(days.slice(0, believed).map(({ off }) => off))
  const sigma = Math.max(start.sigma, pair.tolerance / 4)
  const sums = { up: 0, down: 0, upSince: believed, downSince: believed }
  for (let at = believed; at < days.length; at++) {
    const z = (days[at]!.off - start.median) / sigma
    sums.up = Math.max(0, sums.up + z - slack)
    sums.down = Math.max(0, sums.down - z - slack)
    if (sums.up === 0) sums.upSince = at + 1
    if (sums.down === 0) sums.downSince = at + 1
    if (sums.up > threshold || sums.down > threshold) {
      const since = sums.up > threshold ? sums.upSince : sums.downSince
      const lately = days.slice(-Math.max(3, (days.length - since) >> 1))
      const departed = medianOf(lately.map(({ off }) => off)) - start.median
      const tolerance = pair.tolerance + steadyErrorShare(days.slice(0, believed), lately)
      // A departure that is gone again by the end was the weather's.
      if (Math.abs(departed) < tolerance || departed > 0 !== sums.up > threshold) continue
      return {
        column: pair.sensor.column,
        first: days[since]!.first,
        last: days.at(-1)!.last,
        why: `moved ${signed(departed, pair)} against ${pair.from} since its first ${believed} days`,
      }
    }
  }
  return undefined
}

const medianOf = (values: ArrayLike<number>): number => quantileOf(sortedOf(values), 0.5)

/** By how much a steady error of the thermometers departs when the warming is another than in the days that are believed. */
function steadyErrorShare(
  believed: ReadonlyArray<{ warmingK: number }>,
  lately: ReadonlyArray<{ warmingK: number }>,
): number {
  const perKelvin = (days: ReadonlyArray<{ warmingK: number }>) =>
    1 / medianOf(days.map(({ warmingK }) => warmingK))
  const share = warmingErrorK * Math.abs(perKelvin(lately) - perKelvin(believed))
  return Number.isFinite(share) ? share : 0
}

const signed = (departed: number, { relative, sensor }: Pair): string => {
  const size = relative ? `${(departed * 100).toFixed(0)} %` : `${departed.toFixed(1)} ${unitOf(sensor.role)}`
  return departed > 0 ? `+${size}` : size.replace('-', '−')
}
const unitOf = (role: SensorRole): string => {
  const { unit } = sensorRoles[role].point
  return unit === 'C' ? 'K' : unit
}

function dailyMedians(
  table: SensorTable,
  { sensor, expected, relative, warming }: Pair,
  doubtful: Uint8Array | undefined,
) {
  const days: Array<{ off: number; warmingK: number; first: number; last: number }> = []
  let offs: number[] = []
  let warmings: number[] = []
  let first = 0
  const close = (last: number) => {
    if (offs.length >= rowsOfADay)
      days.push({ off: medianOf(offs), warmingK: medianOf(warmings), first, last })
    offs = []
    warmings = []
  }
  const middle = medianOf(expected.filter(value => value > 0))
  for (let row = 0; row < table.at.length; row++) {
    if (row > 0 && Math.floor(table.at[row]! / day) !== Math.floor(table.at[row - 1]! / day)) {
      close(row - 1)
      first = row
    }
    const off = relative ? sensor.values[row]! / expected[row]! - 1 : sensor.values[row]! - expected[row]!
    const comparable =
      Number.isFinite(off) && !doubtful?.[row] && (!relative || expected[row]! > 0.25 * middle)
    if (!comparable) continue
    offs.push(off)
    if (warming) warmings.push(warming[row]!)
  }
  close(table.at.length - 1)
  return days
}

function pairsOf(table: SensorTable): Pair[] {
  return [...redundantPairs(table), ...computedPairs(table)]
}

/** Sensors of one role that see the same thing: a joined logger beside the plant's own, or two at the plant. */
function redundantPairs({ sensors }: SensorTable): Pair[] {
  const weather: readonly SensorRole[] = ['wetBulb', 'dryBulb', 'relativeHumidity']
  return sensors.flatMap(sensor => {
    if (sensor.joined || !weather.includes(sensor.role)) return []
    return sensors
      .filter(other => other !== sensor && other.role === sensor.role)
      .map(other => ({
        sensor,
        expected: other.values,
        from: other.column,
        relative: false,
        tolerance: sensor.role === 'relativeHumidity' ? 8 : 1.2,
      }))
  })
}

function computedPairs(table: SensorTable): Pair[] {
  const view = plantView(table)
  const pairs: Pair[] = []
  const [load, flow] = [view.only('load'), view.only('chilledWaterFlow')]
  const [supply, back] = [
    view.only('chilledWaterSupplyTemperature'),
    view.only('chilledWaterReturnTemperature'),
  ]
  if (load && flow && supply && back)
    pairs.push({
      sensor: load,
      expected: carriedKw({ supply, back, flow }),
      from: `${flow.column} × (${back.column} − ${supply.column})`,
      relative: true,
      tolerance: Math.max(0.05, digitShare(supply, back)),
      warming: back.values.map((value, row) => value - supply.values[row]!),
    })
  const [total, sum] = [view.only('totalPower'), view.sumOf('partPower')]
  if (total && sum && view.all('partPower').length > 1)
    pairs.push({
      sensor: total,
      expected: sum,
      from: 'the sum of its parts',
      relative: true,
      tolerance: 0.05,
    })
  const wetBulb = view.only('wetBulb')
  const dryBulb = table.sensors.find(sensor => sensor.role === 'dryBulb')
  const humidity = table.sensors.find(sensor => sensor.role === 'relativeHumidity')
  if (wetBulb && dryBulb && humidity)
    pairs.push({
      sensor: wetBulb,
      expected: computedWetBulb(dryBulb, humidity),
      from: `the wet bulb of ${dryBulb.column} and ${humidity.column}`,
      relative: false,
      tolerance: 1.2,
    })
  return pairs
}

/** What the last digits of two thermometers are of their usual difference: whole degrees on 6 K of warming make 17 %. */
function digitShare(supply: Sensor, back: Sensor): number {
  const warming = back.values.map((value, row) => value - supply.values[row]!).filter(value => value > 0)
  return Math.max(resolutionOf(supply.values), resolutionOf(back.values)) / quantileOf(sortedOf(warming), 0.5)
}

/** Wet bulb of dry bulb and humidity at sea level: 1,000 m of height change it by 0.3 K, steadily, which is no drift. */
export const computedWetBulb = (dryBulb: Sensor, humidity: Sensor): Float64Array =>
  dryBulb.values.map((dryBulbC, row) => {
    const relativeHumidityPercent = humidity.values[row]!
    return Number.isFinite(dryBulbC) && relativeHumidityPercent > 0 && relativeHumidityPercent <= 100
      ? wetBulbC({ dryBulbC, relativeHumidityPercent, pressurePa: standardPressurePa })
      : Number.NaN
  })
