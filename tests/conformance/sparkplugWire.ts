/**
 * A Sparkplug payload read field by field from its bytes (protobuf 2), without the codec that is being tested, and
 * without its leniency: what stood on the wire, also where it should not.
 */
export type SeenPayload = {
  timestamp?: number
  metrics: SeenMetric[]
  seq?: number
  uuid?: string
}
export type SeenMetric = {
  name?: string
  alias?: number
  timestamp?: number
  datatype?: number
  isHistorical?: boolean
  isNull?: boolean
  properties?: { keys: string[]; values: SeenProperty[] }
  /** Whatever value fields there are, by their protobuf numbers 10 to 19. */
  values: SeenValue[]
}
export type SeenProperty = { type?: number; isNull?: boolean; values: SeenValue[] }
export type SeenValue = { field: number; value: number | string }

type Field = { readonly field: number; readonly value: number | bigint | Buffer }

/** undefined: no protobuf of this shape. */
export function seenPayload(bytes: Buffer): SeenPayload | undefined {
  try {
    const payload: SeenPayload = { metrics: [] }
    for (const { field, value } of fieldsOf(bytes)) {
      if (field === 1) payload.timestamp = whole(value)
      else if (field === 2) payload.metrics.push(seenMetric(message(value)))
      else if (field === 3) payload.seq = whole(value)
      else if (field === 4) payload.uuid = message(value).toString('utf8')
      else if (field !== 5) return undefined
    }
    return payload
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function seenMetric(bytes: Buffer): SeenMetric {
  const metric: SeenMetric = { values: [] }
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) metric.name = message(value).toString('utf8')
    else if (field === 2) metric.alias = whole(value)
    else if (field === 3) metric.timestamp = whole(value)
    else if (field === 4) metric.datatype = whole(value)
    else if (field === 5) metric.isHistorical = whole(value) === 1
    else if (field === 7) metric.isNull = whole(value) === 1
    else if (field === 9) metric.properties = seenProperties(message(value))
    else if (field >= 10 && field <= 19) metric.values.push({ field, value: plain(value) })
  }
  return metric
}

function seenProperties(bytes: Buffer): { keys: string[]; values: SeenProperty[] } {
  const keys: string[] = []
  const values: SeenProperty[] = []
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) keys.push(message(value).toString('utf8'))
    else if (field === 2) values.push(seenProperty(message(value)))
  }
  return { keys, values }
}

function seenProperty(bytes: Buffer): SeenProperty {
  const property: SeenProperty = { values: [] }
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) property.type = whole(value)
    else if (field === 2) property.isNull = whole(value) === 1
    else property.values.push({ field, value: plain(value) })
  }
  return property
}

function* fieldsOf(bytes: Buffer): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
      if (shift > 63n) throw new RangeError('a number without an end')
    }
  }
  const slice = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('cut short')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const field = tag >>> 3
    const wire = tag & 7
    if (field === 0) throw new RangeError('a field without number')
    if (wire === 0) yield { field, value: varint() }
    else if (wire === 1) yield { field, value: slice(8).readDoubleLE() }
    else if (wire === 2) yield { field, value: slice(Number(varint())) }
    else if (wire === 5) yield { field, value: slice(4).readFloatLE() }
    else throw new RangeError('a wire type that protobuf 2 does not have')
  }
}

function message(value: Field['value']): Buffer {
  if (!Buffer.isBuffer(value)) throw new RangeError('not bytes')
  return value
}
function whole(value: Field['value']): number {
  if (typeof value !== 'bigint') throw new RangeError('not a whole number')
  return Number(value)
}
const plain = (value: Field['value']): number | string =>
  Buffer.isBuffer(value) ? value.toString('utf8') : Number(value)
