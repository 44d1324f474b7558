import { createServer, type Server } from 'node:net'
import { Aedes } from 'aedes'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { countBdSeq, type KeptBdSeq } from '#agent/uplink/bdSeq.ts'
import { bornHere, firstBroker, nextBroker } from '#agent/uplink/brokerWalk.ts'
import type { Sample } from '#contract/reading.ts'
import { createOrder } from '#hub/ingest/reorder.ts'
import { startAedes, type TestBroker } from '../delivery/support/broker.ts'
import { ledgerStore } from '../delivery/support/ledgerStore.ts'
import { startAgent, startHub, until } from '../delivery/support/pair.ts'

const ends: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('the list of brokers is walked in its order, and a whole round in vain is waited after', () => {
  let walk = firstBroker
  const seen: Array<[index: number, roundIsOver: boolean]> = []
  for (let step = 0; step < 5; step++) {
    const next = nextBroker(walk, 3)
    walk = next.walk
    seen.push([walk.index, next.roundIsOver])
  }
  expect(seen).toEqual([
    [1, false],
    [2, false],
    [0, true],
    [1, false],
    [2, false],
  ])
  // Born there: the others are tried before anybody waits.
  expect(nextBroker(bornHere(walk), 3)).toMatchObject({ walk: { index: 0 }, roundIsOver: false })
  expect(nextBroker(firstBroker, 1)).toMatchObject({ walk: { index: 0 }, roundIsOver: true })
})

test('a death number is used up by a CONNECT that left, kept over restarts, and goes round at 255', () => {
  const complaints: string[] = []
  const file = { kept: { bdSeq: 254 }, words: [] as number[] }
  const kept: KeptBdSeq = {
    kept: file.kept,
    keep: ({ bdSeq }) => {
      file.words.push(bdSeq)
      return bdSeq === 0 ? 'the disk is full' : undefined
    },
  }
  const count = countBdSeq(kept, sentence => complaints.push(sentence))
  expect([count.next(), count.next()]).toEqual([255, 255])
  count.used(255)
  expect(count.next()).toBe(0)
  count.used(0)
  expect(count.next()).toBe(1)
  expect(file.words).toEqual([255, 0])
  expect(complaints).toEqual(['the disk is full'])
  expect(countBdSeq(undefined, () => undefined).next()).toBe(0)
  expect(countBdSeq({ ...kept, kept: { bdSeq: Number.NaN } }, () => undefined).next()).toBe(0)
})

test('each gap has its own time: what waits for a second one does not pay for the first', () => {
  const order = createOrder<string>(1_000)
  order.begin(0)
  expect(order.arrive(2, 'two', 0)).toEqual([])
  expect(order.arrive(4, 'four', 900)).toEqual([])
  expect(order.arrive(1, 'one', 950)).toEqual(['one', 'two'])
  expect(order.expired(1_100)).toEqual([])
  expect(order.expired(1_900)).toEqual(['four'])
})

async function clientOf(broker: TestBroker): Promise<MqttClient> {
  const client = await mqtt.connectAsync(broker.url)
  ends.push(() => client.endAsync())
  return client
}
async function newBroker(): Promise<TestBroker> {
  const broker = await startAedes()
  ends.push(broker.stop)
  return broker
}
const state = (client: MqttClient, online: boolean, timestamp: number) =>
  client.publishAsync('spBv1.0/STATE/hub', JSON.stringify({ online, timestamp }), { qos: 1, retain: true })

test('an agent is not stranded at a broker where its host has never been', async () => {
  const [empty, good] = [await newBroker(), await newBroker()]
  await state(await clientOf(good), true, 1)
  const agent = await startAgent({ url: empty.url, others: [good.url], hostWordMsMax: 50 })
  ends.push(agent.outbox.close)
  ends.push(agent.uplink.close)
  await until('its host is found', () => agent.uplink.status().hostOnline)
  expect(agent.hostWords).toEqual([true])
})

test('what a lost device had still to tell is told as its past, and the death of a node is sure to arrive', async () => {
  const broker = await newBroker()
  const host = await clientOf(broker)
  const deaths: number[] = []
  const agent = await startAgent({ url: broker.url })
  ends.push(agent.outbox.close)
  ends.push(agent.uplink.close)
  host.on('message', (topic, _payload, packet) => {
    if (topic.includes('NDEATH')) deaths.push(packet.qos)
  })
  await host.subscribeAsync('spBv1.0/hall/#', { qos: 1 })
  const hub = await startHub({ url: broker.url, store: { ...ledgerStore(), append: refuse } })
  ends.push(hub.host.close)
  await until('the agent is born', () => hub.online.includes('agent-1 online'))
  agent.outbox.offer([{ equipment: 'A1', point: 'leak', value: 1, quality: 'good', at: Date.now() - 10 }])
  await until('the leak is shown', () => hub.live.some(isWet))
  agent.uplink.deviceOnline('A1', false)
  await until('the rack is stale', () => hub.stale.includes('A1'))
  // Nothing was acknowledged: a new session sends it again.
  await host.publishAsync('spBv1.0/hall/NCMD/agent-1', rebirth)
  await until('it was sent again', () => hub.host.counters().received >= 2)
  expect(hub.live.filter(isWet)).toHaveLength(1)
  await agent.uplink.close()
  await until('the death', () => deaths.length === 1)
  expect(deaths).toEqual([1])
})

const isWet = ({ point, value }: Sample) => point === 'leak' && value === 1
const refuse = () => Promise.reject(new Error('the store is away'))
/** NCMD with Node Control/Rebirth = true, as bytes. */
const rebirth = Buffer.concat([
  Buffer.from([0x12, 0x18, 0x0a, 0x14]),
  Buffer.from('Node Control/Rebirth'),
  Buffer.from([0x70, 0x01]),
])

test('a host whose clock was set back does not say anything older than what nodes have heard of it', async () => {
  const broker = await newBroker()
  const stranger = await clientOf(broker)
  const later = Date.now() + 60_000
  await state(stranger, false, later)
  const words: Array<{ online: boolean; timestamp: number }> = []
  stranger.on('message', (_topic, payload) => words.push(JSON.parse(payload.toString())))
  await stranger.subscribeAsync('spBv1.0/STATE/hub', { qos: 1 })
  const hub = await startHub({ url: broker.url, store: ledgerStore() })
  ends.push(hub.host.close)
  await until('a word that counts', () => words.some(({ online, timestamp }) => online && timestamp >= later))
  expect(words.at(-1)).toEqual({ online: true, timestamp: later })
})

test('a broker that grants the own group and no more is enough for the host', async () => {
  const asked: string[] = []
  const broker = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, callback) => {
      asked.push(subscription.topic)
      callback(null, subscription.topic === 'spBv1.0/#' ? null : subscription)
    },
  })
  const server: Server = createServer(broker.handle)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise(resolve => server.close(resolve)))
  ends.push(() => new Promise<void>(resolve => broker.close(resolve)))
  const url = `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`
  const hub = await startHub({ url, store: ledgerStore() })
  ends.push(hub.host.close)
  expect(hub.host.connected()).toBe(true)
  expect(asked).toEqual([
    'spBv1.0/STATE/hub',
    'spBv1.0/#',
    'spBv1.0/hall/NBIRTH/+',
    'spBv1.0/hall/NDEATH/+',
    'spBv1.0/hall/NDATA/+',
    'spBv1.0/hall/DBIRTH/+/+',
    'spBv1.0/hall/DDEATH/+/+',
    'spBv1.0/hall/DDATA/+/+',
  ])
})
