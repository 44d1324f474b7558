import { expect, test, vi } from 'vitest'
import type { BrokerUser, MqttConnection } from '#agent/sources/mqttConnection.ts'
import { dsxProfile } from '#agent/sources/mqttDsx.ts'
import { MqttSource } from '#agent/sources/mqttSource.ts'
import { virtualClock } from '#contract/clock.ts'
import { ear } from '#tests/sources/support/ear.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })
const heartbeat = 'BMS/v1/PUB/Value/System/HeartbeatTimestampBms/test-hall/bms/heartbeat'
const rackLeak = 'BMS/v1/PUB/Value/Rack/RackLeakDetect/test-hall/A1/leak'

/** A connection that stands, with its far end in the hands of the test. */
function standingConnection() {
  const published: Array<{ topic: string; payload: string }> = []
  let user: BrokerUser | undefined
  const connection = {
    isUp: true,
    connects: 1,
    join: (joined: BrokerUser) => {
      user = joined
    },
    open: () => user?.up([]),
    publish: async (topic: string, payload: string) => {
      published.push({ topic, payload })
      return { taken: true } as const
    },
    close: async () => undefined,
  }
  const says = (topic: string, value: number, at: number) =>
    user?.message(topic, Buffer.from(JSON.stringify({ value, timestamp: at, quality: 1 })), false)
  const refuses = (filters: readonly string[]) => user?.up(filters)
  return { connection: connection as unknown as MqttConnection, published, says, refuses }
}

function bmsSource(speed: number) {
  vi.useFakeTimers()
  const clock = virtualClock({ speed })
  const wire = standingConnection()
  const equipment = site.equipment.filter(item => item.via === 'dsx')
  const source = new MqttSource({
    id: 'bms',
    simulated: true,
    equipment: new Set(equipment.map(item => item.id)),
    profile: dsxProfile({ site, equipment, tags: 'generated', warn: () => undefined }),
    connection: wire.connection,
    clock,
  })
  const hearing = ear()
  source.open(hearing)
  const pass = (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      clock.advance(1_000)
      vi.advanceTimersByTime(1_000)
    }
  }
  return { clock, source, hearing, pass, ...wire }
}

test('a building system without heartbeat for 30 s is lost once; its leak is still heard, with doubt; its heartbeat brings it back', () => {
  const { clock, source, hearing, pass, says } = bmsSource(1)
  says(rackLeak, 0, clock.siteNow())
  pass(25)
  says(heartbeat, clock.siteNow(), clock.siteNow())
  pass(29)
  expect(source.state).toBe('live')
  pass(40)
  expect(source.state).toBe('lost')
  expect(hearing.of('A1', 'leak').map(sample => sample.quality)).toEqual(['good', 'stale'])
  says(rackLeak, 1, clock.siteNow())
  expect(hearing.of('A1', 'leak').at(-1)).toMatchObject({ value: 1, quality: 'uncertain' })
  says(heartbeat, clock.siteNow(), clock.siteNow())
  expect(source.state).toBe('live')
  vi.useRealTimers()
})

test('our heartbeat goes out each 10 s, and a standing request each 100 s until it is back at rest', async () => {
  const { clock, source, pass, says, published } = bmsSource(1)
  const count = (part: string) => published.filter(({ topic }) => topic.includes(part)).length
  await source.write([{ equipment: 'A1', point: 'liquidIsolationRequest', value: 1 }])
  for (let n = 0; n < 10; n++) {
    pass(20)
    says(heartbeat, clock.siteNow(), clock.siteNow())
  }
  expect(count('HeartbeatTimestampIntegration')).toBe(21)
  expect(count('LiquidIsolationRequest')).toBe(3)
  await source.write([{ equipment: 'A1', point: 'liquidIsolationRequest', value: 0 }])
  pass(20)
  says(heartbeat, clock.siteNow(), clock.siteNow())
  pass(20)
  expect(count('LiquidIsolationRequest')).toBe(4)
  vi.useRealTimers()
})

test('what stands behind a subscription that the broker refuses is bad, not dry; the rest is heard', () => {
  const { clock, source, hearing, says, refuses } = bmsSource(1)
  refuses(['BMS/v1/PUB/Value/+/+/test-hall/manifold-1/+'])
  says(rackLeak, 0, clock.siteNow())
  vi.runAllTicks()
  vi.advanceTimersToNextTimer()
  expect(source.state).toBe('live')
  expect(hearing.of('manifold-1', 'leak')).toMatchObject([{ value: null, quality: 'bad' }])
  expect(hearing.of('A1', 'leak')).toMatchObject([{ value: 0, quality: 'good' }])
  expect(source.counters().missingAddresses).toBe(1)
  vi.useRealTimers()
})
