import { verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { leaseLimits } from '#contract/control/leaseGroup.ts'
import { Failure } from '#contract/failure.ts'
import { leaseMsDefault, leaseSigningText } from '#contract/messages/lease.ts'
import { hour, minute } from '#contract/units.ts'
import { doHourlyWork } from '#hub/planning/hourlyWork.ts'
import { site as simulatedSite } from '#tests/models/syntheticSite.ts'

import { hubAt, keys, startAt } from '#tests/planning/support/hubAt.ts'

describe('the trust ladder on a simulated site', () => {
  it('says from the first second what it waits for, learns, advises, and goes auto after three hours', async () => {
    const hub = hubAt()
    expect(hub.planning.current()).toMatchObject({ state: 'learning', waitingFor: 'the first samples' })
    await hub.goTo(startAt + hour)
    expect(hub.planning.current().state).toBe('learning')
    expect(hub.planning.current().waitingFor).toContain('of 3 h')
    await hub.goTo(startAt + 2.6 * hour)
    expect(hub.planning.current()).toMatchObject({ state: 'advice', mode: 'advise' })
    expect(hub.planning.current().moves.every(move => move.state === 'advice')).toBe(true)
    expect(hub.sent).toHaveLength(0)
    expect(hub.planning.counts().made).toBe(0)
    await hub.goTo(startAt + 3.5 * hour)
    expect(hub.modes.size).toBe(4)
    expect(hub.sent).toHaveLength(1)
    const plan = hub.planning.list(10).find(view => view.id.startsWith('plan-'))!
    expect(plan.trust).toMatchObject({ trusted: true })
    expect(plan.trust.modelErrorPercent!).toBeLessThan(5)
    expect(plan.leasesEndAt).toBe(plan.madeAt + leaseMsDefault)
    expect(plan.expectedCurve.length).toBeGreaterThan(5)
  })

  it('signs every lease, gives each a reason and a rising version, and plans each full hour', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 6.2 * hour)
    expect(hub.sent.length).toBeGreaterThanOrEqual(4)
    let lastVersion = 0
    for (const { leases } of hub.sent)
      for (const lease of leases) {
        const { keyId, signature, ...signed } = lease
        expect(keyId).toBe('hub-1')
        expect(
          verify(
            null,
            Buffer.from(leaseSigningText(signed)),
            keys.publicKey,
            Buffer.from(signature, 'base64'),
          ),
        ).toBe(true)
        expect(lease.reason.length).toBeGreaterThan(20)
        expect(lease.groupSize).toBe(leases.length)
        expect(lease.version).toBeGreaterThan(lastVersion)
        lastVersion = lease.version
      }
    const leasesIssued = hub.sent.reduce((sum, { leases }) => sum + leases.length, 0)
    expect(hub.planning.counts()).toMatchObject({ made: hub.sent.length, leasesIssued })
  })

  it('shows what the agent did, not what was wished', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 3.5 * hour)
    const { leases } = hub.sent[0]!
    for (const lease of leases.slice(1)) hub.report(lease, 'applied')
    expect(hub.planning.counts().applied).toBe(0)
    hub.report(leases[0]!, 'clipped', { check: 'guard.dewPoint', why: 'dew point 12 °C + 2 K' })
    expect(hub.planning.counts().applied).toBe(1)
    const row = hub.planning.current().moves.find(move => move.check !== '')!
    expect(row).toMatchObject({ state: 'clipped', check: 'guard.dewPoint' })
    expect(row.why).toContain('dew point')
  })

  it('one refused lease takes the whole plan back', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 3.5 * hour)
    hub.report(hub.sent[0]!.leases[2]!, 'refused', { check: 'lease.authority', why: 'the key is on local' })
    expect(hub.planning.current().state).toBe('failed')
    expect(hub.planning.current().reason).toContain('the key is on local')
  })

  it('a hand-back releases the groups and waits until it may return', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 3.5 * hour)
    await hub.planning.handBack({ cdu: 'all', mayReturnAt: startAt + 6 * hour, by: 'anna' })
    expect(hub.released).toHaveLength(1)
    expect(hub.planning.current()).toMatchObject({ state: 'handedBack' })
    await hub.goTo(startAt + 5.5 * hour)
    expect(hub.sent).toHaveLength(1)
    await hub.goTo(startAt + 6.5 * hour)
    expect(hub.sent).toHaveLength(2)
  })

  it('a plan shortly before the full hour: the hour’s plan waits until the agents let a point move again', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 5.97 * hour)
    // A CDU that comes back is a reason to plan anew, two minutes before the hour.
    await hub.planning.setMode('cdu-1', 'auto', 'anna')
    while (hub.clock.siteNow() < startAt + 6.6 * hour) {
      hub.clock.advance(minute / 600)
      await hub.planning.turn()
    }
    const issued = hub.sent.map(({ leases }) => leases[0]!.issuedAt)
    const gaps = issued.slice(1).map((at, index) => at - issued[index]!)
    expect(issued.length).toBeGreaterThanOrEqual(5)
    expect(Math.min(...gaps)).toBeGreaterThan(leaseLimits.rateMs)
  })

  it('a hand-back that comes while a plan is being made: that plan is not sent', async () => {
    let letGo: () => void = () => undefined
    const gate = { isShut: false }
    const hub = hubAt({
      worker: {
        run: async request => {
          if (gate.isShut) await new Promise<void>(resolve => (letGo = resolve))
          return doHourlyWork(structuredClone(request))
        },
        close: async () => undefined,
      },
    })
    await hub.goTo(startAt + 3.5 * hour)
    const sentBefore = hub.sent.length
    gate.isShut = true
    hub.clock.advance((startAt + 4.01 * hour - hub.clock.siteNow()) / 600)
    const turn = hub.planning.turn()
    await new Promise(resolve => setImmediate(resolve))
    await hub.planning.handBack({ cdu: 'all', mayReturnAt: startAt + 20 * hour, by: 'anna' })
    letGo()
    await turn
    expect(hub.sent).toHaveLength(sentBefore)
    expect(hub.planning.current().state).toBe('handedBack')
  })

  it('a hand-back releases what still holds, also when the newest entry is an hour without a plan', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 3.5 * hour)
    for (const lease of hub.sent[0]!.leases) hub.report(lease, 'applied')
    hub.silent.add('tower.leavingTemperatureSp')
    await hub.goTo(startAt + 4.3 * hour)
    expect(hub.planning.list(1)[0]?.id).toMatch(/^none-/)
    await hub.planning.handBack({ cdu: 'all', mayReturnAt: startAt + 20 * hour, by: 'anna' })
    expect(hub.released).toEqual([hub.sent[0]!.leases[0]!.groupId])
  })

  it('one CDU handed back is left alone while the others are planned anew', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 3.5 * hour)
    await hub.planning.handBack({ cdu: 'cdu-2', mayReturnAt: startAt + 8 * hour, by: 'anna' })
    await hub.goTo(startAt + 3.9 * hour)
    expect(hub.sent).toHaveLength(2)
    expect(hub.sent[1]!.leases.some(lease => lease.equipment === 'cdu-2')).toBe(false)
    expect(hub.planning.modes()['cdu-2']).not.toBe('auto')
  })

  it('a setpoint that cannot be read: no plan this hour, and the sentence names it', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 3.5 * hour)
    hub.silent.add('tower.leavingTemperatureSp')
    await hub.goTo(startAt + 4.6 * hour)
    expect(hub.sent).toHaveLength(1)
    expect(hub.planning.current()).toMatchObject({ state: 'failed' })
    expect(hub.planning.current().reason).toContain('tower.leavingTemperatureSp')
    hub.silent.clear()
    await hub.goTo(startAt + 5.5 * hour)
    expect(hub.sent.length).toBeGreaterThanOrEqual(2)
  })

  it('a planner that is late costs the hour, says so, and the next hour is planned', async () => {
    let isLate = false
    const hub = hubAt({
      worker: {
        run: request =>
          isLate && request.plan
            ? Promise.reject(
                new Failure('DEADLINE_PASSED', 'the planner was not done within 5000 ms', { retry: true }),
              )
            : doHourlyWork(structuredClone(request)),
        close: async () => undefined,
      },
    })
    await hub.goTo(startAt + 3.5 * hour)
    isLate = true
    await hub.goTo(startAt + 4.7 * hour)
    expect(hub.sent).toHaveLength(1)
    expect(
      hub.planning.list(5).some(view => view.state === 'failed' && view.reason.includes('not done within')),
    ).toBe(true)
    isLate = false
    await hub.goTo(startAt + 5.3 * hour)
    expect(hub.sent).toHaveLength(2)
  })
})

describe('a real site', () => {
  it('stays in advise, trusted or not, until a person sets auto', async () => {
    const hub = hubAt({ site: { ...simulatedSite, simulated: false } })
    await hub.goTo(startAt + 5 * hour)
    expect(hub.sent).toHaveLength(0)
    expect(hub.planning.current()).toMatchObject({ state: 'advice', waitingFor: 'a person who sets auto' })
    await hub.planning.setMode('cdu-1', 'auto', 'anna')
    await hub.goTo(startAt + 5.4 * hour)
    expect(hub.sent).toHaveLength(1)
    expect(hub.sent[0]!.leases.some(lease => lease.equipment === 'cdu-1')).toBe(true)
    expect(hub.sent[0]!.leases.some(lease => lease.equipment === 'cdu-2')).toBe(false)
  })
})
