import type { SignedLease } from '#contract/messages/lease.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import type { Metric } from '#contract/sparkplug/payload.ts'
import type { HostListener } from '#hub/ingest/host.ts'
import { ledgerStore } from '../delivery/support/ledgerStore.ts'
import { startHub, until } from '../delivery/support/pair.ts'
import { aMoment, count, countPackets, type FakeEdge, fakeEdge, fakeHost } from './counterparts.ts'
import type { Recorder } from './recorder.ts'
import type { Stage, Story } from './stage.ts'
import type { Cast, Trace } from './trace.ts'

const cast: Cast = { group: 'hall', hostId: 'hub', node: '', devices: [], firstBdSeq: 0, reorderMs: 300 }

/** Writes down what the hub's house is told. */
const house = (told: Recorder['told']): Pick<HostListener, 'live' | 'agentOnline' | 'equipmentStale'> => ({
  live: (node, samples) => {
    for (const { equipment, point, value, at } of samples)
      told({ what: 'shown', node, equipment, point, value, at })
  },
  agentOnline: (node, isOnline, at) => told({ what: isOnline ? 'online' : 'offline', node, at }),
  equipmentStale: (node, equipment, at) => {
    for (const id of equipment) told({ what: 'stale', node, equipment: id, at })
  },
})

const named = (name: string, datatype: number, rest: Partial<Metric>): Metric => ({
  name,
  timestamp: Date.now(),
  datatype,
  ...rest,
})
const bdSeq = (value: number): Metric => named('bdSeq', dataTypes.Int64, { value })
const nodeMetrics = (session: number): Metric[] => [
  bdSeq(session),
  named('Node Control/Rebirth', dataTypes.Boolean, { value: false }),
  named('Node Control/Acknowledge', dataTypes.String, { isNull: true }),
  named('Node Control/Release Group', dataTypes.String, { isNull: true }),
]
const deviceMetrics = (flow: number): Metric[] => [
  named('flow', dataTypes.Double, { alias: 5, value: flow }),
  named('cdu-1-pa/speed', dataTypes.Double, { alias: 6, value: 70 }),
  named('mode', dataTypes.Int32, { alias: 7, value: 3 }),
  named('differentialPressureSp', dataTypes.Double, { alias: 8, value: 100 }),
]
const flow = (value: number, rest: Partial<Metric> = {}): Metric => ({
  alias: 5,
  timestamp: Date.now(),
  kind: 'double',
  value,
  ...rest,
})

async function bear(edge: FakeEdge, node: string, session: number, firstFlow: number): Promise<void> {
  await edge.say(`NBIRTH/${node}`, { seq: 0, metrics: nodeMetrics(session) })
  await edge.say(`DBIRTH/${node}/cdu-1`, { seq: 1, metrics: deviceMetrics(firstFlow) })
}
const lease = (): SignedLease => ({
  id: 'a1',
  groupId: 'plan 3',
  groupSize: 1,
  equipment: 'cdu-1',
  point: 'differentialPressureSp',
  value: 92.5,
  expected: 110,
  reason: 'low load',
  author: 'plan of the test',
  priority: 'plan',
  version: 4,
  issuedAt: Date.now(),
  notBeforeAt: Date.now(),
  expiresAt: Date.now() + 60_000,
  keyId: 'k',
  signature: 'c2ln',
})

/** Births, data, deaths, gaps, nonsense and commands at one broker; then the host itself is denied, cut off and ended. */
async function dayOfAHost(stage: Stage): Promise<void> {
  const { trace, told } = stage
  const broker = await stage.broker()
  const way = await stage.wire('one', broker.port)
  const edge = await fakeEdge(broker.url, cast.group)
  stage.after(edge.close)
  const hub = await startHub({
    url: way.url,
    store: ledgerStore(),
    reorderMs: cast.reorderMs,
    house: house(told),
  })
  stage.after(hub.host.close)
  const shown = (node: string, value: number) =>
    until(`${value} of ${node}`, () =>
      trace.seen.some(
        seen =>
          seen.kind === 'told' &&
          seen.told.what === 'shown' &&
          seen.told.node === node &&
          seen.told.value === value,
      ),
    )

  await bear(edge, 'plc-a', 3, 41)
  await shown('plc-a', 41)
  await edge.say('DDATA/plc-a/cdu-1', {
    seq: 2,
    metrics: [flow(42), flow(12, { isHistorical: true, timestamp: Date.now() - 3_600_000 })],
  })
  await shown('plc-a', 42)
  await bear(edge, 'plc-b', 0, 51)
  await shown('plc-b', 51)
  await commands(edge, hub.host, trace)

  await edge.say('DDEATH/plc-a/cdu-1', { seq: 3 })
  await until('the device is lost', () => hub.stale.length > 0)
  await edge.say('DDATA/plc-a/cdu-1', { seq: 4, metrics: [flow(4711)] })
  await edge.say('DBIRTH/plc-a/cdu-1', { seq: 5, metrics: deviceMetrics(43) })
  await shown('plc-a', 43)
  // Wills of earlier sessions come late, two hundred of them.
  for (let turn = 0; turn < 200; turn++)
    await edge.say('NDEATH/plc-a', { metrics: [bdSeq((turn + 4) % 256)] })
  await edge.say('DDATA/plc-a/cdu-1', { seq: 6, metrics: [flow(44)] })
  await shown('plc-a', 44)
  await edge.say('NDEATH/plc-a', { metrics: [bdSeq(3)] })
  await until('the node is offline', () => hub.online.includes('plc-a offline'))

  await gaps(edge, trace, shown)
  await nonsense(edge, trace, hub.host)
  await denials(broker.url, trace)

  way.cut()
  await until('the host is back', () => countPackets(trace, 'connect') === 3 && hub.host.connected())
}

async function commands(edge: FakeEdge, host: Awaited<ReturnType<typeof startHub>>['host'], trace: Trace) {
  await host.sendMode('plc-b', 'cdu-1', 'auto')
  await host.sendLeases('plc-b', [lease()])
  await host.releaseGroup('plc-b', 'plan 3')
  await until('three commands', () => count(trace, 'DCMD') === 2 && count(trace, 'NCMD') === 1)
  await edge.say('DDATA/plc-b/cdu-1', { seq: 2, uuid: 'cl1:0b9c6c1e-aaaa:1', metrics: [flow(52)] })
  await until('an acknowledgement', () => count(trace, 'NCMD') === 2)
}

async function gaps(edge: FakeEdge, trace: Trace, shown: (node: string, value: number) => Promise<void>) {
  // A message overtook another.
  await bear(edge, 'plc-e', 0, 61)
  await edge.say('DDATA/plc-e/cdu-1', { seq: 3, metrics: [flow(63)] })
  await edge.say('DDATA/plc-e/cdu-1', { seq: 2, metrics: [flow(62)] })
  await shown('plc-e', 63)
  // One never comes.
  const before = count(trace, 'NCMD')
  await bear(edge, 'plc-d', 0, 71)
  await edge.say('DDATA/plc-d/cdu-1', { seq: 4, metrics: [flow(72)] })
  await until('births are asked for', () => count(trace, 'NCMD') === before + 1)
  await bear(edge, 'plc-d', 0, 73)
  await shown('plc-d', 73)
  // No birth at all.
  await edge.say('DDATA/plc-c/cdu-1', { seq: 9, metrics: [flow(81)] })
  await until('births are asked for', () => count(trace, 'NCMD') === before + 2)
  // Aliases and names of nobody, five hundred of them: asked once.
  await bear(edge, 'plc-f', 0, 91)
  for (let turn = 0; turn < 500; turn++)
    await edge.say('DDATA/plc-f/cdu-1', {
      seq: (turn + 2) % 256,
      metrics: [
        flow(666, turn % 5 === 0 ? { alias: undefined, name: `colour ${turn}` } : { alias: 99 + turn }),
      ],
    })
  await until('births are asked for', () => count(trace, 'NCMD') === before + 3)
}

async function nonsense(edge: FakeEdge, trace: Trace, host: Awaited<ReturnType<typeof startHub>>['host']) {
  await edge.raw('spBv1.0/hall/NBIRTH/plc-g', 'not a payload')
  for (let turn = 0; turn < 500; turn++) {
    // Bytes in disorder, the same in each run.
    const bytes = Buffer.from(Array.from({ length: turn % 60 }, (_, at) => (turn * 37 + at * 101 + 7) % 256))
    await edge.raw('spBv1.0/hall/DDATA/plc-g/cdu-1', bytes)
  }
  await edge.raw('spBv1.0/elsewhere/DDATA/plc-a/cdu-1', 'another site')
  await edge.raw('spBv1.0/STATE/another-host', '{"online":true,"timestamp":1}')
  await edge.raw('spBv1.0/hall/NOTHING/plc-a', '')
  await edge.say('NDATA/plc-z', { seq: 1, metrics: [flow(1)] })
  await until('all of it has come', () => count(trace, 'NDATA', 'broker') === 1)
  await until('some of it was undecodable', () => (host.counters().rejectedByReason.undecodable ?? 0) > 0)
}

/** Somebody says that the host is offline: with its own time, and with a later one that only a new session overrules. */
async function denials(url: string, trace: Trace) {
  const stranger = await fakeHost(url, cast.group, cast.hostId)
  const own = trace.seen.findLast(
    seen => seen.kind === 'packet' && seen.packet.type === 'connect' && seen.packet.will !== undefined,
  )
  const will = own?.kind === 'packet' && own.packet.type === 'connect' ? own.packet.will?.state : undefined
  const before = count(trace, 'STATE')
  await stranger.state(false, (will as { timestamp: number }).timestamp)
  await until('the host denies it', () => count(trace, 'STATE') > before)
  await stranger.state(false, Date.now())
  await until(
    'the host has begun anew',
    () => countPackets(trace, 'connect') === 2 && count(trace, 'STATE') === before + 4,
  )
  await stranger.close()
}

/** A node that moves from one broker to the other, and a broker that is lost. */
async function hostAtTwoBrokers(stage: Stage): Promise<void> {
  const { trace, told } = stage
  const brokers = [await stage.broker(), await stage.broker()] as const
  const first = await stage.wire('first', brokers[0].port)
  const second = await stage.wire('second', brokers[1].port)
  const atFirst = await fakeEdge(brokers[0].url, cast.group)
  const atSecond = await fakeEdge(brokers[1].url, cast.group)
  stage.after(atFirst.close)
  stage.after(atSecond.close)
  const hub = await startHub({
    url: first.url,
    others: [second.url],
    store: ledgerStore(),
    reorderMs: cast.reorderMs,
    house: house(told),
  })
  stage.after(hub.host.close)
  await until('the host is at both', () => count(trace, 'STATE') === 2)
  await bear(atFirst, 'plc-m', 1, 41)
  await until('the birth', () => hub.live.some(({ value }) => value === 41))
  await bear(atSecond, 'plc-m', 2, 42)
  await until('the birth elsewhere', () => hub.live.some(({ value }) => value === 42))
  // What the first session left behind.
  await atFirst.say('DDATA/plc-m/cdu-1', { seq: 2, metrics: [flow(4711)] })
  await atFirst.say('NDEATH/plc-m', { metrics: [bdSeq(1)] })
  await aMoment()
  await hub.host.sendMode('plc-m', 'cdu-1', 'auto')
  await until('the command', () => count(trace, 'DCMD') === 1)
  await first.shut()
  await atSecond.say('DDATA/plc-m/cdu-1', { seq: 2, metrics: [flow(43)] })
  await until('the node lives on', () => hub.live.some(({ value }) => value === 43))
}

export const hostStories: readonly Story[] = [
  { name: 'a day of a host', cast, play: dayOfAHost },
  { name: 'a host at two brokers', cast, play: hostAtTwoBrokers },
]
