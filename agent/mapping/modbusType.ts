/** How a value lies in Modbus registers. The standard (Application Protocol V1.1b3, 4.2) orders the bytes of one register; how several make a number is each maker's choice. */

export const modbusTypes = [
  'bool',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
] as const
export type ModbusType = (typeof modbusTypes)[number]

/**
 * The order in which a number with the bytes A B C D, A the highest, comes over the wire: ABCD high word first, CDAB low
 * word first, BADC and DCBA the same with the two bytes of each register swapped. Numbers of four registers go by the
 * same four names.
 */
export const byteOrders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const
export type ByteOrder = (typeof byteOrders)[number]

/** Registers that a value of the type takes. */
export const registersOf: Readonly<Record<ModbusType, number>> = {
  bool: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
}

/** Lowest and highest whole number of a type; undefined: the type is no whole number. */
export function wholeRange(type: ModbusType): readonly [lowest: bigint, highest: bigint] | undefined {
  if (type === 'float32' || type === 'float64') return undefined
  if (type === 'bool') return [0n, 1n]
  const bits = BigInt(registersOf[type] * 16)
  return type.startsWith('u') ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
}

/** Registers as read → bytes with the highest first, and back: each order undoes itself. */
function reordered(words: readonly number[], order: ByteOrder): readonly number[] {
  const swapsWords = order === 'CDAB' || order === 'DCBA'
  const swapsBytes = order === 'BADC' || order === 'DCBA'
  const placed = swapsWords ? words.toReversed() : words
  return swapsBytes ? placed.map(word => ((word & 0xff) << 8) | (word >>> 8)) : placed
}

/** The registers as one unsigned number, highest byte first. */
const bitsOf = (words: readonly number[], order: ByteOrder): bigint =>
  reordered(words, order).reduce((bits, word) => (bits << 16n) | BigInt(word), 0n)

/**
 * The number in the registers; NaN where a float holds none. `bit` 0 is the lowest of a register. Whole numbers beyond
 * 2^53 lose their last digits.
 */
export function decodedNumber(
  words: readonly number[],
  as: { readonly type: ModbusType; readonly order: ByteOrder; readonly bit?: number | undefined },
): number {
  const bits = bitsOf(words, as.order)
  const width = words.length * 16
  if (as.type === 'bool') return Number((bits >> BigInt(as.bit ?? 0)) & 1n)
  if (as.type === 'float32') return viewOf(bits, 32).getFloat32(0)
  if (as.type === 'float64') return viewOf(bits, 64).getFloat64(0)
  return Number(as.type.startsWith('u') ? bits : BigInt.asIntN(width, bits))
}

/** The registers that hold a number, whole numbers rounded; undefined: the type cannot hold it. */
export function encodedNumber(
  value: number,
  as: { readonly type: ModbusType; readonly order: ByteOrder },
): readonly number[] | undefined {
  const bits = bitsFor(value, as.type)
  if (bits === undefined) return undefined
  const count = registersOf[as.type]
  const words = Array.from({ length: count }, (_, place) =>
    Number((bits >> BigInt((count - 1 - place) * 16)) & 0xffffn),
  )
  return reordered(words, as.order)
}

function bitsFor(value: number, type: ModbusType): bigint | undefined {
  if (!Number.isFinite(value)) return undefined
  const width = registersOf[type] * 16
  const view = viewOf(0n, 64)
  if (type === 'float64') {
    view.setFloat64(0, value)
    return view.getBigUint64(0)
  }
  if (type === 'float32') {
    view.setFloat32(0, value)
    return Number.isFinite(view.getFloat32(0)) ? BigInt(view.getUint32(0)) : undefined
  }
  const whole = BigInt(Math.round(value))
  const range = wholeRange(type)
  return range && whole >= range[0] && whole <= range[1] ? BigInt.asUintN(width, whole) : undefined
}

/** Whether registers say "no value": a marker is written as the number that the type makes of it, or as its bare bits (0x8000). */
export function isMarker(
  words: readonly number[],
  as: { readonly type: ModbusType; readonly order: ByteOrder; readonly invalid: readonly number[] },
): boolean {
  if (as.invalid.length === 0) return false
  const number = decodedNumber(words, as)
  const bare = Number(bitsOf(words, as.order))
  return as.invalid.some(marker => marker === number || marker === bare)
}

function viewOf(bits: bigint, width: 32 | 64): DataView {
  const view = new DataView(new ArrayBuffer(8))
  if (width === 32) view.setUint32(0, Number(bits))
  else view.setBigUint64(0, bits)
  return view
}
