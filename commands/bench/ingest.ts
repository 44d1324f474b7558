import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type Published, publishFor } from '#commands/bench/publisher.ts'
import { startChild } from '#commands/start/children.ts'
import { getJson } from '#commands/start/drain.ts'
import { leaseKeys, writeJson } from '#commands/start/folder.ts'
import { freePorts } from '#commands/start/ports.ts'
import type { StatisticsView } from '#contract/api.ts'
import { Failure } from '#contract/failure.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

const found = (...paths: string[]): string | undefined => paths.find(path => existsSync(path))

const influxdPaths = ['/usr/bin/influxd', '/usr/sbin/influxd']

type Figure = {
  readonly what: string
  readonly store: string
  readonly broker: string
  readonly valuesPerSecond: number
  readonly values: number
  readonly stored: number
  readonly seconds: number
  /** Of the consumer alone: the hub with everything it does, or the script. */
  readonly cpuSecondsPerMillionValues: number
  readonly acknowledged: 'after commit' | 'unproven'
}

/** MQTT → hub → store with broker, publisher, hub and database on this machine; a value counts once it is acknowledged. */
export async function benchIngest({
  seconds,
}: {
  seconds: number
}): Promise<{ machine: object; figures: readonly Figure[]; ratios: Readonly<Record<string, number>> }> {
  const machine = { cores: cpus().length, model: cpus()[0]?.model, node: process.version }
  const duckdb = await measure({ seconds, store: 'duckdb' })
  if (!found(...influxdPaths)) return { machine, figures: [duckdb], ratios: {} }
  const influx = await measure({ seconds, store: 'influx' })
  const plain = await measurePlain({ seconds })
  const to = (one: Figure, other: Figure) => Number((one.valuesPerSecond / other.valuesPerSecond).toFixed(2))
  return {
    machine,
    figures: [duckdb, influx, plain],
    ratios: { 'influx / plain script': to(influx, plain), 'duckdb / plain script': to(duckdb, plain) },
  }
}

async function measure(options: { seconds: number; store: 'duckdb' | 'influx' }): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-bench-'))
  const servers: ChildProcess[] = []
  const stops: Array<() => Promise<void>> = []
  try {
    const [brokerPort, httpPort, influxPort, influxRpcPort] = (await freePorts(4)) as [
      number,
      number,
      number,
      number,
    ]
    const broker = await startBroker(folder, brokerPort, servers, stops)
    const influx =
      options.store === 'influx' ? await startInflux(folder, influxPort, influxRpcPort, servers) : undefined
    const site = resolveSite('small', openWeather('builtin:chicago', 1))
    const keys = leaseKeys(folder)
    writeJson(join(folder, 'site.json'), site)
    writeJson(join(folder, 'hub.json'), {
      sitePath: 'site.json',
      dataDir: 'hub',
      uplink: { url: `mqtt://127.0.0.1:${brokerPort}` },
      http: { port: httpPort },
      planning: { enabled: false },
      store: influx ? { kind: 'influx', url: influx } : { kind: 'duckdb' },
      leaseKey: { keyId: keys.keyId, privateKeyPath: keys.privateKeyPath },
    })
    const hub = startChild(
      { name: 'hub', script: 'hub/main.ts', config: join(folder, 'hub.json') },
      { onExit: (name, why) => process.stderr.write(`${name} ended: ${why}\n`), onPid: () => undefined },
    )
    stops.push(hub.stop)
    await hub.ready
    const address = `http://127.0.0.1:${httpPort}`
    const cpuBefore = await cpuSeconds(address)
    const published = await publishFor({
      url: `mqtt://127.0.0.1:${brokerPort}`,
      site,
      agent: 'agent-1',
      seconds: options.seconds,
    })
    const cpu = (await cpuSeconds(address)) - cpuBefore
    const { samples } = await getJson<StatisticsView>(`${address}/api/v1/statistics?fresh=true`, 120_000)
    return {
      what: 'hub',
      store: options.store,
      broker,
      acknowledged: 'after commit',
      ...figures({ published, stored: samples.stored, cpu }),
    }
  } finally {
    for (const stop of stops.reverse()) await stop()
    for (const server of servers) server.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const figures = ({ published, stored, cpu }: { published: Published; stored: number; cpu: number }) => ({
  valuesPerSecond: Math.round(published.values / published.seconds),
  values: published.values,
  stored,
  seconds: Number(published.seconds.toFixed(2)),
  cpuSecondsPerMillionValues: Number(((cpu * 1e6) / published.values).toFixed(3)),
})

/** The alternative, in the same run: a plain script between the same broker and the same database. */
async function measurePlain({ seconds }: { seconds: number }): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-bench-'))
  const servers: ChildProcess[] = []
  const stops: Array<() => Promise<void>> = []
  try {
    const [brokerPort, influxPort, influxRpcPort] = (await freePorts(3)) as [number, number, number]
    const url = `mqtt://127.0.0.1:${brokerPort}`
    const broker = await startBroker(folder, brokerPort, servers, stops)
    const influx = await startInflux(folder, influxPort, influxRpcPort, servers)
    const script = spawn(process.execPath, [join(import.meta.dirname, 'plainScript.ts'), url, influx], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    servers.push(script)
    const lines = createInterface({ input: script.stdout as Readable })[Symbol.asyncIterator]()
    await lines.next()
    const site = resolveSite('small', openWeather('builtin:chicago', 1))
    const published = await publishFor({ url, site, agent: 'agent-1', seconds })
    script.stdin?.end()
    const said = JSON.parse((await lines.next()).value as string) as { cpuSeconds: number }
    const stored = await valuesIn(influx, 'plain')
    return {
      what: 'plain script (mqtt + influx)',
      store: 'influx',
      broker,
      acknowledged: 'unproven',
      ...figures({ published, stored, cpu: said.cpuSeconds }),
    }
  } finally {
    for (const stop of stops.reverse()) await stop()
    for (const server of servers) server.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Every field of every row, counted by the database itself. */
async function valuesIn(influx: string, database: string): Promise<number> {
  const answer = await fetch(`${influx}/query`, {
    method: 'POST',
    body: new URLSearchParams({ db: database, q: 'SELECT count(*) FROM /.*/' }),
  })
  const { results } = (await answer.json()) as { results: Array<{ series?: Array<{ values: number[][] }> }> }
  return (results[0]?.series ?? [])
    .flatMap(({ values }) => values[0]?.slice(1) ?? [])
    .reduce((a, b) => a + b, 0)
}

async function startBroker(
  folder: string,
  port: number,
  servers: ChildProcess[],
  stops: Array<() => Promise<void>>,
): Promise<string> {
  const mosquitto = found('/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto')
  if (mosquitto) {
    const path = join(folder, 'mosquitto.conf')
    writeFileSync(
      path,
      `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\nset_tcp_nodelay true\n`,
    )
    servers.push(spawn(mosquitto, ['-c', path], { stdio: 'ignore' }))
    await new Promise(resolve => setTimeout(resolve, 500))
    return 'mosquitto'
  }
  writeJson(join(folder, 'broker.json'), { port })
  const broker = startChild(
    { name: 'broker', script: 'commands/broker.ts', config: join(folder, 'broker.json') },
    { onExit: () => undefined, onPid: () => undefined },
  )
  stops.push(broker.stop)
  await broker.ready
  return 'embedded'
}

async function startInflux(
  folder: string,
  port: number,
  rpcPort: number,
  servers: ChildProcess[],
): Promise<string> {
  const data = join(folder, 'influx')
  mkdirSync(data)
  const path = join(folder, 'influx.conf')
  writeFileSync(
    path,
    `reporting-disabled = true\nbind-address = "127.0.0.1:${rpcPort}"\n[meta]\ndir = "${data}/meta"\n[data]\ndir = "${data}/data"\nwal-dir = "${data}/wal"\nquery-log-enabled = false\n[http]\nbind-address = "127.0.0.1:${port}"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n`,
  )
  servers.push(spawn(found(...influxdPaths) as string, ['-config', path], { stdio: 'ignore' }))
  const address = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 100; tries++) {
    if (await answers(`${address}/ping`)) return address
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Failure('STORE_UNREACHABLE', `InfluxDB did not answer at ${address} within 10 s`)
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch (error) {
    // Nobody listens yet; anything else is a defect of ours.
    if (error instanceof TypeError) return false
    throw error
  }
}

async function cpuSeconds(address: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text()
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1] ?? Number.NaN)
}
