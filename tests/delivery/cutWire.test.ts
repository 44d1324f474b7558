import { createServer, connect as dial, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { type TestBroker, testBroker } from './support/broker.ts'
import { ledgerStore, rowKey } from './support/ledgerStore.ts'
import { startAgent, startHub, until } from './support/pair.ts'
import { supplyTemperature } from './support/plant.ts'

let broker: TestBroker
afterAll(() => broker.stop())

/** A wire between agent and broker that can be cut without a word, with what is on it. */
async function wire(port: number): Promise<{ url: string; cut(): void; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = dial(port, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    close: () => {
      cut()
      server.close()
    },
  }
}

test('the wire is cut thirty times in the middle of it all: everything accepted is stored once, and little is sent twice', async () => {
  broker = await testBroker()
  const store = ledgerStore()
  const hub = await startHub({ url: broker.url, store })
  const line = await wire(broker.port)
  const agent = await startAgent({ url: line.url })
  let next = 0
  for (let cut = 0; cut < 30; cut++) {
    for (let step = 0; step < 10; step++) {
      agent.outbox.offer(Array.from({ length: 10 }, () => supplyTemperature(next++)))
      await agent.outbox.flush()
      await new Promise(resolve => setTimeout(resolve, 3))
    }
    line.cut()
    if (cut % 5 === 4) await until('the uplink is back', () => agent.uplink.status().hostOnline)
  }
  await until('the outbox is drained', () => agent.outbox.counters().queued === 0, 20_000)
  expect(store.rows).toHaveLength(next)
  expect(new Set(store.rows.map(rowKey)).size).toBe(next)
  expect(agent.outbox.counters()).toMatchObject({ accepted: next, acknowledged: next, dropped: 0 })
  // Each reconnect sends again what was not yet acknowledged: some 100 ms of it, of which the host's first word spares most.
  const { duplicatesOnWire, rejectedByReason } = hub.host.counters()
  expect(duplicatesOnWire).toBeLessThanOrEqual(next / 20)
  // The Will of a session that was cut before its births belongs to none that the host knows.
  expect({ ...rejectedByReason, lateDeath: 0 }).toEqual({ lateDeath: 0 })
  await agent.uplink.close()
  await agent.outbox.close()
  line.close()
  await hub.host.close()
}, 40_000)
