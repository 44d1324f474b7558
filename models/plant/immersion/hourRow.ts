import { immersionKind } from '#contract/control/levers/immersion.ts'
import { plantIds } from '#contract/site/expand.ts'
import { immersionIds } from '#contract/site/expandImmersion.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import { type DurationMs, hour, type Millis, minute } from '#contract/units.ts'
import { tankKjPerK } from '#models/plant/immersion/priors.ts'
import { changePerS, heldOffset, meanOf, spansOf } from '#models/plant/immersion/spans.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import { rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'

export type TankHour = {
  readonly itKw: number
  readonly pumpKw: number
  /** Heat that stayed in the tank while it warmed; below zero while it cooled. */
  readonly storedKw: number
  /** On the scale of its setpoint: less what the sensor shows above it while the loop holds. */
  readonly supplyC: number
  readonly flowLpm: number
  readonly dpKpa: number
  readonly dpSpKpa: number
  readonly primaryLpm: number
  readonly valvePercent: number
  readonly chipC: number
}

/** What the model learns from: means of half an hour to an hour. NaN where telemetry has none. */
export type HourRow = {
  readonly at: Millis
  /** In the site's order. */
  readonly tanks: readonly TankHour[]
  readonly loop: {
    /** Coolant from the coolers, on the scale of its setpoint. */
    readonly supplyC: number
    readonly warmingKPerS: number
    readonly dpKpa: number
    readonly dpSpKpa: number
    readonly pumpKw: number
    readonly pumpsRunning: number
  }
  readonly coolers: {
    readonly fanKw: number
    readonly padPumpKw: number
    /** Share of the time with wet pads. */
    readonly padsOn: number
    readonly airC: number
  }
  readonly dryBulbC: number
  readonly wetBulbC: number
  readonly facilityKw: number
  readonly itMeterKw: number
}

/** Longest history that is fitted in half hours; a longer one is averaged over longer spans. */
const spansMost = 600
const spanLeastMs = 30 * minute

export type HourTable = { readonly rows: readonly HourRow[]; readonly spanMs: DurationMs }

/**
 * Five-minute rows as means of half hours, of hours where there are more than 600 half hours, and so on: a tank stores what it
 * makes in minutes, so a shorter mean says little of a balance, and a fit of three weeks takes no longer than a fit of two.
 * All spans weigh alike, old or new.
 */
export function hoursOf(site: ImmersionSite, table: TelemetryTable): HourTable {
  const { rows, keys } = table
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return { rows: [], spanMs: hour }
  const spanMs = Math.max(1, Math.ceil((last.at - first.at) / (spanLeastMs * spansMost))) * spanLeastMs
  const spans = spansOf(rows, spanMs).map(span => ({ span, mean: meanOf(span, keys.length) }))
  const readHour = hourReader(site, keys, spans)
  return { spanMs, rows: spans.map(readHour) }
}

const tankPoints = [
  'power',
  'pumpPower',
  'tankTemperature',
  'supplyTemperature',
  'flow',
  'differentialPressure',
  'differentialPressureSp',
  'primaryFlow',
  'valvePosition',
  'chipTemperature',
] as const
const plantKeys = [
  ...['supplyTemperature', 'differentialPressure', 'differentialPressureSp', 'power', 'pumpsRunning'].map(
    point => `${plantIds.facility}.${point}`,
  ),
  ...['fanPower', 'fanSpeed', 'padPumpPower', 'padsOn', 'airEnteringTemperature'].map(
    point => `${immersionIds.coolers}.${point}`,
  ),
  `${plantIds.weather}.dryBulb`,
  `${plantIds.weather}.wetBulb`,
]

/** Every key that is read here: a table needs no others. */
export function immersionKeys(site: ImmersionSite): string[] {
  const meters = site.meters.filter(({ role }) => role === 'facility' || role === 'it')
  return [
    ...new Set([
      ...placesOf(site).flatMap(({ id }) => tankPoints.map(point => `${id}.${point}`)),
      ...plantKeys,
      ...immersionKind(site).levers.flatMap(lever => lever.keys),
      ...meters.flatMap(meter => [meter.id, ...meter.subtract]).map(id => `${id}.activePower`),
    ]),
  ]
}

type Span = { readonly span: readonly TelemetryRow[]; readonly mean: TelemetryRow }

function hourReader(site: ImmersionSite, keys: readonly string[], spans: readonly Span[]) {
  const columns = new Map(keys.map((key, column) => [key, column]))
  const valueIn = (row: TelemetryRow, key: string): number => row.values[columns.get(key) ?? -1] ?? Number.NaN
  const reader = rowReader(site, immersionKind(site).levers, keys)
  const kjPerK = tankKjPerK(site)
  const { facility, weather } = plantIds
  const { coolers } = immersionIds
  const offsetOf = (id: string, reachKey: string) =>
    heldOffset(
      spans.map(({ mean }) => ({
        aboveK: valueIn(mean, `${id}.supplyTemperature`) - valueIn(mean, `${id}.supplyTemperatureSp`),
        reachPercent: valueIn(mean, reachKey),
      })),
    )
  const facilityOffsetK = offsetOf(facility, `${coolers}.fanSpeed`)
  const tanks = placesOf(site).map(({ id, valveKey }) => ({ id, offsetK: offsetOf(id, valveKey) }))

  return ({ span, mean }: Span): HourRow => {
    const value = (key: string) => valueIn(mean, key)
    const itKw = reader.itKw(mean)
    return {
      at: mean.at,
      tanks: tanks.map(({ id, offsetK }, tank) => ({
        itKw: itKw[tank] as number,
        pumpKw: value(`${id}.pumpPower`),
        storedKw: kjPerK * changePerS(span, columns.get(`${id}.tankTemperature`)),
        supplyC: value(`${id}.supplyTemperature`) - offsetK,
        flowLpm: value(`${id}.flow`),
        dpKpa: value(`${id}.differentialPressure`),
        dpSpKpa: value(`${id}.differentialPressureSp`),
        primaryLpm: value(`${id}.primaryFlow`),
        valvePercent: value(`${id}.valvePosition`),
        chipC: value(`${id}.chipTemperature`),
      })),
      loop: {
        supplyC: value(`${facility}.supplyTemperature`) - facilityOffsetK,
        warmingKPerS: changePerS(span, columns.get(`${facility}.supplyTemperature`)),
        dpKpa: value(`${facility}.differentialPressure`),
        dpSpKpa: value(`${facility}.differentialPressureSp`),
        pumpKw: value(`${facility}.power`),
        pumpsRunning: value(`${facility}.pumpsRunning`),
      },
      coolers: {
        fanKw: value(`${coolers}.fanPower`),
        padPumpKw: value(`${coolers}.padPumpPower`),
        padsOn: value(`${coolers}.padsOn`),
        airC: value(`${coolers}.airEnteringTemperature`),
      },
      dryBulbC: value(`${weather}.dryBulb`),
      wetBulbC: value(`${weather}.wetBulb`),
      facilityKw: reader.facilityKw(mean),
      itMeterKw: reader.itMeterKw(mean),
    }
  }
}
