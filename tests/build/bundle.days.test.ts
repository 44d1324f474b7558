import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bundleAgent } from '#commands/build/bundleAgent.ts'
import { writeDeployables } from '#commands/build/deployables.ts'
import { stampOf } from '#commands/build/stamp.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import {
  type Hall,
  healthWhen,
  isLive,
  nodeFlags,
  openHall,
  type Running,
  startAgent,
} from '#tests/build/support/hall.ts'
import { missingForNotify, type NotifySocket, notifySocket } from '#tests/build/support/notifySocket.ts'
import { root, textOf } from '#tests/house/sourceFiles.ts'
import { eventually } from '#tests/support/eventually.ts'

/** The real file, far from any checkout: a folder of its own with nothing beside it. */
let hall: Hall
let built: string
let empty: string
let agentFile: string
let config: string

beforeAll(async () => {
  hall = await openHall()
  built = join(hall.folder, 'built')
  empty = join(hall.folder, 'empty')
  agentFile = join(empty, 'agent.mjs')
  await writeDeployables(root, built)
  mkdirSync(empty)
  copyFileSync(join(built, 'agent.mjs'), agentFile)
  config = hall.writeConfig('agent.json')
}, 120_000)
afterAll(() => hall?.close(), 30_000)

/** The default site, whose fallback is proven to be safe. */
function smallConfig(): string {
  const small = resolveSite('small', { designWetBulbC: 25 })
  const field = { kind: 'mqtt', url: 'mqtt://127.0.0.1:1884' }
  const sources = [
    ...small.opcuaServers.map(({ id }) => ({
      id,
      kind: 'opcua',
      endpoint: 'opc.tcp://127.0.0.1:4840',
      server: id,
    })),
    { id: 'bms', ...field, profile: 'dsx' },
    { id: 'trays', ...field, profile: 'topics' },
  ]
  return hall.writeConfig('small.json', { site: small, sources })
}

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }
const ran = (args: readonly string[], flags: readonly string[] = nodeFlags): Promise<Ended> =>
  new Promise(resolve =>
    execFile(
      process.execPath,
      [...flags, agentFile, ...args],
      { cwd: empty, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    ),
  )

/** Whatever a test that failed left running. */
const running = new Set<Running>()
afterEach(() => {
  for (const { child } of running) child.kill('SIGKILL')
  running.clear()
})
function started(environment: object = {}): Running {
  const run = startAgent(agentFile, { config, cwd: empty, environment })
  running.add(run)
  return run
}

describe('the file', () => {
  test('stands alone, with version and commit, and its licences', async () => {
    expect(readdirSync(empty)).toEqual(['agent.mjs'])
    const { version, engines } = JSON.parse(textOf('package.json'))
    const { commit } = stampOf(root)
    expect(await ran(['--version'])).toEqual({
      code: 0,
      stdout: `coldloop agent ${version}, commit ${commit}, wants Node ${engines.node}, runs on ${process.version}\n`,
      stderr: '',
    })
    const licences = readFileSync(join(built, 'LICENSES.txt'), 'utf8')
    for (const name of ['node-opcua-client', 'mqtt', 'pino', 'typebox', 'yaml', 'prom-client', 'pbf'])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'))
    const parts = JSON.parse(readFileSync(join(built, 'agent.cdx.json'), 'utf8'))
      .components as ReadonlyArray<{
      purl: string
    }>
    const heads = [...licences.matchAll(/^(\S+) (\d\S*)\nlicence: /gm)]
    expect(parts.map(part => part.purl)).toEqual(
      heads.map(([, name, of]) => `pkg:npm/${name?.replace('@', '%40')}@${of}`),
    )
    expect(readdirSync(built)).toEqual(
      expect.arrayContaining(['coldloop-agent.service', 'Containerfile.agent']),
    )
  })

  test('comes out the same to the byte when it is built again', async () => {
    const again = await bundleAgent(root, stampOf(root))
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    expect(hash(again.code)).toBe(hash(readFileSync(agentFile, 'utf8')))
    expect(hash(again.map)).toBe(hash(readFileSync(join(built, 'agent.mjs.map'), 'utf8')))
  })

  test('an old Node is told so in one sentence', async () => {
    const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'22.9.0'}})"
    const { code, stdout, stderr } = await ran(['--version'], ['--import', old])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^the Coldloop agent needs Node \d+\.\d+ or later and this is v[^\n]+\n$/)
  })
})

describe('what an installer asks of it', () => {
  test('--check: a sound configuration is accepted, a contradictory and a broken one are not', async () => {
    const good = await ran(['--config', smallConfig(), '--check'])
    expect(good).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^ok: agent agent-1 /) })
    const twice = hall.writeConfig('twice.json', { uplink: { url: hall.devices.fieldBroker } })
    expect(await ran(['--config', twice, '--check'])).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^uplink\.url = ".*" is also the field broker/),
    })
    const strange = hall.writeConfig('strange.json', { cyclesMs: 5 })
    expect(await ran(['--config', strange, '--check'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${strange}: unknown key "cyclesMs"\n`,
    })
  })

  test('--browse: what a device offers', async () => {
    const { code, stdout } = await ran(['--browse', hall.devices.opcua['opc-1'] as string])
    expect(code).toBe(0)
    expect(stdout).toContain('cdu-1.supplyTemperature')
  })
})

describe('beside a plant', () => {
  test('samples arrive; a kill loses nothing that was accepted; the second life goes on', async () => {
    const first = started()
    const before = await healthWhen(
      hall,
      first,
      'all sources live and samples on disk',
      now => isLive(now) && now.outbox.accepted > 20,
    )
    expect(before.outbox).toMatchObject({ durability: 'disk', dropped: 0, quarantined: 0, acknowledged: 0 })
    hall.plant.set('cdu-1.supplyTemperature', 33)
    const more = await healthWhen(
      hall,
      first,
      'a changed value',
      now => now.outbox.accepted > before.outbox.accepted,
    )
    const diagnosed = await ran(['--config', config, '--diagnose'])
    expect(JSON.parse(diagnosed.stdout)).toMatchObject({
      check: { complaints: [] },
      health: { id: 'agent-1', outbox: { durability: 'disk' } },
    })
    expect(diagnosed.stdout).not.toContain('Zq-uplink-9x')
    first.child.kill('SIGKILL')
    await first.ended

    // Its file is counted where it lies, by the same bundle, without the agent.
    const out = join(hall.folder, 'support.json')
    expect(await ran(['--config', config, '--diagnose', '--out', out])).toMatchObject({
      code: 0,
      stderr: '',
    })
    const dead = JSON.parse(readFileSync(out, 'utf8'))
    expect(dead.health).toMatchObject({ missing: expect.any(String) })
    expect(dead.outbox.accepted).toBeGreaterThanOrEqual(more.outbox.accepted)
    expect(dead.outbox.queued).toBe(dead.outbox.accepted)

    const second = started()
    const after = await healthWhen(hall, second, 'the second life', isLive)
    expect(after.outbox.accepted).toBeGreaterThanOrEqual(dead.outbox.accepted)
    expect(after.outbox.queued).toBe(after.outbox.accepted)
    second.child.kill('SIGTERM')
    await second.ended
    expect(second.child.exitCode).toBe(0)
    const stopped = await ran(['--config', config, '--diagnose'])
    expect(JSON.parse(stopped.stdout)).toMatchObject({ control: { modes: { 'cdu-1': 'advise' } } })
    expect(existsSync(join(empty, 'data'))).toBe(false)
  }, 60_000)
})

const without = missingForNotify.length === 0 ? '' : ` (skipped: no ${missingForNotify.join(', ')})`
describe.skipIf(missingForNotify.length > 0)(`under a service manager${without}`, () => {
  let socket: NotifySocket
  beforeAll(async () => {
    socket = await notifySocket(hall.folder)
  })
  afterAll(() => socket.close())

  test('it says when it is ready, that it works, and when it goes', async () => {
    const run = started({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '800000' })
    await eventually(
      'two signs of life',
      () => socket.heard.filter(word => word === 'WATCHDOG=1').length >= 2,
    )
    run.child.kill('SIGTERM')
    await run.ended
    expect(socket.heard[0]).toBe('READY=1\nSTATUS=agent agent-1 of site test-hall')
    await eventually('the goodbye', () => socket.heard.includes('STOPPING=1'))
  }, 60_000)
})
