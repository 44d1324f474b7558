import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkReport } from '#agent/config/check.ts'
import { type AgentConfig, agentConfig } from '#agent/config/config.ts'
import { openSources } from '#agent/sources/open.ts'
import type { Source } from '#agent/sources/source.ts'
import { type Clock, systemClock } from '#contract/clock.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { type Simulator, startSimulator } from '#simulators/wire/simulator.ts'
import { ear } from '#tests/sources/support/ear.ts'
import { noon, tinyPlant } from '#tests/wire/tinyPlant.ts'

/** The whole small site on the wire, as the agent of `npm start` finds it: five OPC UA servers, DSX, trays. */
const site = resolveSite('small', { designWetBulbC: 25 })
const plant = tinyPlant(site)
const folder = mkdtempSync(join(tmpdir(), 'coldloop-site-'))
const begun = performance.now()
const clock: Clock = { ...systemClock(), siteNow: () => Math.floor(noon + (performance.now() - begun)) }
const log = pino({ level: 'silent' })
const hearing = ear()
let devices: Simulator
let sources: readonly Source[] = []
let config: AgentConfig

beforeAll(async () => {
  devices = await startSimulator({ plant, clock, dataDir: folder, log })
  config = agentConfig(
    {
      id: 'agent-1',
      site,
      dataDir: join(folder, 'agent'),
      uplink: { url: 'mqtt://127.0.0.1:1' },
      sources: [
        ...Object.entries(devices.opcua).map(([server, endpoint]) => ({
          id: server,
          kind: 'opcua',
          endpoint,
          server,
          simulated: true,
        })),
        { id: 'bms', kind: 'mqtt', url: devices.fieldBroker, profile: 'dsx', simulated: true },
        { id: 'trays', kind: 'mqtt', url: devices.fieldBroker, profile: 'topics', simulated: true },
      ],
    },
    'test',
    folder,
  )
  sources = openSources({ config, clock, listener: hearing, log })
}, 60_000)
afterAll(async () => {
  await Promise.all(sources.map(source => source.close()))
  await devices?.close()
  rmSync(folder, { recursive: true, force: true })
}, 30_000)

test('every device of the site is seen, signed and encrypted, without a missing address', async () => {
  expect(checkReport(config)).toEqual([])
  for (const _ of config.sources) await hearing.turns('live')
  expect(sources.map(source => [source.id, source.state, source.counters().missingAddresses])).toEqual(
    config.sources.map(({ id }) => [id, 'live', 0]),
  )
  const seen = new Set(
    hearing.heard.filter(sample => sample.quality === 'good').map(sample => sample.equipment),
  )
  const pushed = site.equipment.filter(item => item.via === 'opcua').map(item => item.id)
  expect(pushed.filter(id => !seen.has(id))).toEqual([])
}, 30_000)

test('no reading comes twice for one point and instant', async () => {
  const keys = hearing.heard.map(sample => `${sample.equipment}.${sample.point}@${sample.at}`)
  expect(keys.length - new Set(keys).size).toBe(0)
})

test('a setpoint reaches the device and is read back; water in a pan is heard while telemetry flows', async () => {
  const cdu = sources.find(source => source.equipment.has('cdu-2'))
  expect(await cdu?.write([{ equipment: 'cdu-2', point: 'supplyTemperatureSp', value: 31 }])).toEqual([
    { taken: true },
  ])
  await hearing.sample(
    sample => sample.equipment === 'cdu-2' && sample.point === 'supplyTemperatureSp' && sample.value === 31,
    'the setpoint read back',
  )
  plant.set('cdu-3.leak', 1)
  await hearing.sample(
    sample => sample.equipment === 'cdu-3' && sample.point === 'leak' && sample.value === 1,
    'water in the pan of CDU-3',
  )
  plant.set('B2-t05.leak', 1)
  await hearing.sample(sample => sample.equipment === 'B2-t05' && sample.value === 1, 'water in a tray')
})
