import { afterEach, expect, test } from 'vitest'
import { type TestBroker, testBroker } from './support/broker.ts'
import { ledgerStore, rowKey } from './support/ledgerStore.ts'
import { newFolder, startAgent, startHub, type TestAgent, type TestHub, until } from './support/pair.ts'
import { chipTemperature, pumpSpeed, supplyTemperature } from './support/plant.ts'

const open: { broker?: TestBroker; agents: TestAgent[]; hubs: TestHub[] } = { agents: [], hubs: [] }

afterEach(async () => {
  for (const { uplink, outbox } of open.agents.splice(0)) {
    await uplink.close()
    await outbox.close()
  }
  for (const { host } of open.hubs.splice(0)) await host.close()
  await open.broker?.stop()
  delete open.broker
})

async function start() {
  const broker = await testBroker()
  const store = ledgerStore()
  open.broker = broker
  const hub = await startHub({ url: broker.url, store })
  open.hubs.push(hub)
  const agent = await startAgent({ url: broker.url })
  open.agents.push(agent)
  return { broker, store, hub, agent }
}

const isDrained = async (agent: TestAgent): Promise<boolean> => {
  await agent.outbox.flush()
  const { queued, eventsQueued } = agent.outbox.counters()
  return queued === 0 && eventsQueued === 0
}

test('what the agent accepts is what the store holds, once each', async () => {
  const { store, hub, agent } = await start()
  const samples = Array.from({ length: 1_000 }, (_, index) => [
    supplyTemperature(index),
    pumpSpeed(index),
    chipTemperature(index),
  ]).flat()
  agent.outbox.offer(samples)
  agent.outbox.offerEvent({
    type: 'alarm',
    at: 1,
    agent: 'agent-1',
    code: 'leak',
    active: true,
    equipment: 'A1',
    sentence: 'Water in A1',
  })
  await until('the outbox is drained', () => isDrained(agent))
  expect(store.rows.map(rowKey).sort()).toEqual(samples.map(rowKey).sort())
  expect(hub.events).toHaveLength(1)
  expect(agent.outbox.counters()).toMatchObject({
    accepted: 3_000,
    acknowledged: 3_000,
    queued: 0,
    dropped: 0,
    quarantined: 0,
    durability: 'disk',
  })
  expect(hub.host.counters()).toMatchObject({ received: 3_000, stored: 3_000, rejected: 0, quarantined: 0 })
  expect(agent.uplink.status()).toMatchObject({ connected: true, hostOnline: true, deliveryProven: true })
  expect(hub.live.filter(sample => sample.point === 'chipTemperature' && sample.value !== null)).toHaveLength(
    1_000,
  )
})

test('the broker dies and comes back three times while values flow: nothing is lost, nothing doubled', async () => {
  const { broker, store, agent } = await start()
  await until('the host is seen', () => agent.uplink.status().hostOnline)
  let next = 0
  for (let round = 0; round < 3; round++) {
    for (let step = 0; step < 10; step++) {
      agent.outbox.offer([supplyTemperature(next++), pumpSpeed(next++)])
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    await broker.kill()
    for (let step = 0; step < 5; step++) agent.outbox.offer([supplyTemperature(next++)])
    await broker.start()
  }
  await until('the outbox is drained', () => isDrained(agent), 15_000)
  expect(new Set(store.rows.map(rowKey)).size).toBe(store.rows.length)
  expect(store.rows).toHaveLength(agent.outbox.counters().accepted)
}, 30_000)

test('the store is away for a while: values are shown at once, kept by the agent, and stored when it is back', async () => {
  const { store, hub, agent } = await start()
  await until('the host is seen', () => agent.uplink.status().hostOnline)
  store.isAway = true
  agent.outbox.offer([supplyTemperature(1)])
  await until('the value is announced', () =>
    hub.live.some(sample => sample.value === supplyTemperature(1).value),
  )
  expect(agent.outbox.counters().queued).toBe(1)
  expect(store.rows).toHaveLength(0)
  await until('the store is missed, and that is told', () => hub.storeWords.length > 0)
  store.isAway = false
  await until('the outbox is drained', () => isDrained(agent))
  expect(hub.storeWords).toEqual([false, true])
  expect(store.rows.map(rowKey)).toEqual([rowKey(supplyTemperature(1))])
})

test('a hub that is replaced goes on where the old one stood, and takes duplicates for what they are', async () => {
  const { broker, store, hub, agent } = await start()
  agent.outbox.offer(Array.from({ length: 500 }, (_, index) => supplyTemperature(index)))
  await until('the outbox is drained', () => isDrained(agent))
  await hub.host.close()
  open.hubs.length = 0
  agent.outbox.offer(Array.from({ length: 500 }, (_, index) => supplyTemperature(500 + index)))
  const second = await startHub({ url: broker.url, store })
  open.hubs.push(second)
  await until('the outbox is drained', () => isDrained(agent))
  expect(store.rows).toHaveLength(1_000)
  expect(new Set(store.rows.map(rowKey)).size).toBe(1_000)
  expect(hub.online.at(-1)).toBe('agent-1 offline')
})

test('a hub with an empty store does not wait for what an earlier one has kept', async () => {
  const { broker, hub, agent } = await start()
  agent.outbox.offer([supplyTemperature(1)])
  await until('the outbox is drained', () => isDrained(agent))
  await hub.host.close()
  open.hubs.length = 0
  const fresh = ledgerStore()
  open.hubs.push(await startHub({ url: broker.url, store: fresh }))
  agent.outbox.offer([supplyTemperature(2)])
  await until('the outbox is drained', () => isDrained(agent))
  expect(fresh.rows.map(rowKey)).toEqual([rowKey(supplyTemperature(2))])
})

test('a value for a point that nobody knows is quarantined and counted, and the rest goes on', async () => {
  const { store, hub, agent } = await start()
  agent.outbox.offer([
    { ...supplyTemperature(1), point: 'colour' },
    { ...supplyTemperature(1), equipment: 'ghost' },
    supplyTemperature(2),
    { ...supplyTemperature(3), value: Number.NaN, quality: 'good' },
  ])
  await until('the outbox is drained', () => isDrained(agent))
  expect(store.rows.map(rowKey)).toEqual([rowKey(supplyTemperature(2))])
  expect(hub.host.counters()).toMatchObject({ quarantined: 2, rejectedByReason: { unknownPoint: 2 } })
  expect(agent.outbox.counters()).toMatchObject({ accepted: 4, acknowledged: 3, quarantined: 1 })
})

test('a batch that the store refuses for good is quarantined and does not hold up the others', async () => {
  const { store, hub, agent } = await start()
  store.refuses = 'A1-t02'
  agent.outbox.offer([chipTemperature(1), supplyTemperature(2)])
  await until('the outbox is drained', () => isDrained(agent))
  expect(store.rows.map(rowKey)).toEqual([rowKey(supplyTemperature(2))])
  expect(hub.host.counters()).toMatchObject({ stored: 1, quarantined: 1 })
})

test('another vendor’s host never acknowledges: the agent works, and says that delivery is not proven', async () => {
  const broker = await testBroker()
  open.broker = broker
  const agent = await startAgent({ url: broker.url, dataDir: newFolder(), acknowledges: false, hostId: '' })
  open.agents.push(agent)
  agent.outbox.offer([supplyTemperature(1)])
  await until('the outbox is drained', () => isDrained(agent))
  expect(agent.uplink.status().deliveryProven).toBe(false)
})
