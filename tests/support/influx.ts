import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#tests/support/freePort.ts'

/** Whether an InfluxDB server stands on this machine: tests of it are skipped by name where not. */
export const influxdFound = ['influxd', '/usr/sbin/influxd', '/usr/bin/influxd'].find(
  path => spawnSync(path, ['version']).status === 0,
)

export type RealInflux = {
  readonly url: string
  readonly port: number
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** A real influxd on free ports, with a configuration and a data folder of its own that go with it. */
export async function startInflux(): Promise<RealInflux> {
  if (!influxdFound) throw new Error('no influxd on this machine')
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-influx-'))
  const [port, rpcPort] = [await freePort(), await freePort()]
  const config = join(folder, 'influxdb.conf')
  writeFileSync(
    config,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[monitor]
  store-enabled = false
`,
  )
  const url = `http://127.0.0.1:${port}`
  let child: ReturnType<typeof spawn> | undefined
  const start = async () => {
    child = spawn(influxdFound as string, ['-config', config], { stdio: 'ignore' })
    await answers(`${url}/ping`)
  }
  const kill = async () => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null) return
    const gone = new Promise(resolve => running.once('exit', resolve))
    running.kill('SIGKILL')
    await gone
  }
  const killWithParent = () => child?.kill('SIGKILL')
  process.on('exit', killWithParent)
  await start()
  return {
    url,
    port,
    start,
    kill,
    close: async () => {
      await kill()
      process.off('exit', killWithParent)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(url: string): Promise<void> {
  // 15 s: on two busy cores a cold start takes up to 3 s.
  const until = performance.now() + 15_000
  for (;;) {
    const response = await fetch(url).catch(cause => {
      if (performance.now() > until) throw new Error(`${url} did not answer in 15 s`, { cause })
      return undefined
    })
    if (response?.ok) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
