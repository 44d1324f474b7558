import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { EdgeConfig, EdgeOrder, EdgeWord } from '#commands/chaos/edge.ts'
import { type Kept, keepProcess } from '#commands/chaos/kept.ts'
import type { Target, WireName } from '#commands/chaos/plan.ts'
import { openSmallDisk, type SmallDisk } from '#commands/chaos/smallDisk.ts'
import { createTold, type Told } from '#commands/chaos/told.ts'
import { openWire, type Wire } from '#commands/chaos/wire.ts'
import { leaseKeys, writeJson } from '#commands/start/folder.ts'
import { freePorts } from '#commands/start/ports.ts'
import { Failure } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'

/** The chain that a run torments, as processes of their own: agent, wire, broker, wire, hub. */
export type Chain = {
  readonly processes: Readonly<Record<Target, Kept>>
  readonly wires: Readonly<Record<WireName, Wire>>
  readonly disk: SmallDisk
  readonly brokerName: 'mosquitto' | 'aedes'
  readonly agentAddress: string
  readonly hubAddress: string
  /** The agent's folder, and the hub's store. */
  readonly agentFolder: string
  readonly storePath: string
  /** What the agent has said to be durable. */
  readonly told: Told
  order(order: EdgeOrder): void
  close(): Promise<void>
}

export const agentId = 'agent-1'
export const valuesPerSecond = 1_000
const readyMsMax = 60_000
const lookEveryMs = 25
const mosquittoPaths = [
  '/usr/sbin/mosquitto',
  '/usr/bin/mosquitto',
  '/usr/local/sbin/mosquitto',
  '/opt/homebrew/sbin/mosquitto',
]
const root = join(import.meta.dirname, '../..')
const node = ['--disable-warning=ExperimentalWarning']

export async function startChain(folder: string, site: Site): Promise<Chain> {
  const [brokerPort, hubPort, healthPort] = (await freePorts(3)) as [number, number, number]
  const sitePath = join(folder, 'site.json')
  writeJson(sitePath, site)
  const { broker, brokerName } = brokerProcess(folder, brokerPort)
  await broker.start()
  const wires = { agent: await openWire(brokerPort), hub: await openWire(brokerPort) }
  const hub = hubProcess(folder, { sitePath, url: wires.hub.url, port: hubPort })
  await hub.start()
  const disk = openSmallDisk(join(folder, 'disk'))
  const agentFolder = join(disk.folder, 'agent')
  mkdirSync(agentFolder)
  const edgePath = join(folder, 'edge.json')
  let config: EdgeConfig = {
    agent: agentId,
    dataDir: agentFolder,
    sitePath,
    url: wires.agent.url,
    healthPort,
    valuesPerSecond,
    wallOffsetMs: 0,
  }
  writeJson(edgePath, config)
  let isUp = false
  const told = createTold()
  const agent = keepProcess({
    name: 'agent',
    command: process.execPath,
    args: () => {
      isUp = false
      return [...node, join(import.meta.dirname, 'edge.ts'), edgePath]
    },
    cwd: root,
    logPath: join(folder, 'agent.log'),
    onLine(line) {
      const word = JSON.parse(line) as EdgeWord
      isUp ||= word.ready !== undefined
      told.hear(word)
    },
    isReady: lives => becomes('the agent is up', () => isUp || !lives()),
  })
  await agent.start()
  return {
    processes: { agent, hub, broker },
    wires,
    disk,
    brokerName,
    agentAddress: `http://127.0.0.1:${healthPort}`,
    hubAddress: `http://127.0.0.1:${hubPort}`,
    agentFolder,
    storePath: join(folder, 'hub', 'store.duckdb'),
    told,
    order(order) {
      config = { ...config, wallOffsetMs: order.wallOffsetMs ?? config.wallOffsetMs }
      // For its next life too.
      writeJson(edgePath, config)
      agent.tell(JSON.stringify(order))
    },
    async close() {
      for (const kept of [agent, hub, broker]) await kept.kill()
      for (const wire of Object.values(wires)) await wire.close()
      disk.close()
    },
  }
}

function brokerProcess(folder: string, port: number): { broker: Kept; brokerName: Chain['brokerName'] } {
  const mosquitto = mosquittoPaths.find(path => existsSync(path))
  const configPath = join(folder, mosquitto ? 'mosquitto.conf' : 'broker.json')
  if (mosquitto)
    writeFileSync(configPath, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`)
  else writeJson(configPath, { port })
  const broker = keepProcess({
    name: 'broker',
    command: mosquitto ?? process.execPath,
    args: () =>
      mosquitto
        ? ['-c', configPath]
        : [...node, join(root, 'commands/broker.ts'), '--config', configPath, '--child'],
    cwd: root,
    logPath: join(folder, 'broker.log'),
    endsBySignal: true,
    isReady: lives => becomes('the broker listens', async () => !lives() || (await isListening(port))),
  })
  return { broker, brokerName: mosquitto ? 'mosquitto' : 'aedes' }
}

function hubProcess(folder: string, at: { sitePath: string; url: string; port: number }): Kept {
  const keys = leaseKeys(folder)
  const configPath = join(folder, 'hub.json')
  writeJson(configPath, {
    sitePath: at.sitePath,
    dataDir: 'hub',
    uplink: { url: at.url },
    http: { port: at.port },
    planning: { enabled: false },
    leaseKey: { keyId: keys.keyId, privateKeyPath: keys.privateKeyPath },
  })
  writeFileSync(join(folder, 'hub.log'), '')
  let isUp = false
  return keepProcess({
    name: 'hub',
    command: process.execPath,
    args: () => {
      isUp = false
      return [...node, join(root, 'hub/main.ts'), '--config', configPath, '--child']
    },
    cwd: root,
    logPath: join(folder, 'hub.log'),
    onLine: line => {
      isUp ||= line.startsWith('{')
    },
    isReady: lives => becomes('the hub is up', () => isUp || !lives()),
  })
}

/** Waits for a fact; CHILD_FAILED by name when it does not come about. */
export async function becomes(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limitMs = readyMsMax,
): Promise<void> {
  const endsMs = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > endsMs)
      throw new Failure('CHILD_FAILED', `waited ${limitMs / 1_000} s for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

const isListening = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
