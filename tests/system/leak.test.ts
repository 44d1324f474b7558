import type { Socket } from 'node:net'
import { constants, setPriority } from 'node:os'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectDevice, type Device } from '#tests/support/device.ts'
import { eventually } from '#tests/support/eventually.ts'
import { json, post, type RunFile, runFileOf } from '#tests/support/runFile.ts'
import { type Started, start } from '#tests/support/started.ts'

/** What went over a wire, and when it was there: `key` is a topic of the field broker or a node of a CDU. */
type Heard = { readonly key: string; readonly value: unknown; readonly atMs: number }

/** Debounce of leak inputs, stated in the site's file. */
const debounceMs = 500
/** Beyond the debounce: both ways over MQTT, or one of them over OPC UA (CS-02). */
const lateMsMax = { mqtt: 150, opcua: 300 } as const
/** Our own session hears a CDU each 20 ms: it may hear the water that much later than the agent did. */
const ownPublishingMs = 20
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
  // A controller is not shared with a test run: where we may, field devices and our own ears go before other work, as the agent does.
  for (const pid of [run.pids().simulator as number, process.pid]) goBeforeOthers(pid)
  const hear = (key: string, value: unknown) => heard.push({ key, value, atMs: performance.now() })
  field = await mqtt.connectAsync(addresses.fieldBroker)
  ;(field.stream as Socket).setNoDelay(true)
  field.on('message', (topic, payload) => hear(topic, JSON.parse(payload.toString()).value))
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

function goBeforeOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGH)
  } catch (error) {
    if (!/EACCES|EPERM/.test(String(error))) throw error
  }
}

type Health = {
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
    15_000,
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
const find = (key: string, value: number, sinceMs = 0) =>
  heard.find(it => it.key.includes(key) && Number(it.value) === value && it.atMs >= sinceMs)
const seen = (key: string, value: number, sinceMs = 0, withinMs = 20_000) =>
  eventually(`${key} = ${value}`, () => find(key, value, sinceMs), withinMs)
const truth = (key: string) =>
  json<{ reading: { value: number } }>(`${addresses.faults}/points/${key}`).then(
    answer => answer.reading.value,
  )

/** From the last wet report of a place to our request, less the debounce. */
async function lateMs(wetKey: string, requestKey: string, requested: number): Promise<number> {
  const wet = await seen(wetKey, 1)
  const request = await seen(requestKey, requested, wet.atMs)
  return request.atMs - wet.atMs - debounceMs
}
function expectInTime(late: number, path: keyof typeof lateMsMax): void {
  expect(late, 'not before half a second of solid state').toBeGreaterThan(-ownPublishingMs - 5)
  expect(late).toBeLessThan(lateMsMax[path])
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
    for (const [rack, tray] of trays) await leakAt(`${rack}-${tray}`)
    const late = await Promise.all(
      trays.map(([rack, tray]) =>
        lateMs(`trays/${rack}/${tray}/leak`, `trays/${rack}/${tray}/powerRequest`, 0),
      ),
    )
    for (const [rack, tray] of trays.slice(1)) await mendAt(`${rack}-${tray}`)
    for (const ms of late) expectInTime(ms, 'mqtt')
    await seen('RackLeakDetectTray/small/A1/', 1)
    expect(heard.filter(it => it.key.includes('IsolationRequest') && isOn(it.value))).toEqual([])
  })

  test('in a second tray of the same rack: the rack is isolated, electrical first, liquid in the same cycle', async () => {
    await leakAt('A1-t07')
    expectInTime(await lateMs('trays/A1/t07/leak', electrical('A1'), 1), 'mqtt')
    const power = await seen(electrical('A1'), 1)
    const water = await seen(liquid('A1'), 1)
    expect(heard.indexOf(power)).toBeLessThan(heard.indexOf(water))
    expect(water.atMs - power.atMs).toBeLessThan(50)
    await eventually('the rack reads isolated on both sides', async () => {
      const statuses = await Promise.all(
        ['electricalIsolationStatus', 'liquidIsolationStatus'].map(point => truth(`A1.${point}`)),
      )
      return statuses.every(status => status === 1)
    })
  })

  test('the agent is killed: it comes back latched, asks again, gives nothing back, and knows its inputs in seconds', async () => {
    const killed = run.pids()['agent-1'] as number
    const killedMs = performance.now()
    process.kill(killed, 'SIGKILL')
    await eventually('another agent runs', () => (run.pids()['agent-1'] ?? killed) !== killed)
    const { interlock } = await everyInputIsKnown()
    expect(interlock.latched).toEqual(
      expect.arrayContaining(['A1-t03', 'A1-t07', 'A2-t11', 'A3-t05', 'D1-t01', 'D2-t06', 'D3-t12']),
    )
    for (const request of [electrical('A1'), liquid('A1')]) await seen(request, 1, killedMs)
    await seen('trays/A3/t05/powerRequest', 0, killedMs)
    const refused = post(`${addresses.agentHealth['agent-1']}/reset`, { zone: 'A3-t05', by: 'Ada' })
    await expect(refused, 'dry, but not yet for a minute').rejects.toThrow('dry for 60 s is needed')
  })

  test('at a rack rope: that rack is isolated', async () => {
    await leakAt('C1')
    expectInTime(await lateMs('RackLeakDetect/small/C1/', electrical('C1'), 1), 'mqtt')
    await seen(liquid('C1'), 1)
    expect(find(electrical('C2'), 1)).toBeUndefined()
  })

  test('at a manifold: its loop stops in order, pump first, and its racks lose power in the same cycle', async () => {
    await leakAt('manifold-4')
    expectInTime(await lateMs('small/manifold-4/leak', 'cdu-4.pumpRun', 0), 'opcua')
    const pump = await seen('cdu-4.pumpRun', 0)
    await seen('cdu-4.makeupEnable', 0)
    for (const rack of ['D1', 'D2', 'D3']) {
      const power = await seen(electrical(rack), 1)
      expect(Math.abs(power.atMs - pump.atMs), rack).toBeLessThan(100)
    }
    const supply = await seen('cdu-4.isolationValveOpen', 0)
    const speed = heard.findLast(it => it.key === 'cdu-4.pumpSpeed' && it.atMs <= supply.atMs)
    const waitedMs = supply.atMs - pump.atMs
    expect(Number(speed?.value) < 5 || waitedMs > 4_900, `pump ${speed?.value} % after ${waitedMs} ms`).toBe(
      true,
    )
    const returns = await seen('cdu-4.returnValveOpen', 0, supply.atMs)
    expect(returns.atMs - supply.atMs, 'no two closures within a second').toBeGreaterThan(
      1_000 - ownPublishingMs,
    )
    for (const rack of ['D1', 'D2', 'D3']) {
      const power = heard.findLast(
        it => it.key.includes(`RackPower/small/${rack}/`) && it.atMs <= returns.atMs,
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
    expectInTime(await lateMs('cdu-2.leak', 'cdu-2.pumpRun', 0), 'opcua')
    expect((await health()).interlock.waitingForConfirmation).toEqual([])
  })

  test('on the floor: an alarm, and nothing is isolated for it', async () => {
    const beforeMs = performance.now()
    await leakAt('floor-1')
    await seen('small/floor-1/leak', 1, beforeMs)
    await eventually('the rope is latched', async () =>
      (await health()).interlock.latched.includes('floor-1'),
    )
    const asked = heard.filter(
      it =>
        it.atMs >= beforeMs &&
        it.key.includes('IsolationRequest') &&
        isOn(it.value) &&
        it.key.includes('/C2/'),
    )
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
      65_000,
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
