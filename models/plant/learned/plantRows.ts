import { seriesKey } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { plantRowReader } from '#models/plant/rowAt.ts'

/** Telemetry of a tower site as the rows that its cold plates, CDUs and tower are learned from. */
export function plantRowsOf(site: Site, keys: readonly string[]): (row: TelemetryRow) => PlantRow {
  const columns = new Map(keys.map((key, column) => [key, column]))
  const rowAt = plantRowReader(site)
  return row =>
    rowAt(
      row.at,
      (equipment, point) => row.values[columns.get(seriesKey(equipment, point)) ?? -1] ?? Number.NaN,
    )
}
