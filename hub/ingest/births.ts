import { pointSpec } from '#contract/points.ts'
import type { Sample } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { DataType } from '#contract/sparkplug/dataTypes.ts'
import { placeOfMetric } from '#contract/sparkplug/names.ts'
import type { Metric, Payload } from '#contract/sparkplug/payload.ts'
import { readingOfMetric } from '#contract/sparkplug/readingMetric.ts'

/** What an alias or a name stands for, as the newest birth said. `place` is absent where site and catalogue know no such point. */
export type Target = {
  readonly name: string
  readonly alias: number | undefined
  readonly datatype: DataType | undefined
  readonly place: { readonly equipment: string; readonly point: string } | undefined
}

/** Names and aliases of one device, or of the node itself (device undefined). */
export type TargetTable = {
  readonly byName: ReadonlyMap<string, Target>
  /**
   * An alias counts in the topic of its birth only: whatever an edge gets wrong, a value never lands at another device.
   * One that a birth gives to two metrics stands for none.
   */
  readonly byAlias: ReadonlyMap<number, Target>
}

export const noTargets: TargetTable = { byName: new Map(), byAlias: new Map() }

/** Reads the birth of a device, or of the node (`device` undefined). */
export function readBirth(payload: Payload, device: string | undefined, graph: SiteGraph): TargetTable {
  const byName = new Map<string, Target>()
  const byAlias = new Map<number, Target>()
  const ambiguous = new Set<number>()
  for (const { name, alias, datatype } of payload.metrics) {
    if (name === undefined) continue
    const target: Target = {
      name,
      alias,
      datatype,
      place: device === undefined ? undefined : placeInSite(device, name, graph),
    }
    byName.set(name, target)
    if (alias === undefined) continue
    if (byAlias.has(alias)) ambiguous.add(alias)
    byAlias.set(alias, target)
  }
  for (const alias of ambiguous) byAlias.delete(alias)
  return { byName, byAlias }
}

/** The point behind a metric's name, when the site has that equipment in that device and the catalogue that point. */
export function placeInSite(device: string, name: string, graph: SiteGraph): Target['place'] {
  const place = placeOfMetric(device, name)
  const equipment = place === undefined ? undefined : graph.equipment(place.equipment)
  if (place === undefined || equipment === undefined || graph.assemblyOf(place.equipment) !== device)
    return undefined
  return pointSpec(equipment.kind, place.point) === undefined ? undefined : place
}

/** The present values that a birth announces: shown and alarmed from, never stored. */
export function valuesInBirth(payload: Payload, table: TargetTable): Sample[] {
  return payload.metrics.flatMap((metric: Metric) => {
    const target = metric.name === undefined ? undefined : table.byName.get(metric.name)
    if (target?.place === undefined || metric.isHistorical) return []
    const reading = readingOfMetric(metric, target.datatype, payload.timestamp)
    return typeof reading === 'string' ? [] : [{ ...target.place, ...reading }]
  })
}
