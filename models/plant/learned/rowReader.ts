import type { Lever } from '#contract/control/levers/lever.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import type { OutsideConditions } from '#models/plant/learned/learnedPlant.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'

/** What a planner reads from rows of telemetry; NaN wherever a part of it is missing. */
export type RowReader = {
  /** Setpoints in force, in the order of the levers. */
  leverValues(row: TelemetryRow): number[]
  /** IT power of each place, kW. */
  itKw(row: TelemetryRow): number[]
  conditions(row: TelemetryRow): OutsideConditions
  /** By the site's meters, kW: the facility, and IT less what passes through its meters without being of it. */
  facilityKw(row: TelemetryRow): number
  itMeterKw(row: TelemetryRow): number
}

export function rowReader(site: AnySite, levers: readonly Lever[], keys: readonly string[]): RowReader {
  const columns = new Map(keys.map((key, column) => [key, column]))
  const readingOf = (row: TelemetryRow, key: string): number =>
    row.values[columns.get(key) ?? -1] ?? Number.NaN
  const sumOf = (row: TelemetryRow, wanted: readonly string[]): number =>
    wanted.reduce((sum, key) => sum + readingOf(row, key), 0)
  const places = placesOf(site)
  const metered = (row: TelemetryRow, role: 'facility' | 'it'): number =>
    site.meters
      .filter(meter => meter.role === role)
      .reduce(
        (sum, meter) =>
          sum +
          readingOf(row, `${meter.id}.activePower`) -
          sumOf(
            row,
            meter.subtract.map(id => `${id}.activePower`),
          ),
        0,
      )
  const chillerKeys = site.equipment.filter(({ kind }) => kind === 'chiller').map(({ id }) => `${id}.status`)
  /** Undefined where one does not tell. */
  const areChillersOn = (row: TelemetryRow): boolean | undefined => {
    const shares = chillerKeys.map(key => readingOf(row, key))
    return shares.length === 0 || shares.some(Number.isNaN) ? undefined : shares.some(share => share > 0.5)
  }
  const itKw = (row: TelemetryRow) => places.map(place => sumOf(row, place.itKeys))
  return {
    leverValues: row => levers.map(lever => sumOf(row, lever.keys) / lever.keys.length),
    itKw,
    conditions: row => {
      const isOn = areChillersOn(row)
      return {
        itKw: itKw(row),
        wetBulbC: readingOf(row, 'weather.wetBulb'),
        dryBulbC: readingOf(row, 'weather.dryBulb'),
        ...(isOn === undefined ? {} : { areChillersOn: isOn }),
      }
    },
    facilityKw: row => metered(row, 'facility'),
    itMeterKw: row => metered(row, 'it'),
  }
}

/** Lowest and highest of each lever over the rows; null where no row tells. */
export function knownRanges(
  reader: RowReader,
  rows: readonly TelemetryRow[],
  leverCount: number,
): Array<readonly [number, number] | null> {
  const lowest = new Array<number>(leverCount).fill(Number.POSITIVE_INFINITY)
  const highest = new Array<number>(leverCount).fill(Number.NEGATIVE_INFINITY)
  for (const row of rows)
    for (const [place, value] of reader.leverValues(row).entries()) {
      if (value < (lowest[place] as number)) lowest[place] = value
      if (value > (highest[place] as number)) highest[place] = value
    }
  return lowest.map((low, place) => {
    const high = highest[place] as number
    return low <= high ? [low, high] : null
  })
}
