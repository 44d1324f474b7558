import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { PlanView, SiteView, StatisticsView } from '#contract/api.ts'
import { type SiteTime, siteTimeAt } from '#contract/clock.ts'
import { type Lease, leaseMsDefault } from '#contract/messages/lease.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { connectDevice, type Device } from '#tests/support/device.ts'
import { eventually } from '#tests/support/eventually.ts'
import { connectForeignHub, type ForeignHub } from '#tests/support/foreignHub.ts'
import { json, post, type RunFile, runFileOf } from '#tests/support/runFile.ts'
import { type Started, start } from '#tests/support/started.ts'

let run: Started
let addresses: RunFile
const devices = new Map<string, Device>()
let site: SiteView['site']
let time: SiteTime
let foreign: ForeignHub
/** Every change of a setpoint in a device, with the device's own (site) time. */
type Change = { readonly key: string; readonly value: number; readonly siteAt: number }
const changes: Change[] = []
const minute = 60_000

beforeAll(async () => {
  run = start('--site', 'small', '--speed', '300', '--seed', '7', '--port', '0')
  await run.console
  addresses = runFileOf(run)
  site = (await json<SiteView>(`${addresses.console}api/v1/site`)).site
  for (const [server, endpoint] of Object.entries(addresses.opcua))
    devices.set(server, await connectDevice(endpoint))
  time = JSON.parse(readFileSync(join(run.folder, 'data', 'clock.json'), 'utf8')) as SiteTime
  for (const [server, device] of devices)
    await device.watch(
      setpoints().filter(key => serverOf(key.split('.')[0] as string) === server),
      (key, value, siteAt) => changes.push({ key, value, siteAt }),
    )
  foreign = await connectForeignHub({
    url: addresses.uplinkBroker,
    site,
    keyPath: join(run.folder, 'data', 'lease-key.pem'),
    siteNow,
  })
})
afterAll(async () => {
  const hub = run.pids().hub
  if (hub !== undefined) process.kill(hub, 'SIGCONT')
  await foreign?.close()
  for (const device of devices.values()) await device.close()
  await run.stop()
})

const siteNow = () => siteTimeAt(time, Date.now())
const serverOf = (equipment: string) => siteGraph(site).equipment(equipment)?.server as string
const cdus = () => site.equipment.filter(item => item.kind === 'cdu').map(item => item.id)
const temperatures = () => [
  'tower.leavingTemperatureSp',
  'facility.supplyTemperatureSp',
  ...cdus().map(cdu => `${cdu}.supplyTemperatureSp`),
]
const pressures = () => [
  'facility.differentialPressureSp',
  ...cdus().map(cdu => `${cdu}.differentialPressureSp`),
]
const setpoints = () => [...temperatures(), ...pressures(), 'tower.waterFlowSp']
const health = () =>
  json<{
    leases: { holding: number }
    uplink: {
      hostOnline: boolean
      connected: boolean
      commandsIgnoredByReason: Readonly<Record<string, number>>
    }
  }>(`${addresses.agentHealth['agent-1']}/health`)
const holding = async () => (await health()).leases.holding

/** What the device itself holds, asked by a session that is not the agent's. */
async function held(equipment: string, point: string): Promise<number> {
  const [value] = await (devices.get(serverOf(equipment)) as Device).read(`${equipment}.${point}`)
  if (typeof value !== 'number') throw new Error(`${equipment}.${point} has no value`)
  return value
}
const plan = () => json<PlanView>(`${addresses.console}api/v1/plans/current`)

describe('setpoints from the plan to the device and back', () => {
  test('from the first second the plan says what it waits for', async () => {
    const first = await plan()
    expect(first.waitingFor.length + first.reason.length).toBeGreaterThan(20)
  })

  test('the first applied plan comes by itself; what it says is applied is what the device holds', async () => {
    const applied = await eventually(
      'a plan is applied',
      async () => {
        const current = await plan()
        return current.state === 'applied' && current.moves.some(move => move.applied !== null) && current
      },
      120_000,
    )
    for (const move of applied.moves)
      expect(move.why.length, `${move.equipment}.${move.point}`).toBeGreaterThan(10)
    // A lease that needs a ramp is on its way for a while: the device is never beyond it, and gets there.
    const worthSeeing = applied.moves.flatMap(({ equipment, point, before, requested, applied: reached }) =>
      reached !== null && requested !== null && before !== null && Math.abs(requested - before) > 0.3
        ? [{ equipment, point, requested }]
        : [],
    )
    expect(worthSeeing.length).toBeGreaterThan(0)
    await eventually(
      'a device holds exactly what was requested',
      async () => {
        for (const move of worthSeeing) {
          const value = await held(move.equipment, move.point)
          if (Math.abs(value - move.requested) < 0.11) return true
        }
        return false
      },
      60_000,
    )
  })

  test('nothing outside the bounds ever reaches a device', async () => {
    for (const cdu of site.equipment.filter(item => item.kind === 'cdu')) {
      const supply = await held(cdu.id, 'supplyTemperatureSp')
      expect(supply).toBeGreaterThanOrEqual(site.bounds.cduSupplyC.lowest)
      expect(supply).toBeLessThanOrEqual(site.bounds.cduSupplyC.highest)
      expect(await held(cdu.id, 'differentialPressureSp')).toBeLessThanOrEqual(
        site.design.cduDpCommissionedKpa + 0.1,
      )
    }
    expect(await held('facility', 'differentialPressureSp')).toBeGreaterThanOrEqual(
      site.nameplate.facility.leastDpFraction * site.nameplate.facility.cduDpKpa - 0.1,
    )
  })

  test('handed back through the API: no lease holds, and none because its time was over', async () => {
    const token = /#token=(\S+)/.exec(await run.console)?.[1] as string
    await eventually('the next plan holds', async () => (await holding()) > 0, 60_000)
    await expect(
      post(`${addresses.console}api/v1/plans/hand-back`, { cdu: 'all', mayReturnAt: 0 }),
    ).rejects.toThrow(/401/)
    const lapsed = async () =>
      (await json<StatisticsView>(`${addresses.console}api/v1/statistics?fresh=true`)).leases.expired
    const before = await lapsed()
    await post(
      `${addresses.console}api/v1/plans/hand-back`,
      { cdu: 'all', mayReturnAt: Math.round(siteNow() + 48 * 60 * minute) },
      token,
    )
    await eventually('no lease holds', async () => (await holding()) === 0)
    expect(await lapsed()).toBe(before)
    expect((await plan()).state).toBe('handedBack')
  })

  test('the hub is gone for good: leases lapse, and the plant walks home to reset, flow first, warmth last and slowly', async () => {
    // Ten site minutes bring a plan home; and a plan may move a point once in five, whoever's plan moved it last.
    const handedBackAt = siteNow()
    await eventually('the plan before is all gone', () => siteNow() - handedBackAt > 30 * minute, 60_000)
    const wishes = [
      ...cdus().map(cdu => ({ equipment: cdu, point: 'differentialPressureSp', less: 8 })),
      // Not the facility's pressure: a valve wide open at any moment raises it above every plan.
      { equipment: 'facility', point: 'supplyTemperatureSp', less: 3 },
      { equipment: 'tower', point: 'leavingTemperatureSp', less: 3 },
    ]
    const issuedAt = Math.round(siteNow())
    for (const { equipment, point, less } of wishes) {
      const expected = lastOf(`${equipment}.${point}`)
      await foreign.send(
        foreign.lease({
          ...{ groupId: 'last-plan', groupSize: wishes.length, equipment, point },
          ...{ value: expected - less, expected, issuedAt, notBeforeAt: issuedAt },
          expiresAt: issuedAt + leaseMsDefault,
        }),
      )
    }
    await eventually('the last plan holds', async () => (await holding()) === wishes.length, 10_000)
    const hub = run.pids().hub as number
    process.kill(hub, 'SIGSTOP')
    onTestFinished(() => void process.kill(hub, 'SIGCONT'))
    await eventually('no lease holds any more', async () => (await holding()) === 0, 60_000)
    const lapsedAt = siteNow()
    const ends = foreign.reports.filter(one => one.groupId === 'last-plan' && one.state !== 'applied')
    // Not before their end; how soon after it is seen here is the machine's speed times the site's.
    expect((lapsedAt - issuedAt) / minute, JSON.stringify(ends)).toBeGreaterThan(89)
    // What stood there as the leases ended, however late that was noticed here.
    const standing = (key: string) =>
      changes.findLast(change => change.key === key && change.siteAt < issuedAt + leaseMsDefault)?.value
    const atLapse = Object.fromEntries(setpoints().map(key => [key, standing(key) ?? lastOf(key)]))
    const walked = () => changes.filter(change => change.siteAt >= issuedAt + leaseMsDefault)
    const risen = (key: string) => Math.max(...valuesOf(walked(), key)) - (atLapse[key] as number)
    await eventually(
      'flow and warmth are on their way home',
      () =>
        cdus().every(cdu => risen(`${cdu}.differentialPressureSp`) > 5) &&
        temperatures().some(key => risen(key) > 0.5),
      60_000,
    )
    const walk = walked()
    expectOrder(walk, atLapse)
    expectSlowWarmth(walk)
  })

  describe('a wish that the guard does not allow never arrives', () => {
    beforeAll(async () => {
      await eventually('agent and hub know each other again', async () => (await health()).uplink.hostOnline)
    })

    /** Sends it, and gives the check that the agent's report names. */
    async function checkOf(fields: Partial<Lease>, key: 'hub' | 'stranger' = 'hub'): Promise<string> {
      const lease = foreign.lease(fields, key)
      await foreign.send(lease)
      const report = await eventually(
        `a report on ${JSON.stringify(fields)}`,
        () => foreign.reports.find(one => one.leaseId === lease.id),
        10_000,
      )
      expect(report.state).toBe('refused')
      expect(report.applied === null || report.applied !== fields.value).toBe(true)
      return report.check
    }
    /** A value that would be seen at once: inside the bounds, and 4 K from what is held. */
    const tempting = () => lastOf('cdu-1.supplyTemperatureSp') + 4
    const inTime = () => ({ issuedAt: Math.round(siteNow()), notBeforeAt: Math.round(siteNow()) })

    test.each([
      ['far too warm', { value: 90 }, 'guard.bounds'],
      ['just too warm', { value: 45.001 }, 'guard.bounds'],
      ['below any dew point', { value: 5 }, 'guard.bounds'],
      ['a hundred million', { value: 1e8 }, 'guard.bounds'],
      ['pressure of a dry rack', { point: 'differentialPressureSp', value: 1 }, 'guard.bounds'],
      [
        'a facility without pressure',
        { equipment: 'facility', point: 'differentialPressureSp', value: 0 },
        'guard.bounds',
      ],
      ['an author who saw another plant', { value: 36, expected: 20 }, 'lease.expected'],
    ])('%s', async (_, fields, check) => {
      expect(await checkOf(fields)).toBe(check)
    })

    test('no number: not even understood', async () => {
      const ignored = async () => (await health()).uplink.commandsIgnoredByReason.leaseForm ?? 0
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const before = await ignored()
        await foreign.send(foreign.lease({ value }))
        await eventually(`${value} is ignored`, async () => (await ignored()) === before + 1, 10_000)
      }
    })

    test('without a signature, with a stranger’s, or changed after signing', async () => {
      const before = (await health()).uplink.commandsIgnoredByReason.leaseForm ?? 0
      await foreign.send(foreign.lease({ value: tempting() }), metric => ({
        ...metric,
        properties: (metric.properties ?? []).filter(property => property.key !== 'signature'),
      }))
      await eventually(
        'the unsigned one is ignored',
        async () => ((await health()).uplink.commandsIgnoredByReason.leaseForm ?? 0) === before + 1,
        10_000,
      )
      expect(await checkOf({ value: tempting() }, 'stranger')).toBe('lease.signature')
      const lease = foreign.lease({ value: lastOf('cdu-1.supplyTemperatureSp') })
      await foreign.send(lease, metric => ({ ...metric, value: tempting() }))
      const report = await eventually('a report on the changed one', () =>
        foreign.reports.find(one => one.leaseId === lease.id),
      )
      expect(report).toMatchObject({ state: 'refused', check: 'lease.signature' })
    })

    test('too late, too early, too long, too old', async () => {
      const now = Math.round(siteNow())
      const past = {
        issuedAt: now - 120 * minute,
        notBeforeAt: now - 120 * minute,
        expiresAt: now - 30 * minute,
      }
      expect(await checkOf({ value: tempting(), ...past })).toBe('lease.expired')
      const future = now + 60 * minute
      expect(
        await checkOf({
          value: tempting(),
          issuedAt: future,
          notBeforeAt: future,
          expiresAt: future + minute,
        }),
      ).toBe('lease.future')
      expect(
        await checkOf({ value: tempting(), ...inTime(), expiresAt: Math.round(siteNow()) + 200 * minute }),
      ).toBe('lease.length')
      expect(await checkOf({ value: tempting(), version: 0 })).toBe('lease.order')
    })

    test('a command of an earlier plan, byte for byte again', async () => {
      const old = foreign.commands.filter(({ topic }) => topic.endsWith('/cdu-1')).slice(0, 2)
      expect(old.length).toBeGreaterThan(0)
      for (const command of old) await foreign.replay(command)
      await new Promise(resolve => setTimeout(resolve, 1_000))
      expect(await holding()).toBe(0)
    })

    test('colder water while nobody knows the dew point', async () => {
      await post(`${addresses.faults}/faults`, {
        id: 'dew',
        kind: 'badSensor',
        place: 'hall',
        point: 'dewPoint',
      })
      await eventually('the agent says so', async () =>
        (await json<Array<{ title: string }>>(`${addresses.console}api/v1/alarms`)).some(alarm =>
          /dew point/.test(alarm.title),
        ),
      )
      const heldC = await held('facility', 'supplyTemperatureSp')
      const from = changes.length
      const lease = foreign.lease({
        equipment: 'facility',
        value: heldC - 4,
        expected: heldC,
      })
      await foreign.send(lease)
      const report = await eventually(
        'it is clipped',
        () => foreign.reports.find(one => one.leaseId === lease.id && one.state === 'clipped'),
        10_000,
      )
      expect(report.check).toBe('guard.dewPoint')
      await new Promise(resolve => setTimeout(resolve, 1_000))
      const lowest = Math.min(
        heldC,
        ...changes
          .slice(from)
          .filter(change => change.key === 'facility.supplyTemperatureSp')
          .map(change => change.value),
      )
      expect(lowest).toBeGreaterThan(heldC - 0.2)
    })

    test('and none of it was ever seen at a device', () => {
      for (const { key, value } of changes.filter(change => change.key.endsWith('supplyTemperatureSp'))) {
        const bounds = key.startsWith('cdu') ? site.bounds.cduSupplyC : site.bounds.facilitySupplyC
        expect(value, key).toBeGreaterThanOrEqual(bounds.lowest)
        expect(value, key).toBeLessThanOrEqual(bounds.highest)
        // The tempting wishes were 4 K from what was held; nothing in this run goes above 38 °C by itself.
        expect(value, key).toBeLessThan(38)
      }
      for (const { key, value } of changes.filter(change => change.key.endsWith('differentialPressureSp')))
        expect(value, key).toBeGreaterThan(20)
    })
  })
})

const lastOf = (key: string): number => {
  const value = changes.findLast(change => change.key === key)?.value
  if (value === undefined) throw new Error(`${key} was never seen`)
  return value
}
/** `reset` itself: racks get commissioned pressure, facility water is 2 K above the tower's, CDU water 4 K above that. */
/** Pressure has risen at the facility and at every CDU before any water is asked to be warmer. */
function expectOrder(walk: readonly Change[], atLapse: Readonly<Record<string, number>>): void {
  const firstRise = (keys: readonly string[], least: number) =>
    walk.find(({ key, value }) => keys.includes(key) && value > (atLapse[key] as number) + least)
  const warmer = firstRise(temperatures(), 0.05)
  expect(warmer, 'a temperature rises on the way home').toBeDefined()
  // What the plan had lowered; the facility's pressure answers to its valves all along.
  const lowered = pressures().filter(key => key.startsWith('cdu'))
  const rising = lowered.filter(key => Math.max(...valuesOf(walk, key)) > (atLapse[key] as number) + 2)
  expect(rising).toEqual(lowered)
  for (const key of rising) {
    // Not the very end: `reset` goes on trimming. Nine tenths of the way, before anything is asked to be warmer.
    const goal =
      (atLapse[key] as number) + 0.9 * (Math.max(...valuesOf(walk, key)) - (atLapse[key] as number))
    const arrived = walk.find(change => change.key === key && change.value >= goal)
    expect(arrived?.siteAt ?? Number.POSITIVE_INFINITY, `${key} before ${warmer?.key}`).toBeLessThanOrEqual(
      warmer?.siteAt ?? 0,
    )
  }
}

const valuesOf = (walk: readonly Change[], key: string) =>
  walk.filter(change => change.key === key).map(change => change.value)

/** At most 0.5 K a minute upward, over every stretch of two minutes or more. */
function expectSlowWarmth(walk: readonly Change[]): void {
  for (const key of temperatures()) {
    const own = walk.filter(change => change.key === key)
    for (const [index, from] of own.entries())
      for (const to of own.slice(index + 1)) {
        const minutes = (to.siteAt - from.siteAt) / minute
        // A write may come one cycle (a site minute at this speed) sooner or later.
        expect(to.value - from.value, `${key} in ${minutes.toFixed(1)} min`).toBeLessThanOrEqual(
          0.5 * (minutes + 1) + 0.05,
        )
      }
  }
}
