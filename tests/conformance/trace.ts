import type { Packet, Said } from './mqttWire.ts'

/** What was seen, in the order in which it was seen: packets of each connection, and what the host told its own house. */
export type Seen =
  | { kind: 'opened' | 'closed'; broker: string; link: number }
  | {
      kind: 'packet'
      broker: string
      link: number
      from: 'client' | 'broker'
      packet: Packet
      wallAt: number
    }
  | { kind: 'told'; told: Told; wallAt: number }
/** Words of the host to the rest of the hub, and what a story did that no packet shows. */
export type Told =
  | { what: 'online' | 'offline'; node: string; at: number }
  | { what: 'stale'; node: string; equipment: string; at: number }
  /** The story took a device's path away from the edge, or gave it back. */
  | { what: 'deviceLost' | 'deviceBack'; node: string; device: string; at: number }
  | { what: 'shown'; node: string; equipment: string; point: string; value: number | null; at: number }

/** What the story knows of who takes part. */
export type Cast = {
  readonly group: string
  readonly hostId: string
  readonly node: string
  readonly devices: readonly string[]
  /** What the first CONNECT of the story must carry, where a story begins a count. */
  readonly firstBdSeq: number
  readonly reorderMs: number
}
export type Trace = {
  readonly story: string
  readonly cast: Cast
  readonly seen: Seen[]
  /** Why the story did not come to its end. */
  brokeOff?: string
}

/** One message on one connection. */
export type Message = {
  readonly index: number
  readonly link: Link
  readonly said: Said
  readonly wallAt: number
  /** STATE, or one of the eight; undefined where the topic is none of Sparkplug's. */
  readonly type: string | undefined
  readonly node: string | undefined
  readonly device: string | undefined
}
export type Link = {
  readonly id: number
  readonly broker: string
  readonly openedAt: number
  closedAt: number
  connect?: { readonly index: number; readonly packet: Packet & { type: 'connect' }; readonly wallAt: number }
  subscribes: Array<{
    readonly index: number
    readonly filters: ReadonlyArray<{ filter: string; qos: number }>
  }>
  /** CONNACK with code 0. */
  acceptedAt?: number
  disconnectAt?: number
  /** By the client, and to it. */
  readonly said: Message[]
  readonly heard: Message[]
}

/** The connections of a trace, each with its messages. */
export function linksOf(trace: Trace): Link[] {
  const links = new Map<number, Link>()
  trace.seen.forEach((seen, index) => {
    if (seen.kind === 'told') return
    if (seen.kind === 'opened') {
      const { broker, link: id } = seen
      links.set(id, {
        id,
        broker,
        openedAt: index,
        closedAt: Number.POSITIVE_INFINITY,
        subscribes: [],
        said: [],
        heard: [],
      })
      return
    }
    const link = links.get(seen.link)
    if (link === undefined) return
    if (seen.kind === 'packet') enter(link, seen, index)
    else link.closedAt = index
  })
  return [...links.values()]
}

function enter(link: Link, seen: Seen & { kind: 'packet' }, index: number): void {
  const { packet, from, wallAt } = seen
  if (packet.type === 'publish')
    (from === 'client' ? link.said : link.heard).push(messageOf(link, packet.said, index, wallAt))
  else if (packet.type === 'connack' && packet.code === 0) link.acceptedAt = index
  else if (from === 'broker') return
  else if (packet.type === 'connect') link.connect = { index, packet, wallAt }
  else if (packet.type === 'subscribe') link.subscribes.push({ index, filters: packet.filters })
  else if (packet.type === 'disconnect') link.disconnectAt = index
}

function messageOf(link: Link, said: Said, index: number, wallAt: number): Message {
  const [space, group, type, node, device] = said.topic.split('/')
  const isState = space === 'spBv1.0' && group === 'STATE'
  return {
    index,
    link,
    said,
    wallAt,
    type: isState ? 'STATE' : type,
    node: isState ? undefined : node,
    device,
  }
}

/** What a STATE says, where it has the form: a JSON object with exactly a flag and a whole number. */
export function stateIn(said: Said): { readonly online: boolean; readonly timestamp: number } | undefined {
  const { state } = said
  if (state === null || typeof state !== 'object') return undefined
  const { online, timestamp } = state as { online?: unknown; timestamp?: unknown }
  return typeof online === 'boolean' && Number.isSafeInteger(timestamp)
    ? { online, timestamp: timestamp as number }
    : undefined
}
