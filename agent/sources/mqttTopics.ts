import { generatedBindings, type PointBinding } from '#agent/mapping/pointMap.ts'
import {
  bySeries,
  byTopic,
  type MqttProfile,
  restingValue,
  topicMatches,
} from '#agent/sources/mqttProfile.ts'
import type { ValuePaths } from '#agent/sources/mqttValue.ts'
import type { Equipment, Site } from '#contract/site/site.ts'

export type TopicsOptions = {
  readonly site: Site
  readonly equipment: readonly Equipment[]
  /** Topic with places: {site}, {equipment}, {point}, and for trays {rack} and {tray} (`A1-t03` is rack A1, tray t03). */
  readonly template: string
  readonly paths: ValuePaths
  /** Topic filter of the publisher's heartbeat; '' where it has none and its silence cannot be told from calm. */
  readonly heartbeat: string
  readonly mapped?: readonly PointBinding[]
}

/** Any publisher with one value to a topic: a cluster manager, a gateway, a Redfish bridge. */
export function topicsProfile(options: TopicsOptions): MqttProfile {
  const bindings = options.mapped ?? topicBindings(options)
  // A command's topic carries our own words back to us: they are no measurement.
  const readings = byTopic(bindings.filter(binding => !binding.spec.writable))
  const writings = bySeries(bindings.filter(binding => binding.spec.writable))
  const { heartbeat } = options
  const filters = options.mapped ? [...readings.keys()] : topicFilters(options)
  return {
    filters: heartbeat === '' ? filters : [...filters, heartbeat],
    paths: options.paths,
    reading: topic => readings.get(topic),
    writing: (item, point) => writings.get(`${item}.${point}`),
    behind: refused =>
      [...readings.values()].filter(({ address }) => refused.some(filter => topicMatches(filter, address))),
    hasHeartbeat: heartbeat !== '',
    isHeartbeat: topic => heartbeat !== '' && topicMatches(heartbeat, topic),
    ownHeartbeatTopic: undefined,
    heartbeatEchoTopic: undefined,
    describe: () => undefined,
    restingValue,
  }
}

export const topicBindings = ({
  site,
  equipment,
  template,
}: Pick<TopicsOptions, 'site' | 'equipment' | 'template'>): readonly PointBinding[] =>
  generatedBindings(equipment, (item, point) =>
    filled(template, { site: site.name, point, ...placesOf(item) }),
  )

/** One filter for each rack (or each equipment), with any point and tray below it. */
function topicFilters({ site, equipment, template }: TopicsOptions): readonly string[] {
  const any = { site: site.name, point: '+', tray: '+' }
  return [...new Set(equipment.map(item => filled(template, { ...placesOf(item), ...any })))]
}

function placesOf(item: Equipment): Readonly<Record<string, string>> {
  const rack = item.partOf ?? item.id
  const tray = item.id.startsWith(`${rack}-`) ? item.id.slice(rack.length + 1) : item.id
  return { equipment: item.id, rack, tray }
}

const filled = (template: string, places: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole)
