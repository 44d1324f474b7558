import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hallGraph } from '#tests/agent/halls.ts'
import { agentOn } from '#tests/agent/loopBench.ts'

const graph = hallGraph()

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'performance'],
  })
})
afterEach(() => {
  vi.clearAllTimers()
  vi.useRealTimers()
})

describe('water in a tray', () => {
  it('the request leaves at the 500th millisecond, whatever the cycle does, and before anything touches the disk', async () => {
    const site = agentOn(graph)
    site.connect()
    await site.pass(123)
    site.tell('A1-t01', 'leak', 1)
    await site.pass(499)
    expect(site.writes).toEqual([])
    const before = site.diary.length
    await site.pass(1)
    expect(site.writes.map(({ atMs }) => Math.round(atMs))).toEqual([623, 623, 623])
    expect(site.diary.slice(before)).toEqual([
      'write A1-t01.powerRequest=0',
      'write A1.leakDetectTray=1',
      'write cdu-1.makeupEnable=0',
    ])
    // One thing in a turn: the next leak waits for one sync at most.
    await site.pass(60)
    expect(site.diary.slice(before + 3)).toEqual([
      'latch kept',
      'tell suspected',
      'audit interlock suspected',
      'tell trayPowerOffRequested',
      'audit interlock trayPowerOffRequested',
      'tell confirmed',
      'audit interlock confirmed',
      'tell alarm',
    ])
    expect(site.loop.status().interlock).toMatchObject({ latched: ['A1-t01'], inputs: { wet: 1, dry: 0 } })
  })

  it('while the next trip is near the tale of the last one waits, its latch does not; in two seconds all is told', async () => {
    const site = agentOn(graph)
    site.connect()
    site.tell('A1-t01', 'leak', 1)
    await site.pass(400)
    site.tell('B1-t01', 'leak', 1)
    await site.pass(110)
    expect(site.diary.at(-1)).toBe('latch kept')
    await site.pass(380)
    expect(site.events.filter(event => event.type === 'alarm')).toEqual([])
    await site.pass(100)
    expect(site.events.filter(event => event.type === 'alarm')).toHaveLength(2)
  })

  it('a device that never answers holds up nobody else', async () => {
    const site = agentOn(graph)
    site.connect()
    site.devices.answer = () => new Promise(() => undefined)
    site.tell('manifold-1', 'leak', 1)
    await site.pass(500)
    site.tell('B1-t01', 'leak', 1)
    await site.pass(500)
    expect(site.written()).toEqual(expect.arrayContaining(['cdu-1.pumpRun=0', 'B1-t01.powerRequest=0']))
  })

  it('without any hub: no uplink ever answers, and the response is the same', async () => {
    const site = agentOn(graph)
    site.connect()
    site.loop.host(false)
    site.tell('A1', 'leak', 1)
    await site.pass(500)
    expect(site.written().slice(0, 2)).toEqual([
      'A1.electricalIsolationRequest=1',
      'A1.liquidIsolationRequest=1',
    ])
  })
})

describe('a path that is lost', () => {
  it('makes its leak inputs unknown, is alarmed, and gets its held commands again when it is back', async () => {
    const site = agentOn(graph)
    site.connect()
    site.tell('A1', 'leak', 1)
    await site.pass(500)
    site.turn(site.field, 'lost')
    await site.pass(2_500)
    expect(site.loop.status().interlock.inputs.wet).toBe(0)
    const alarms = site.events.flatMap(event => (event.type === 'alarm' && event.active ? [event.code] : []))
    expect(alarms).toEqual(expect.arrayContaining(['leak', 'fieldBrokerLost', 'leakSensorFault']))
    const before = site.writes.length
    site.turn(site.field, 'live')
    expect(site.written().slice(before)).toEqual(
      expect.arrayContaining(['A1.electricalIsolationRequest=1', 'A1.liquidIsolationRequest=1']),
    )
  })
})

describe('an agent that is killed after a trip', () => {
  const tripped = async () => {
    const first = agentOn(graph)
    first.connect()
    first.tell('A1', 'leak', 1)
    await first.pass(501)
    first.kill()
    const second = agentOn(graph, first.disk)
    return second
  }

  it('is latched when it is back, asks again at once, and never asks for power', async () => {
    const site = await tripped()
    expect(site.loop.status().interlock).toMatchObject({ latched: ['A1'], inputs: { dry: 0 } })
    expect(site.writes, 'nothing into closed doors').toEqual([])
    site.connect()
    expect(site.written()).toEqual(
      expect.arrayContaining(['A1.electricalIsolationRequest=1', 'A1.liquidIsolationRequest=1']),
    )
    site.tell('A1', 'leak', 0)
    await site.pass(10 * 60_000)
    expect(site.written().filter(line => /Request=0|pumpRun=1|makeupEnable=1/.test(line))).toEqual([])
    expect(site.loop.status().interlock.latched).toEqual(['A1'])
  })

  it('opens by hand only, after a minute of a dry input that it has seen itself', async () => {
    const site = await tripped()
    site.connect()
    for (const point of ['electricalIsolationStatus', 'liquidIsolationStatus']) site.tell('A1', point, 1)
    site.tell('A1', 'power', 0)
    await site.pass(120_000)
    expect(site.loop.resetZone('A1', 'Ada')).toMatchObject({ done: false })
    site.tell('A1', 'leak', 0)
    await site.pass(59_000)
    expect(site.loop.resetZone('A1', 'Ada')).toMatchObject({ done: false })
    await site.pass(1_000)
    expect(site.loop.resetZone('A1', 'Ada')).toMatchObject({ done: true })
    await site.pass(10)
    expect(site.written().slice(-2)).toEqual([
      'A1.liquidIsolationRequest=0',
      'A1.electricalIsolationRequest=0',
    ])
    expect(site.disk.latch?.zones).toEqual([])
    expect(site.diary.filter(line => line === 'audit reset')).toHaveLength(3)
  })
})

describe('the house of the agent', () => {
  it('an event loop that stood still is counted and said; a busy second is not', async () => {
    const site = agentOn(graph)
    site.connect()
    await site.pass(5_000)
    site.standStill(900)
    await site.pass(1_000)
    expect(site.loop.status().stalls.count).toBe(0)
    site.standStill(3_000)
    await site.pass(1_000)
    expect(site.loop.status().stalls).toMatchObject({ count: 1, longestMs: 3_000 })
    expect(site.warnings).toContainEqual(expect.stringContaining('stood still'))
  })

  it('a thousand wishes are heard in a cycle and no more; strangers among them leave room for the others', async () => {
    const site = agentOn(graph)
    site.connect()
    for (let nth = 0; nth < 1_500; nth++) site.loop.mode('cdu-1')
    const hand = { equipment: 'cdu-1', point: 'differentialPressureSp', value: 80, by: 'Ada' }
    for (let nth = 0; nth < 1_500; nth++) site.loop.manual(hand)
    expect(site.warnings.filter(line => line.includes('wishes'))).toHaveLength(700)
    await site.pass(1_000)
    expect(site.loop.status().modes).toMatchObject({ 'cdu-1': 'advise' })
    const refused = site.events.filter(event => event.type === 'mode')
    expect(refused).toHaveLength(10)
    expect(refused[0]).toMatchObject({ sentence: expect.stringContaining('without a signature') })
  })

  it('what it sees of others’ equipment informs it, and is not reported', async () => {
    const site = agentOn(graph)
    site.connect()
    site.tell('A1', 'power', 90)
    site.loop.samples(site.field, [{ equipment: 'Z9', point: 'power', value: 5, quality: 'good', at: 1 }])
    await site.pass(1_000)
    const reported = new Set(site.offered.map(sample => sample.equipment))
    expect(reported.has('A1')).toBe(true)
    expect(reported.has('Z9')).toBe(false)
  })
})
