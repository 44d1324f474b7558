import { describe, expect, test } from 'vitest'
import { plainBinding } from '#agent/mapping/pointMap.ts'
import { jitteredBackOff } from '#agent/sources/backOff.ts'
import { believedReading } from '#agent/sources/believed.ts'
import { dsxTagBinding } from '#agent/sources/dsxMetadata.ts'
import { topicMatches } from '#agent/sources/mqttProfile.ts'
import { dsxPaths, mqttReading, parsedPayload } from '#agent/sources/mqttValue.ts'
import { isOverflow, numberOf, opcuaReading } from '#agent/sources/opcuaStatus.ts'
import { ReadingGate } from '#agent/sources/readingGate.ts'
import { pointSpec } from '#contract/points.ts'
import { testSite } from '#tests/support/siteOf.ts'

const noon = Date.UTC(2026, 5, 1, 12)
const place = { equipment: 'cdu-1', point: 'flow' }

describe('the gate lets each reading through once, in rising time', () => {
  test('a repeat of the same value at the same time is nothing new', () => {
    const gate = new ReadingGate()
    const reading = { value: 410, quality: 'good', at: noon } as const
    expect(gate.admit(place, reading, noon)?.sample).toEqual({ ...place, ...reading })
    expect(gate.admit(place, reading, noon + 100_000)).toBeUndefined()
  })
  test('a status that turns bad under an old time is stamped when it was learnt, and a recovery likewise', () => {
    const gate = new ReadingGate()
    gate.admit(place, { value: 410, quality: 'good', at: noon }, noon)
    expect(gate.admit(place, { value: null, quality: 'bad', at: noon }, noon + 5_000)?.sample.at).toBe(
      noon + 5_000,
    )
    expect(gate.admit(place, { value: null, quality: 'bad', at: noon }, noon + 6_000)).toBeUndefined()
    expect(gate.admit(place, { value: 410, quality: 'good', at: noon }, noon + 9_000)?.sample).toMatchObject({
      value: 410,
      quality: 'good',
      at: noon + 9_000,
    })
  })
  test('a device whose clock steps back an hour is still heard, with doubt', () => {
    const gate = new ReadingGate()
    gate.admit(place, { value: 410, quality: 'good', at: noon }, noon)
    const back = gate.admit(place, { value: 400, quality: 'good', at: noon - 3_600_000 }, noon + 1_000)
    expect(back).toMatchObject({
      oddTime: true,
      sample: { value: 400, quality: 'uncertain', at: noon + 1_000 },
    })
  })
  test('a lost path makes every series stale once', () => {
    const gate = new ReadingGate()
    gate.admit(place, { value: 410, quality: 'good', at: noon }, noon)
    expect(gate.lose(noon + 10)).toEqual([{ ...place, value: null, quality: 'stale', at: noon + 10 }])
    expect(gate.lose(noon + 20)).toEqual([])
  })
})

describe('an OPC UA value', () => {
  const value = (more: object) =>
    ({ value: { value: 410 }, statusCode: { value: 0 }, sourceTimestamp: new Date(noon), ...more }) as never
  const now = { siteNow: noon + 1_000, skewMs: 5_000 }
  test('bad is never a number, uncertain stays uncertain, codes are kept', () => {
    expect(opcuaReading(value({ statusCode: { value: 0x808c0000 } }), now).reading).toEqual({
      value: null,
      quality: 'bad',
      at: noon,
      statusCode: 0x808c0000,
    })
    expect(opcuaReading(value({ statusCode: { value: 0x40900000 } }), now).reading).toMatchObject({
      value: 410,
      quality: 'uncertain',
      statusCode: 0x40900000,
    })
  })
  test('without a source time the server’s counts; without both, arrival, with doubt', () => {
    expect(
      opcuaReading(value({ sourceTimestamp: null, serverTimestamp: new Date(noon + 500) }), now).reading,
    ).toMatchObject({ quality: 'good', at: noon + 500 })
    expect(opcuaReading(value({ sourceTimestamp: null }), now).reading).toMatchObject({
      quality: 'uncertain',
      at: noon + 1_000,
    })
  })
  test('a time in the future is doubtful', () => {
    expect(opcuaReading(value({ sourceTimestamp: new Date(noon + 60_000) }), now)).toMatchObject({
      oddTime: true,
      reading: { quality: 'uncertain', at: noon + 60_000 },
    })
  })
  test('the overflow bit counts only with its info type', () => {
    expect([isOverflow(0x00000480), isOverflow(0x00000080), isOverflow(0)]).toEqual([true, false, false])
  })
  test('booleans and 64-bit integers are numbers, texts and NaN are not', () => {
    expect([
      numberOf(true),
      numberOf([1, 5]),
      numberOf([-1, 0xffffffff]),
      numberOf('12'),
      numberOf(Number.NaN),
    ]).toEqual([1, 4294967301, -1, undefined, undefined])
  })
})

describe('an MQTT payload', () => {
  const options = { paths: dsxPaths, siteNow: noon, skewMs: 5_000 }
  test('value, time and quality are read; what is no value message is left alone', () => {
    expect(mqttReading({ value: 12, timestamp: noon - 5, quality: 1 }, options)?.reading).toEqual({
      value: 12,
      quality: 'good',
      at: noon - 5,
    })
    expect(mqttReading({ value: true, quality: 1 }, options)?.reading).toEqual({
      value: 1,
      quality: 'uncertain',
      at: noon,
    })
    expect(mqttReading({ temperature: 12 }, options)).toBeUndefined()
    expect(mqttReading({ __proto__: { value: 1 } }, options)).toBeUndefined()
    expect(parsedPayload(Buffer.alloc(20_000, '1'))).toBeUndefined()
  })
  test('nested paths, and a bare number', () => {
    const nested = { value: 'reading.celsius', timestamp: 'reading.at', quality: '' }
    expect(
      mqttReading({ reading: { celsius: 61, at: '2026-06-01T11:59:59Z' } }, { ...options, paths: nested })
        ?.reading,
    ).toEqual({ value: 61, quality: 'good', at: noon - 1_000 })
    expect(
      mqttReading(61, { ...options, paths: { value: '', timestamp: '', quality: '' } })?.reading,
    ).toMatchObject({ value: 61, quality: 'uncertain' })
  })
  test('filters', () => {
    expect(topicMatches('trays/+/+/leak', 'trays/A1/t01/leak')).toBe(true)
    expect(topicMatches('trays/+/leak', 'trays/A1/t01/leak')).toBe(false)
    expect(topicMatches('BMS/#', 'BMS/v1/x')).toBe(true)
  })
})

test('a value beyond the instrument, or half a state, is not believed', () => {
  const spec = pointSpec('cdu', 'leak')
  const temperature = pointSpec('cdu', 'supplyTemperature')
  if (!spec || !temperature) throw new Error('the catalogue lost a point')
  const good = (value: number) => ({ value, quality: 'good', at: noon }) as const
  expect(believedReading(plainBinding('x', 'cdu-1', 'leak', spec), good(0.5))).toEqual({
    value: null,
    quality: 'bad',
    at: noon,
  })
  expect(
    believedReading(plainBinding('x', 'cdu-1', 'supplyTemperature', temperature), good(180)).value,
  ).toBeNull()
  expect(
    believedReading(plainBinding('x', 'cdu-1', 'supplyTemperature', temperature), good(80.2)).value,
  ).toBe(80.2)
})

test('DSX metadata says which point a tag is, and in which unit', () => {
  const equipment = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 }).equipment
  const tag = (topic: string, metadata: object) =>
    dsxTagBinding({
      topic: `BMS/v1/PUB/Metadata/${topic}`,
      payload: Buffer.from(JSON.stringify(metadata)),
      equipment,
    })
  const supply = tag('CDU/LiquidTemperature/hall/1/tws', {
    objectId: 'cdu-1',
    engUnit: 'F',
    processArea: ['Secondary Supply'],
  })
  expect(supply).toMatchObject({
    address: 'BMS/v1/PUB/Value/CDU/LiquidTemperature/hall/1/tws',
    equipment: 'cdu-1',
    point: 'supplyTemperature',
  })
  expect(supply && 'toPoint' in supply && supply.toPoint(95)).toBeCloseTo(35, 9)
  expect(tag('Rack/RackPower/r/7', { rackLocationId: 'A1', engUnit: 'furlong' })).toEqual({
    refused: 'BMS/v1/PUB/Metadata/Rack/RackPower/r/7 is in "furlong", which is no unit of rack.power (kW)',
  })
  expect(
    tag('Rack/RackLiquidIsolationRequest/r/7', { rackLocationId: 'A1', integration: 'other' }),
  ).toMatchObject({ refused: expect.stringContaining('only looked at') })
  expect(tag('Rack/RackPower/r/9', { rackLocationId: 'Z9' })).toBeUndefined()
})

test('fifty agents that lost one broker do not come back together', () => {
  let seed = 7
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647
  const waits = Array.from({ length: 50 }, () => {
    const backOff = jitteredBackOff({ firstMs: 500, capMs: 30_000, random })
    const first = Array.from({ length: 7 }, () => backOff.next())
    expect(Math.max(...first)).toBeLessThanOrEqual(30_000)
    return first.reduce((sum, wait) => sum + wait, 0)
  })
  const bySecond = Map.groupBy(waits, wait => Math.floor(wait / 1_000))
  expect(Math.max(...[...bySecond.values()].map(group => group.length))).toBeLessThanOrEqual(20)
})
