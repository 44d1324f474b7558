import { Failure } from '#contract/failure.ts'

/** Topics of Sparkplug B 3.0: `spBv1.0/group/type/node[/device]` and `spBv1.0/STATE/host`. */
export const namespace = 'spBv1.0'

export const nodeMessageTypes = ['NBIRTH', 'NDEATH', 'NDATA', 'NCMD'] as const
export const deviceMessageTypes = ['DBIRTH', 'DDEATH', 'DDATA', 'DCMD'] as const
export type NodeMessageType = (typeof nodeMessageTypes)[number]
export type DeviceMessageType = (typeof deviceMessageTypes)[number]

export type Topic =
  | { readonly type: NodeMessageType; readonly group: string; readonly node: string }
  | {
      readonly type: DeviceMessageType
      readonly group: string
      readonly node: string
      readonly device: string
    }

/** An id may hold anything but what MQTT reserves. */
export function checkedId(id: string, what: string): string {
  if (id === '' || ['+', '/', '#', '\0'].some(reserved => id.includes(reserved)))
    throw new Failure('CONFIG_INVALID', `${what} "${id}" must not be empty or hold + / #`)
  return id
}

export const formatTopic = (topic: Topic): string =>
  'device' in topic
    ? `${namespace}/${topic.group}/${topic.type}/${topic.node}/${topic.device}`
    : `${namespace}/${topic.group}/${topic.type}/${topic.node}`

export const stateTopic = (hostId: string): string => `${namespace}/STATE/${hostId}`

/** The parts of a node's or device's topic; undefined for anything else, STATE included. */
export function parseTopic(text: string): Topic | undefined {
  const [space, group, type, node, device, ...rest] = text.split('/')
  if (space !== namespace || !group || !type || !node || rest.length > 0) return undefined
  if (device === undefined) {
    const nodeType = nodeMessageTypes.find(known => known === type)
    return nodeType === undefined ? undefined : { type: nodeType, group, node }
  }
  const deviceType = deviceMessageTypes.find(known => known === type)
  return deviceType === undefined || device === '' ? undefined : { type: deviceType, group, node, device }
}

/** What a host says of itself: retained JSON on its STATE topic. */
export type HostState = { readonly online: boolean; readonly timestamp: number }

export const formatHostState = (state: HostState): string =>
  JSON.stringify({ online: state.online, timestamp: state.timestamp })

/** A host's state; undefined when it has not that form (the older edition's plain ONLINE and OFFLINE included). */
export function parseHostState(text: string): HostState | undefined {
  // Two keys and a number of 13 digits: a longer text is none of ours.
  if (text.length > 1_000) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (parsed === null || typeof parsed !== 'object') return undefined
  const { online, timestamp } = parsed as { online?: unknown; timestamp?: unknown }
  return typeof online === 'boolean' && typeof timestamp === 'number' && Number.isFinite(timestamp)
    ? { online, timestamp }
    : undefined
}
