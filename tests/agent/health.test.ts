import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Health, type HealthDoor, openHealth } from '#agent/health/health.ts'

const health: Health = {
  id: 'agent-1',
  siteNow: 5,
  mode: 'advise',
  cycles: 40,
  cycleP99Ms: 3,
  sources: [{ id: 'field', state: 'live' }],
  outbox: {
    accepted: 10,
    acknowledged: 7,
    queued: 3,
    dropped: 0,
    quarantined: 0,
    eventsQueued: 1,
    waiting: 0,
    durability: 'disk',
    oldestQueuedWallAt: null,
  },
  uplink: {
    connected: true,
    hostOnline: true,
    deliveryProven: true,
    acknowledgedPosition: 4,
    sentPosition: 5,
    rebirths: 0,
  } as Health['uplink'],
  interlock: { latched: ['A1'], waitingForConfirmation: [], inputs: { dry: 3, wet: 1, unknown: 0 } },
  leases: { holding: 0 },
  stalls: { count: 0, longestMs: 0, lastMs: 0 },
  points: { good: 4, uncertain: 0, stale: 0, bad: 0, none: 1 },
  version: '0.1.0',
}
const heard: string[] = []
let door: HealthDoor
beforeAll(async () => {
  door = await openHealth(0, () => health, {
    reset: (zone, by) => (zone === 'A1' ? void heard.push(`${zone} ${by}`) : `${zone} is not latched`),
    confirm: () => undefined,
    manual: () => undefined,
  })
})
afterAll(() => door.close())
const post = (path: string, body: string, type = 'application/json') =>
  fetch(`http://127.0.0.1:${door.port}${path}`, { method: 'POST', body, headers: { 'content-type': type } })

describe('the door on loopback', () => {
  it('says how the agent is, in JSON and for Prometheus', async () => {
    expect(await (await fetch(`http://127.0.0.1:${door.port}/health`)).json()).toMatchObject({
      id: 'agent-1',
      outbox: { accepted: 10 },
    })
    const metrics = await (await fetch(`http://127.0.0.1:${door.port}/metrics`)).text()
    expect(metrics).toContain('coldloop_agent_samples_accepted 10')
    expect(metrics).toContain('coldloop_agent_zones_latched 1')
  })
  it('takes a reset by hand, with a name', async () => {
    expect((await post('/reset', '{"zone":"A1","by":"Ada"}')).status).toBe(200)
    expect(heard).toEqual(['A1 Ada'])
  })
  it.each([
    { what: 'a zone that is not latched', body: '{"zone":"B1","by":"Ada"}', status: 409 },
    { what: 'nobody', body: '{"zone":"A1"}', status: 400 },
    { what: 'no JSON', body: 'zone=A1', status: 400 },
    { what: 'a web form', body: '{"zone":"A1","by":"Ada"}', type: 'text/plain', status: 400 },
  ])('refuses $what with a sentence', async ({ body, status, type }) => {
    const answer = await post('/reset', body, type)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ code: expect.any(String), sentence: expect.any(String) })
  })
})
