import { join } from 'node:path'
import { keptFile } from '#agent/cycle/keptFile.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { Reading } from '#contract/reading.ts'
import { newFolder, startAgent, until } from '../delivery/support/pair.ts'
import { chipTemperature, pumpSpeed, supplyTemperature } from '../delivery/support/plant.ts'
import { aMoment, count, countPackets, fakeHost } from './counterparts.ts'
import type { Stage, Story } from './stage.ts'
import type { Cast } from './trace.ts'

const cast: Cast = {
  group: 'hall',
  hostId: 'hub',
  node: 'agent-1',
  devices: ['cdu-1', 'A1'],
  firstBdSeq: 0,
  reorderMs: 0,
}

/** What births find: values of different ages, one bad, most never seen. */
function present(): (equipment: string, point: string) => Reading | undefined {
  const now = Date.now()
  const known: Readonly<Record<string, Reading>> = {
    'A1.leak': { value: 0, quality: 'good', at: now - 5_000 },
    'cdu-1.flow': { value: 420, quality: 'good', at: now - 1_000 },
    'cdu-1.supplyTemperature': { value: 31, quality: 'uncertain', at: now - 9_000 },
    'cdu-1-pa.speed': { value: null, quality: 'bad', at: now - 3_000, statusCode: 0x80000000 },
  }
  return (equipment, point) => known[`${equipment}.${point}`]
}

const modeEvent = (at: number): AgentEvent => ({
  type: 'mode',
  at,
  agent: cast.node,
  equipment: 'cdu-1',
  from: 'auto',
  to: 'off',
  sentence: `off at ${at}`,
})

/** From the first CONNECT over births, data, a lost device and a rebirth to the planned end. */
async function dayOfAnEdge(stage: Stage): Promise<void> {
  const { trace, told } = stage
  const broker = await stage.broker()
  const way = await stage.wire('one', broker.port)
  const host = await fakeHost(broker.url, cast.group, cast.hostId)
  stage.after(host.close)
  const agent = await startAgent({ url: way.url, current: present() })
  const { uplink, outbox } = agent
  stage.after(outbox.close)
  stage.after(uplink.close)
  const start = Date.now()
  const acknowledged = async () => {
    await host.acknowledge(cast.node, { epoch: outbox.epoch, position: outbox.newestPosition() })
    await until('all is acknowledged', () => outbox.counters().queued === 0)
  }

  await until('the edge is connected', () => uplink.status().connected)
  await host.state(true, start, 'another-host')
  await host.state(false, start)
  await aMoment()
  await host.state(true, start + 1)
  await until('births', () => count(trace, 'DBIRTH') === 2)

  for (let turn = 0; turn < 40; turn++) {
    outbox.offer([supplyTemperature(turn, start + turn), chipTemperature(turn, start + turn)])
    await outbox.flush()
  }
  // With these, more than three rounds of the running number without a birth between them.
  for (let turn = 0; turn < 760; turn++) outbox.offerEvent(modeEvent(start + turn))
  await until('data', () => count(trace, 'DDATA') === 80 && count(trace, 'NDATA') === 760)
  await acknowledged()
  // Sources interleave.
  outbox.offer([
    supplyTemperature(1, start + 900),
    pumpSpeed(1, start + 700),
    supplyTemperature(2, start + 1_000),
  ])
  outbox.offer([{ equipment: 'A1', point: 'leak', value: null, quality: 'bad', at: start + 900 }])
  outbox.offer([{ equipment: 'A1', point: 'leak', value: 1, quality: 'good', at: start + 1_000 }])
  outbox.offer([{ equipment: 'A1', point: 'leak', value: null, quality: 'stale', at: start + 1_100 }])
  await outbox.flush()
  uplink.health({
    version: '1',
    cycleP99Ms: 3,
    accepted: 1,
    queued: 0,
    oldestQueuedAgeMs: null,
    durability: 'disk',
    sources: [],
    latchedZones: [],
  })

  told({ what: 'deviceLost', node: cast.node, device: 'A1', at: Date.now() })
  uplink.deviceOnline('A1', false)
  await until('the death of the rack', () => count(trace, 'DDEATH') === 1)
  await host.rebirth(cast.node)
  await until('a rebirth with a dead device', () => count(trace, 'DDEATH') === 2)
  told({ what: 'deviceBack', node: cast.node, device: 'A1', at: Date.now() })
  uplink.deviceOnline('A1', true)
  await until('the rack is back', () => count(trace, 'DBIRTH') === 5)
  await acknowledged()

  await host.command(`NCMD/${cast.node}`, [{ name: 'Node Control/Reboot', datatype: 11, value: true }])
  await host.command(`DCMD/${cast.node}/cdu-1`, [{ name: 'mode', datatype: 3, value: 3 }])
  await until('the mode', () => agent.modes.length === 1)
  await host.rebirth(cast.node)
  await until('a rebirth', () => count(trace, 'NBIRTH') === 3)

  await host.state(false, start)
  await aMoment()
  outbox.offer([supplyTemperature(7, start + 2_000)])
  await outbox.flush()
  await aMoment()
  // Gone and back within a breath: the death and the end of the session must not be mixed with a birth.
  await host.state(false, start + 2)
  await host.state(true, start + 3)
  await until('the edge has come again', () => count(trace, 'NBIRTH') === 4)
  await host.state(false, start + 4)
  await until('the edge waits', () => countPackets(trace, 'connect') === 3 && uplink.status().connected)
  await host.state(true, start)
  await aMoment()
  await host.state(true, start + 5)
  await until('births after the wait', () => count(trace, 'NBIRTH') === 5)
}

/** The wire is cut, the broker is away, the agent is killed and started again: the death number goes on through it all. */
async function restarts(stage: Stage): Promise<void> {
  const { trace } = stage
  const broker = await stage.broker()
  const folder = newFolder()
  const kept = () => keptFile<{ bdSeq: number }>(join(folder, 'bdSeq.json'))
  kept().keep({ bdSeq: 252 })
  const way = await stage.wire('one', broker.port)
  const host = await fakeHost(broker.url, cast.group, cast.hostId)
  stage.after(host.close)
  await host.state(true, Date.now())
  const births = (times: number) => until(`birth ${times}`, () => count(trace, 'NBIRTH') === times)
  const begin = async () => {
    const agent = await startAgent({
      url: way.url,
      dataDir: join(folder, 'agent'),
      bdSeq: kept(),
      current: present(),
    })
    const end = async () => {
      await agent.uplink.close()
      await agent.outbox.close()
    }
    stage.after(end)
    return { ...agent, end }
  }
  let agent = await begin()
  await births(1)
  way.cut()
  await births(2)
  // Nobody there: no CONNECT leaves, so no number is used up, however often it is tried.
  await way.shut()
  await until('the loss is seen', () => !agent.uplink.status().connected)
  await new Promise(resolve => setTimeout(resolve, 600))
  await way.open()
  await births(3)
  await way.shut()
  await agent.end()
  await way.open()
  agent = await begin()
  await births(4)
  agent.outbox.offer([supplyTemperature(1, Date.now())])
  await until('data', () => count(trace, 'DDATA') === 1)
}

/** Two brokers, and a host that is now at the one, now at the other. */
async function twoBrokers(stage: Stage): Promise<void> {
  const { trace } = stage
  const brokers = [await stage.broker(), await stage.broker()] as const
  const first = await stage.wire('first', brokers[0].port)
  const second = await stage.wire('second', brokers[1].port)
  const atFirst = await fakeHost(brokers[0].url, cast.group, cast.hostId)
  const atSecond = await fakeHost(brokers[1].url, cast.group, cast.hostId)
  stage.after(atFirst.close)
  stage.after(atSecond.close)
  const start = Date.now()
  // Offline everywhere: the edge walks round and round, and is born nowhere.
  await atFirst.state(false, start)
  await atSecond.state(false, start + 50)
  const agent = await startAgent({ url: first.url, others: [second.url], current: present() })
  stage.after(agent.outbox.close)
  stage.after(agent.uplink.close)
  const births = (times: number) => until(`birth ${times}`, () => count(trace, 'NBIRTH') === times)
  await until('a round', () => countPackets(trace, 'connect') >= 3)
  // The clocks of the two sessions of a host are its own affair: older than at the other broker is not old.
  await atFirst.state(true, start + 1)
  await births(1)
  await atSecond.state(true, start + 51)
  await atFirst.state(false, start + 2)
  await births(2)
  await atFirst.state(true, start + 3)
  await aMoment()
  await atSecond.state(false, start + 52)
  await births(3)
  agent.outbox.offer([supplyTemperature(1, Date.now())])
  await until('data', () => count(trace, 'DDATA') === 1)
  await atSecond.state(true, start + 53)
  await first.shut()
  await births(4)
}

export const edgeStories: readonly Story[] = [
  { name: 'a day of an edge', cast, play: dayOfAnEdge },
  { name: 'cuts, kills and restarts', cast: { ...cast, firstBdSeq: 253 }, play: restarts },
  { name: 'two brokers', cast, play: twoBrokers },
]
