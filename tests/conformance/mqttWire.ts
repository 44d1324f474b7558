import { type SeenPayload, seenPayload } from './sparkplugWire.ts'

/** MQTT 3.1.1 as it stands on the wire: what a subscriber never sees, CONNECT and its Will first of all. */
export type Packet =
  | { type: 'connect'; clientId: string; level: number; cleanSession: boolean; will?: Said }
  | { type: 'connack'; code: number }
  | { type: 'publish'; said: Said }
  | { type: 'subscribe'; filters: Array<{ filter: string; qos: number }> }
  | { type: 'disconnect' }
  | { type: 'other'; code: number }

/** One message, published or left as a Will. */
export type Said = {
  topic: string
  qos: number
  retain: boolean
  /** Absent: no Sparkplug payload. */
  payload?: SeenPayload
  /** Of a STATE topic: the JSON, whatever it is. */
  state?: unknown
}

/** Takes bytes as they come and gives whole packets. */
export function packetReader(onPacket: (packet: Packet) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let next = firstPacket(rest); next !== undefined; next = firstPacket(rest)) {
      rest = rest.subarray(next.length)
      onPacket(next.packet)
    }
  }
}

function firstPacket(bytes: Buffer): { packet: Packet; length: number } | undefined {
  let length = 0
  for (let at = 1, shift = 0; at < bytes.length && at <= 4; at++, shift += 7) {
    const byte = bytes[at] as number
    length |= (byte & 0x7f) << shift
    if (byte >= 0x80) continue
    const end = at + 1 + length
    return end > bytes.length
      ? undefined
      : { packet: packetOf(bytes[0] as number, bytes.subarray(at + 1, end)), length: end }
  }
  return undefined
}

function packetOf(head: number, body: Buffer): Packet {
  switch (head >>> 4) {
    case 1:
      return connectOf(body)
    case 2:
      return { type: 'connack', code: body[1] as number }
    case 3: {
      const text = textAt(body, 0)
      const qos = (head >>> 1) & 3
      const start = text.end + (qos > 0 ? 2 : 0)
      return { type: 'publish', said: said(text.value, body.subarray(start), qos, (head & 1) === 1) }
    }
    case 8:
      return { type: 'subscribe', filters: filtersOf(body) }
    case 14:
      return { type: 'disconnect' }
    default:
      return { type: 'other', code: head >>> 4 }
  }
}

function connectOf(body: Buffer): Packet {
  const protocol = textAt(body, 0)
  const level = body[protocol.end] as number
  const flags = body[protocol.end + 1] as number
  const client = textAt(body, protocol.end + 4)
  const packet = {
    type: 'connect',
    clientId: client.value,
    level,
    cleanSession: (flags & 2) !== 0,
  } as const
  if ((flags & 4) === 0) return packet
  const topic = textAt(body, client.end)
  const length = body.readUInt16BE(topic.end)
  const bytes = body.subarray(topic.end + 2, topic.end + 2 + length)
  return { ...packet, will: said(topic.value, bytes, (flags >>> 3) & 3, (flags & 32) !== 0) }
}

function filtersOf(body: Buffer): Array<{ filter: string; qos: number }> {
  const filters: Array<{ filter: string; qos: number }> = []
  for (let at = 2; at < body.length; ) {
    const text = textAt(body, at)
    filters.push({ filter: text.value, qos: body[text.end] as number })
    at = text.end + 1
  }
  return filters
}

function textAt(bytes: Buffer, at: number): { value: string; end: number } {
  const end = at + 2 + bytes.readUInt16BE(at)
  return { value: bytes.toString('utf8', at + 2, end), end }
}

function said(topic: string, bytes: Buffer, qos: number, retain: boolean): Said {
  if (topic.startsWith('spBv1.0/STATE/')) return { topic, qos, retain, state: jsonOf(bytes.toString('utf8')) }
  const payload = seenPayload(Buffer.from(bytes))
  return payload ? { topic, qos, retain, payload } : { topic, qos, retain }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
