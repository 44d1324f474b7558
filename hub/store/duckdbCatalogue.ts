import type { DuckDBConnection } from '@duckdb/node-api'
import { pointSpec } from '#contract/points.ts'
import type { Reading } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'

export type StoredSeries = { readonly equipment: string; readonly point: string; newest?: Reading }

/** Every series that the file knows, by its small number, and the way from equipment and point to that number. */
export type Catalogue = {
  readonly series: readonly StoredSeries[]
  /** The number of a series, or undefined where the site has no such equipment or point. */
  find(equipment: string, point: string): number | undefined
  /** Series that `find` gave a number to since the last call of `kept`: to be written in the same transaction. */
  unwritten(): ReadonlyArray<{
    readonly id: number
    readonly kind: string
    readonly equipment: string
    readonly point: string
  }>
  kept(): void
}

const tables = `
  CREATE TABLE IF NOT EXISTS series (id INTEGER, kind VARCHAR, equipment VARCHAR, point VARCHAR);
  CREATE TABLE IF NOT EXISTS samples (series INTEGER, takenAt BIGINT, quality SMALLINT, value DOUBLE);
  CREATE TABLE IF NOT EXISTS deliveries (agent VARCHAR, epoch VARCHAR, first BIGINT, last BIGINT);
  CREATE TABLE IF NOT EXISTS hourly (series INTEGER, takenAt BIGINT, n BIGINT, total DOUBLE, lowest DOUBLE, highest DOUBLE);
  CREATE TABLE IF NOT EXISTS hoursKept (takenAt BIGINT);
`

export async function openCatalogue(
  writer: DuckDBConnection,
  site: Pick<Site, 'equipment'>,
): Promise<Catalogue> {
  await writer.run(tables)
  const kinds = new Map(site.equipment.map(item => [item.id, item.kind]))
  const series: StoredSeries[] = []
  const byEquipment = new Map<string, Map<string, number | undefined>>()
  const pointsOf = (equipment: string) => {
    let points = byEquipment.get(equipment)
    if (!points) byEquipment.set(equipment, (points = new Map()))
    return points
  }
  const known = await writer.runAndReadAll('SELECT id, equipment, point FROM series ORDER BY id')
  for (const [id, equipment, point] of known.getRows() as Array<[number, string, string]>) {
    series[id] = { equipment, point }
    pointsOf(equipment).set(point, id)
  }
  let written = series.length

  return {
    series,
    find: (equipment, point) => {
      const points = byEquipment.get(equipment)
      const id = points?.get(point)
      if (id !== undefined) return id
      const kind = kinds.get(equipment)
      if (kind === undefined || pointSpec(kind, point) === undefined) return undefined
      series.push({ equipment, point })
      pointsOf(equipment).set(point, series.length - 1)
      return series.length - 1
    },
    unwritten: () =>
      series.slice(written).map(({ equipment, point }, offset) => ({
        id: written + offset,
        kind: kinds.get(equipment) as string,
        equipment,
        point,
      })),
    kept: () => {
      written = series.length
    },
  }
}
