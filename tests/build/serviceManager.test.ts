import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serviceManager } from '#agent/health/serviceManager.ts'
import { missingForNotify, type NotifySocket, notifySocket } from '#tests/build/support/notifySocket.ts'
import { eventually } from '#tests/support/eventually.ts'

const without = missingForNotify.length === 0 ? '' : ` (skipped: no ${missingForNotify.join(', ')})`
let folder: string
const said: string[] = []
const log = { warn: (text: string) => void said.push(text), error: (text: string) => void said.push(text) }
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-notify-'))
  said.length = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

describe.skipIf(missingForNotify.length > 0)(`words to systemd${without}`, () => {
  let socket: NotifySocket
  beforeEach(async () => {
    socket = await notifySocket(folder)
  })
  afterEach(() => socket.close())
  const beats = () => socket.heard.filter(word => word.includes('WATCHDOG=1')).length
  const managerOf = (cycles: () => number | undefined, environment: object = {}) =>
    serviceManager({
      environment: {
        PATH: process.env.PATH,
        NOTIFY_SOCKET: socket.path,
        WATCHDOG_USEC: '100000',
        ...environment,
      },
      pid: process.pid,
      cycles,
      log,
    })

  test('ready is told once, and each sign of life follows work', async () => {
    let cycles = 0
    const manager = managerOf(() => ++cycles)
    manager.ready('agent-1 of hall')
    await eventually('two signs of life', () => beats() >= 2)
    manager.stopping()
    await eventually('the goodbye', () => socket.heard.includes('STOPPING=1'))
    expect(socket.heard.filter(word => word.includes('READY=1'))).toEqual(['READY=1\nSTATUS=agent-1 of hall'])
    expect(said).toEqual([])
  })

  test('an agent whose cycles stand still feeds nothing, though its event loop turns', async () => {
    let asked = 0
    const manager = managerOf(() => {
      asked += 1
      return 7
    })
    manager.ready('standing')
    await eventually('twenty looks', () => asked >= 20)
    manager.stopping()
    await eventually('the goodbye', () => socket.heard.includes('STOPPING=1'))
    expect(beats()).toBeLessThanOrEqual(1)
    expect(said).toContain('no cycle was done since the last sign of life: systemd is told nothing')
  })

  test('a watchdog that is meant for another process is left to it', async () => {
    let asked = 0
    const manager = managerOf(() => ++asked, { WATCHDOG_PID: String(process.pid + 1) })
    manager.ready('child')
    await eventually('ready', () => socket.heard.some(word => word.includes('READY=1')))
    manager.stopping()
    await eventually('the goodbye', () => socket.heard.includes('STOPPING=1'))
    expect(asked).toBe(0)
  })
})

test('where systemd-notify is missing the agent says so and lives on', async () => {
  const manager = serviceManager({
    environment: { PATH: folder, NOTIFY_SOCKET: join(folder, 'nobody') },
    pid: 1,
    cycles: () => 0,
    log,
  })
  manager.ready('alone')
  await eventually('the complaint', () => said.length > 0)
  expect(said).toEqual([expect.stringMatching(/^systemd was not told --ready: .*ENOENT/)])
})

test('without systemd nothing is said and no process started', () => {
  const manager = serviceManager({ environment: { PATH: folder }, pid: 1, cycles: () => 0, log })
  manager.ready('alone')
  manager.stopping()
  expect(said).toEqual([])
})
