import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AlarmView } from '#contract/api.ts'
import { virtualClock } from '#contract/clock.ts'
import type { Sample } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { hour } from '#contract/units.ts'
import { takeAgentEvent } from '#hub/alarms/agentEvents.ts'
import { createAlarms } from '#hub/alarms/alarms.ts'
import { watchStale } from '#hub/alarms/stale.ts'
import { type AlarmEvent, alarmTransitions, moved } from '#hub/alarms/transitions.ts'
import { createLive } from '#hub/live.ts'
import { openState, type State } from '#hub/state/state.ts'
import { testSite } from '#tests/support/siteOf.ts'

const graph = siteGraph(testSite())
let folder: string
let state: State
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-alarms-'))
  state = openState(join(folder, 'hub.sqlite'))
})
afterEach(() => {
  state.close()
  rmSync(folder, { recursive: true })
})

/** A hall whose points a test sets, at site time; returns what the operator would see. */
function hall(options: { speed?: number } = {}) {
  const clock = virtualClock({ speed: options.speed ?? 1 })
  const live = createLive()
  const announced: AlarmView[] = []
  const troubles: string[] = []
  const alarms = createAlarms({ graph, live, state, clock, log: sentence => troubles.push(sentence) })
  alarms.onChange(alarm => announced.push(alarm))
  return {
    clock,
    alarms,
    announced,
    troubles,
    set(equipment: string, values: Record<string, number | null>) {
      const samples = Object.entries(values).map(
        ([point, value]): Sample =>
          value === null
            ? { equipment, point, value, quality: 'bad', at: clock.siteNow() }
            : { equipment, point, value, quality: 'good', at: clock.siteNow() },
      )
      live.take(samples)
      alarms.samples(samples)
    },
    wait(ms: number) {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(Math.min(100, ms - passed))
        alarms.tick()
      }
    },
    titles: () => alarms.standing().map(alarm => alarm.title),
  }
}

describe('alarms of the hall', () => {
  test('water in a rack is announced at once, in words', () => {
    const it = hall()
    it.set('B2', { leak: 1 })
    expect(it.titles()).toEqual(['Water in B2'])
    expect(it.announced[0]).toMatchObject({ priority: 1, state: 'unackActive', equipment: 'B2' })
  })

  test('a lost reading neither raises nor clears: what stands stays', () => {
    const it = hall()
    it.set('B2', { leak: 1 })
    it.set('B2', { leak: null })
    it.wait(60_000)
    expect(it.titles()).toEqual(['Water in B2'])
    it.set('A1', { leak: null })
    it.wait(60_000)
    expect(it.titles()).toEqual(['Water in B2'])
  })

  test('reservoir around its limit: the delay must pass without a break, the dead band keeps it from flapping', () => {
    const it = hall()
    it.set('cdu-1', { reservoirLevel: 24 })
    it.wait(30_000)
    it.set('cdu-1', { reservoirLevel: 27 })
    it.wait(10_000)
    it.set('cdu-1', { reservoirLevel: 24 })
    it.wait(40_000)
    expect(it.titles(), '40 s of 60').toEqual([])
    it.wait(21_000)
    expect(it.titles()).toEqual(['CDU-1: reservoir low'])
    it.set('cdu-1', { reservoirLevel: 28 })
    it.wait(120_000)
    expect(it.titles(), 'inside the dead band').toHaveLength(1)
    it.set('cdu-1', { reservoirLevel: 35 })
    it.wait(61_000)
    expect(it.alarms.standing()[0]?.state).toBe('unackReturned')
  })

  test('acknowledged, then dry again: the alarm ends, and who acknowledged stays in the record', () => {
    const it = hall()
    it.set('B2', { leak: 1 })
    const id = it.alarms.standing()[0]?.id as string
    expect(it.alarms.acknowledge(id, 'night desk').state).toBe('ackActive')
    it.set('B2', { leak: 0 })
    it.wait(10_100)
    expect(it.alarms.standing()).toEqual([])
    expect(state.alarms({ fromAt: 0, toAt: 1e15, limit: 10 })[0]).toMatchObject({
      state: 'normal',
      acknowledgedBy: 'night desk',
    })
    expect(() => it.alarms.acknowledge(id, 'night desk')).toThrow(/no alarm stands/)
  })

  test('a pump trip is one root; lost flow and low pressure fold under it, a leak never does', () => {
    const it = hall()
    it.set('cdu-1-pa', { status: 2 })
    it.set('cdu-1', { flow: 10, differentialPressure: 5, differentialPressureSp: 100 })
    it.set('A2', { liquidFlow: 1, power: 90, leak: 1 })
    it.wait(3_000)
    const roots = it.alarms.standing().filter(alarm => alarm.rootId === undefined)
    expect(roots.map(alarm => alarm.title).sort()).toEqual(['Pump P-1A tripped', 'Water in A2'])
    expect(it.alarms.standing().length).toBe(5)
  })

  test('pressure on its way to a setpoint that jumped is no alarm; pumps that never reach it are, after ten minutes', () => {
    const it = hall()
    it.set('cdu-1', { differentialPressure: 36, differentialPressureSp: 116 })
    it.wait(20_000)
    expect(it.alarms.standing()).toEqual([])
    it.wait(600_000)
    expect(it.alarms.standing().map(alarm => alarm.code)).toEqual(['cduDpUnderSet'])
  })

  test('pressure below what any chip may run with is an alarm in two seconds', () => {
    const it = hall()
    it.set('cdu-1', { differentialPressure: 20, differentialPressureSp: 32 })
    it.wait(2_100)
    expect(it.alarms.standing().map(alarm => alarm.code)).toEqual(['cduDpLow'])
  })

  test('a root that comes after its consequences takes them in', () => {
    const it = hall()
    it.set('cdu-1', { flow: 10 })
    it.wait(1_500)
    it.set('cdu-1-pa', { status: 2 })
    const lost = it.alarms.standing().find(alarm => alarm.code === 'cduFlowLost')
    expect(lost?.rootId).toBe(it.alarms.standing().find(alarm => alarm.code === 'pumpTripped')?.id)
  })

  test('trouble on another CDU is not folded away', () => {
    const it = hall()
    it.set('cdu-1-pa', { status: 2 })
    it.set('cdu-2', { flow: 10 })
    it.wait(1_500)
    expect(it.alarms.standing().filter(alarm => alarm.rootId === undefined)).toHaveLength(2)
  })

  test('a silent agent is one alarm', () => {
    const it = hall()
    it.alarms.raise('agentOffline', 'agent-1')
    it.alarms.raise('equipmentStale', 'cdu-1')
    it.alarms.raise('equipmentStale', 'cdu-2')
    expect(
      it.alarms
        .standing()
        .filter(alarm => alarm.rootId === undefined)
        .map(alarm => alarm.code),
    ).toEqual(['agentOffline'])
  })

  test('a lost field connection is one row; the devices behind it fold under it, and end with their first fresh value', () => {
    const it = hall()
    const stale = watchStale({ graph, alarms: it.alarms })
    stale.lost(['A1', 'A2', 'meter-it-1'], it.clock.siteNow())
    takeAgentEvent(
      {
        type: 'alarm',
        at: it.clock.siteNow(),
        agent: 'agent-1',
        code: 'fieldBrokerLost',
        active: true,
        equipment: 'manifold-1',
        sentence: 'field-dsx: connection refused',
      },
      it.alarms,
    )
    expect(
      it.alarms
        .standing()
        .filter(alarm => alarm.rootId === undefined)
        .map(alarm => alarm.code),
    ).toEqual(['sourceLost'])
    stale.fresh([{ equipment: 'A1-t02', point: 'leak', value: 0, quality: 'good', at: it.clock.siteNow() }])
    const left = it.alarms
      .standing()
      .filter(alarm => alarm.code === 'equipmentStale' && alarm.state === 'unackActive')
    expect(left.map(alarm => alarm.equipment).sort()).toEqual(['A2', 'meter-it-1'])
  })

  test('shelving: not for water, never for more than 8 h, back by itself', () => {
    const it = hall({ speed: 60 })
    it.set('B2', { leak: 1 })
    const leak = it.alarms.standing()[0]?.id as string
    expect(() => it.alarms.shelve(leak, { forMs: hour, why: 'known', by: 'desk' })).toThrow(/critical/)
    it.alarms.raise('writeFailed', 'cdu-1')
    const failed = it.alarms.standing().find(alarm => alarm.code === 'writeFailed')?.id as string
    expect(() => it.alarms.shelve(failed, { forMs: 9 * hour, why: 'known', by: 'desk' })).toThrow(/8 h/)
    it.alarms.shelve(failed, { forMs: hour, why: 'filter change', by: 'desk' })
    it.wait(59_000)
    expect(it.alarms.standing().find(alarm => alarm.id === failed)?.state).toBe('shelved')
    it.wait(2_000)
    expect(it.alarms.standing().find(alarm => alarm.id === failed)?.state).toBe('unackActive')
  })

  test('a hub that restarts knows what stood, and does not raise it twice', () => {
    const first = hall()
    first.set('B2', { leak: 1 })
    const second = hall()
    expect(second.titles()).toEqual(['Water in B2'])
    second.set('B2', { leak: 1 })
    expect(second.alarms.counts()).toEqual({ raised: 1, active: 1 })
  })

  test('a disk that fails costs the record, never the alarm', () => {
    const it = hall()
    state.close()
    it.alarms.samples([])
    it.set('B2', { leak: 1 })
    expect(it.announced.map(alarm => alarm.title)).toEqual(['Water in B2'])
    expect(it.troubles[0]).toMatch(/could not be kept/)
    state = openState(join(folder, 'hub.sqlite'))
  })

  test('what an agent did about water is an alarm of its own until it is reset by hand', () => {
    const it = hall()
    const event = { type: 'interlock', at: 1, agent: 'agent-1', zone: 'B2', points: [] } as const
    takeAgentEvent({ ...event, stage: 'electricalRequested', sentence: 'Power-off asked for B2.' }, it.alarms)
    takeAgentEvent({ ...event, stage: 'liquidRequested', sentence: 'Valve close asked for B2.' }, it.alarms)
    expect(it.titles()).toEqual(['Leak interlock acted at B2'])
    takeAgentEvent({ ...event, stage: 'reset', sentence: 'Reset by hand.' }, it.alarms)
    expect(it.alarms.standing()[0]?.state).toBe('unackReturned')
  })
})

test('alarm life cycle: only moves of the table happen, and every walk ends in a known state', () => {
  const alarm: AlarmView = {
    id: '1',
    code: 'leak',
    equipment: 'B2',
    priority: 1,
    state: 'normal',
    raisedAt: 0,
    changedAt: 0,
    title: '',
    consequence: '',
    response: '',
  }
  const events: readonly AlarmEvent[] = ['raise', 'return', 'acknowledge', 'shelve', 'unshelve']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 60 }), walk => {
      let now = alarm
      for (const [i, event] of walk.entries()) {
        const next = moved(now, event, i)
        expect(next?.state).toBe(alarmTransitions[now.state][event])
        now = next ?? now
      }
      expect(Object.keys(alarmTransitions)).toContain(now.state)
    }),
    { numRuns: 500 },
  )
})
