import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFailure } from '#contract/failure.ts'
import { formatMark } from '#contract/messages/delivery.ts'
import type { SignedLease } from '#contract/messages/lease.ts'
import type { Reading } from '#contract/reading.ts'
import { birthPlan, deviceBirth, nodeBirth } from '#contract/sparkplug/birth.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { leaseOfMetric, metricOfLease } from '#contract/sparkplug/leaseMetric.ts'
import { metricName, placeOfMetric } from '#contract/sparkplug/names.ts'
import { decodePayload, encodePayload, type Metric } from '#contract/sparkplug/payload.ts'
import { metricOfReading, readingOfMetric } from '#contract/sparkplug/readingMetric.ts'
import { formatHostState, formatTopic, parseHostState, parseTopic } from '#contract/sparkplug/topics.ts'
import { smallSite } from '../delivery/support/plant.ts'

const instant = fc.integer({ min: 0, max: 4_102_444_800_000 })
const reading: fc.Arbitrary<Reading> = fc.oneof(
  fc.record({
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    quality: fc.constantFrom('good' as const, 'uncertain' as const),
    at: instant,
  }),
  fc.record({
    value: fc.constant(null),
    quality: fc.constantFrom('stale' as const, 'bad' as const),
    at: instant,
    statusCode: fc.integer({ min: 0, max: 0xffffffff }),
  }),
)
const overTheWire = (metric: Metric): Metric =>
  decodePayload(encodePayload({ metrics: [metric] })).metrics[0] as Metric

test('every reading comes over the wire as it was, as a Double or as a state, with and without its type', () => {
  fc.assert(
    fc.property(
      reading,
      fc.constantFrom(dataTypes.Double, dataTypes.Int32),
      fc.boolean(),
      fc.boolean(),
      (sent, type, datatype, historical) => {
        const metric = overTheWire(metricOfReading({ alias: 7 }, sent, type, { datatype, historical }))
        expect(readingOfMetric(metric, type, undefined)).toEqual(sent)
        expect(metric.isHistorical ?? false).toBe(historical)
      },
    ),
  )
})

test('whole numbers of 64 bits keep every digit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
      expect(BigInt(overTheWire({ name: 'x', datatype: dataTypes.Int64, value }).value as bigint)).toBe(value)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), value => {
      expect(BigInt(overTheWire({ name: 'x', datatype: dataTypes.UInt64, value }).value as bigint)).toBe(
        value,
      )
    }),
  )
})

test('whatever bytes arrive: a payload or MESSAGE_INVALID, nothing else', () => {
  const sane = encodePayload(
    deviceBirth(birthPlan(smallSite(), 'agent-1').devices.get('cdu-1') ?? [], () => undefined, {
      at: 1,
      seq: 1,
    }),
  )
  const flipped = fc
    .tuple(fc.nat(sane.length - 1), fc.nat(255), fc.nat(sane.length))
    .map(([at, by, length]) => {
      const bytes = Buffer.from(sane)
      bytes[at] = by
      return bytes.subarray(0, length)
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), flipped), bytes => {
      try {
        decodePayload(bytes)
      } catch (error) {
        expect(isFailure(error) && error.code).toBe('MESSAGE_INVALID')
      }
    }),
    { numRuns: 1_000 },
  )
})

test('a reading without a value says why; a foreign quality code is understood; a missing time is refused', () => {
  const quality = (value: number) => [{ key: 'Quality', type: dataTypes.Int32, value }]
  expect(readingOfMetric({ timestamp: 5, isNull: true }, undefined, undefined)).toEqual({
    value: null,
    quality: 'bad',
    at: 5,
  })
  expect(
    readingOfMetric({ timestamp: 5, isNull: true, properties: quality(500) }, undefined, undefined),
  ).toEqual({ value: null, quality: 'stale', at: 5 })
  expect(
    readingOfMetric(
      { timestamp: 5, value: 1, kind: 'double', properties: quality(64) },
      undefined,
      undefined,
    ),
  ).toEqual({ value: 1, quality: 'uncertain', at: 5 })
  expect(readingOfMetric({ timestamp: 5, value: true, kind: 'boolean' }, undefined, undefined)).toEqual({
    value: 1,
    quality: 'good',
    at: 5,
  })
  expect(readingOfMetric({ value: 1, kind: 'double' }, undefined, undefined)).toBe('noTimestamp')
  expect(readingOfMetric({ timestamp: 5, value: 'warm', kind: 'string' }, undefined, undefined)).toBe(
    'notANumber',
  )
  expect(readingOfMetric({ timestamp: 5, value: Number.NaN, kind: 'double' }, undefined, undefined)).toBe(
    'notFinite',
  )
})

test('topics, host states and metric names are read as they were written', () => {
  for (const text of ['spBv1.0/hall/NBIRTH/agent-1', 'spBv1.0/hall/DCMD/agent-1/cdu-1']) {
    const topic = parseTopic(text)
    expect(topic && formatTopic(topic)).toBe(text)
  }
  for (const text of [
    'spBv1.0/STATE/hub',
    'spBv1.0/hall/DDATA/agent-1',
    'spBv1.0/hall/NDATA/agent-1/cdu-1',
    'spAv1.0/hall/NDATA/a',
    'spBv1.0/hall/DDATA/a/b/c',
    '',
  ])
    expect(parseTopic(text)).toBeUndefined()
  expect(parseHostState(formatHostState({ online: true, timestamp: 5 }))).toEqual({
    online: true,
    timestamp: 5,
  })
  for (const text of ['ONLINE', '{"online":"yes","timestamp":1}', '[]', 'null', '{}'])
    expect(parseHostState(text)).toBeUndefined()
  expect(metricName({ device: 'cdu-1', equipment: 'cdu-1-pa', point: 'speed' })).toBe('cdu-1-pa/speed')
  expect(placeOfMetric('cdu-1', 'cdu-1-pa/speed')).toEqual({ equipment: 'cdu-1-pa', point: 'speed' })
  expect(placeOfMetric('cdu-1', 'flow')).toEqual({ equipment: 'cdu-1', point: 'flow' })
  for (const name of ['', '/x', 'x/', 'a/b/c']) expect(placeOfMetric('cdu-1', name)).toBeUndefined()
})

test('a birth names every point once with its unit and range, unknown ones as null; no alias is used twice', () => {
  const plan = birthPlan(smallSite(), 'agent-1')
  const node = nodeBirth({ bdSeq: 3, at: 10, floor: { epoch: '12345678', position: 4 } })
  const births = [...plan.devices.values()].map(points =>
    deviceBirth(
      points,
      (_, point) => (point === 'flow' ? { value: 90, quality: 'good', at: 5 } : undefined),
      { at: 10, seq: 1 },
    ),
  )
  const metrics = [...node.metrics, ...births.flatMap(birth => birth.metrics)]
  const aliases = metrics.flatMap(metric => metric.alias ?? [])
  expect(new Set(aliases).size).toBe(aliases.length)
  expect(
    metrics.every(
      metric => metric.name !== undefined && metric.datatype !== undefined && metric.timestamp !== undefined,
    ),
  ).toBe(true)
  expect(metrics.every(metric => metric.isNull === true || metric.value !== undefined)).toBe(true)
  expect(node.metrics.find(metric => metric.name === 'Node Control/Rebirth')).toMatchObject({
    value: false,
    datatype: dataTypes.Boolean,
  })
  expect(node.metrics.find(metric => metric.name === 'Node Control/Rebirth')?.alias).toBeUndefined()
  expect(node.metrics.find(metric => metric.name === 'Delivery/Floor')?.value).toBe(
    formatMark({ epoch: '12345678', position: 4 }),
  )
  const flow = births[0]?.metrics.find(metric => metric.name === 'flow')
  expect(flow).toMatchObject({ value: 90, datatype: dataTypes.Double, timestamp: 5 })
  expect(flow?.properties).toEqual([
    { key: 'engUnit', type: dataTypes.String, value: 'L/min' },
    { key: 'engLow', type: dataTypes.Double, value: 0 },
    { key: 'engHigh', type: dataTypes.Double, value: 5_000 },
    { key: 'Quality', type: dataTypes.Int32, value: 192 },
  ])
})

test('a lease arrives field by field as it was signed; a field that is missing or too long is refused by name', () => {
  const lease: SignedLease = {
    id: 'a1',
    groupId: 'plan 2026-07-01T03',
    groupSize: 3,
    equipment: 'cdu-1',
    point: 'supplyTemperatureSp',
    value: 34.123456789,
    expected: 30.5,
    reason: 'wet bulb falls to 14 °C',
    author: 'plan 2026-07-01T03 model 4',
    priority: 'plan',
    version: 1_751_328_000_001,
    issuedAt: 1_751_328_000_000,
    notBeforeAt: 1_751_328_000_000,
    expiresAt: 1_751_333_400_000,
    keyId: 'k',
    signature: 'c2lnbmVk',
  }
  const place = { equipment: 'cdu-1', point: 'supplyTemperatureSp', datatype: dataTypes.Double }
  const metric = overTheWire(metricOfLease({ alias: 130 }, lease, dataTypes.Double))
  expect(metric.name).toBeUndefined()
  expect(leaseOfMetric(place, metric)).toEqual(lease)
  const without = {
    ...metric,
    properties: metric.properties?.filter(property => property.key !== 'expiresAt'),
  }
  expect(() => leaseOfMetric(place, without)).toThrow('expiresAt')
  expect(() => leaseOfMetric(place, { ...metric, value: Number.NaN })).toThrow('value')
})
