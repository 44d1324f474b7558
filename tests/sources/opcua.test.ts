import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StatusCodes } from 'node-opcua-status-code'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { agentConfig } from '#agent/config/config.ts'
import { openSources } from '#agent/sources/open.ts'
import type { Source } from '#agent/sources/source.ts'
import { systemClock } from '#contract/clock.ts'
import { type Ear, ear } from '#tests/sources/support/ear.ts'
import { type OpcuaDevice, startOpcuaDevice } from '#tests/sources/support/opcuaDevice.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })
const tenAm = Date.now() - 3_600_000

const variables = {
  'cdu-1.supplyTemperature': { value: 32.4, at: tenAm, unit: '°C' },
  'cdu-1.flow': { value: 410, at: tenAm },
  'cdu-1.leak': { value: 0, type: 'Int32', at: tenAm },
  'cdu-1.pumpRun': { value: true, type: 'Boolean', at: tenAm, writable: true },
  'cdu-1.supplyTemperatureSp': { value: 32, at: tenAm, writable: true },
  'cdu-1.differentialPressureSp': { value: 120, at: tenAm },
} as const

describe('a CDU that speaks OPC UA', () => {
  let folder: string
  let device: OpcuaDevice | undefined
  let sources: readonly Source[] = []
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'coldloop-opcua-'))
  })
  afterEach(async () => {
    await Promise.all(sources.map(source => source.close()))
    sources = []
    await device?.stop()
    device = undefined
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const openAt = (endpoint: string, hearing: Ear, more: object = {}): Source => {
    const config = agentConfig(
      {
        id: 'agent-1',
        site,
        dataDir: join(folder, 'agent'),
        uplink: { url: 'mqtt://127.0.0.1:1' },
        sources: [
          {
            id: 'cdus',
            kind: 'opcua',
            endpoint,
            server: 'opc-1',
            equipment: ['cdu-1'],
            simulated: true,
            securityMode: 'None',
            publishingIntervalMs: 50,
            ...more,
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
    if (!source) throw new Error('no source')
    return source
  }

  test('what it holds is read once, with its own time, and changes follow', async () => {
    device = await startOpcuaDevice({ folder, variables })
    const hearing = ear()
    openAt(device.endpoint, hearing)
    await hearing.turns('live')
    expect(hearing.of('cdu-1', 'supplyTemperature')).toEqual([
      { equipment: 'cdu-1', point: 'supplyTemperature', value: 32.4, quality: 'good', at: tenAm },
    ])
    expect(hearing.of('cdu-1', 'pumpRun')).toMatchObject([{ value: 1, quality: 'good' }])
    device.set('cdu-1.leak', { value: 1, type: 'Int32' })
    await hearing.sample(sample => sample.point === 'leak' && sample.value === 1, 'water in the drip pan')
    expect(hearing.of('cdu-1', 'supplyTemperature')).toHaveLength(1)
  })

  test('points that it does not have are bad and drop none of the others', async () => {
    device = await startOpcuaDevice({ folder, variables })
    const hearing = ear()
    const source = openAt(device.endpoint, hearing)
    await hearing.turns('live')
    expect(hearing.of('cdu-1', 'conductivity')).toMatchObject([
      { value: null, quality: 'bad', statusCode: StatusCodes.BadNodeIdUnknown.value },
    ])
    expect(hearing.of('cdu-1', 'flow')).toMatchObject([{ value: 410 }])
    expect(source.counters().missingAddresses).toBeGreaterThan(20)
  })

  test('a failed sensor has no value, and a doubtful one has a doubtful value', async () => {
    device = await startOpcuaDevice({ folder, variables })
    const hearing = ear()
    openAt(device.endpoint, hearing)
    await hearing.turns('live')
    device.set('cdu-1.flow', { value: 410, at: tenAm, status: StatusCodes.BadSensorFailure })
    const failed = await hearing.sample(
      sample => sample.point === 'flow' && sample.quality === 'bad',
      'a failed flow sensor',
    )
    expect(failed).toMatchObject({ value: null, statusCode: StatusCodes.BadSensorFailure.value })
    device.set('cdu-1.flow', { value: 405, status: StatusCodes.UncertainLastUsableValue })
    const doubtful = await hearing.sample(
      sample => sample.point === 'flow' && sample.value === 405,
      'a doubtful flow',
    )
    expect(doubtful.quality).toBe('uncertain')
    device.set('cdu-1.supplyTemperature', { value: 850 })
    const absurd = await hearing.sample(
      sample => sample.point === 'supplyTemperature' && sample.quality === 'bad',
      'a temperature beyond the instrument',
    )
    expect(absurd.value).toBeNull()
  })

  test('setpoints are written in the node’s own type, and a refusal is told', async () => {
    device = await startOpcuaDevice({ folder, variables })
    const hearing = ear()
    const source = openAt(device.endpoint, hearing)
    await hearing.turns('live')
    const results = await source.write([
      { equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 30.5 },
      { equipment: 'cdu-1', point: 'pumpRun', value: 0 },
      { equipment: 'cdu-1', point: 'differentialPressureSp', value: 90 },
      { equipment: 'cdu-1', point: 'flow', value: 1 },
      { equipment: 'cdu-1', point: 'supplyTemperatureSp', value: Number.NaN },
    ])
    expect(results.map(result => result.taken)).toEqual([true, true, false, false, false])
    expect(results[2]).toMatchObject({ because: expect.stringContaining('BadUserAccessDenied') })
    expect([device.held('cdu-1.supplyTemperatureSp'), device.held('cdu-1.pumpRun')]).toEqual([30.5, false])
  })

  test('it goes away and comes back: every point is stale once, then fresh', async () => {
    device = await startOpcuaDevice({ folder, variables })
    const { port } = device
    const hearing = ear()
    const source = openAt(device.endpoint, hearing)
    await hearing.turns('live')
    hearing.forget()
    await device.stop()
    await hearing.turns('lost')
    expect(hearing.of('cdu-1', 'supplyTemperature')).toMatchObject([{ value: null, quality: 'stale' }])
    expect(await source.write([{ equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 31 }])).toEqual([
      { taken: false, because: 'cdus is not connected' },
    ])
    device = await startOpcuaDevice({ folder, variables, port })
    await hearing.turns('live')
    const [stale, fresh, ...others] = hearing.of('cdu-1', 'supplyTemperature')
    expect(fresh).toMatchObject({ value: 32.4, quality: 'good' })
    // Its value did not change meanwhile; the store must see it after the gap, not at its old place before it.
    expect(fresh?.at).toBeGreaterThan(stale?.at ?? 0)
    expect(others).toEqual([])
    expect(source.counters()).toMatchObject({ losses: 1 })
  }, 20_000)

  test('signed and encrypted, with a key of the agent’s own that only it can read', async () => {
    device = await startOpcuaDevice({ folder, variables })
    const hearing = ear()
    openAt(device.endpoint, hearing, { securityMode: 'SignAndEncrypt' })
    await hearing.turns('live')
    expect(hearing.of('cdu-1', 'flow')).toMatchObject([{ value: 410 }])
    expect(statSync(join(folder, 'agent/pki-simulated/own/private/private_key.pem')).mode & 0o777).toBe(0o600)
  }, 20_000)
})
