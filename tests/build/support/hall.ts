import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Health } from '#agent/health/health.ts'
import { runClock } from '#contract/clockFile.ts'
import { startSimulator } from '#simulators/wire/simulator.ts'
import { eventually } from '#tests/support/eventually.ts'
import { freePort } from '#tests/support/freePort.ts'
import { json } from '#tests/support/runFile.ts'
import { testSite } from '#tests/support/siteOf.ts'
import { noon, tinyPlant } from '#tests/wire/tinyPlant.ts'

/** A small hall on loopback, and an agent file that is started beside it. */
export async function openHall() {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-hall-'))
  const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })
  const plant = tinyPlant(site)
  const clockFile = join(folder, 'clock.json')
  writeFileSync(clockFile, JSON.stringify({ startAt: noon, speed: 1, anchorAt: Date.now() }))
  const devices = await startSimulator({
    plant,
    clock: runClock(clockFile, path => readFileSync(path, 'utf8')),
    dataDir: join(folder, 'field'),
    log: pino({ level: 'silent' }),
  })
  const healthPort = await freePort()

  /** An agent of this hall that finds no uplink broker: whatever it sees waits in its outbox. */
  function writeConfig(name: string, changes: object = {}): string {
    const path = join(folder, name)
    const config = {
      id: 'agent-1',
      site,
      clock: 'clock.json',
      dataDir: 'data',
      cycleMs: 100,
      uplink: { url: 'mqtt://127.0.0.1:1', username: 'agent-1', password: 'Zq-uplink-9x' },
      sources: [
        { id: 'plc', kind: 'opcua', endpoint: devices.opcua['opc-1'], server: 'opc-1', simulated: true },
        { id: 'bms', kind: 'mqtt', url: devices.fieldBroker, profile: 'dsx', simulated: true },
        { id: 'trays', kind: 'mqtt', url: devices.fieldBroker, profile: 'topics', simulated: true },
      ],
      health: { port: healthPort },
      ...changes,
    }
    writeFileSync(path, JSON.stringify(config))
    return path
  }

  return {
    folder,
    plant,
    devices,
    healthPort,
    writeConfig,
    close: async () => {
      await devices.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type Hall = Awaited<ReturnType<typeof openHall>>

export const nodeFlags = ['--disable-warning=ExperimentalWarning']

export type Running = { readonly child: ChildProcess; said(): string; readonly ended: Promise<void> }

/** Starts `file` (the bundle or the sources) with a configuration, in a folder; killed with this process. */
export function startAgent(
  file: string,
  given: { readonly config: string; readonly cwd: string; readonly environment?: object },
): Running {
  const child = spawn(process.execPath, [...nodeFlags, file, '--config', given.config], {
    cwd: given.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...given.environment },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      said += String(chunk)
    })
  const killWithParent = () => child.kill('SIGKILL')
  process.once('exit', killWithParent)
  const ended = new Promise<void>(resolve =>
    child.once('close', () => {
      process.off('exit', killWithParent)
      resolve()
    }),
  )
  return { child, said: () => said, ended }
}

export const isReady = (run: Running): boolean => run.said().includes('"ready":true')

/** The agent's health once it is as asked. */
export const healthWhen = (
  hall: Hall,
  run: Running,
  what: string,
  is: (health: Health) => boolean,
): Promise<Health> =>
  eventually(what, async () => {
    if (run.child.exitCode !== null) throw new Error(`${what}: the agent ended and said: ${run.said()}`)
    if (!isReady(run)) return undefined
    const now = await json<Health>(`http://127.0.0.1:${hall.healthPort}/health`)
    return is(now) ? now : undefined
  })

export const isLive = (now: Health): boolean =>
  now.sources.length === 3 && now.sources.every(source => source.state === 'live')
