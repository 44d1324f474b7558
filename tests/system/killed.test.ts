import { afterEach, describe, expect, test } from 'vitest'
import { type Started, start } from '#tests/support/started.ts'

let run: Started | undefined
afterEach(async () => {
  await run?.stop()
  run = undefined
})

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

describe('processes killed in the middle of a run', () => {
  test('hub, agent and uplink broker killed in turn, twice: afterwards everything accepted is stored, once', async () => {
    run = start('--site', 'small', '--hours', '5', '--speed', '300', '--seed', '3', '--port', '0')
    await run.console
    const killed: string[] = []
    for (const name of ['hub', 'agent-1', 'broker', 'hub', 'agent-1', 'broker']) {
      await pause(6_000)
      const pid = run.pids()[name]
      if (pid === undefined) continue
      process.kill(pid, 'SIGKILL')
      killed.push(name)
    }
    expect(await run.exit, run.said()).toBe(0)
    expect(killed.length).toBeGreaterThanOrEqual(5)
    const { samples } = run.summary()
    expect(samples.accepted).toBeGreaterThan(10_000)
    expect(samples.stored).toBe(samples.accepted)
    expect(samples.duplicates).toBe(0)
  })
})
