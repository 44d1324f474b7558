import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type ModbusMapUse, modbusPoints, readModbusMap, seriesOf } from '#agent/mapping/modbusMap.ts'
import {
  type ByteOrder,
  byteOrders,
  decodedNumber,
  encodedNumber,
  isMarker,
  type ModbusType,
  modbusTypes,
  registersOf,
  wholeRange,
} from '#agent/mapping/modbusType.ts'
import { wordsFor } from '#agent/sources/modbusWrites.ts'
import { sentenceOf } from '#contract/failure.ts'
import { testSite } from '#tests/support/siteOf.ts'

const golden = (part: string) => join(import.meta.dirname, '../golden', part)
const use: ModbusMapUse = {
  site: testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 }),
  unitId: 1,
  pollGroups: [
    { name: 'fast', everyMs: 100 },
    { name: 'normal', everyMs: 1_000 },
    { name: 'slow', everyMs: 10_000 },
  ],
}
const wordsOf = (bytes: string): number[] =>
  (bytes.replaceAll(' ', '').match(/.{4}/g) ?? []).map(word => Number.parseInt(word, 16))
const bytesOf = (words: readonly number[]): string =>
  words
    .map(word =>
      word
        .toString(16)
        .padStart(4, '0')
        .replace(/(..)(..)/, '$1 $2'),
    )
    .join(' ')
    .toUpperCase()

/** Each file: bytes as they come over the wire, and the number that they are in that order; null: no value. */
describe('bytes and numbers', () => {
  type Line = { order: ByteOrder; bytes: string; bit?: number; value: number | null }
  test.each(modbusTypes)('%s, in each order that makers use', type => {
    const lines = parse(readFileSync(golden(`modbus-types/${type}.yaml`), 'utf8')) as Line[]
    expect(new Set(lines.map(line => line.order))).toEqual(new Set(byteOrders))
    for (const { order, bytes, bit, value } of lines) {
      const read = decodedNumber(wordsOf(bytes), { type, order, bit })
      expect(Number.isFinite(read) ? read : null, `${order} ${bytes}`).toBe(value)
      if (value === null || type === 'bool' || value > Number.MAX_SAFE_INTEGER) continue
      expect(bytesOf(encodedNumber(value, { type, order }) ?? []), `${order} ${value}`).toBe(bytes)
    }
  })

  const wholeTypes = modbusTypes.filter(type => type !== 'bool' && wholeRange(type))
  const order = fc.constantFrom(...byteOrders)
  test('every whole number that a type can hold comes back as it was', () => {
    const wholeOfType = fc.constantFrom(...wholeTypes).chain(type => {
      const [lowest, highest] = wholeRange(type) ?? [0n, 0n]
      const safe = BigInt(Number.MAX_SAFE_INTEGER)
      const min = lowest < -safe ? -safe : lowest
      return fc.tuple(fc.constant(type), fc.bigInt({ min, max: highest > safe ? safe : highest }))
    })
    fc.assert(
      fc.property(wholeOfType, order, ([type, whole], inOrder) => {
        const as = { type, order: inOrder }
        const words = encodedNumber(Number(whole), as)
        expect(words).toHaveLength(registersOf[type])
        expect(decodedNumber(words ?? [], as)).toBe(Number(whole))
      }),
    )
  })
  test('every float comes back as it was', () => {
    const finite = { noNaN: true, noDefaultInfinity: true }
    const either = fc.oneof(
      fc.tuple(fc.constant<ModbusType>('float32'), fc.float(finite)),
      fc.tuple(fc.constant<ModbusType>('float64'), fc.double(finite)),
    )
    fc.assert(
      fc.property(either, order, ([type, value], inOrder) => {
        const as = { type, order: inOrder }
        expect(decodedNumber(encodedNumber(value, as) ?? [], as)).toBe(value)
      }),
    )
  })
  test('what does not fit is not squeezed in', () => {
    const at = (type: ModbusType, value: number) => encodedNumber(value, { type, order: 'ABCD' })
    expect([
      at('int16', 32_768),
      at('uint16', -1),
      at('uint32', 2 ** 32),
      at('int64', 2 ** 63),
      at('float32', 1e39),
      at('float64', Number.NaN),
    ]).toEqual([undefined, undefined, undefined, undefined, undefined, undefined])
  })
  test('a marker may be written as the number or as its bare bits', () => {
    const minus = { type: 'int16', order: 'ABCD', invalid: [-32_768] } as const
    expect([isMarker([0x8000], minus), isMarker([0x8000], { ...minus, invalid: [0x8000] })]).toEqual([
      true,
      true,
    ])
    expect(isMarker([0xc61c, 0x3c00], { type: 'float32', order: 'ABCD', invalid: [-9_999] })).toBe(true)
    expect(isMarker([0x8001], minus)).toBe(false)
  })
})

/** Each folder: `map.yaml`, and either `values.yaml` (bytes ↔ point) or `refused.txt` (the sentence). */
describe('a register map', () => {
  type Line = {
    series: string
    at: string
    bytes?: string
    bits?: number
    point: number | null
    written?: string
    by?: number
  }
  test.each(readdirSync(golden('modbus-maps')))('%s', name => {
    const file = (part: string) => golden(`modbus-maps/${name}/${part}`)
    const path = file('map.yaml')
    if (existsSync(file('refused.txt'))) {
      const refusal = () => {
        try {
          readModbusMap(path, use)
          return 'accepted'
        } catch (error) {
          return sentenceOf(error).replace(path, 'map.yaml')
        }
      }
      expect(refusal()).toBe(readFileSync(file('refused.txt'), 'utf8').trim())
      return
    }
    const points = new Map(readModbusMap(path, use).map(point => [seriesOf(point), point]))
    for (const line of parse(readFileSync(file('values.yaml'), 'utf8')) as Line[]) {
      const point = points.get(line.series)
      if (!point) throw new Error(`${line.series} is not in the map`)
      expect(point.binding.address, line.series).toBe(line.at)
      const words = line.bits === undefined ? wordsOf(line.bytes ?? '') : [line.bits]
      const device = isMarker(words, point) ? Number.NaN : decodedNumber(words, point)
      if (line.point === null) expect(device, line.series).toBeNaN()
      else expect(point.binding.toPoint(device), line.series).toBeCloseTo(line.point, 6)
      if (line.written === undefined || line.point === null) continue
      const sent = wordsFor(point, line.point)
      expect(typeof sent === 'string' ? sent : bytesOf(sent), line.series).toBe(line.written)
      expect(point.writing?.functionCode, line.series).toBe(line.by)
    }
  })

  test('equal devices share a map that names no equipment', () => {
    const map = { points: [{ point: 'flow', register: 'input', address: 3, type: 'uint16' }] }
    const of = (equipment?: readonly string[]) => modbusPoints(map, 'map.yaml', { ...use, equipment })
    expect(of(['cdu-1']).map(seriesOf)).toEqual(['cdu-1.flow'])
    expect(() => of()).toThrow(
      'map.yaml: points[0]: missing "equipment"; allowed: an id here, or one in the source\'s own "equipment"',
    )
  })

  test('a value outside the limits of the map is not written, nor one that the registers cannot hold', () => {
    const [point] = modbusPoints(
      {
        points: [
          {
            equipment: 'cdu-1',
            point: 'supplyTemperatureSp',
            register: 'holding',
            address: 1,
            type: 'uint16',
            scale: 0.0005,
            write: { lowest: 20, highest: 40 },
          },
        ],
      },
      'map.yaml',
      use,
    )
    if (!point) throw new Error('the map has one point')
    expect(wordsFor(point, 45)).toBe('45 C is outside what the map allows, 20 to 40')
    expect(wordsFor(point, Number.NaN)).toBe('NaN is not a number that a device can hold')
    expect(wordsFor(point, 35)).toBe('70000 does not fit into a uint16')
    expect(wordsFor(point, 25)).toEqual([50_000])
  })
})
