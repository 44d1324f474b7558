import { describe, expect, it } from 'vitest'
import type { Outcome } from '#agent/interlock/ground.ts'
import { type Allowance, Interlock } from '#agent/interlock/interlock.ts'
import type { PointWrite } from '#agent/sources/source.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { Sample } from '#contract/reading.ts'
import { hallGraph } from '#tests/agent/halls.ts'

/** A hall whose inputs a test moves by hand; time stands still until told. */
function hall(change: Parameters<typeof hallGraph>[0] & { allowance?: Allowance } = {}) {
  const graph = hallGraph(change)
  let nowMs = 0
  const writes: Array<PointWrite & { readonly atMs: number }> = []
  const events: AgentEvent[] = []
  const given = change.allowance === undefined ? {} : { allowance: change.allowance }
  const make = () => new Interlock({ graph, agent: 'agent-1', speed: 1, machineMs: nowMs, ...given })
  let interlock = make()
  const moment = () => ({ machineMs: nowMs, siteAt: nowMs })
  const hear = (outcome: Outcome) => {
    writes.push(...outcome.writes.map(write => ({ ...write, atMs: nowMs })))
    events.push(...outcome.events)
  }
  const tell = (equipment: string, point: string, value: number | null) => {
    const reading =
      value === null
        ? { value, quality: 'bad' as const, at: nowMs }
        : { value, quality: 'good' as const, at: nowMs }
    hear(interlock.sample({ equipment, point, ...reading } as Sample, moment()))
  }
  /** Lets time pass, waking the interlock exactly when it asked to be woken. */
  const pass = (ms: number) => {
    const end = nowMs + ms
    for (
      let due = interlock.nextDeadlineMs(nowMs);
      due !== undefined && due <= end;
      due = interlock.nextDeadlineMs(nowMs)
    ) {
      nowMs = due
      hear(interlock.moment(moment()))
    }
    nowMs = end
  }
  return {
    graph,
    tell,
    pass,
    writes,
    events,
    written: () => writes.map(({ equipment, point, value }) => `${equipment}.${point}=${value}`),
    stages: () => events.flatMap(event => (event.type === 'interlock' ? [event.stage] : [])),
    alarms: () => events.flatMap(event => (event.type === 'alarm' && event.active ? [event.code] : [])),
    reset: (zone: string) => {
      const answer = interlock.reset(zone, 'Ada', moment())
      if (answer.done) hear(answer.outcome)
      return answer
    },
    confirm: (id: string) => {
      const answer = interlock.confirm(id, 'Ada', moment())
      if (answer.done) hear(answer.outcome)
      return answer
    },
    lose: (ids: string[]) => hear(interlock.lose(new Set(ids), moment())),
    latched: () => interlock.latched(),
    held: () => interlock.held(),
    stopped: () => [...interlock.stoppedLoops()],
    inputs: () => interlock.inputs(),
    cleared: () => events.flatMap(event => (event.type === 'alarm' && !event.active ? [event.code] : [])),
    restart: () => {
      const record = structuredClone(interlock.record(moment()))
      interlock = make()
      interlock.restore(record, moment())
      return interlock.requestsFor(new Set(graph.site.equipment.map(item => item.id)))
    },
  }
}

describe('leak response is the smallest isolation that contains the water', () => {
  const rackA1 = ['A1.electricalIsolationRequest=1', 'A1.liquidIsolationRequest=1', 'cdu-1.makeupEnable=0']
  const loop1 = ['A1', 'A2', 'A3']
    .map(rack => `${rack}.electricalIsolationRequest=1`)
    .concat('cdu-1.pumpRun=0', 'cdu-1.makeupEnable=0')
  it.each([
    {
      where: 'one tray',
      wet: ['A1-t01'],
      commands: ['A1-t01.powerRequest=0', 'A1.leakDetectTray=1', 'cdu-1.makeupEnable=0'],
    },
    { where: 'the rope of a rack', wet: ['A1'], commands: rackA1 },
    { where: 'a manifold', wet: ['manifold-1'], commands: loop1 },
    { where: 'the drip pan of a CDU', wet: ['cdu-1'], commands: loop1 },
    { where: 'the floor', wet: ['floor-1'], commands: [] },
  ])('water in $where', ({ wet, commands }) => {
    const site = hall()
    for (const zone of wet) site.tell(zone, 'leak', 1)
    expect(site.written(), 'nothing before the debounce').toEqual([])
    site.pass(500)
    expect(site.written()).toEqual(commands)
    expect(site.alarms()).toContain('leak')
  })

  it('a second tray of the same rack isolates the rack, electrical first', () => {
    const site = hall()
    site.tell('A1-t01', 'leak', 1)
    site.pass(600)
    site.tell('A1-t02', 'leak', 1)
    site.pass(500)
    const own = site.written().filter(line => line.startsWith('A1.'))
    expect(own).toEqual([
      'A1.leakDetectTray=1',
      'A1.leakDetectTray=1',
      'A1.electricalIsolationRequest=1',
      'A1.liquidIsolationRequest=1',
    ])
  })

  it('a floor rope stops a loop only with a second witness: that loop drinks make-up', () => {
    const site = hall()
    site.tell('floor-1', 'leak', 1)
    site.pass(30_000)
    expect(site.writes).toEqual([])
    site.tell('cdu-2', 'makeupFlow', 0.4)
    site.pass(11_000)
    expect(site.written()).toContain('cdu-2.pumpRun=0')
    expect(site.written()).not.toContain('cdu-1.pumpRun=0')
  })
})

describe('debounce is half a second of solid state', () => {
  it.each([
    { pulseMs: 50, trips: false },
    { pulseMs: 199, trips: false },
    { pulseMs: 499, trips: false },
    { pulseMs: 501, trips: true },
    { pulseMs: 5_000, trips: true },
  ])('a pulse of $pulseMs ms: trips = $trips', ({ pulseMs, trips }) => {
    const site = hall()
    site.tell('A1', 'leak', 1)
    site.pass(pulseMs)
    site.tell('A1', 'leak', 0)
    site.pass(10_000)
    expect(site.writes.length > 0).toBe(trips)
  })

  it('the command leaves at the 500th millisecond, not at a later cycle', () => {
    const site = hall()
    site.pass(123)
    site.tell('A1', 'leak', 1)
    site.pass(2_000)
    expect(site.writes[0]?.atMs).toBe(623)
  })
})

describe('a sensor that cannot say is unknown, not dry, and no trip', () => {
  it.each([
    {
      how: 'its fault point is set',
      lose: (site: ReturnType<typeof hall>) => site.tell('A1', 'leakSensorFault', 1),
    },
    { how: 'its quality is bad', lose: (site: ReturnType<typeof hall>) => site.tell('A1', 'leak', null) },
    { how: 'its path is lost', lose: (site: ReturnType<typeof hall>) => site.lose(['A1']) },
  ])('$how: alarm after 2 s and hold', ({ lose }) => {
    const site = hall()
    site.tell('A1', 'leak', 0)
    lose(site)
    site.pass(1_900)
    expect(site.alarms()).toEqual([])
    site.pass(200)
    expect(site.alarms()).toEqual(['leakSensorFault'])
    expect(site.writes).toEqual([])
  })

  it('a fault while the debounce runs stops it', () => {
    const site = hall()
    site.tell('A1', 'leak', 1)
    site.pass(300)
    site.tell('A1', 'leakSensorFault', 1)
    site.pass(20_000)
    expect(site.writes).toEqual([])
  })
})

describe('a rack isolation is followed up', () => {
  it('power not confirmed in 2 s and still drawn after 5 s: asked again each time, critical alarm', () => {
    const site = hall()
    site.tell('A1', 'power', 120)
    site.tell('A1', 'leak', 1)
    site.pass(500)
    site.pass(6_000)
    const again = site.writes
      .filter(write => write.point === 'electricalIsolationRequest')
      .map(write => write.atMs)
    expect(again).toEqual([500, 2_500, 5_500])
    expect(site.alarms()).toContain('isolationUnconfirmed')
  })

  it('liquid not confirmed in 15 s: the loop stops', () => {
    const site = hall()
    site.tell('A1', 'leak', 1)
    site.pass(500)
    site.tell('A1', 'electricalIsolationStatus', 1)
    site.tell('A1', 'power', 0)
    site.pass(14_900)
    expect(site.written()).not.toContain('cdu-1.pumpRun=0')
    site.pass(200)
    expect(site.written()).toContain('cdu-1.pumpRun=0')
  })

  it('both confirmed: quiet', () => {
    const site = hall()
    site.tell('A1', 'leak', 1)
    site.pass(500)
    site.tell('A1', 'electricalIsolationStatus', 1)
    site.tell('A1', 'liquidIsolationStatus', 1)
    site.tell('A1', 'power', 0)
    site.pass(60_000)
    expect(site.stages()).toEqual([
      'suspected',
      'electricalRequested',
      'liquidRequested',
      'confirmed',
      'electricalConfirmed',
      'liquidConfirmed',
    ])
  })

  it('closed racks starve the pump: the bypass opens, and if it does not the loop stops', () => {
    const site = hall()
    site.tell('cdu-1', 'pumpSpeed', 60)
    site.tell('cdu-1', 'flow', 500)
    site.tell('A1', 'leak', 1)
    site.pass(500)
    site.tell('A1', 'liquidIsolationStatus', 1)
    site.tell('cdu-1', 'flow', 150)
    expect(site.written()).toContain('cdu-1.bypassValveOpen=1')
    site.pass(10_500)
    expect(site.written()).toContain('cdu-1.pumpRun=0')
  })
})

describe('a pump against closed racks', () => {
  const starved = () => {
    const site = hall()
    site.tell('cdu-1', 'pumpSpeed', 60)
    site.tell('cdu-1', 'flow', 500)
    site.tell('A1', 'leak', 1)
    site.pass(500)
    site.tell('A1', 'electricalIsolationStatus', 1)
    site.tell('A1', 'power', 0)
    site.tell('A1', 'liquidIsolationStatus', 1)
    site.tell('cdu-1', 'flow', 150)
    return site
  }
  const steps = (site: ReturnType<typeof hall>) =>
    site.writes.filter(write => write.equipment === 'cdu-1' && write.point !== 'makeupEnable')

  it('bypass first, minimum speed when it does not move, stop after 10 s', () => {
    const site = starved()
    site.pass(10_500)
    expect(steps(site).map(({ point, atMs }) => `${point}@${atMs}`)).toEqual([
      'bypassValveOpen@500',
      'differentialPressureSp@2500',
      'pumpRun@10500',
    ])
    // 100 kPa × 0.5^1.75
    expect(steps(site)[1]?.value).toBeCloseTo(29.7, 1)
  })

  it('a bypass on its way needs no minimum speed, and once half open no stop', () => {
    const site = starved()
    site.pass(1_500)
    site.tell('cdu-1', 'bypassValvePosition', 15)
    site.pass(6_000)
    site.tell('cdu-1', 'bypassValvePosition', 60)
    site.pass(30_000)
    expect(steps(site).map(write => write.point)).toEqual(['bypassValveOpen'])
  })

  it('flow that came back starts the ten seconds anew', () => {
    const site = starved()
    site.pass(1_500)
    site.tell('cdu-1', 'flow', 400)
    site.pass(60_000)
    site.tell('cdu-1', 'flow', 150)
    site.pass(9_000)
    expect(site.written()).not.toContain('cdu-1.pumpRun=0')
    site.pass(1_500)
    expect(site.written()).toContain('cdu-1.pumpRun=0')
  })

  it('nothing else writes to a pump at minimum speed, over a restart too, until the rack is reset', () => {
    const site = starved()
    site.pass(3_000)
    expect(site.stopped()).toEqual(['cdu-1'])
    site.restart()
    expect(site.stopped()).toEqual(['cdu-1'])
    site.tell('A1', 'leak', 0)
    site.pass(60_000)
    expect(site.reset('A1')).toMatchObject({ done: true })
    expect(site.stopped()).toEqual([])
  })
})

describe('automatic make-up cannot feed a leak', () => {
  it('more than 5 L/h stops it for an hour, and says so', () => {
    const site = hall()
    site.tell('cdu-1', 'makeupFlow', 1)
    // 5 L at 1 L/min, less what the hour allows meanwhile: 5 / (1 - 5.5/60) = 5.5 min
    site.pass(5.4 * 60_000)
    expect(site.writes).toEqual([])
    site.pass(0.2 * 60_000)
    expect(site.written()).toEqual(['cdu-1.makeupEnable=0'])
    expect(site.alarms()).toEqual(['makeupCapped'])
    site.tell('cdu-1', 'makeupFlow', 0)
    site.pass(50 * 60_000)
    expect(site.written()).toEqual(['cdu-1.makeupEnable=0'])
    site.pass(10 * 60_000)
    expect(site.written()).toEqual(['cdu-1.makeupEnable=0', 'cdu-1.makeupEnable=1'])
    expect(site.cleared()).toEqual(['makeupCapped'])
  })

  it('a device that keeps to 5 L/h itself is left alone for a week', () => {
    const site = hall()
    site.tell('cdu-1', 'makeupFlow', 5.03 / 60)
    site.pass(7 * 24 * 3_600_000)
    expect(site.writes).toEqual([])
  })

  it('what took too much is not let go by a restart, nor by the reset of a leak', () => {
    const site = hall()
    site.tell('cdu-1', 'makeupFlow', 1)
    site.pass(6 * 60_000)
    expect(site.restart()).toEqual([{ equipment: 'cdu-1', point: 'makeupEnable', value: 0 }])
    site.tell('A1-t01', 'leak', 1)
    site.pass(500)
    site.tell('A1-t01', 'leak', 0)
    site.pass(60_000)
    expect(site.reset('A1-t01')).toMatchObject({ done: true })
    expect(site.written()).not.toContain('cdu-1.makeupEnable=1')
  })
})

describe('a loop stops in order', () => {
  it('pump, supply valve under 5 % speed, return valve a second later and only without power', () => {
    const site = hall()
    for (const rack of ['A1', 'A2', 'A3']) site.tell(rack, 'power', 100)
    site.tell('cdu-1', 'pumpSpeed', 60)
    site.tell('manifold-1', 'leak', 1)
    site.pass(500)
    site.pass(2_000)
    site.tell('cdu-1', 'pumpSpeed', 3)
    site.pass(1_500)
    expect(site.written()).not.toContain('cdu-1.returnValveOpen=0')
    for (const rack of ['A1', 'A2', 'A3']) site.tell(rack, 'power', 0)
    const valves = site.writes
      .filter(write => write.equipment === 'cdu-1')
      .map(write => `${write.point}@${write.atMs}`)
    expect(valves).toEqual([
      'pumpRun@500',
      'makeupEnable@500',
      'isolationValveOpen@2500',
      'returnValveOpen@4000',
    ])
    site.tell('cdu-1', 'isolationValvePosition', 0)
    expect(site.stages()).toContain('loopStopped')
  })

  it('a pump that does not slow down: valves close after 5 s all the same', () => {
    const site = hall({ leak: { reliefValve: true } })
    site.tell('cdu-1', 'pumpSpeed', 60)
    site.tell('cdu-1', 'leak', 1)
    site.pass(10_000)
    const valves = site.writes
      .filter(write => write.point.endsWith('ValveOpen'))
      .map(write => `${write.point}@${write.atMs}`)
    expect(valves).toEqual(['isolationValveOpen@5500', 'returnValveOpen@6750'])
  })

  it('racks with a second live path stay on', () => {
    const site = hall({ leak: { secondLivePath: true } })
    site.tell('cdu-1', 'leak', 1)
    site.pass(600)
    expect(site.written()).toEqual(['cdu-1.pumpRun=0', 'cdu-1.makeupEnable=0'])
  })
})

describe('powered without flow', () => {
  it('a closed valve with power on for 2 s takes the power, whatever the cause', () => {
    const site = hall()
    site.tell('B2', 'power', 80)
    site.tell('B2', 'controlValvePosition', 0)
    site.pass(1_999)
    expect(site.writes).toEqual([])
    site.pass(1)
    expect(site.written()).toEqual(['B2.electricalIsolationRequest=1'])
    expect(site.alarms()).toEqual(['poweredWithoutFlow'])
  })

  it('a person gives the power back once the valve is seen open, over a restart too', () => {
    const site = hall()
    site.tell('B2', 'power', 80)
    site.tell('B2', 'controlValvePosition', 0)
    site.pass(2_000)
    site.tell('B2', 'power', 0)
    site.restart()
    expect(site.reset('B2'), 'unknown is not open').toMatchObject({ done: false })
    site.tell('B2', 'controlValvePosition', 0)
    expect(site.reset('B2')).toMatchObject({ done: false })
    site.tell('B2', 'controlValvePosition', 60)
    expect(site.reset('B2')).toMatchObject({ done: true })
    expect(site.written().at(-1)).toBe('B2.electricalIsolationRequest=0')
  })
})

describe('blast radius', () => {
  const wetRope = (site: ReturnType<typeof hall>, rack: string) => {
    site.tell(rack, 'leak', 1)
    site.pass(500)
  }

  it.each([
    { allowance: { racks: 1, itPercent: 0 }, go: 1 },
    { allowance: { racks: 2, itPercent: 5 }, go: 2 },
    // Six racks of the same size: half of the IT is three of them.
    { allowance: { racks: 1, itPercent: 50 }, go: 3 },
  ])('the agent’s own configuration sets it: $allowance lets $go racks go alone', ({ allowance, go }) => {
    const site = hall({ allowance })
    for (const rack of ['A1', 'A2', 'A3', 'B1']) wetRope(site, rack)
    expect(site.written().filter(line => line.endsWith('liquidIsolationRequest=1'))).toHaveLength(go)
    expect(site.held()).toHaveLength(4 - go)
  })

  it('a wet rope and a wet tray of one rack are two witnesses, and what waited is no longer alarmed', () => {
    const site = hall({ allowance: { racks: 1, itPercent: 0 } })
    for (const rack of ['A1', 'B1']) wetRope(site, rack)
    expect(site.held()).toEqual(['B1'])
    site.tell('B1-t02', 'leak', 1)
    site.pass(500)
    expect(site.written()).toContain('B1.liquidIsolationRequest=1')
    expect(site.held()).toEqual([])
    expect(site.cleared()).toContain('isolationUnconfirmed')
  })

  it('a restart gives no new allowance, and forgets nobody who waits', () => {
    const site = hall({ allowance: { racks: 2, itPercent: 0 } })
    for (const rack of ['A1', 'A2', 'A3']) wetRope(site, rack)
    site.restart()
    expect(site.held()).toEqual(['A3'])
    wetRope(site, 'B1')
    expect(site.held()).toEqual(['A3', 'B1'])
    expect(site.confirm('A3').done).toBe(true)
    expect(site.written()).toContain('A3.liquidIsolationRequest=1')
    site.pass(10 * 60_000)
    wetRope(site, 'B2')
    expect(site.written(), 'ten minutes later the allowance is there again').toContain(
      'B2.liquidIsolationRequest=1',
    )
  })

  it('the fourth rack in ten minutes waits for a person; two witnesses or a confirmation let it go', () => {
    const site = hall()
    const settle = (rack: string) => {
      site.tell(rack, 'leak', 1)
      site.pass(500)
      site.tell(rack, 'electricalIsolationStatus', 1)
      site.tell(rack, 'liquidIsolationStatus', 1)
      site.tell(rack, 'power', 0)
    }
    for (const rack of ['A1', 'A2', 'A3', 'B1', 'B2']) settle(rack)
    expect(site.held()).toEqual(['B1', 'B2'])
    expect(site.written()).not.toContain('B1.liquidIsolationRequest=1')
    site.tell('B1-t03', 'leak', 1)
    site.tell('B1-t04', 'leak', 1)
    site.pass(500)
    expect(site.written()).toContain('B1.liquidIsolationRequest=1')
    expect(site.confirm('B2').done).toBe(true)
    expect(site.written()).toContain('B2.liquidIsolationRequest=1')
    expect(site.held()).toEqual([])
  })

  it('a second CDU waits, unless manifold and drip pan are both wet', () => {
    const site = hall()
    site.tell('cdu-1', 'leak', 1)
    site.pass(500)
    site.tell('manifold-2', 'leak', 1)
    site.pass(500)
    expect(site.written()).not.toContain('cdu-2.pumpRun=0')
    site.tell('cdu-2', 'leak', 1)
    site.pass(500)
    expect(site.written()).toContain('cdu-2.pumpRun=0')
  })
})

describe('latch and reset', () => {
  it('stays latched over a restart, gives its commands again, and opens only by hand after a dry minute', () => {
    const site = hall()
    site.tell('A1', 'leak', 1)
    site.pass(500)
    site.tell('A1', 'leak', 0)
    const requests = site.restart()
    expect(site.latched()).toEqual(['A1'])
    expect(requests).toContainEqual({ equipment: 'A1', point: 'electricalIsolationRequest', value: 1 })
    expect(site.reset('A1'), 'unknown until seen').toMatchObject({ done: false })
    site.tell('A1', 'leak', 0)
    site.pass(59_000)
    expect(site.reset('A1')).toMatchObject({ done: false })
    site.pass(1_000)
    expect(site.reset('A1')).toMatchObject({ done: true })
    expect(site.written().slice(-3)).toContain('A1.electricalIsolationRequest=0')
    expect(site.latched()).toEqual([])
  })

  it('does not reset itself, however long it is dry', () => {
    const site = hall()
    site.tell('A1-t01', 'leak', 1)
    site.pass(500)
    site.tell('A1-t01', 'leak', 0)
    site.pass(24 * 3_600_000)
    expect(site.latched()).toEqual(['A1-t01'])
  })
})
