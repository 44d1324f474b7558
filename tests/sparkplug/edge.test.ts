import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { formatMark, rebirthMetric } from '#contract/messages/delivery.ts'
import { dataTypes, numberOf } from '#contract/sparkplug/dataTypes.ts'
import { decodePayload, encodePayload, type Metric, type Payload } from '#contract/sparkplug/payload.ts'
import { type TestBroker, testBroker } from '../delivery/support/broker.ts'
import { startAgent, type TestAgent, until } from '../delivery/support/pair.ts'
import { chipTemperature, supplyTemperature } from '../delivery/support/plant.ts'

/** A host in the hands of the test: sees what the node publishes, says what a host may say. */
type Tap = {
  readonly client: MqttClient
  readonly seen: Array<{
    type: string
    device: string | undefined
    payload: Payload
    qos: number
    retain: boolean
  }>
  types(): string[]
  state(online: boolean, timestamp: number, host?: string): Promise<unknown>
  command(topic: string, metrics: Metric[], retain?: boolean): Promise<unknown>
}

let broker: TestBroker
let tap: Tap
const agents: TestAgent[] = []

async function start(): Promise<TestAgent> {
  broker = await testBroker()
  const client = await mqtt.connectAsync(broker.url)
  const seen: Tap['seen'] = []
  client.on('message', (topic, payload, packet) => {
    const [, , type, , device] = topic.split('/')
    seen.push({
      type: type ?? '',
      device,
      payload: decodePayload(payload),
      qos: packet.qos,
      retain: packet.retain,
    })
  })
  await client.subscribeAsync(
    ['NBIRTH', 'NDEATH', 'NDATA']
      .map(type => `spBv1.0/hall/${type}/+`)
      .concat(['DBIRTH', 'DDEATH', 'DDATA'].map(type => `spBv1.0/hall/${type}/+/+`)),
    { qos: 2 },
  )
  tap = {
    client,
    seen,
    types: () => seen.map(({ type, device }) => (device === undefined ? type : `${type} ${device}`)),
    state: (online, timestamp, host = 'hub') =>
      client.publishAsync(`spBv1.0/STATE/${host}`, JSON.stringify({ online, timestamp }), {
        qos: 1,
        retain: true,
      }),
    command: (topic, metrics, retain = false) =>
      client.publishAsync(`spBv1.0/hall/${topic}`, encodePayload({ timestamp: 1, metrics }), {
        qos: 0,
        retain,
      }),
  }
  const agent = await startAgent({
    url: broker.url,
    current: (_equipment, point) => (point === 'leak' ? { value: 0, quality: 'good', at: 5 } : undefined),
  })
  agents.push(agent)
  return agent
}

afterEach(async () => {
  for (const { uplink, outbox } of agents.splice(0)) {
    await uplink.close()
    await outbox.close()
  }
  await tap.client.endAsync()
  await broker.stop()
})

const count = (type: string): number => tap.seen.filter(message => message.type === type).length
const bdSeqOf = (payload: Payload | undefined): number | undefined =>
  numberOf(payload?.metrics.find(metric => metric.name === 'bdSeq')?.value, undefined)
/** Long enough for a message that must not come to have come. */
const aMoment = (): Promise<unknown> => new Promise(resolve => setTimeout(resolve, 150))

test('the node waits for its own host, believes only the newest word on it, and dies properly when it goes', async () => {
  const agent = await start()
  await until('the node is connected', () => agent.uplink.status().connected)
  await tap.state(true, 1_000, 'another-host')
  await tap.state(false, 1_000)
  await aMoment()
  expect(tap.types()).toEqual([])
  await tap.state(true, 2_000)
  await until('births', () => count('DBIRTH') === 2)
  expect(tap.types()).toEqual(['NBIRTH', 'DBIRTH cdu-1', 'DBIRTH A1'])
  await tap.state(false, 1_500)
  await aMoment()
  expect(count('NDEATH')).toBe(0)
  await tap.state(false, 2_000)
  await until('the death', () => count('NDEATH') === 1)
  await until('the node is connected again', () => agent.uplink.status().connected)
  await tap.state(true, 1_900)
  await aMoment()
  expect(count('NBIRTH')).toBe(1)
  await tap.state(true, 3_000)
  await until('births again', () => count('NBIRTH') === 2)
  const [first, second] = tap.seen
    .filter(message => message.type === 'NBIRTH')
    .map(message => bdSeqOf(message.payload))
  expect([first, second]).toEqual([0, 1])
  expect(bdSeqOf(tap.seen.find(message => message.type === 'NDEATH')?.payload)).toBe(0)
  expect(agent.hostWords).toEqual([true, false, true])
})

test('running numbers go 0..255 and round again over births, data and deaths; all is QoS 0 and not retained', async () => {
  const agent = await start()
  await tap.state(true, 1)
  await until('births', () => count('DBIRTH') === 2)
  for (let turn = 0; turn < 400; turn++) {
    agent.outbox.offer([supplyTemperature(turn), chipTemperature(turn)])
    await agent.outbox.flush()
  }
  agent.outbox.offerEvent({
    type: 'mode',
    at: 9,
    agent: 'agent-1',
    equipment: 'cdu-1',
    from: 'auto',
    to: 'off',
    sentence: 'Off',
  })
  await until('data', () => count('DDATA') === 800 && count('NDATA') === 1)
  agent.uplink.deviceOnline('A1', false)
  agent.uplink.deviceOnline('A1', true)
  await until('the rack is back', () => count('DBIRTH') === 3)
  expect(tap.seen.map(message => message.payload.seq)).toEqual(tap.seen.map((_, index) => index % 256))
  expect(
    tap.seen.every(
      message => message.qos === 0 && !message.retain && message.payload.timestamp !== undefined,
    ),
  ).toBe(true)
  const data = tap.seen
    .filter(message => message.type === 'DDATA')
    .flatMap(message => message.payload.metrics)
  expect(
    data.every(
      metric =>
        metric.name === undefined &&
        metric.datatype === undefined &&
        metric.alias !== undefined &&
        metric.timestamp !== undefined,
    ),
  ).toBe(true)
  expect(tap.types().slice(-2)).toEqual(['DDEATH A1', 'DBIRTH A1'])
})

test('asked for a rebirth, the node announces everything again in the same session, and sends again what was not acknowledged', async () => {
  const agent = await start()
  await tap.state(true, 1)
  await until('births', () => count('DBIRTH') === 2)
  agent.outbox.offer([supplyTemperature(1)])
  await until('data', () => count('DDATA') === 1)
  await tap.command('NCMD/agent-1', [{ name: rebirthMetric, datatype: dataTypes.Boolean, value: true }])
  await until('data again', () => count('DDATA') === 2)
  expect(tap.types().slice(4)).toEqual(['NBIRTH', 'DBIRTH cdu-1', 'DBIRTH A1', 'DDATA cdu-1'])
  expect(
    tap.seen.filter(message => message.type === 'NBIRTH').map(message => bdSeqOf(message.payload)),
  ).toEqual([0, 0])
  const [once, again] = tap.seen
    .filter(message => message.type === 'DDATA')
    .map(message => message.payload.uuid)
  expect(again).toBe(once)
  await tap.command('NCMD/agent-1', [
    {
      name: 'Node Control/Acknowledge',
      datatype: dataTypes.String,
      value: formatMark({ epoch: agent.outbox.epoch, position: 1 }),
    },
  ])
  await until('the outbox is empty', () => agent.outbox.counters().queued === 0)
  expect(agent.uplink.status()).toMatchObject({ acknowledgedPosition: 1, deliveryProven: true, rebirths: 1 })
})

test('a quality that has become good again is said once, for hosts that remember', async () => {
  const agent = await start()
  await tap.state(true, 1)
  await until('births', () => count('DBIRTH') === 2)
  agent.outbox.offer([{ equipment: 'A1', point: 'leak', value: null, quality: 'bad', at: 10 }])
  await agent.outbox.flush()
  for (const at of [11, 12])
    agent.outbox.offer([{ equipment: 'A1', point: 'leak', value: 0, quality: 'good', at }])
  await until(
    'data',
    () =>
      tap.seen.filter(message => message.type === 'DDATA').flatMap(message => message.payload.metrics)
        .length === 3,
  )
  const metrics = tap.seen
    .filter(message => message.type === 'DDATA')
    .flatMap(message => message.payload.metrics)
  expect(metrics.map(metric => metric.properties?.[0]?.value)).toEqual([0, 192, undefined])
})

test('commands that are retained, unknown, of the wrong type or without signature have no effect and are counted', async () => {
  const agent = await start()
  await tap.command('DCMD/agent-1/cdu-1', [{ name: 'mode', datatype: dataTypes.Int32, value: 0 }], true)
  await tap.state(true, 1)
  await until('births', () => count('DBIRTH') === 2)
  await tap.command('DCMD/agent-1/cdu-1', [{ name: 'colour', datatype: dataTypes.Int32, value: 1 }])
  await tap.command('DCMD/agent-1/cdu-1', [{ name: 'flow', datatype: dataTypes.Double, value: 1 }])
  await tap.command('DCMD/agent-1/cdu-1', [
    { name: 'supplyTemperatureSp', datatype: dataTypes.Double, value: 50 },
  ])
  await tap.command('DCMD/agent-1/cdu-1', [{ name: 'mode', datatype: dataTypes.Int32, value: 9 }])
  await tap.command('NCMD/agent-1', [{ name: rebirthMetric, datatype: dataTypes.Boolean, value: false }])
  await tap.client.publishAsync('spBv1.0/hall/NCMD/agent-1', 'not a payload')
  await tap.command('DCMD/agent-1/cdu-1', [{ name: 'mode', datatype: dataTypes.Int32, value: 3 }])
  await until('the last command', () => agent.modes.length > 0)
  expect(agent.modes).toEqual(['cdu-1=auto'])
  expect(agent.leases).toEqual([])
  expect(agent.uplink.status()).toMatchObject({
    commandsIgnored: 7,
    rebirths: 0,
    commandsIgnoredByReason: {
      retained: 1,
      unknownMetric: 1,
      notWritable: 1,
      leaseForm: 1,
      wrongType: 2,
      undecodable: 1,
    },
  })
})
