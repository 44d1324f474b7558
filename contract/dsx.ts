import type { Reading } from '#contract/reading.ts'
import type { Millis } from '#contract/units.ts'

/**
 * Topics and value messages of NVIDIA DSX Exchange BMS (2026): Value and Metadata from the building system, Value from an
 * integration under its own name. Source: the DSX BMS integration guide, sections 3, 5 and 6.
 */

/** Our name on the DSX bus: in the topics that we write, and in the metadata of the points that are ours to write. */
export const integrationName = 'coldloop'

/** `tagPath` is the site's own affair, may hold slashes, and is equal in value and metadata. */
export type DsxPlace = { readonly objectType: string; readonly pointType: string; readonly tagPath: string }

export const tagPath = (site: string, equipment: string, point: string): string =>
  `${site}/${equipment}/${point}`

const under = (publisher: string, { objectType, pointType, tagPath }: DsxPlace): string =>
  `BMS/v1/${publisher}/${objectType}/${pointType}/${tagPath}`

export const valueTopic = (place: DsxPlace): string => under('PUB/Value', place)
export const metadataTopic = (place: DsxPlace): string => under('PUB/Metadata', place)
export const integrationTopic = (place: DsxPlace): string => under(`${integrationName}/Value`, place)

/** Topic filters: everything that a building system says, everything that we write, one equipment of a site. */
export const valueFilter = 'BMS/v1/PUB/Value/#'
export const metadataFilter = 'BMS/v1/PUB/Metadata/#'
export const integrationFilter = `BMS/v1/${integrationName}/Value/#`
export const equipmentFilter = (site: string, equipment: string): string =>
  `BMS/v1/PUB/Value/+/+/${site}/${equipment}/+`
/** A heartbeat of the building system, wherever in the tag tree it keeps it. */
export const bmsHeartbeatFilter = 'BMS/v1/PUB/Value/+/HeartbeatTimestampBms/#'

/** The place that a metadata topic names; undefined for any other topic. */
export function placeOfMetadata(topic: string): DsxPlace | undefined {
  const match = /^BMS\/v1\/PUB\/Metadata\/([^/]+)\/([^/]+)\/(.+)$/.exec(topic)
  return match
    ? { objectType: match[1] as string, pointType: match[2] as string, tagPath: match[3] as string }
    : undefined
}

/** Quality 1 may be trusted, anything else may not. */
export const valueMessage = (reading: Pick<Reading, 'value' | 'quality' | 'at'>): string =>
  JSON.stringify({
    value: reading.value,
    timestamp: Math.round(reading.at),
    quality: reading.quality === 'good' ? 1 : 0,
  })

/** The heartbeat points of the whole building system: one MQTT client, one scope. */
export const heartbeat = (site: string, pointType: string): DsxPlace => ({
  objectType: 'System',
  pointType,
  tagPath: `${site}/bms/heartbeat`,
})

export const heartbeatMessage = (at: Millis): string =>
  valueMessage({ value: Math.round(at), quality: 'good', at })
