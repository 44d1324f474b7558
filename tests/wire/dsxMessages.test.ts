import { expect, test } from 'vitest'
import { metadataTopic, valueMessage, valueTopic } from '#contract/dsx.ts'
import { pointsOf } from '#contract/points.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { heartbeatMetadata, metadataMessage } from '#simulators/wire/dsxMessages.ts'
import { parseRequest } from '#simulators/wire/requests.ts'
import { trayTopic } from '#simulators/wire/trayTopics.ts'

const site = resolveSite('small', { designWetBulbC: 25 })

test('value and metadata of a point share everything but one word of their topic', () => {
  const place = { objectType: 'Rack', pointType: 'RackPower', tagPath: 'small/A1/power' }
  expect(valueTopic(place)).toBe('BMS/v1/PUB/Value/Rack/RackPower/small/A1/power')
  expect(metadataTopic(place)).toBe(valueTopic(place).replace('Value', 'Metadata'))
})

test('every metadata message carries a unit or state texts, never both, and one kind of identity', () => {
  for (const item of site.equipment)
    for (const [, spec] of pointsOf(item.kind)) {
      const text = metadataMessage(site, item, spec)
      if (text === undefined) continue
      const said = JSON.parse(text)
      expect('engUnit' in said, text).toBe(!('stateText' in said))
      expect('rackLocationId' in said, text).toBe(!('objectId' in said))
      if (said.stateText) expect(said.stateText).toHaveLength(spec.range[1] - spec.range[0] + 1)
    }
})

test('a meter says whom it serves, a heartbeat who writes it', () => {
  const meter = site.equipment.find(
    item => item.kind === 'powerMeter' && site.feeds.some(feed => feed.from === item.id),
  )
  const spec = pointsOf('powerMeter')[0]?.[1]
  if (!meter || !spec) throw new Error('the small site has no meter')
  expect(JSON.parse(metadataMessage(site, meter, spec) ?? '{}').servesId.length).toBeGreaterThan(0)
  expect(JSON.parse(heartbeatMetadata('small', 'HeartbeatTimestampIntegration')).integration).toBe('coldloop')
  expect(JSON.parse(heartbeatMetadata('small', 'HeartbeatTimestampBms')).integration).toBeUndefined()
})

test('only a good reading has quality 1', () => {
  expect(JSON.parse(valueMessage({ value: 1.5, quality: 'good', at: 7.4 }))).toEqual({
    value: 1.5,
    timestamp: 7,
    quality: 1,
  })
  expect(JSON.parse(valueMessage({ value: 1.5, quality: 'uncertain', at: 7 })).quality).toBe(0)
  expect(JSON.parse(valueMessage({ value: null, quality: 'bad', at: 7 }))).toEqual({
    value: null,
    timestamp: 7,
    quality: 0,
  })
})

test.each([
  ['a live request', '{"value":1,"timestamp":5,"quality":1}', false, 1],
  ['a retained request', '{"value":1,"timestamp":5,"quality":1}', true, undefined],
  ['a request of no quality', '{"value":1,"timestamp":5,"quality":0}', false, undefined],
  ['a request without a value', '{"value":null,"timestamp":5,"quality":1}', false, undefined],
  ['text', 'isolate!', false, undefined],
  ['a word for a number', '{"value":"1"}', false, undefined],
])('%s', (_, payload, isRetained, value) => {
  const request = parseRequest(payload, isRetained)
  expect('value' in request ? request.value : undefined).toBe(value)
})

test('a tray is found under its rack', () => {
  expect(trayTopic({ id: 'A1-t03', partOf: 'A1' }, 'leak')).toBe('trays/A1/t03/leak')
})
