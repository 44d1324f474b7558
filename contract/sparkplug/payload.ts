import { PbfReader, PbfWriter } from 'pbf'
import { Failure, sentenceOf } from '#contract/failure.ts'
import {
  type DataType,
  kindOfType,
  narrow,
  typedValue,
  type ValueKind,
  type WireValue,
} from '#contract/sparkplug/dataTypes.ts'

/**
 * The Sparkplug B payload (proto2, package org.eclipse.tahu.protobuf) on pbf, with our own table of fields: numbers in
 * comments are protobuf field numbers.
 */
export type Payload = {
  /** 1: when it was sent, ms UTC. */
  readonly timestamp?: number | undefined
  /** 2 */
  readonly metrics: readonly Metric[]
  /** 3: 0..255 per node; absent in NDEATH and commands. */
  readonly seq?: number | undefined
  /** 4: our delivery mark. */
  readonly uuid?: string | undefined
  /** 5 */
  readonly body?: Uint8Array | undefined
}

export type Metric = {
  /** 1 */
  readonly name?: string | undefined
  /** 2 */
  readonly alias?: number | undefined
  /** 3: when the value was taken, ms UTC. */
  readonly timestamp?: number | undefined
  /** 4: required in births, left out later. */
  readonly datatype?: DataType | undefined
  /** 5: back-fill; never touches a live value. */
  readonly isHistorical?: boolean | undefined
  /** 6 */
  readonly isTransient?: boolean | undefined
  /** 7: there is no value; the Quality property says why. */
  readonly isNull?: boolean | undefined
  /** 9 */
  readonly properties?: readonly Property[] | undefined
  /** 10..19, by kind; from the data type when absent. */
  readonly kind?: ValueKind | undefined
  readonly value?: WireValue | undefined
}

/** `type` and `kind` go together; nested property sets (9, 10) stay bytes. */
export type Property = {
  readonly key: string
  readonly type: DataType
  readonly value: WireValue | null
}

/**
 * Least of the limits around us: Mosquitto takes 256 MB, most clouds 128 kB to 1 MB. 200 values of ours need about 10 kB;
 * a birth of 5,000 metrics about 0.6 MB. Beyond 8 MB a message is refused unread.
 */
export const payloadBytesMax = 8 * 1024 * 1024
/** 8 MB of the shortest metric we know (alias, time, value: 24 bytes) would be 350,000; no birth is near a third of that. */
export const metricsPerPayloadMax = 100_000
/** Our own metrics carry at most 20 properties (a lease); a birth of another vendor's has been seen with 40. */
const propertiesPerMetricMax = 200

const varint = 0
const fixed64 = 1
const bytes = 2
const fixed32 = 5

const metricWireTypes: ReadonlyArray<number | undefined> = [
  undefined,
  bytes,
  varint,
  varint,
  varint,
  varint,
  varint,
  varint,
  bytes,
  bytes,
  varint,
  varint,
  fixed32,
  fixed64,
  varint,
  bytes,
  bytes,
  bytes,
  bytes,
  bytes,
]
const payloadWireTypes: ReadonlyArray<number | undefined> = [undefined, varint, bytes, varint, bytes, bytes]
const propertyWireTypes: ReadonlyArray<number | undefined> = [
  undefined,
  varint,
  varint,
  varint,
  varint,
  fixed32,
  fixed64,
  varint,
  bytes,
  bytes,
  bytes,
  bytes,
]

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** A payload, or MESSAGE_INVALID in one sentence: whatever the bytes are, nothing else comes out. */
export function decodePayload(buffer: Uint8Array): Payload {
  if (buffer.length > payloadBytesMax)
    throw new Failure(
      'MESSAGE_INVALID',
      `a payload of ${buffer.length} bytes is larger than ${payloadBytesMax}`,
    )
  try {
    return readPayload(new PbfReader(buffer))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('MESSAGE_INVALID', `not a Sparkplug payload: ${sentenceOf(error)}`, { cause: error })
  }
}

function readPayload(reader: PbfReader): Payload {
  const metrics: Metric[] = []
  const payload: Draft<Payload> = {
    timestamp: undefined,
    metrics,
    seq: undefined,
    uuid: undefined,
    body: undefined,
  }
  const end = reader.length
  for (let field = reader.nextField(end); field !== 0; field = reader.nextField(end)) {
    expectWireType(reader, payloadWireTypes[field], 'payload', field)
    switch (field) {
      case 1:
        payload.timestamp = readInstant(reader)
        break
      case 2:
        if (metrics.length >= metricsPerPayloadMax) throw invalid(`more than ${metricsPerPayloadMax} metrics`)
        metrics.push(readMetric(reader))
        break
      case 3:
        payload.seq = reader.readVarint()
        break
      case 4:
        payload.uuid = readText(reader, end)
        break
      case 5:
        payload.body = readCopy(reader, end)
        break
    }
  }
  if (reader.pos !== end) throw invalid('cut short')
  return payload
}

function readMetric(reader: PbfReader): Metric {
  const end = messageEnd(reader, reader.length)
  const metric: Draft<Metric> = {
    name: undefined,
    alias: undefined,
    timestamp: undefined,
    datatype: undefined,
    isHistorical: undefined,
    isTransient: undefined,
    isNull: undefined,
    properties: undefined,
    kind: undefined,
    value: undefined,
  }
  readPlainMetric(reader, metric, end)
  for (let field = reader.nextField(end); field !== 0; field = reader.nextField(end)) {
    expectWireType(reader, metricWireTypes[field], 'metric', field)
    if (field >= 10 && field <= 19) readValue(reader, field, metric, end)
    else readMetricField(reader, field, metric, end)
  }
  if (reader.pos !== end) throw invalid('a metric does not end where its length says')
  if ((metric.kind === 'int' || metric.kind === 'long') && metric.value !== undefined)
    metric.value = typedValue(metric.value, metric.datatype)
  return metric
}

/** Field and wire type in one byte, as data of ours begins: alias, time, double. */
const aliasTag = 0x10
const timestampTag = 0x18
const doubleTag = 0x69

/**
 * Reads ahead what most metrics are made of, in that order: an alias below 2^28, a time of six bytes (1971 to 2109), a
 * double. Whatever else there is, or in another order, or not within `end`, is left where it stands for the patient reader.
 */
function readPlainMetric(reader: PbfReader, metric: Draft<Metric>, end: number): void {
  const { buf } = reader
  let pos = reader.pos
  if (pos + 2 > end || buf[pos] !== aliasTag) return
  pos++
  let alias = 0
  let shift = 0
  let byte = 0
  do {
    byte = buf[pos++] as number
    alias |= (byte & 0x7f) << shift
    shift += 7
  } while (byte >= 0x80 && shift < 28 && pos < end)
  if (byte >= 0x80) return
  metric.alias = alias
  reader.pos = pos
  if (pos + 7 > end || buf[pos] !== timestampTag) return
  const last = buf[pos + 6] as number
  if (
    last >= 0x80 ||
    ((buf[pos + 1] as number) &
      (buf[pos + 2] as number) &
      (buf[pos + 3] as number) &
      (buf[pos + 4] as number) &
      (buf[pos + 5] as number)) <
      0x80
  )
    return
  const low =
    ((buf[pos + 1] as number) & 0x7f) |
    (((buf[pos + 2] as number) & 0x7f) << 7) |
    (((buf[pos + 3] as number) & 0x7f) << 14)
  const high = ((buf[pos + 4] as number) & 0x7f) | (((buf[pos + 5] as number) & 0x7f) << 7) | (last << 14)
  metric.timestamp = high * 2_097_152 + low
  pos += 7
  reader.pos = pos
  if (pos + 9 > end || buf[pos] !== doubleTag) return
  metric.kind = 'double'
  metric.value = reader.dataView.getFloat64(pos + 1, true)
  reader.pos = pos + 9
}

function readMetricField(reader: PbfReader, field: number, metric: Draft<Metric>, end: number): void {
  switch (field) {
    case 1:
      metric.name = readText(reader, end)
      break
    case 2:
      metric.alias = readInstant(reader)
      break
    case 3:
      metric.timestamp = readInstant(reader)
      break
    case 4:
      metric.datatype = reader.readVarint()
      break
    case 5:
      metric.isHistorical = reader.readBoolean()
      break
    case 6:
      metric.isTransient = reader.readBoolean()
      break
    case 7:
      metric.isNull = reader.readBoolean()
      break
    case 9:
      metric.properties = readProperties(reader, end)
      break
  }
}

function readValue(reader: PbfReader, field: number, metric: Draft<Metric>, end: number): void {
  switch (field) {
    case 10:
      metric.kind = 'int'
      metric.value = reader.readVarint()
      break
    case 11:
      metric.kind = 'long'
      metric.value = readUnsigned64(reader)
      break
    case 12:
      metric.kind = 'float'
      metric.value = reader.readFloat()
      break
    case 13:
      metric.kind = 'double'
      metric.value = reader.readDouble()
      break
    case 14:
      metric.kind = 'boolean'
      metric.value = reader.readBoolean()
      break
    case 15:
      metric.kind = 'string'
      metric.value = readText(reader, end)
      break
    default:
      metric.kind =
        field === 16 ? 'bytes' : field === 17 ? 'dataset' : field === 18 ? 'template' : 'extension'
      metric.value = readCopy(reader, end)
  }
}

function readProperties(reader: PbfReader, outerEnd: number): Property[] {
  const end = messageEnd(reader, outerEnd)
  const keys: string[] = []
  const values: Array<Omit<Property, 'key'>> = []
  for (let field = reader.nextField(end); field !== 0; field = reader.nextField(end)) {
    if (field === 1 || field === 2) expectWireType(reader, bytes, 'property set', field)
    if (field === 1) keys.push(readText(reader, end))
    else if (field === 2) values.push(readPropertyValue(reader, end))
    if (keys.length > propertiesPerMetricMax || values.length > propertiesPerMetricMax)
      throw invalid(`more than ${propertiesPerMetricMax} properties in one metric`)
  }
  if (reader.pos !== end) throw invalid('a property set does not end where its length says')
  if (keys.length !== values.length)
    throw invalid(`${keys.length} property keys with ${values.length} values`)
  return keys.map((key, index) => ({ key, ...(values[index] as Omit<Property, 'key'>) }))
}

function readPropertyValue(reader: PbfReader, outerEnd: number): Omit<Property, 'key'> {
  const end = messageEnd(reader, outerEnd)
  let type = 0
  let value: WireValue | null = null
  for (let field = reader.nextField(end); field !== 0; field = reader.nextField(end)) {
    expectWireType(reader, propertyWireTypes[field], 'property', field)
    if (field === 1) type = reader.readVarint()
    else if (field === 3) value = reader.readVarint()
    else if (field === 4) value = readUnsigned64(reader)
    else if (field === 5) value = reader.readFloat()
    else if (field === 6) value = reader.readDouble()
    else if (field === 7) value = reader.readBoolean()
    else if (field === 8) value = readText(reader, end)
    else if (field >= 9 && field <= 11) value = readCopy(reader, end)
  }
  if (reader.pos !== end) throw invalid('a property does not end where its length says')
  return { type, value: value === null ? null : typedValue(value, type) }
}

function expectWireType(reader: PbfReader, expected: number | undefined, what: string, field: number): void {
  if (expected !== undefined && reader.type !== expected)
    throw invalid(`${what} field ${field} has wire type ${reader.type} instead of ${expected}`)
}

function messageEnd(reader: PbfReader, outerEnd: number): number {
  const end = reader.readVarint() + reader.pos
  if (!(end <= outerEnd)) throw invalid('a length reaches beyond its message')
  return end
}

function readText(reader: PbfReader, end: number): string {
  const text = reader.readString()
  if (reader.pos > end) throw invalid('a text reaches beyond its message')
  return text
}

function readCopy(reader: PbfReader, end: number): Uint8Array {
  const view = reader.readBytes()
  if (reader.pos > end) throw invalid('bytes reach beyond their message')
  return Uint8Array.from(view)
}

/** Instants and aliases are whole numbers below 2^53; pbf gives larger ones inexactly, which nobody may rely on. */
function readInstant(reader: PbfReader): number {
  const value = reader.readVarint()
  if (value > Number.MAX_SAFE_INTEGER) throw invalid('an instant or alias beyond 2^53')
  return value
}

function readUnsigned64(reader: PbfReader): number | bigint {
  const start = reader.pos
  const value = reader.readVarint()
  if (value <= Number.MAX_SAFE_INTEGER) return value
  let exact = 0n
  for (let pos = start, shift = 0n; pos < reader.pos; pos++, shift += 7n)
    exact |= BigInt((reader.buf[pos] as number) & 0x7f) << shift
  return narrow(BigInt.asUintN(64, exact))
}

const invalid = (what: string): Failure => new Failure('MESSAGE_INVALID', `not a Sparkplug payload: ${what}`)

/** One buffer for all encoding, as it grows to the largest payload so far; results are copied out of it. */
const scratch = new PbfWriter(new Uint8Array(64 * 1024))

export function encodePayload(payload: Payload): Buffer {
  scratch.pos = 0
  scratch.length = scratch.buf.length
  if (payload.timestamp !== undefined) writeUnsigned(scratch, 1, payload.timestamp)
  for (const metric of payload.metrics) scratch.writeMessage(2, writeMetric, metric)
  if (payload.seq !== undefined) writeUnsigned(scratch, 3, payload.seq)
  if (payload.uuid !== undefined) scratch.writeStringField(4, payload.uuid)
  if (payload.body !== undefined) scratch.writeBytesField(5, payload.body)
  return Buffer.from(scratch.buf.subarray(0, scratch.pos))
}

function writeMetric(metric: Metric, writer: PbfWriter): void {
  if (metric.name !== undefined) writer.writeStringField(1, metric.name)
  if (metric.alias !== undefined) writeUnsigned(writer, 2, metric.alias)
  if (metric.timestamp !== undefined) writeUnsigned(writer, 3, metric.timestamp)
  if (metric.datatype !== undefined) writeUnsigned(writer, 4, metric.datatype)
  if (metric.isHistorical) writer.writeBooleanField(5, true)
  if (metric.isTransient) writer.writeBooleanField(6, true)
  if (metric.isNull) writer.writeBooleanField(7, true)
  if (metric.properties !== undefined && metric.properties.length > 0)
    writer.writeMessage(9, writeProperties, metric.properties)
  if (metric.value !== undefined && !metric.isNull) {
    const kind = metric.kind ?? (metric.datatype === undefined ? undefined : kindOfType(metric.datatype))
    if (kind === undefined)
      throw new Error(`metric ${metric.name ?? metric.alias}: a value without kind or data type`)
    writeValue(writer, metricFields[kind], kind, metric.value)
  }
}

const metricFields: Readonly<Record<ValueKind, number>> = {
  int: 10,
  long: 11,
  float: 12,
  double: 13,
  boolean: 14,
  string: 15,
  bytes: 16,
  dataset: 17,
  template: 18,
  extension: 19,
}
const propertyFields: Readonly<Partial<Record<ValueKind, number>>> = {
  int: 3,
  long: 4,
  float: 5,
  double: 6,
  boolean: 7,
  string: 8,
  bytes: 9,
}

function writeProperties(properties: readonly Property[], writer: PbfWriter): void {
  for (const property of properties) writer.writeStringField(1, property.key)
  for (const property of properties) writer.writeMessage(2, writeProperty, property)
}

function writeProperty(property: Property, writer: PbfWriter): void {
  writeUnsigned(writer, 1, property.type)
  if (property.value === null) {
    writer.writeBooleanField(2, true)
    return
  }
  const kind = kindOfType(property.type)
  const field = kind === undefined ? undefined : propertyFields[kind]
  if (kind === undefined || field === undefined)
    throw new Error(`property ${property.key}: data type ${property.type} has no property field`)
  writeValue(writer, property.type === 21 ? 10 : field, kind, property.value)
}

function writeValue(writer: PbfWriter, field: number, kind: ValueKind, value: WireValue): void {
  switch (kind) {
    case 'int':
      writeUnsigned(writer, field, Number(value) >>> 0)
      break
    case 'long':
      writer.writeTag(field, varint)
      writeUnsigned64(writer, typeof value === 'bigint' ? value : Number(value))
      break
    case 'float':
      writer.writeFloatField(field, Number(value))
      break
    case 'double':
      writer.writeDoubleField(field, Number(value))
      break
    case 'boolean':
      writer.writeBooleanField(field, Boolean(value))
      break
    case 'string':
      writer.writeStringField(field, String(value))
      break
    default:
      if (!(value instanceof Uint8Array)) throw new Error(`a ${kind} value must be bytes`)
      writer.writeBytesField(field, value)
  }
}

function writeUnsigned(writer: PbfWriter, field: number, value: number): void {
  writer.writeTag(field, varint)
  writer.writeVarint(value)
}

function writeUnsigned64(writer: PbfWriter, value: number | bigint): void {
  if (typeof value === 'number' && value >= 0) {
    writer.writeVarint(value)
    return
  }
  let rest = BigInt.asUintN(64, BigInt(value))
  writer.realloc(10)
  while (rest > 0x7fn) {
    writer.buf[writer.pos++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  writer.buf[writer.pos++] = Number(rest)
}
