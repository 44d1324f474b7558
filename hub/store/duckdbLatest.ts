import type { DuckDBConnection } from '@duckdb/node-api'
import { day, hour } from '#contract/units.ts'
import type { Catalogue } from '#hub/store/duckdbCatalogue.ts'
import { readingOf } from '#hub/store/storable.ts'

/**
 * The newest reading of each series, read once at opening and kept in memory afterwards. Looked for in the last hour,
 * then the last day, then everywhere, each time only for series not found yet: a large file is seldom read whole.
 */
export async function readLatest(writer: DuckDBConnection, catalogue: Catalogue): Promise<void> {
  const extent = await writer.runAndReadAll('SELECT CAST(max(takenAt) AS DOUBLE) FROM samples')
  const newestAt = extent.getRows()[0]?.[0] as number | null
  if (newestAt === null) return
  for (const spanMs of [hour, day, Number.POSITIVE_INFINITY]) {
    const wanted = catalogue.series.flatMap((series, id) => (series.newest ? [] : [id]))
    if (wanted.length === 0) return
    const since = Math.max(0, newestAt - spanMs)
    const reader = await writer.runAndReadAll(
      `SELECT series, CAST(max(takenAt) AS DOUBLE), last(value ORDER BY takenAt, rowid), last(quality ORDER BY takenAt, rowid) FROM samples WHERE takenAt >= ${since} AND series IN (${wanted.join(', ')}) GROUP BY series`,
    )
    for (const [id, at, value, code] of reader.getRows() as Array<[number, number, number | null, number]>) {
      const series = catalogue.series[id]
      if (series) series.newest = readingOf(value, code, at)
    }
  }
}
