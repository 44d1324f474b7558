import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { agentConfig } from '#agent/config/config.ts'
import { openSources } from '#agent/sources/open.ts'
import type { Source } from '#agent/sources/source.ts'
import { systemClock } from '#contract/clock.ts'
import { type Ear, ear } from '#tests/sources/support/ear.ts'
import { type ModbusDevice, startModbusDevice } from '#tests/sources/support/modbusDevice.ts'
import { freePort } from '#tests/support/freePort.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })
/** A CDU as a maker would have it: temperatures in tenths, floats with the low word first, contacts as bits. */
const points = [
  {
    point: 'supplyTemperature',
    register: 'holding',
    address: 0,
    type: 'int16',
    scale: 0.1,
    invalid: [0x8000],
  },
  { point: 'returnTemperature', register: 'holding', address: 1, type: 'int16', scale: 0.1 },
  { point: 'flow', register: 'holding', address: 4, type: 'float32', order: 'CDAB' },
  { point: 'conductivity', register: 'holding', address: 8, type: 'uint16' },
  { point: 'staticPressure', register: 'input', address: 3, type: 'uint16', unit: 'bar', scale: 0.01 },
  { point: 'leak', register: 'discrete', address: 9 },
  { point: 'supplyTemperatureSp', register: 'holding', address: 20, type: 'uint16', scale: 0.1, write: true },
  { point: 'differentialPressureSp', register: 'holding', address: 22, type: 'float32', write: true },
  { point: 'pumpRun', register: 'coil', address: 2, write: true },
  { point: 'bypassValveOpen', register: 'coil', address: 4, write: { function: 15 } },
]

let folder: string
let map: string
let device: ModbusDevice | undefined
let sources: readonly Source[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-modbus-'))
  map = join(folder, 'cdu.modbus.yaml')
  writeFileSync(map, stringify({ points }))
})
afterEach(async () => {
  await Promise.all(sources.map(source => source.close()))
  sources = []
  await device?.close()
  device = undefined
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function openAt(port: number, hearing: Ear): Source {
  const config = agentConfig(
    {
      id: 'agent-1',
      site,
      dataDir: folder,
      uplink: { url: 'mqtt://127.0.0.1:1' },
      sources: [
        {
          ...{
            id: 'cdu',
            kind: 'modbus',
            host: '127.0.0.1',
            port,
            map,
            simulated: true,
            equipment: ['cdu-1'],
          },
          pollGroups: [
            { name: 'fast', everyMs: 50 },
            { name: 'normal', everyMs: 100 },
          ],
        },
      ],
    },
    'test',
    folder,
  )
  sources = openSources({
    config,
    clock: systemClock(),
    listener: hearing,
    log: pino({ level: 'silent' }),
    random: () => 0.1,
  })
  const [source] = sources
  if (!source) throw new Error('one source was asked for')
  return source
}

async function runningCdu(): Promise<ModbusDevice> {
  device = await startModbusDevice()
  device.bytes('holding', 0, '01 5E 01 C2')
  device.bytes('holding', 4, '80 00 43 CD')
  device.bytes('holding', 8, '06 D6')
  device.bytes('input', 3, '00 96')
  device.bytes('holding', 20, '01 68')
  device.bytes('holding', 22, '42 F0 00 00')
  device.bit('coils', 2, true)
  return device
}
const reads = (point: string, value: number) => (sample: { point: string; value: number | null }) =>
  sample.point === point && sample.value === value

test('a CDU is read in the units of the plant, with few requests', async () => {
  const cdu = await runningCdu()
  const hearing = ear()
  const source = openAt(cdu.port, hearing)
  await hearing.turns('live')
  for (const [point, value] of [
    ['supplyTemperature', 35],
    ['returnTemperature', 45],
    ['flow', 411],
    ['conductivity', 1_750],
    ['staticPressure', 150],
    ['leak', 0],
    ['supplyTemperatureSp', 36],
    ['differentialPressureSp', 120],
    ['pumpRun', 1],
  ] as const)
    expect(await hearing.sample(reads(point, value), `${point} = ${value}`)).toMatchObject({
      equipment: 'cdu-1',
      quality: 'good',
    })
  expect(new Set(cdu.reads)).toEqual(
    new Set(['holding 0+9', 'holding 20+4', 'input 3+1', 'discrete 9+1', 'coil 2+3']),
  )
  expect([cdu.connections(), source.counters().missingAddresses]).toEqual([1, 0])
})

test('a setpoint is written and read back; so are a float and a coil', async () => {
  const cdu = await runningCdu()
  const hearing = ear()
  const source = openAt(cdu.port, hearing)
  await hearing.turns('live')
  const said = await source.write([
    { equipment: 'cdu-1', point: 'pumpRun', value: 0 },
    { equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 31.5 },
    { equipment: 'cdu-1', point: 'differentialPressureSp', value: 96.5 },
    { equipment: 'cdu-1', point: 'bypassValveOpen', value: 1 },
    { equipment: 'cdu-1', point: 'flow', value: 300 },
    { equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 99 },
  ])
  expect(said).toEqual([
    { taken: true },
    { taken: true },
    { taken: true },
    { taken: true },
    { taken: false, because: 'cdu-1.flow is mapped for reading only' },
    { taken: false, because: '99 C is outside what the map allows, 15 to 60' },
  ])
  await hearing.sample(reads('supplyTemperatureSp', 31.5), 'the setpoint read back')
  await hearing.sample(reads('differentialPressureSp', 96.5), 'the pressure read back')
  await hearing.sample(reads('pumpRun', 0), 'the pump command read back')
  expect(cdu.writes).toEqual(['6 20 = 013b', '16 22 = 42c10000'])
  await hearing.sample(reads('bypassValveOpen', 1), 'the bypass read back')
  expect([cdu.coil(2), cdu.coil(3), cdu.coil(4)]).toEqual([false, false, true])
})

test('a device that clamps confirms the write, and its read-back tells', async () => {
  const cdu = await runningCdu()
  cdu.clamp(20, 400)
  const hearing = ear()
  const source = openAt(cdu.port, hearing)
  await hearing.turns('live')
  expect(await source.write([{ equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 44 }])).toEqual([
    { taken: true },
  ])
  await hearing.sample(reads('supplyTemperatureSp', 40), 'the clamped setpoint')
  expect(hearing.heard.some(reads('supplyTemperatureSp', 44))).toBe(false)
})

test('one register that the device does not have takes no neighbour with it, and is found when it comes', async () => {
  const cdu = await runningCdu()
  cdu.refuse(8, 2)
  const hearing = ear()
  const source = openAt(cdu.port, hearing)
  expect(
    await hearing.sample(sample => sample.point === 'conductivity', 'the point without a register'),
  ).toMatchObject({ value: null, quality: 'bad' })
  await hearing.sample(reads('supplyTemperature', 35), 'its neighbour')
  await hearing.sample(reads('flow', 411), 'its other neighbour')
  expect([source.state, source.counters().missingAddresses]).toEqual(['live', 1])
  expect(hearing.of('cdu-1', 'flow').every(sample => sample.quality === 'good')).toBe(true)
  cdu.accept(8)
  await hearing.sample(reads('conductivity', 1_750), 'the register after a download')
  cdu.reads.length = 0
  await expect.poll(() => cdu.reads.includes('holding 8+1'), { timeout: 10_000 }).toBe(true)
  expect(source.counters().missingAddresses).toBe(0)
}, 20_000)

test('a gap that may not be read is not read again', async () => {
  const cdu = await runningCdu()
  cdu.refuse(6, 2)
  const hearing = ear()
  const source = openAt(cdu.port, hearing)
  await hearing.sample(reads('conductivity', 1_750), 'what lies behind the gap')
  await hearing.sample(reads('flow', 411), 'what lies before it')
  expect(source.counters().missingAddresses).toBe(0)
  expect(hearing.heard.filter(sample => sample.quality === 'bad')).toEqual([])
})

test('a busy device is asked again, and what says "no value" is none', async () => {
  const cdu = await runningCdu()
  cdu.refuse(1, 6, 2)
  cdu.bytes('holding', 0, '80 00')
  const hearing = ear()
  openAt(cdu.port, hearing)
  await hearing.sample(reads('returnTemperature', 45), 'a value after two refusals')
  expect(hearing.of('cdu-1', 'returnTemperature')[0]).toMatchObject({ value: 45, quality: 'good' })
  expect(hearing.of('cdu-1', 'supplyTemperature')[0]).toMatchObject({ value: null, quality: 'bad' })
})

test('a device that is killed: stale once, nothing can be written; it returns: fresh', async () => {
  const cdu = await runningCdu()
  const hearing = ear()
  const source = openAt(cdu.port, hearing)
  await hearing.turns('live')
  await hearing.sample(reads('supplyTemperature', 35), 'a temperature')
  await cdu.close()
  await hearing.turns('lost')
  const qualities = hearing.of('cdu-1', 'supplyTemperature').map(sample => sample.quality)
  expect([qualities.at(0), qualities.at(-1), qualities.filter(one => one === 'stale').length]).toEqual([
    'good',
    'stale',
    1,
  ])
  expect(await source.write([{ equipment: 'cdu-1', point: 'pumpRun', value: 0 }])).toEqual([
    { taken: false, because: 'cdu is not connected' },
  ])
  hearing.forget()
  device = await startModbusDevice(cdu.port)
  device.bytes('holding', 0, '01 40')
  await hearing.turns('live')
  await hearing.sample(reads('supplyTemperature', 32), 'the temperature after the gap')
  expect(source.counters().losses).toBe(1)
}, 20_000)

test('a device that is not there yet is waited for', async () => {
  const port = await freePort()
  const hearing = ear()
  const source = openAt(port, hearing)
  await hearing.turns('lost')
  expect(hearing.states.at(-1)?.sentence).toMatch(/ECONNREFUSED/)
  device = await startModbusDevice(port)
  await hearing.turns('live')
  expect(source.counters().losses).toBe(0)
}, 20_000)
