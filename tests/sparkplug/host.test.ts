import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import type { SignedLease } from '#contract/messages/lease.ts'
import type { Sample } from '#contract/reading.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { decodePayload, encodePayload, type Metric, type Payload } from '#contract/sparkplug/payload.ts'
import { type TestBroker, testBroker } from '../delivery/support/broker.ts'
import { type LedgerStore, ledgerStore, rowKey } from '../delivery/support/ledgerStore.ts'
import { startAgent, startHub, type TestAgent, type TestHub, until } from '../delivery/support/pair.ts'

/** Another vendor's edge in the hands of the test, and a look at what the host says. */
let broker: TestBroker
let store: LedgerStore
let hub: TestHub
let edge: MqttClient
const said: Array<{ topic: string; text: string; payload: Buffer; qos: number; retain: boolean }> = []
const agents: TestAgent[] = []

async function start(): Promise<void> {
  broker = await testBroker()
  store = ledgerStore()
  edge = await mqtt.connectAsync(broker.url)
  edge.on('message', (topic, payload, packet) =>
    said.push({ topic, text: payload.toString(), payload, qos: packet.qos, retain: packet.retain }),
  )
  await edge.subscribeAsync(['spBv1.0/STATE/+', 'spBv1.0/hall/NCMD/#', 'spBv1.0/hall/DCMD/#'], { qos: 2 })
  hub = await startHub({ url: broker.url, store })
}

afterEach(async () => {
  for (const { uplink, outbox } of agents.splice(0)) {
    await uplink.close()
    await outbox.close()
  }
  await hub.host.close()
  await edge.endAsync()
  await broker.stop()
  said.length = 0
})

const say = (topic: string, payload: Partial<Payload>): Promise<unknown> =>
  edge.publishAsync(`spBv1.0/hall/${topic}`, encodePayload({ timestamp: 100, metrics: [], ...payload }))
const bdSeq = (value: number): Metric => ({ name: 'bdSeq', timestamp: 100, datatype: dataTypes.Int64, value })
const flow = (value: number, at: number): Metric => ({ alias: 5, timestamp: at, kind: 'double', value })
const rebirths = (): number => said.filter(({ topic }) => topic === 'spBv1.0/hall/NCMD/plc').length

async function bear(session: number): Promise<void> {
  await say('NBIRTH/plc', { seq: 0, metrics: [bdSeq(session)] })
  await say('DBIRTH/plc/cdu-1', {
    seq: 1,
    metrics: [
      { name: 'flow', alias: 5, timestamp: 90, datatype: dataTypes.Double, value: 77 },
      { name: 'colour', alias: 6, timestamp: 90, datatype: dataTypes.Double, value: 1 },
    ],
  })
  await until('the birth is seen', () => hub.live.some(sample => sample.value === 77))
}
const stored = (): string[] => store.rows.map((sample: Sample) => rowKey(sample))

test('the host says that it is there, retained, with a Will of the same time, and says so again when somebody denies it', async () => {
  await start()
  await until('online', () => said.some(({ text }) => text.includes('true')))
  const birth = said.find(({ topic }) => topic === 'spBv1.0/STATE/hub')
  expect(birth).toMatchObject({ qos: 1 })
  const { timestamp } = JSON.parse(birth?.text ?? '{}') as { timestamp: number }
  await edge.publishAsync('spBv1.0/STATE/hub', JSON.stringify({ online: false, timestamp }), {
    qos: 1,
    retain: true,
  })
  await until(
    'online again',
    () => said.filter(({ text }) => text === JSON.stringify({ online: true, timestamp })).length === 2,
  )
})

test('another vendor’s edge is stored without delivery marks; its births are shown and not stored; back-fill is not shown', async () => {
  await start()
  await bear(0)
  await say('DDATA/plc/cdu-1', {
    seq: 2,
    metrics: [
      flow(80, 110),
      { ...flow(60, 50), isHistorical: true },
      { alias: 6, timestamp: 110, kind: 'double', value: 2 },
    ],
  })
  await until('two values', () => store.rows.length === 2)
  expect(stored()).toEqual(['cdu-1.flow@110=80', 'cdu-1.flow@50=60'])
  expect(hub.live.map(sample => sample.value)).toEqual([77, 80])
  expect(hub.host.counters()).toMatchObject({
    received: 3,
    stored: 2,
    quarantined: 1,
    rejectedByReason: { unknownPoint: 1 },
  })
  expect(hub.host.agents()).toMatchObject([
    { id: 'plc', online: true, deliveryProven: false, acknowledgedPosition: null },
  ])
})

test('data without birth, with an unknown alias, or after a gap: births are asked for once, the host does not guess', async () => {
  await start()
  await say('DDATA/plc/cdu-1', { seq: 9, metrics: [flow(1, 100)] })
  await until('births are asked for', () => rebirths() === 1)
  expect(
    decodePayload(said.find(({ topic }) => topic.includes('NCMD'))?.payload ?? Buffer.alloc(0)).metrics[0],
  ).toMatchObject({ name: 'Node Control/Rebirth', value: true })
  await bear(0)
  await say('DDATA/plc/cdu-1', {
    seq: 2,
    metrics: [{ alias: 999, timestamp: 100, kind: 'double', value: 1 }],
  })
  await say('DDATA/plc/cdu-1', { seq: 4, metrics: [flow(4, 104)] })
  await say('DDATA/plc/cdu-1', { seq: 3, metrics: [flow(3, 103)] })
  await until('what overtook is put in order', () => store.rows.length === 2)
  await say('DDATA/plc/cdu-1', { seq: 8, metrics: [flow(8, 108)] })
  await until('what waits behind a gap is let go', () => store.rows.length === 3)
  expect(stored()).toEqual(['cdu-1.flow@103=3', 'cdu-1.flow@104=4', 'cdu-1.flow@108=8'])
  // At most one request in ten seconds.
  expect(rebirths()).toBe(1)
  expect(hub.host.counters().rejectedByReason).toEqual({ unbornNode: 1, unknownMetric: 1 })
})

test('what comes twice is kept once and acknowledged twice; only what has no gap before it is acknowledged', async () => {
  await start()
  await bear(0)
  const mark = (position: number) => ({ uuid: `cl1:0b9c6c1e-aaaa:${position}` })
  const acknowledged = () =>
    said
      .filter(({ topic }) => topic.endsWith('NCMD/plc'))
      .map(({ payload }) => decodePayload(payload).metrics[0]?.value)
  await say('DDATA/plc/cdu-1', { seq: 2, ...mark(1), metrics: [flow(1, 101)] })
  await say('DDATA/plc/cdu-1', { seq: 3, ...mark(3), metrics: [flow(3, 103)] })
  await until('the first acknowledgement', () => acknowledged().length === 1)
  await say('DDATA/plc/cdu-1', { seq: 4, ...mark(1), metrics: [flow(1, 101)] })
  await until('the acknowledgement is repeated', () => acknowledged().length === 2)
  await say('DDATA/plc/cdu-1', { seq: 5, ...mark(2), metrics: [flow(2, 102)] })
  await until('the gap is closed', () => acknowledged().length === 3)
  expect(acknowledged()).toEqual(['cl1:0b9c6c1e-aaaa:1', 'cl1:0b9c6c1e-aaaa:1', 'cl1:0b9c6c1e-aaaa:3'])
  expect(stored()).toEqual(['cdu-1.flow@101=1', 'cdu-1.flow@103=3', 'cdu-1.flow@102=2'])
  expect(hub.host.counters()).toMatchObject({ received: 4, stored: 3, duplicatesOnWire: 1 })
})

test('an old Will that comes late does not make a living node stale; its own death does', async () => {
  await start()
  await bear(1)
  await say('NDEATH/plc', { metrics: [bdSeq(0)] })
  await say('DDATA/plc/cdu-1', { seq: 2, metrics: [flow(80, 110)] })
  await until('the value', () => store.rows.length === 1)
  expect(hub.stale).toEqual([])
  await say('DDEATH/plc/cdu-1', { seq: 3 })
  await until('the device is stale', () => hub.stale.length > 0)
  expect(hub.stale).toEqual(['cdu-1', 'cdu-1-pa'])
  await say('NDEATH/plc', { metrics: [bdSeq(1)] })
  await until('the node is offline', () => hub.online.length === 2)
  expect(hub.online).toEqual(['plc online', 'plc offline'])
  expect(hub.host.agents()[0]?.online).toBe(false)
})

test('a device that speaks after its death is kept and not shown; births are asked for', async () => {
  await start()
  await bear(1)
  await say('DDEATH/plc/cdu-1', { seq: 2 })
  await say('DDATA/plc/cdu-1', { seq: 3, metrics: [flow(80, 110)] })
  await until('births are asked for', () => rebirths() === 1)
  await until('the value is kept', () => store.rows.length === 1)
  expect(hub.live.map(({ value }) => value)).toEqual([77])
  expect(hub.host.counters().rejectedByReason).toEqual({ deadDevice: 1 })
})

test('an alias counts at its own device only, and one that a birth gives twice stands for nothing', async () => {
  await start()
  await bear(1)
  const named = (name: string, alias: number): Metric => ({
    name,
    alias,
    timestamp: 90,
    datatype: dataTypes.Double,
    value: 1,
  })
  await say('DBIRTH/plc/A1', {
    seq: 2,
    metrics: [named('leak', 5), named('A1-t01/chipTemperature', 9), named('A1-t02/chipTemperature', 9)],
  })
  await say('DDATA/plc/A1', { seq: 3, metrics: [{ alias: 9, timestamp: 110, kind: 'double', value: 70 }] })
  await until('births are asked for', () => rebirths() === 1)
  await say('DDATA/plc/A1', { seq: 4, metrics: [{ alias: 5, timestamp: 111, kind: 'double', value: 0 }] })
  await say('DDATA/plc/cdu-1', { seq: 5, metrics: [flow(80, 112)] })
  await until('both devices are kept', () => store.rows.length === 2)
  expect(stored()).toEqual(['A1.leak@111=0', 'cdu-1.flow@112=80'])
})

test('an edge that counts its sessions by nothing dies of any death', async () => {
  await start()
  await say('NBIRTH/plc', { seq: 0, metrics: [] })
  await until('it is online', () => hub.online.length === 1)
  await say('NDEATH/plc', { metrics: [] })
  await until('it is offline', () => hub.online.length === 2)
  expect(hub.online).toEqual(['plc online', 'plc offline'])
})

test('whatever nonsense arrives is counted by its reason and nothing stops', async () => {
  await start()
  await edge.publishAsync('spBv1.0/hall/NBIRTH/plc', 'not a payload')
  await edge.publishAsync('spBv1.0/hall/DDATA/plc/cdu-1', Buffer.from([0x12, 0xff, 0xff, 0xff, 0x7f]))
  await bear(0)
  await say('DDATA/plc/cdu-1', {
    seq: 2,
    metrics: [
      flow(Number.NaN, 110),
      { alias: 5, kind: 'string', value: 'warm', timestamp: 110 },
      flow(80, 111),
    ],
  })
  await until('the one good value', () => store.rows.length === 1)
  expect(hub.host.counters()).toMatchObject({
    rejected: 2,
    quarantined: 2,
    rejectedByReason: { undecodable: 2, notFinite: 1, notANumber: 1 },
  })
})

test('leases, modes and releases reach the agent as they were sent, by alias once it was born', async () => {
  await start()
  const agent = await startAgent({ url: broker.url })
  agents.push(agent)
  await until('the agent is born', () => hub.online.includes('agent-1 online') && hub.live.length > 0)
  const lease: SignedLease = {
    id: 'a1',
    groupId: 'plan 3',
    groupSize: 2,
    equipment: 'cdu-1',
    point: 'differentialPressureSp',
    value: 92.5,
    expected: 110,
    reason: 'low load',
    author: 'plan 2026-07-01T03 model 4',
    priority: 'plan',
    version: 4,
    issuedAt: 1_000,
    notBeforeAt: 1_000,
    expiresAt: 2_000,
    keyId: 'k',
    signature: 'c2ln',
  }
  await hub.host.sendLeases('agent-1', [
    lease,
    { ...lease, id: 'a2', point: 'supplyTemperatureSp', value: 34 },
  ])
  await hub.host.sendMode('agent-1', 'cdu-1', 'auto')
  await hub.host.releaseGroup('agent-1', 'plan 3')
  await until('everything has arrived', () => agent.released.length === 1)
  expect(agent.leases).toEqual([lease, { ...lease, id: 'a2', point: 'supplyTemperatureSp', value: 34 }])
  expect(agent.modes).toEqual(['cdu-1=auto'])
  expect(agent.uplink.status().commandsIgnored).toBe(0)
  expect(
    said
      .filter(({ topic }) => topic.includes('DCMD'))
      .every(({ qos, retain, payload }) => qos === 0 && !retain && decodePayload(payload).seq === undefined),
  ).toBe(true)
  await expect(hub.host.sendMode('agent-1', 'cdu-9', 'auto')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  agent.uplink.health({
    version: '1',
    cycleP99Ms: 3,
    accepted: 1,
    queued: 0,
    oldestQueuedAgeMs: null,
    durability: 'disk',
    sources: [],
    latchedZones: [],
  })
  await until('the health report', () => hub.host.agents().some(({ health }) => health?.cycleP99Ms === 3))
})
