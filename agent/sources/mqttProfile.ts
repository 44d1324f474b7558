import type { PointBinding } from '#agent/mapping/pointMap.ts'
import type { ValuePaths } from '#agent/sources/mqttValue.ts'

/** How one kind of publisher speaks: its topics, payloads and heartbeat. */
export type MqttProfile = {
  readonly filters: readonly string[]
  readonly paths: ValuePaths
  /** The point that is read from a topic. */
  reading(topic: string): PointBinding | undefined
  /** Where a point of ours is written; undefined when it is not ours to write. */
  writing(equipment: string, point: string): PointBinding | undefined
  /** The points that stand behind these filters. */
  behind(filters: readonly string[]): readonly PointBinding[]
  readonly hasHeartbeat: boolean
  isHeartbeat(topic: string): boolean
  /** Where our own heartbeat goes, each 10 s. */
  readonly ownHeartbeatTopic: string | undefined
  /** Where the publisher's heartbeat is sent back. */
  readonly heartbeatEchoTopic: string | undefined
  /** A message that is neither value nor heartbeat: metadata, for those who read it. */
  describe(topic: string, payload: Buffer): void
  /** The value of a request that asks for nothing. */
  restingValue(point: string): number
}

/** `1` asks a tray to stay on; every other request asks for nothing at `0`. */
export const restingValue = (point: string): number => (point === 'powerRequest' ? 1 : 0)

/** MQTT 3.1.1, 4.7: `+` is one level, `#` at the end is this level and all below. */
export function topicMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const given = topic.split('/')
  for (const [place, level] of wanted.entries()) {
    if (level === '#') return true
    if (place >= given.length) return false
    if (level !== '+' && level !== given[place]) return false
  }
  return wanted.length === given.length
}

export const byTopic = (bindings: readonly PointBinding[]): Map<string, PointBinding> =>
  new Map(bindings.map(binding => [binding.address, binding]))

export const bySeries = (bindings: readonly PointBinding[]): Map<string, PointBinding> =>
  new Map(bindings.map(binding => [`${binding.equipment}.${binding.point}`, binding]))
