import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import {
  AttributeIds,
  type ClientSession,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from 'node-opcua-client'
import { StatusCodes } from 'node-opcua-status-code'
import { DataType } from 'node-opcua-variant'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '#contract/clock.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { opcuaNamespaceUri } from '#simulators/wire/opcuaServer.ts'
import { type Simulator, startSimulator } from '#simulators/wire/simulator.ts'
import { noon, tinyPlant } from '#tests/wire/tinyPlant.ts'

const site = resolveSite('small', { designWetBulbC: 25 })
const plant = tinyPlant(site)
const dataDir = mkdtempSync(join(tmpdir(), 'coldloop-wire-'))
const begun = performance.now()
/** Site time runs with the machine from noon on, until a test ends the day. */
let endedAt: number | undefined
const endAt = noon + 3_600_000
const machine = systemClock()
const clock: Clock = { ...machine, siteNow: () => endedAt ?? noon + (performance.now() - begun) }

let devices: Simulator
let opcua: OPCUAClient
let session: ClientSession
let field: MqttClient

/** Everything that the field broker has said so far, oldest first. */
const heard: Array<{
  topic: string
  message: { value: unknown; timestamp: number; quality: number } & Record<string, unknown>
  retain: boolean
}> = []

beforeAll(async () => {
  devices = await startSimulator({ plant, clock, endAt, dataDir, log: pino({ level: 'silent' }) })
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: join(dataDir, 'client'),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  })
  await clientCertificateManager.initialize()
  opcua = OPCUAClient.create({
    applicationName: 'independent',
    endpointMustExist: false,
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
    clientCertificateManager,
    connectionStrategy: { maxRetry: 1 },
  })
  const cdus = site.opcuaServers.find(server => server.cdus.includes(1))
  await opcua.connect(devices.opcua[cdus?.id ?? ''] ?? '')
  session = await opcua.createSession()
  field = await mqtt.connectAsync(devices.fieldBroker)
  field.on('message', (topic, payload, packet) =>
    heard.push({ topic, message: JSON.parse(payload.toString()), retain: packet.retain }),
  )
  await field.subscribeAsync('#')
}, 30_000)

afterAll(async () => {
  await session?.close()
  await opcua?.disconnect()
  await field?.endAsync()
  await devices?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const until = async <T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> => {
  for (const limit = performance.now() + 10_000; performance.now() < limit; ) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error(`waited 10 s for ${what}`)
}
const read = (node: string): Promise<DataValue> =>
  session.read({ nodeId: `ns=1;s=${node}`, attributeId: AttributeIds.Value }, 0)
const write = (node: string, value: number, dataType = DataType.Double) =>
  session.write({
    nodeId: `ns=1;s=${node}`,
    attributeId: AttributeIds.Value,
    value: { value: { dataType, value } },
  })
const request = (topic: string, value: number, retain = false) =>
  field.publishAsync(topic, JSON.stringify({ value, timestamp: clock.siteNow(), quality: 1 }), { retain })
const lastHeard = (topic: string) => heard.findLast(said => said.topic === topic)

describe('a CDU over OPC UA', () => {
  test('says its unit, range and purpose in our namespace', async () => {
    const namespaces = await session.readNamespaceArray()
    expect(namespaces[1]).toBe(opcuaNamespaceUri)
    const node = 'ns=1;s=cdu-1.supplyTemperature'
    const found = await session.browse({
      nodeId: node,
      referenceTypeId: 'HasProperty',
      includeSubtypes: true,
      resultMask: 63,
      nodeClassMask: 0,
      browseDirection: 0,
    })
    const property = (name: string) =>
      found.references?.find(reference => reference.browseName.name === name)?.nodeId ?? ''
    const unit = await session.read({ nodeId: property('EngineeringUnits'), attributeId: AttributeIds.Value })
    const range = await session.read({ nodeId: property('EURange'), attributeId: AttributeIds.Value })
    const description = await session.read({ nodeId: node, attributeId: AttributeIds.Description })
    expect(unit.value.value.displayName.text).toBe('°C')
    expect(unit.value.value.unitId).toBe(4_408_652)
    expect([range.value.value.low, range.value.value.high]).toEqual([0, 80])
    expect(description.value.value.text).toBe('Secondary supply to the racks.')
  })

  test('stamps readings with site time', async () => {
    const reading = await read('cdu-1.supplyTemperature')
    const siteAt = reading.sourceTimestamp?.getTime() ?? 0
    expect(siteAt).toBeGreaterThanOrEqual(noon)
    expect(siteAt).toBeLessThanOrEqual(clock.siteNow())
  })

  test('takes a setpoint, holds it, and says so', async () => {
    expect(await write('cdu-1.supplyTemperatureSp', 33.5)).toEqual(StatusCodes.Good)
    expect((await read('cdu-1.supplyTemperatureSp')).value.value).toBe(33.5)
    expect(plant.truthOf('cdu-1.supplyTemperatureSp')).toBe(33.5)
  })

  test('clamps a setpoint to its range and answers that it did', async () => {
    expect((await write('cdu-1.supplyTemperatureSp', 500)).name).toBe('GoodClamped')
    expect((await read('cdu-1.supplyTemperatureSp')).value.value).toBe(60)
  })

  test('refuses what is not a number, not writable, or not allowed', async () => {
    expect((await write('cdu-1.supplyTemperatureSp', Number.NaN)).name).toBe('BadOutOfRange')
    expect((await write('cdu-1.flow', 10)).name).toBe('BadNotWritable')
    plant.set('cdu-1.remoteEnable', 0)
    expect((await write('cdu-1.supplyTemperatureSp', 30)).name).toBe('BadUserAccessDenied')
    plant.set('cdu-1.remoteEnable', 1)
    const held = await read('cdu-1.supplyTemperatureSp')
    expect([held.value.value, held.statusCode.name]).toEqual([60, 'Good'])
  })

  test('gives a broken sensor a Bad status, not a number to believe', async () => {
    plant.set('cdu-1.returnTemperature', null, 'bad')
    const broken = await until(
      async () =>
        (await read('cdu-1.returnTemperature')).statusCode.name === 'BadSensorFailure' ? true : undefined,
      'a Bad status',
    )
    expect(broken).toBe(true)
    plant.set('cdu-1.returnTemperature', null, 'stale')
    await until(
      async () =>
        (await read('cdu-1.returnTemperature')).statusCode.name === 'BadNoCommunication' ? true : undefined,
      'no communication',
    )
  })

  test('pushes water in the drip pan to a subscriber, by event', async () => {
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      requestedMaxKeepAliveCount: 20,
      requestedLifetimeCount: 100,
      maxNotificationsPerPublish: 1_000,
      publishingEnabled: true,
      priority: 1,
    })
    const item = await subscription.monitor(
      { nodeId: 'ns=1;s=cdu-1.leak', attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 50, discardOldest: true },
      TimestampsToReturn.Both,
    )
    const seen: number[] = []
    item.on('changed', (value: DataValue) => seen.push(value.value.value))
    await until(() => (seen.length > 0 ? true : undefined), 'the first value')
    await post('/faults', { id: 'spill', kind: 'leak', place: 'cdu-1', size: 2 })
    await until(() => (seen.includes(1) ? true : undefined), 'the leak')
    expect(seen).toEqual([0, 1])
    await subscription.terminate()
    await fetch(`${devices.faults}/faults/spill`, { method: 'DELETE' })
  })
})

describe('racks and meters over DSX', () => {
  test('metadata is retained and says what a rack point is', () => {
    const said = heard.find(
      ({ topic }) => topic === 'BMS/v1/PUB/Metadata/Rack/RackLiquidFlow/small/A1/liquidFlow',
    )
    expect(said?.retain).toBe(true)
    expect(said?.message).toEqual({
      objectType: 'Rack',
      pointType: 'RackLiquidFlow',
      engUnit: 'LPM',
      rackLocationName: 'A1',
      rackLocationId: 'A1',
    })
    const ours = heard.find(
      ({ topic }) =>
        topic === 'BMS/v1/PUB/Metadata/Rack/RackLiquidIsolationRequest/small/A1/liquidIsolationRequest',
    )
    expect(ours?.message).toMatchObject({ integration: 'coldloop' })
    expect(heard.every(({ message }) => !('engUnit' in message && 'stateText' in message))).toBe(true)
  })

  test('a value is published when it leaves its dead band, with site time and quality, never retained', async () => {
    const topic = 'BMS/v1/PUB/Value/Rack/RackLiquidFlow/small/A1/liquidFlow'
    plant.set('A1.liquidFlow', 42)
    const said = await until(
      () => (lastHeard(topic)?.message.value === 42 ? lastHeard(topic) : undefined),
      'the flow',
    )
    expect(said.retain).toBe(false)
    expect(said.message.quality).toBe(1)
    expect(said.message.timestamp).toBeGreaterThanOrEqual(noon)
    plant.set('A1.liquidFlow', null, 'bad')
    const lost = await until(
      () => (lastHeard(topic)?.message.value === null ? lastHeard(topic) : undefined),
      'its loss',
    )
    expect(lost.message.quality).toBe(0)
  })

  test('one point never carries two values at one instant', () => {
    const times = new Map<string, number>()
    for (const { topic, message } of heard) {
      if (!/^(BMS\/v1\/PUB\/Value\/(?!System)|trays\/)/.test(topic)) continue
      expect(message.timestamp, topic).toBeGreaterThan(times.get(topic) ?? 0)
      times.set(topic, message.timestamp)
    }
  })

  test('a liquid isolation request closes the rack valve and reads back isolated', async () => {
    await request('BMS/v1/coldloop/Value/Rack/RackLiquidIsolationRequest/small/B2/liquidIsolationRequest', 1)
    await until(
      () => (plant.truthOf('B2.liquidIsolationRequest') === 1 ? true : undefined),
      'the request in the plant',
    )
    const status = 'BMS/v1/PUB/Value/Rack/RackLiquidIsolationStatus/small/B2/liquidIsolationStatus'
    await until(() => (lastHeard(status)?.message.value === 1 ? true : undefined), 'the isolated status')
    expect(plant.truthOf('B2.controlValvePosition')).toBe(0)
  })

  test('a tray leak arrives by its own topic, and a power request reaches the tray', async () => {
    await post('/faults', { id: 'tray', kind: 'leak', place: 'A1-t03', size: 0.1 })
    await until(
      () => (lastHeard('trays/A1/t03/leak')?.message.value === 1 ? true : undefined),
      'the tray leak',
    )
    plant.set('A1-t03.powerRequest', 1)
    await request('trays/A1/t03/powerRequest', 0)
    await until(() => (plant.truthOf('A1-t03.powerRequest') === 0 ? true : undefined), 'the power request')
  })

  test('the building system beats its heart', () => {
    expect(lastHeard('BMS/v1/PUB/Metadata/System/HeartbeatTimestampBms/small/bms/heartbeat')?.retain).toBe(
      true,
    )
  })
})

describe('the fault endpoint', () => {
  test('answers bad input with one sentence', async () => {
    const cases: Array<[string, unknown, number]> = [
      ['/faults', { id: 'x', kind: 'flood', place: 'A1' }, 400],
      ['/faults', { id: 'x', kind: 'leak', place: 'Z9' }, 404],
      ['/devices', { key: 'cdu-1.nothing', value: 1 }, 404],
      ['/devices', { key: 'cdu-1.maintenance', value: 'yes' }, 400],
    ]
    for (const [path, body, status] of cases) {
      const answer = await post(path, body)
      expect([path, answer.status]).toEqual([path, status])
      expect(((await answer.json()) as { error: string }).error.split('\n')).toHaveLength(1)
    }
    expect((await fetch(`${devices.faults}/faults`, { method: 'POST', body: '{' })).status).toBe(400)
    expect((await fetch(`${devices.faults}/faults/none`, { method: 'DELETE' })).status).toBe(404)
  })

  test('turns a key at the device and shows point and truth', async () => {
    expect((await post('/devices', { key: 'cdu-2.maintenance', value: 1 })).status).toBe(200)
    const shown = (await (await fetch(`${devices.faults}/points/cdu-2.maintenance`)).json()) as {
      reading: { value: number }
      truth: number
    }
    expect([shown.reading.value, shown.truth]).toEqual([1, 1])
    expect(await (await fetch(`${devices.faults}/truth`)).json()).toMatchObject({ pue: 1.2 })
  })
})

test('at the end of the day every point is shown once more, at the last instant exactly', async () => {
  heard.length = 0
  endedAt = endAt
  await devices.finished
  const published = site.equipment.filter(item => item.via === 'dsx').length
  await until(
    () =>
      lastHeard('BMS/v1/PUB/Value/Rack/RackPower/small/D3/power')?.message.timestamp === endAt
        ? true
        : undefined,
    'the last values',
  )
  expect(
    new Set(heard.filter(({ message }) => message.timestamp === endAt).map(({ topic }) => topic)).size,
  ).toBeGreaterThan(published)
  const reading = await read('cdu-1.supplyTemperature')
  expect(reading.sourceTimestamp?.getTime()).toBe(endAt)
})

const post = (path: string, body: unknown) =>
  fetch(`${devices.faults}${path}`, { method: 'POST', body: JSON.stringify(body) })
