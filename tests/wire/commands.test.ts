import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-commands-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const configFile = (name: string, config: object): string => {
  const path = join(folder, `${name}.json`)
  writeFileSync(path, JSON.stringify(config))
  return path
}

/** Starts a command as a child; its standard input ends as soon as it has said that it is ready. */
function run(
  script: string,
  args: readonly string[],
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args])
  let out = ''
  let err = ''
  child.stdout.on('data', part => {
    out += part
    if (out.includes('\n')) child.stdin.end()
  })
  child.stderr.on('data', part => {
    err += part
  })
  return new Promise(resolve => child.on('exit', code => resolve({ code, out, err })))
}

test('the devices of the small site start as a child, say one line, and end with their parent', async () => {
  const config = configFile('simulator', { site: 'small', dataDir: join(folder, 'data') })
  const { code, out, err } = await run('commands/simulate.ts', ['--config', config, '--child'])
  expect([code, err]).toEqual([0, ''])
  const lines = out.trim().split('\n')
  expect(lines).toHaveLength(1)
  const ready = JSON.parse(lines[0] ?? '')
  expect(ready.ready).toBe(true)
  expect(Object.keys(ready.opcua)).toEqual(['opc-cdu-1', 'opc-cdu-2', 'opc-cdu-3', 'opc-cdu-4', 'opc-plant'])
  expect(ready.fieldBroker).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/)
  // Two seconds on a quiet machine; a busy one loads five address spaces slowly.
}, 90_000)

test('the broker starts as a child and ends with its parent', async () => {
  const { code, out } = await run('commands/broker.ts', ['--config', configFile('broker', {}), '--child'])
  expect([code, JSON.parse(out).ready]).toEqual([0, true])
})

test('bad input is one sentence and exit 2', async () => {
  const hog = createServer()
  await new Promise<void>(resolve => hog.listen(0, '127.0.0.1', resolve))
  const { port } = hog.address() as { port: number }
  const cases: Array<[string, string[], RegExp]> = [
    ['commands/simulate.ts', ['--site', 'atlantis'], /no site "atlantis"/],
    ['commands/simulate.ts', ['--speed', 'fast'], /--speed fast/],
    [
      'commands/simulate.ts',
      ['--config', configFile('stranger', { site: 'small', dataDir: folder, fieldPort: 1 })],
      /"fieldPort"/,
    ],
    ['commands/broker.ts', ['--config', configFile('taken', { port })], /another process listens there/],
    // Where no folder can be made, Node's own recursive way would try for ever.
    ...(process.platform === 'linux'
      ? ([
          ['commands/dashboards.ts', ['--out', '/proc/nowhere/grafana'], /--out \/proc\/nowhere\/grafana/],
          ['commands/start.ts', ['--port', '0', '--data', '/proc/nowhere'], /--data \/proc\/nowhere/],
        ] satisfies Array<[string, string[], RegExp]>)
      : []),
  ]
  for (const [script, args, sentence] of cases) {
    const { code, out, err } = await run(script, args)
    expect([args, code, out]).toEqual([args, 2, ''])
    expect(err).toMatch(sentence)
    expect(err.trim().split('\n')).toHaveLength(1)
  }
  hog.close()
})
