import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AlarmView, EnergyView } from '#contract/api.ts'
import { eventually } from '#tests/support/eventually.ts'
import { influxdFound, startInflux } from '#tests/support/influx.ts'
import { json, post, runFileOf } from '#tests/support/runFile.ts'
import { start } from '#tests/support/started.ts'

let folder: string
let taken: Server
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-bad-'))
  taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await new Promise(resolve => taken.close(resolve))
})

function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Runs to its refusal; gives the one sentence. */
async function refusal(...args: string[]): Promise<string> {
  const run = start('--hours', '1', '--speed', '600', ...args)
  try {
    expect(await run.exit, run.said()).toBe(2)
    const lines = run.said().trim().split('\n')
    expect(lines, run.said()).toHaveLength(1)
    expect(run.said()).not.toMatch(/\n\s+at /)
    return lines[0] as string
  } finally {
    await run.stop()
  }
}

const epwHead = [
  'LOCATION,Test,IL,USA,TMY3,725300,41.98,-87.92,-6.0,201.0',
  'DESIGN CONDITIONS,0',
  'TYPICAL/EXTREME PERIODS,0',
  'GROUND TEMPERATURES,0',
  'HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0',
  'COMMENTS 1,',
  'COMMENTS 2,',
  'DATA PERIODS,1,1,Data,Sunday,1/1,12/31',
].join('\n')

describe('bad input costs one sentence and exit code 2', () => {
  test('an unknown site: names the known ones', async () => {
    expect(await refusal('--site', 'atlantis', '--port', '0')).toMatch(/atlantis.*small.*warm-water/)
  })
  test('a truncated weather file: names the file and where it ends', async () => {
    const path = fileOf(
      'short.epw',
      `${epwHead}\n1999,1,1,1,0,x,-2.0,-5.0,80,99000,0,0,0,0,0,0,0,0,0,0,0,200,3.0\n1999,1,1,2,0,x,-2.`,
    )
    expect(await refusal('--weather', path, '--port', '0')).toMatch(/short\.epw/)
  })
  test('text in a number column of a load: names line, column and value', async () => {
    const path = fileOf(
      'load.csv',
      'time_s,cdu01_W,cdu02_W,cdu03_W,cdu04_W\n0,1000,1000,1000,1000\n15,1000,many,1000,1000\n',
    )
    expect(await refusal('--load', path, '--port', '0')).toMatch(/load\.csv.*(3|line).*cdu02_W.*many/)
  })
  test('a port that is in use: names the port', async () => {
    const port = (taken.address() as { port: number }).port
    expect(await refusal('--port', String(port))).toMatch(new RegExp(`${port}.*in use`))
  })
  test('an InfluxDB that is not there: names its address', async () => {
    expect(await refusal('--store', 'influx', '--influx', 'http://127.0.0.1:9', '--port', '0')).toMatch(
      /127\.0\.0\.1:9/,
    )
  })
  test('numbers out of range and flags nobody knows', async () => {
    expect(await refusal('--speed', 'fast', '--port', '0')).toMatch(/--speed fast.*1 to 1000/)
    expect(await refusal('--seed', '-3')).toMatch(/--seed|seed/)
    expect(await refusal('--warp', '9')).toMatch(/warp/)
  })
  test('a site file with a bound above its maximum', async () => {
    const text = readFileSync(new URL('../../simulators/sites/small.yaml', import.meta.url), 'utf8').replace(
      /cduSupplyC:.*/,
      'cduSupplyC: { lowest: 50, highest: 45 }',
    )
    expect(await refusal('--site', fileOf('own.yaml', text), '--port', '0')).toMatch(
      /own\.yaml.*cduSupplyC.*50.*45/,
    )
  })
})

/** One agent by itself, to its end. */
function agentAlone(config: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['agent/main.ts', '--config', config], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said += String(chunk)))
  return new Promise(resolve => child.on('exit', code => resolve({ code, said })))
}

const alarmsOf = (console: string) => json<AlarmView[]>(`${console}api/v1/alarms`)
const titled = async (console: string, title: RegExp) =>
  (await alarmsOf(console)).find(alarm => title.test(alarm.title))

describe.concurrent('trouble of a running site is seen, and costs nothing', () => {
  test('an agent whose configuration has a bound above its maximum does not start; a meter that counts backwards is told, and its energy is integrated power with a note', async () => {
    const run = start('--hours', '3', '--speed', '300', '--seed', '11', '--port', '0')
    try {
      await run.console
      const addresses = runFileOf(run)
      const config = JSON.parse(readFileSync(join(run.folder, 'data', 'agent-1.json'), 'utf8'))
      const path = fileOf(
        'agent.json',
        JSON.stringify({ ...config, guard: { 'cdu.supplyTemperatureSp': { lowest: 50, highest: 45 } } }),
      )
      const { code, said } = await agentAlone(path)
      expect(code, said).toBe(2)
      expect(said.trim().split('\n')).toHaveLength(1)
      expect(said).toMatch(/agent\.json.*guard\.cdu\.supplyTemperatureSp.*50 C is above .*highest = 45 C/)

      // An hour of counting up first: a register at zero has nowhere to fall.
      await new Promise(resolve => setTimeout(resolve, 12_000))
      await post(`${addresses.faults}/faults`, { id: 'back', kind: 'meterBackwards', place: 'meter-it-1' })
      const alarm = await eventually('the meter is told of', () =>
        titled(addresses.console, /meter-it-1 counts backwards/),
      )
      expect(alarm.priority).toBe(3)
      expect(alarm.response).toMatch(/fell from [\d.]+ to [\d.]+ kWh/)
      const startAt = Date.UTC(2025, 6, 1)
      const meter = await eventually('the register is not used any more', async () => {
        const energy = await json<EnergyView>(
          `${addresses.console}api/v1/energy?from=${startAt}&to=${startAt + 3 * 3_600_000}`,
        )
        return energy.meters.find(one => one.id === 'meter-it-1' && one.method === 'integratedPower')
      })
      expect(meter.note).toMatch(/counts backwards/)
      expect(meter.kwh).toBeGreaterThan(0)
      expect(await run.exit, run.said()).toBe(0)
      const { samples, energy } = run.summary()
      expect(samples.stored).toBe(samples.accepted)
      expect(Math.abs(energy.itKwh / energy.truth.itKwh - 1)).toBeLessThan(0.01)
    } finally {
      await run.stop()
    }
  })

  test.skipIf(!influxdFound)(
    'an InfluxDB that goes away in the middle: an alarm while it is gone, and afterwards everything is stored (needs influxd)',
    async () => {
      const influx = await startInflux()
      const run = start(
        ...['--hours', '4', '--speed', '300', '--seed', '13', '--port', '0'],
        ...['--store', 'influx', '--influx', influx.url],
      )
      try {
        await run.console
        const { console } = runFileOf(run)
        await new Promise(resolve => setTimeout(resolve, 6_000))
        await influx.kill()
        const alarm = await eventually('the alarm is shown', () =>
          titled(console, /database takes no values/),
        )
        expect(alarm.priority).toBe(2)
        await new Promise(resolve => setTimeout(resolve, 5_000))
        await influx.start()
        await eventually('the alarm is over', async () => {
          const standing = await titled(console, /database takes no values/)
          return standing === undefined || standing.state === 'unackReturned'
        })
        expect(await run.exit, run.said()).toBe(0)
        const { samples } = run.summary()
        expect(samples.accepted).toBeGreaterThan(10_000)
        expect(samples.stored).toBe(samples.accepted)
        expect(samples.duplicates).toBe(0)
      } finally {
        await run.stop()
        await influx.close()
      }
    },
  )
})
