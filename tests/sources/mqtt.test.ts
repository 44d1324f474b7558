import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { agentConfig } from '#agent/config/config.ts'
import { openSources } from '#agent/sources/open.ts'
import type { Source } from '#agent/sources/source.ts'
import { systemClock } from '#contract/clock.ts'
import { startEmbeddedBroker } from '#simulators/wire/fieldBroker.ts'
import { type Ear, ear } from '#tests/sources/support/ear.ts'
import { mosquittoFound, startMosquitto } from '#tests/support/mosquitto.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 2 })
const rackLeak = 'BMS/v1/PUB/Value/Rack/RackLeakDetect/test-hall/A1/leak'
const rackPower = 'BMS/v1/PUB/Value/Rack/RackPower/test-hall/A1/power'
const isolation = 'BMS/v1/coldloop/Value/Rack/RackLiquidIsolationRequest/test-hall/A1/liquidIsolationRequest'

type Broker = { readonly url: string; readonly port: number; close(): Promise<void> }
const start: (options: { port?: number; extra?: string }) => Promise<Broker> = mosquittoFound
  ? startMosquitto
  : options => startEmbeddedBroker({ port: options.port ?? 0, name: 'field' })

describe(`a field broker (${mosquittoFound ? 'Mosquitto' : 'embedded'})`, () => {
  let folder: string
  let broker: Broker
  let bms: MqttClient
  let sources: readonly Source[] = []
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'coldloop-mqtt-'))
  })
  afterEach(async () => {
    await Promise.all(sources.map(source => source.close()))
    sources = []
    bms?.end(true)
    await broker?.close()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const openBoth = async (hearing: Ear, extra = ''): Promise<readonly [dsx: Source, trays: Source]> => {
    broker = await start({ extra })
    bms = await connectAsync(broker.url, { reconnectPeriod: 100 })
    const url = broker.url
    const config = agentConfig(
      {
        id: 'agent-1',
        site,
        dataDir: folder,
        uplink: { url: 'mqtt://127.0.0.1:1' },
        sources: [
          { id: 'bms', kind: 'mqtt', url, profile: 'dsx', simulated: true },
          { id: 'trays', kind: 'mqtt', url, profile: 'topics', simulated: true },
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
    await hearing.turns('live')
    await hearing.turns('live')
    const [dsx, trays] = sources
    if (!dsx || !trays) throw new Error('two sources were asked for')
    return [dsx, trays]
  }
  const says = (topic: string, value: number | null, more: object = {}) =>
    bms.publishAsync(topic, JSON.stringify({ value, timestamp: Date.now(), quality: 1, ...more }), { qos: 1 })

  test('racks speak DSX, trays plain topics, over one connection', async () => {
    const hearing = ear()
    const [dsx, trays] = await openBoth(hearing)
    await says(rackPower, 95.5)
    await says('trays/A1/t02/leak', 1)
    expect(await hearing.sample(sample => sample.point === 'power', 'rack power')).toMatchObject({
      equipment: 'A1',
      value: 95.5,
      quality: 'good',
    })
    expect(await hearing.sample(sample => sample.point === 'leak', 'water in a tray')).toMatchObject({
      equipment: 'A1-t02',
      value: 1,
    })
    expect([dsx.counters().connects, trays.counters().connects]).toEqual([1, 1])
  })

  test('a quality other than 1, a null and a text carry no value', async () => {
    const hearing = ear()
    await openBoth(hearing)
    await says(rackPower, 95.5, { quality: 0 })
    expect(await hearing.sample(sample => sample.point === 'power', 'a bad power')).toMatchObject({
      value: null,
      quality: 'bad',
    })
    await says(rackLeak, null)
    expect(await hearing.sample(sample => sample.point === 'leak', 'an unknown rope')).toMatchObject({
      value: null,
      quality: 'bad',
    })
    await bms.publishAsync(rackPower, 'ninety', { qos: 1 })
    await says(rackPower, 96)
    expect(await hearing.sample(sample => sample.value === 96, 'the next good power')).toMatchObject({
      quality: 'good',
    })
  })

  test('a retained value is as old as the broker likes: it is no measurement', async () => {
    broker = await start({})
    const { port } = broker
    const earlier = await connectAsync(broker.url)
    await earlier.publishAsync(rackLeak, JSON.stringify({ value: 0, timestamp: 1, quality: 1 }), {
      qos: 1,
      retain: true,
    })
    const hearing = ear()
    const config = agentConfig(
      {
        id: 'agent-1',
        site,
        dataDir: folder,
        uplink: { url: 'mqtt://127.0.0.1:1' },
        sources: [
          { id: 'bms', kind: 'mqtt', url: `mqtt://127.0.0.1:${port}`, profile: 'dsx', simulated: true },
        ],
      },
      'test',
      folder,
    )
    sources = openSources({ config, clock: systemClock(), listener: hearing, log: pino({ level: 'silent' }) })
    await hearing.turns('live')
    await earlier.publishAsync(rackPower, JSON.stringify({ value: 90, timestamp: Date.now(), quality: 1 }), {
      qos: 1,
    })
    await hearing.sample(sample => sample.point === 'power', 'a fresh power')
    expect(hearing.of('A1', 'leak')).toEqual([])
    expect(sources[0]?.counters().refusedValues).toBe(1)
    earlier.end(true)
  })

  test('isolation requests reach the building system, not retained, and are acknowledged', async () => {
    const hearing = ear()
    const [dsx, trays] = await openBoth(hearing)
    const asked: Array<{ topic: string; value: number; retained: boolean }> = []
    await bms.subscribeAsync([isolation, 'trays/+/+/powerRequest'], { qos: 1 })
    bms.on('message', (topic, payload, packet) =>
      asked.push({ topic, value: JSON.parse(String(payload)).value, retained: packet.retain }),
    )
    expect(
      await dsx.write([
        { equipment: 'A1', point: 'liquidIsolationRequest', value: 1 },
        { equipment: 'A1', point: 'leak', value: 1 },
      ]),
    ).toEqual([{ taken: true }, { taken: false, because: 'A1.leak is not written through bms' }])
    expect(await trays.write([{ equipment: 'A1-t01', point: 'powerRequest', value: 0 }])).toEqual([
      { taken: true },
    ])
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(2)
    expect(asked).toEqual([
      { topic: isolation, value: 1, retained: false },
      { topic: 'trays/A1/t01/powerRequest', value: 0, retained: false },
    ])
    // Our own request comes back on the trays' topics; it is no measurement.
    expect(hearing.of('A1-t01', 'powerRequest')).toEqual([])
  })

  test('the broker is killed: stale once, nothing can be written; it returns: fresh, and the request stands again', async () => {
    const hearing = ear()
    const [dsx] = await openBoth(hearing)
    const { port } = broker
    await says(rackPower, 95.5)
    await says('trays/A1/t01/leak', 0)
    await hearing.sample(sample => sample.point === 'leak', 'a dry tray')
    await dsx.write([{ equipment: 'A1', point: 'liquidIsolationRequest', value: 1 }])
    await broker.close()
    await hearing.turns('lost')
    await hearing.turns('lost')
    expect(hearing.of('A1', 'power').map(sample => sample.quality)).toEqual(['good', 'stale'])
    expect(hearing.of('A1-t01', 'leak').map(sample => sample.quality)).toEqual(['good', 'stale'])
    expect(
      await dsx.write([{ equipment: 'A1', point: 'electricalIsolationRequest', value: 1 }]),
    ).toMatchObject([{ taken: false }])
    const returned = new Promise<string>(resolve => {
      bms.on('message', (topic, payload) => topic === isolation && resolve(String(payload)))
      bms.once('connect', () => bms.subscribe(isolation))
    })
    broker = await start({ port })
    await hearing.turns('live')
    await hearing.turns('live')
    await expect.poll(() => bms.connected, { timeout: 10_000 }).toBe(true)
    await says(rackPower, 94)
    await hearing.sample(sample => sample.point === 'power' && sample.value === 94, 'power after the gap')
    expect(hearing.of('A1', 'power').map(sample => sample.quality)).toEqual(['good', 'stale', 'good'])
    expect(JSON.parse(await returned)).toMatchObject({ value: 1, quality: 1 })
  }, 20_000)

  test('a leak is heard in the turn in which its packet came', async () => {
    const hearing = ear()
    await openBoth(hearing)
    const latencies: number[] = []
    for (let n = 0; n < 50; n++) {
      const wanted = n % 2
      hearing.forget()
      const askedAt = performance.now()
      await Promise.all([
        says('trays/A1/t01/leak', wanted),
        hearing
          .sample(sample => sample.point === 'leak' && sample.value === wanted, 'the leak')
          .then(() => latencies.push(performance.now() - askedAt)),
      ])
    }
    latencies.sort((a, b) => a - b)
    expect(latencies[25]).toBeLessThan(50)
  })
})
