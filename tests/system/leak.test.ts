import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectDevice, type Device } from '#tests/support/device.ts'
import { eventually } from '#tests/support/eventually.ts'
import { json, post, type RunFile, runFileOf } from '#tests/support/runFile.ts'
import { type Started, start } from '#tests/support/started.ts'

/**
 * What went over a wire, in the order in which it was there: `key` is a topic of the field broker or a node of a CDU, `siteAt`
 * the sender's own stamp. How late a request is is a matter for `npm run bench -- leak`; here nothing depends on the machine.
 */
type Heard = { readonly key: string; readonly value: unknown; readonly siteAt: number }

/** Debounce of leak inputs, stated in the site's file. */
const debounceMs = 500
/** The slowest cycle that an agent may be given: what comes between two of them comes by itself. */
const cycleMs = 10_000
/** Two machine clocks, each rounded. */
const roundingMs = 2
/** What a device shows is stamped with its last step. */
const plantStepMs = 50
/** 5 % of a rack's nameplate: 375 kW for three racks. */
const rackOffKw = 6.25

let run: Started
let addresses: RunFile
let field: mqtt.MqttClient
const devices: Device[] = []
const heard: Heard[] = []

beforeAll(async () => {
  run = start('--site', 'small', '--speed', '1', '--seed', '5', '--port', '0')
  await run.console
  addresses = runFileOf(run)
  await withSlowCycle()
  const hear = (key: string, value: unknown, siteAt: number) => heard.push({ key, value, siteAt })
  field = await mqtt.connectAsync(addresses.fieldBroker)
  ;(field.stream as Socket).setNoDelay(true)
  field.on('message', (topic, payload) => {
    const { value, timestamp } = JSON.parse(payload.toString()) as { value: unknown; timestamp: number }
    hear(topic, value, timestamp)
  })
  await field.subscribeAsync(['BMS/v1/+/Value/Rack/#', 'BMS/v1/+/Value/Sensor/LeakDetect/#', 'trays/#'])
  for (const number of [2, 3, 4]) {
    const device = await connectDevice(addresses.opcua[`opc-cdu-${number}`] as string)
    devices.push(device)
    const points = [
      'leak',
      'pumpRun',
      'pumpSpeed',
      'isolationValveOpen',
      'returnValveOpen',
      'makeupEnable',
    ].map(point => `cdu-${number}.${point}`)
    await device.watch(points, hear)
  }
  await everyInputIsKnown()
  // The hub and the uplink broker stop dead, without closing a socket; the field broker lives in the simulator.
  for (const name of ['hub', 'broker']) process.kill(run.pids()[name] as number, 'SIGSTOP')
})
afterAll(async () => {
  const pids = run.pids()
  for (const name of ['hub', 'broker']) process.kill(pids[name] as number, 'SIGCONT')
  await field?.endAsync()
  for (const device of devices) await device.close()
  await run.stop()
})

/** The agent starts again with a cycle so slow that a request between two of them cannot be the cycle's. */
async function withSlowCycle(): Promise<void> {
  const path = join(run.folder, 'data', 'agent-1.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), cycleMs }))
  await killAgent()
}
async function killAgent(): Promise<void> {
  const killed = run.pids()['agent-1'] as number
  process.kill(killed, 'SIGKILL')
  await eventually('another agent runs', () => (run.pids()['agent-1'] ?? killed) !== killed)
}

type Health = {
  readonly cycles: number
  readonly interlock: {
    readonly latched: readonly string[]
    readonly waitingForConfirmation: readonly string[]
    readonly inputs: { readonly unknown: number }
  }
}
const health = () => json<Health>(`${addresses.agentHealth['agent-1']}/health`)
const everyInputIsKnown = () =>
  eventually(
    'every leak input is known',
    async () => {
      const answer = await health().catch(() => undefined)
      return answer?.interlock.inputs.unknown === 0 && answer
    },
    60_000,
  )
/** In a tray a drip: it wets the tray in a second and would take a minute to spill onto the rack's rope. */
const leakAt = (place: string) =>
  post(`${addresses.faults}/faults`, {
    id: `leak-${place}`,
    kind: 'leak',
    place,
    size: place.includes('-t') ? 0.3 : 4,
  })
const mendAt = (place: string) => json(`${addresses.faults}/faults/leak-${place}`, { method: 'DELETE' })
const isOn = (value: unknown) => value === 1 || value === true
const find = (key: string, value: number, from = 0) =>
  heard.find((it, nth) => nth >= from && it.key.includes(key) && Number(it.value) === value)
const seen = (key: string, value: number, from = 0, withinMs = 30_000) =>
  eventually(`${key} = ${value}`, () => find(key, value, from), withinMs)
/** Heard in this order. */
const expectInOrder = (...those: readonly Heard[]) => {
  const places = those.map(it => heard.indexOf(it))
  expect(places).toEqual([...places].sort((one, other) => one - other))
}
const truth = (key: string) =>
  json<{ reading: { value: number } }>(`${addresses.faults}/points/${key}`).then(
    answer => answer.reading.value,
  )

/** What the interlock decided, with the moment of each decision in the agent's own site time. */
type Decision = { readonly what: string; readonly where: string; readonly siteAt: number }
const decisions = (): readonly Decision[] => {
  const path = join(run.folder, 'data', 'agent-1', 'audit', 'decisions.jsonl')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  return lines.map(line => JSON.parse(line) as Decision)
}
const decided = (stage: string, where: string) =>
  eventually(`${stage} of ${where} in the audit`, () =>
    decisions().findLast(it => it.what === `interlock ${stage}` && it.where === where),
  )
/** Decided together: one look at the plant, one moment. */
async function expectSameMoment(...these: ReadonlyArray<readonly [stage: string, where: string]>) {
  const moments = await Promise.all(these.map(async ([stage, where]) => (await decided(stage, where)).siteAt))
  expect(new Set(moments).size, JSON.stringify(these)).toBe(1)
}

/** The cycle has just run, and has not run again when `act` is done: whatever was asked for came of the event itself. */
async function betweenTwoCycles(act: () => Promise<void>): Promise<void> {
  const before = (await health()).cycles
  const { cycles } = await eventually('a cycle', async () => {
    const now = await health()
    return now.cycles > before && now
  })
  await act()
  expect((await health()).cycles, `no cycle of ${cycleMs} ms has passed`).toBe(cycles)
}

/** Half a second of solid state between the last wet report of a place and our decision, and the request after both. */
async function expectDebounced(place: string, wetKey: string, request: Heard): Promise<void> {
  const wet = await seen(wetKey, 1)
  expectInOrder(wet, request)
  const confirmed = await decided('confirmed', place)
  expect(confirmed.siteAt - (await decided('suspected', place)).siteAt).toBeGreaterThanOrEqual(
    debounceMs - roundingMs,
  )
  expect(confirmed.siteAt - wet.siteAt).toBeGreaterThanOrEqual(debounceMs - roundingMs)
}
const electrical = (rack: string) => `RackElectricalIsolationRequest/small/${rack}/`
const liquid = (rack: string) => `RackLiquidIsolationRequest/small/${rack}/`

describe('leaks, at real speed, on the agent alone', () => {
  test('in single trays: only those trays are asked to switch off', async () => {
    const trays = [
      ['A1', 't03'],
      ['A2', 't11'],
      ['A3', 't05'],
      ['D1', 't01'],
      ['D2', 't06'],
      ['D3', 't12'],
    ] as const
    await betweenTwoCycles(async () => {
      for (const [rack, tray] of trays) await leakAt(`${rack}-${tray}`)
      for (const [rack, tray] of trays) await seen(`trays/${rack}/${tray}/powerRequest`, 0)
    })
    for (const [rack, tray] of trays) {
      const request = await seen(`trays/${rack}/${tray}/powerRequest`, 0)
      await expectDebounced(`${rack}-${tray}`, `trays/${rack}/${tray}/leak`, request)
    }
    for (const [rack, tray] of trays.slice(1)) await mendAt(`${rack}-${tray}`)
    await seen('RackLeakDetectTray/small/A1/', 1)
    expect(heard.filter(it => it.key.includes('IsolationRequest') && isOn(it.value))).toEqual([])
  })

  test('in a second tray of the same rack: the rack is isolated, electrical first, liquid in the same cycle', async () => {
    await leakAt('A1-t07')
    const power = await seen(electrical('A1'), 1)
    const water = await seen(liquid('A1'), 1)
    expectInOrder(power, water)
    await expectDebounced('A1-t07', 'trays/A1/t07/leak', power)
    await expectSameMoment(['confirmed', 'A1-t07'], ['electricalRequested', 'A1'], ['liquidRequested', 'A1'])
    await eventually('the rack reads isolated on both sides', async () => {
      const statuses = await Promise.all(
        ['electricalIsolationStatus', 'liquidIsolationStatus'].map(point => truth(`A1.${point}`)),
      )
      return statuses.every(status => status === 1)
    })
  })

  test('the agent is killed: it comes back latched, asks again, gives nothing back, and knows its inputs in seconds', async () => {
    const from = heard.length
    await killAgent()
    const { interlock } = await everyInputIsKnown()
    expect(interlock.latched).toEqual(
      expect.arrayContaining(['A1-t03', 'A1-t07', 'A2-t11', 'A3-t05', 'D1-t01', 'D2-t06', 'D3-t12']),
    )
    for (const request of [electrical('A1'), liquid('A1')]) await seen(request, 1, from)
    await seen('trays/A3/t05/powerRequest', 0, from)
    const refused = post(`${addresses.agentHealth['agent-1']}/reset`, { zone: 'A3-t05', by: 'Ada' })
    await expect(refused, 'dry, but not yet for a minute').rejects.toThrow('dry for 60 s is needed')
  })

  test('at a rack rope: that rack is isolated', async () => {
    await leakAt('C1')
    await expectDebounced('C1', 'RackLeakDetect/small/C1/', await seen(electrical('C1'), 1))
    await seen(liquid('C1'), 1)
    expect(find(electrical('C2'), 1)).toBeUndefined()
  })

  test('at a manifold: its loop stops in order, pump first, and its racks lose power in the same cycle', async () => {
    await betweenTwoCycles(async () => {
      await leakAt('manifold-4')
      await seen('cdu-4.pumpRun', 0)
      await seen('cdu-4.makeupEnable', 0)
      for (const rack of ['D1', 'D2', 'D3']) await seen(electrical(rack), 1)
    })
    const pump = await seen('cdu-4.pumpRun', 0)
    await expectDebounced('manifold-4', 'small/manifold-4/leak', pump)
    const racks = ['D1', 'D2', 'D3'].map(rack => ['electricalRequested', rack] as const)
    await expectSameMoment(['confirmed', 'manifold-4'], ['loopStopRequested', 'cdu-4'], ...racks)
    const supply = await seen('cdu-4.isolationValveOpen', 0)
    const speed = heard.findLast(it => it.key === 'cdu-4.pumpSpeed' && it.siteAt <= supply.siteAt)
    const waitedMs = supply.siteAt - pump.siteAt
    expect(
      Number(speed?.value) < 5 || waitedMs >= 5_000 - plantStepMs,
      `pump ${speed?.value} % after ${waitedMs} ms`,
    ).toBe(true)
    const returns = await seen('cdu-4.returnValveOpen', 0)
    expectInOrder(pump, supply, returns)
    expect(returns.siteAt - supply.siteAt, 'no two closures within a second').toBeGreaterThanOrEqual(1_000)
    for (const rack of ['D1', 'D2', 'D3']) {
      const power = heard.findLast(
        it => it.key.includes(`RackPower/small/${rack}/`) && it.siteAt <= returns.siteAt,
      )
      expect(Number(power?.value), `${rack} without power before its way out is closed`).toBeLessThan(
        rackOffKw,
      )
    }
  })

  test('at a second CDU: a person is asked, unless drip pan and manifold are both wet', async () => {
    await leakAt('manifold-2')
    await eventually('cdu-2 waits for a person', async () =>
      (await health()).interlock.waitingForConfirmation.includes('cdu-2'),
    )
    expect(find('cdu-2.pumpRun', 0)).toBeUndefined()
    await leakAt('cdu-2')
    await expectDebounced('cdu-2', 'cdu-2.leak', await seen('cdu-2.pumpRun', 0))
    expect((await health()).interlock.waitingForConfirmation).toEqual([])
  })

  test('on the floor: an alarm, and nothing is isolated for it', async () => {
    const from = heard.length
    await leakAt('floor-1')
    await seen('small/floor-1/leak', 1, from)
    await eventually('the rope is latched', async () =>
      (await health()).interlock.latched.includes('floor-1'),
    )
    const asked = heard
      .slice(from)
      .filter(it => it.key.includes('IsolationRequest') && isOn(it.value) && it.key.includes('/C2/'))
    expect(asked).toEqual([])
    expect(find('cdu-3.pumpRun', 0)).toBeUndefined()
  })

  test('reset by hand, once dry for a minute: that tray alone gets its power back', async () => {
    await eventually(
      'the reset is granted',
      () =>
        post(`${addresses.agentHealth['agent-1']}/reset`, { zone: 'A3-t05', by: 'Ada' }).catch(
          () => undefined,
        ),
      120_000,
    )
    const back = await seen('trays/A3/t05/powerRequest', 1)
    const givenBack = heard.filter(
      it =>
        (it.key.includes('powerRequest') && Number(it.value) === 1) ||
        (it.key.includes('IsolationRequest') && Number(it.value) === 0),
    )
    expect(givenBack).toEqual([back])
    expect((await health()).interlock.latched).not.toContain('A3-t05')
  })
})
