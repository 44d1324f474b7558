import { DuckDBInstance } from '@duckdb/node-api'
import type { StoredRow } from '#commands/chaos/ledger.ts'
import { qualityOfCode } from '#contract/reading.ts'

/** Every row of a store that no hub has open, read by the database alone: not by the code that wrote it. */
export async function* storedRows(path: string): AsyncGenerator<StoredRow> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  try {
    const connection = await instance.connect()
    const result = await connection.stream(
      `SELECT coalesce(series.equipment, 'series ' || samples.series), coalesce(series.point, '?'),
        CAST(samples.takenAt AS DOUBLE), samples.quality, samples.value
       FROM samples LEFT JOIN series ON series.id = samples.series`,
    )
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    )
      for (const row of chunk.getRows()) {
        const [equipment, point, at, quality, value] = row as [string, string, number, number, number | null]
        yield { equipment, point, at, value, quality: qualityOfCode(quality) }
      }
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
}
