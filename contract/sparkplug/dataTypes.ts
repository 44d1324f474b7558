/**
 * Sparkplug B data types and the protobuf field that carries each (Sparkplug 3.0, chapter 6.4). Signed 8, 16 and 32-bit
 * numbers travel as two's complement in an unsigned 32-bit field, signed 64-bit ones in an unsigned 64-bit field.
 */
export const dataTypes = {
  Unknown: 0,
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
  DataSet: 16,
  Bytes: 17,
  File: 18,
  Template: 19,
  PropertySet: 20,
  PropertySetList: 21,
  Int8Array: 22,
  Int16Array: 23,
  Int32Array: 24,
  Int64Array: 25,
  UInt8Array: 26,
  UInt16Array: 27,
  UInt32Array: 28,
  UInt64Array: 29,
  FloatArray: 30,
  DoubleArray: 31,
  BooleanArray: 32,
  StringArray: 33,
  DateTimeArray: 34,
} as const
export type DataTypeName = keyof typeof dataTypes
/** A number from the table; a newer edition may send others, which are kept as they come. */
export type DataType = number

/** Which protobuf field holds a value. Data sets, templates and extensions stay bytes: tolerated, never interpreted. */
export type ValueKind =
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'boolean'
  | 'string'
  | 'bytes'
  | 'dataset'
  | 'template'
  | 'extension'

/** Whole numbers beyond 2^53 are bigint, all others number. */
export type WireValue = number | bigint | boolean | string | Uint8Array

const kindByType: readonly ValueKind[] = [
  'string',
  'int',
  'int',
  'int',
  'long',
  'int',
  'int',
  'int',
  'long',
  'float',
  'double',
  'boolean',
  'string',
  'long',
  'string',
  'string',
  'dataset',
  'bytes',
  'bytes',
  'template',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
  'bytes',
]

/** The field that a data type travels in; undefined for a type that this edition does not know. */
export const kindOfType = (type: DataType): ValueKind | undefined => kindByType[type]

/**
 * A wire value as its data type means it: typedValue(4294967295, Int32) = -1. For values of the int and long
 * fields; asking twice changes nothing.
 */
export function typedValue(value: WireValue, type: DataType | undefined): WireValue {
  switch (type) {
    case dataTypes.Int8:
      return typeof value === 'number' ? (value << 24) >> 24 : value
    case dataTypes.Int16:
      return typeof value === 'number' ? (value << 16) >> 16 : value
    case dataTypes.Int32:
      return typeof value === 'number' ? value | 0 : value
    case dataTypes.Int64:
      return typeof value === 'bigint' ? narrow(BigInt.asIntN(64, value)) : value
    default:
      return value
  }
}

/** A bigint that a number holds exactly becomes that number. */
export const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value

/** The value as a number where it is one: true is 1, false is 0; text and bytes are not numbers. */
export function numberOf(value: WireValue | undefined, type: DataType | undefined): number | undefined {
  if (value === undefined) return undefined
  const typed = typedValue(value, type)
  if (typeof typed === 'number') return typed
  if (typeof typed === 'boolean') return typed ? 1 : 0
  return typeof typed === 'bigint' ? Number(typed) : undefined
}
