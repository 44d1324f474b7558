import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { testBroker } from './support/broker.ts'
import { ledgerStore } from './support/ledgerStore.ts'
import { newFolder, startAgent, startHub, until } from './support/pair.ts'

const childPath = fileURLToPath(new URL('./support/agentChild.ts', import.meta.url))

/** Runs the agent until it has committed something new, then kills it after a moment that differs each time. */
async function runAndKill(url: string, dataDir: string, moreMs: number): Promise<number> {
  const child = spawn(process.execPath, [childPath, url, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  let committed = 0
  let rest = ''
  const first = new Promise<void>(resolve => {
    child.stdout.on('data', (chunk: Buffer) => {
      rest += chunk.toString()
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      committed = Number(lines.at(-1) ?? committed)
      resolve()
    })
  })
  const ended = new Promise(resolve => child.once('close', resolve))
  await Promise.race([first, ended])
  await new Promise(resolve => setTimeout(resolve, moreMs))
  child.kill('SIGKILL')
  await ended
  return committed
}

test('an agent that is killed twenty times loses nothing that it had accepted', async () => {
  const broker = await testBroker()
  const store = ledgerStore()
  const hub = await startHub({ url: broker.url, store })
  const dataDir = newFolder()
  let said = 0
  for (let kill = 0; kill < 20; kill++) {
    const committed = await runAndKill(broker.url, dataDir, (kill * 37) % 150)
    expect(committed).toBeGreaterThan(said)
    said = committed
  }
  const agent = await startAgent({ url: broker.url, dataDir })
  expect(agent.outbox.counters().accepted).toBeGreaterThanOrEqual(said)
  await until('the outbox is drained', () => agent.outbox.counters().queued === 0, 20_000)
  const { accepted, acknowledged, dropped, quarantined } = agent.outbox.counters()
  expect({ acknowledged, dropped, quarantined }).toEqual({
    acknowledged: accepted,
    dropped: 0,
    quarantined: 0,
  })
  const numbers = store.rows.map(sample => sample.at).sort((one, other) => one - other)
  expect(numbers).toEqual(Array.from({ length: accepted }, (_, index) => index))
  await agent.uplink.close()
  await agent.outbox.close()
  await hub.host.close()
  await broker.stop()
}, 60_000)
