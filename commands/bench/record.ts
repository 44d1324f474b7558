import type { PlannedPoint } from '#contract/sparkplug/birth.ts'

/**
 * A DDATA payload prepared once and then only filled in, so that the publisher takes as little of the two cores as it
 * can: what is measured is the hub. The bytes are ordinary Sparkplug (alias, timestamp, double value; seq; uuid).
 */
export type RecordTemplate = {
  /** A fresh payload. `fillValue(metric)` names each value; every round of the device's points is an instant later. */
  payload(facts: { readonly at: number; readonly seq: number; readonly position: number }): Buffer
  /** Instants that one payload spans. */
  readonly instants: number
}

/** Numbers of the Sparkplug fields with their wire types: (field << 3) | type. */
const key = {
  payloadTimestamp: 0x08,
  metric: 0x12,
  seq: 0x18,
  uuid: 0x22,
  alias: 0x10,
  timestamp: 0x18,
  double: 0x69,
}
/** ms since 1970 have 41 bits until 2039: always six groups of seven. */
const instantBytes = 6
/** Positions count from here, so that each has ten digits and the payload its length. */
export const firstPosition = 1_000_000_000

export function recordTemplate(
  epoch: string,
  points: readonly PlannedPoint[],
  metrics: number,
): RecordTemplate {
  const uuidHead = Buffer.from(`cl1:${epoch}:`)
  const bytes: number[] = [key.payloadTimestamp, ...new Array<number>(instantBytes).fill(0)]
  const timeAt: number[] = []
  const valueAt: number[] = []
  for (let metric = 0; metric < metrics; metric++) {
    const { alias } = points[metric % points.length] as PlannedPoint
    const aliasBytes = alias < 128 ? [alias] : [(alias & 0x7f) | 0x80, alias >> 7]
    bytes.push(key.metric, 1 + aliasBytes.length + 1 + instantBytes + 1 + 8, key.alias, ...aliasBytes)
    bytes.push(key.timestamp)
    timeAt.push(bytes.length)
    bytes.push(...new Array<number>(instantBytes).fill(0), key.double)
    valueAt.push(bytes.length)
    bytes.push(...new Array<number>(8).fill(0))
  }
  bytes.push(key.seq)
  const seqAt = bytes.length
  bytes.push(0, 0, key.uuid, uuidHead.length + 10, ...uuidHead)
  const positionAt = bytes.length
  bytes.push(...new Array<number>(10).fill(0))
  const template = Buffer.from(bytes)

  return {
    instants: Math.ceil(metrics / points.length),
    payload: ({ at, seq, position }) => {
      const payload = Buffer.allocUnsafe(template.length)
      template.copy(payload)
      writeInstant(payload, 1, at)
      for (let metric = 0; metric < metrics; metric++) {
        writeInstant(payload, timeAt[metric] as number, at + Math.floor(metric / points.length))
        payload.writeDoubleLE(20 + ((position * 7 + metric) % 1_000) / 100, valueAt[metric] as number)
      }
      payload[seqAt] = (seq & 0x7f) | 0x80
      payload[seqAt + 1] = seq >> 7
      payload.write(String(position), positionAt, 'latin1')
      return payload
    },
  }
}

function writeInstant(bytes: Buffer, at: number, instant: number): void {
  let low = instant % 0x1_0000_0000
  const high = Math.floor(instant / 0x1_0000_0000)
  // 28 bits in four groups, then the fifth group's four low bits with three of the high word, then the rest.
  bytes[at] = (low & 0x7f) | 0x80
  low >>>= 7
  bytes[at + 1] = (low & 0x7f) | 0x80
  low >>>= 7
  bytes[at + 2] = (low & 0x7f) | 0x80
  low >>>= 7
  bytes[at + 3] = (low & 0x7f) | 0x80
  low >>>= 7
  bytes[at + 4] = (low & 0x0f) | ((high & 0x07) << 4) | 0x80
  bytes[at + 5] = high >> 3
}
