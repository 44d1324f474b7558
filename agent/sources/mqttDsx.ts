import { generatedBindings, type PointBinding } from '#agent/mapping/pointMap.ts'
import { dsxTagBinding, isMetadataTopic } from '#agent/sources/dsxMetadata.ts'
import {
  bySeries,
  byTopic,
  type MqttProfile,
  restingValue,
  topicMatches,
} from '#agent/sources/mqttProfile.ts'
import { dsxPaths } from '#agent/sources/mqttValue.ts'
import * as dsxBus from '#contract/dsx.ts'
import type { Equipment, Site } from '#contract/site/site.ts'

/** Tags learnt from metadata: a building of a few thousand points has fewer; beyond that the bus is not ours. */
const tagsMax = 20_000

/**
 * The building system's side of DSX Exchange BMS. Tags come from the site's own names (`{site}/{equipment}/{point}`),
 * from a map file, or from the retained metadata of the bus.
 */
export function dsxProfile(options: {
  readonly site: Site
  readonly equipment: readonly Equipment[]
  readonly tags: 'generated' | 'metadata'
  readonly mapped?: readonly PointBinding[]
  readonly warn: (sentence: string) => void
}): MqttProfile {
  const { site, equipment, tags, mapped } = options
  const bindings = mapped ?? (tags === 'generated' ? dsxBindings(site, equipment) : [])
  const isOurs = (binding: PointBinding) => binding.spec.dsx?.publishedBy === 'integration'
  const readings = byTopic(bindings.filter(binding => !isOurs(binding)))
  const writings = bySeries(bindings.filter(isOurs))
  const learn = (topic: string, payload: Buffer): void => {
    if (tags !== 'metadata' || !isMetadataTopic(topic) || readings.size + writings.size >= tagsMax) return
    const tag = dsxTagBinding({ topic, payload, equipment })
    if (tag === undefined) return
    if ('refused' in tag) options.warn(tag.refused)
    else if (isOurs(tag)) writings.set(`${tag.equipment}.${tag.point}`, tag)
    else readings.set(tag.address, tag)
  }
  return {
    filters: [
      ...dsxFilters(
        options,
        bindings.filter(binding => !isOurs(binding)),
      ),
      dsxBus.bmsHeartbeatFilter,
    ],
    paths: dsxPaths,
    reading: topic => readings.get(topic),
    writing: (item, point) => writings.get(`${item}.${point}`),
    behind: filters =>
      [...readings.values()].filter(({ address }) => filters.some(filter => topicMatches(filter, address))),
    hasHeartbeat: true,
    isHeartbeat: topic => topicMatches(dsxBus.bmsHeartbeatFilter, topic),
    ownHeartbeatTopic: heartbeatTopic(site, 'HeartbeatTimestampIntegration'),
    heartbeatEchoTopic: heartbeatTopic(site, 'HeartbeatEchoIntegration'),
    describe: learn,
    restingValue,
  }
}

const heartbeatTopic = (site: Site, pointType: string): string =>
  dsxBus.integrationTopic(dsxBus.heartbeat(site.name, pointType))

function dsxFilters(
  options: {
    readonly site: Site
    readonly equipment: readonly Equipment[]
    readonly tags: string
    readonly mapped?: readonly PointBinding[]
  },
  readings: readonly PointBinding[],
): readonly string[] {
  if (options.mapped) return readings.map(binding => binding.address)
  if (options.tags === 'metadata') return [dsxBus.metadataFilter, dsxBus.valueFilter]
  // One filter for each equipment: an agent of a large site is not sent what its neighbours look after.
  return options.equipment.map(item => dsxBus.equipmentFilter(options.site.name, item.id))
}

export const dsxBindings = (site: Site, equipment: readonly Equipment[]): readonly PointBinding[] =>
  generatedBindings(equipment, (item, point, { dsx }) => {
    if (!dsx) return undefined
    const place = { ...dsx, tagPath: dsxBus.tagPath(site.name, item.id, point) }
    return dsx.publishedBy === 'bms' ? dsxBus.valueTopic(place) : dsxBus.integrationTopic(place)
  })
