import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { leaseVerifier } from '#agent/control/trust.ts'
import type { Wish } from '#agent/control/wishes.ts'
import { commandKind, releaseCommand } from '#contract/messages/command.ts'
import { type Lease, leaseSigningText } from '#contract/messages/lease.ts'
import { hour, minute, second } from '#contract/units.ts'
import { day } from '#tests/agent/steeredDay.ts'

type Hall = ReturnType<typeof day>
const cduC = 'cdu-1.supplyTemperatureSp'
const cduKpa = 'cdu-1.differentialPressureSp'
const facilityC = 'facility.supplyTemperatureSp'

const steered = () => {
  const hall = day()
  hall.wish(...hall.auto())
  return hall
}
const checks = (hall: Hall) =>
  hall.events.flatMap(event => (event.type === 'lease' && event.state === 'refused' ? [event.check] : []))
/** Largest move of one output in any window of this length. */
const fastest = (hall: Hall, key: string, windowMs: number): number => {
  const writes = hall.writes.filter(write => `${write.equipment}.${write.point}` === key)
  return writes.reduce((most, last, index) => {
    const since = writes.slice(0, index).filter(write => last.at - write.at <= windowMs)
    return Math.max(most, ...since.map(write => last.value - write.value))
  }, 0)
}

describe('a hub with the right key that has gone mad', () => {
  it.each<[string, Record<string, number>, Partial<Lease>, string]>([
    ['warmer than the bounds', { [cduC]: 45.001 }, {}, 'guard.bounds'],
    ['a pressure that dries a rack', { [cduKpa]: 20 }, {}, 'guard.bounds'],
    ['no number', { [cduC]: Number.NaN }, {}, 'lease.form'],
    ['for a week', { [cduC]: 31 }, { expiresAt: Date.UTC(2025, 6, 8) }, 'lease.length'],
    ['for a valve of nobody', { 'cdu-1.valvePosition': 10 }, {}, 'lease.target'],
    ['for another hall', { 'cdu-9.supplyTemperatureSp': 31 }, {}, 'lease.target'],
    ['written yesterday', { [cduC]: 31 }, { issuedAt: 1, notBeforeAt: 1, expiresAt: 2 }, 'lease.expired'],
    ['written tomorrow', { [cduC]: 31 }, { issuedAt: Date.UTC(2025, 6, 2) }, 'lease.future'],
  ])('%s: refused, and nothing of it is written', (_, wanted, change, check) => {
    const hall = steered()
    hall.wish(...hall.lease('plan1', wanted, { expected: 30, ...change }))
    expect(checks(hall)).toEqual([check])
    expect(hall.memory().book.groups.plan1?.phase).toBe('over')
  })

  it('a chain of valid leases, each a little warmer: the ramp of one lease and no more', () => {
    const hall = steered()
    for (let step = 1; step <= 24; step++) {
      hall.wish(...hall.lease(`plan${step}`, { [cduC]: 30 + 0.5 * step }))
      hall.pass(5 * minute, 5 * second)
    }
    expect(hall.states(cduC).filter(state => state === 'accepted').length).toBeGreaterThan(10)
    expect(fastest(hall, cduC, hour)).toBeLessThanOrEqual(2 + 1e-6)
    expect(hall.holds(cduC)).toBeGreaterThan(32)
  })

  it('many leases a minute for one point: one in five minutes is taken', () => {
    const hall = steered()
    for (let step = 1; step <= 120; step++) {
      hall.wish(...hall.lease(`plan${step}`, { [cduC]: 30 + 0.01 * step }))
      hall.pass(5 * second, second)
    }
    expect(hall.states(cduC).filter(state => state === 'accepted').length).toBeLessThanOrEqual(3)
    expect(checks(hall)).toContain('lease.rate')
  })

  it('colder than the dew point allows: stays 2 K above it, and above facility water', () => {
    const hall = steered()
    hall.set('hall.dewPoint', 22)
    hall.wish(...hall.lease('plan1', { [cduC]: 21, [facilityC]: 20 }))
    hall.pass(80 * minute)
    const lowest = (key: string) =>
      Math.min(
        ...hall.writes.filter(one => `${one.equipment}.${one.point}` === key).map(({ value }) => value),
      )
    expect(lowest(facilityC)).toBeGreaterThanOrEqual(24 - 1e-6)
    expect(lowest(cduC)).toBeGreaterThanOrEqual(25 - 1e-6)
  })

  it('the least pressure while flow is short: pressure rises instead', () => {
    const hall = steered()
    const held = hall.holds(cduKpa)
    hall.set('cdu-1.flow', 240)
    hall.wish(...hall.lease('plan1', { [cduKpa]: 40 }))
    hall.pass(10 * minute)
    const after = hall.writes.filter(write => `${write.equipment}.${write.point}` === cduKpa)
    expect(after.length).toBeGreaterThan(0)
    expect(Math.min(...after.map(({ value }) => value))).toBeGreaterThanOrEqual(held - 0.5)
  })

  it('a storm of plans and releases, and modes that flap: ramps hold, flow is never let down faster than home', () => {
    const hall = steered()
    for (let turn = 1; turn <= 200; turn++) {
      const release = releaseCommand(
        {
          groupId: `plan${turn}`,
          groupSize: 2,
          place: { equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 31 },
        },
        { author: 'hub', reason: 'taken back', version: turn, now: hall.now() + second },
      )
      hall.wish(...hall.lease(`plan${turn}`, { [cduC]: 33, [cduKpa]: 60 }))
      hall.wish({ kind: 'release', lease: release, verified: true })
      hall.wish(hall.mode('cdu-1', turn % 2 === 0 ? 'auto' : 'off'), hall.mode('cdu-1', 'auto'))
    }
    // Home is the same 10 % of design a minute and 0.5 K a minute that reset may use.
    expect(fastest(hall, cduC, minute)).toBeLessThanOrEqual(0.5 + 0.1)
    const falls = hall.writes.filter(write => `${write.equipment}.${write.point}` === cduKpa)
    for (const [index, write] of falls.entries()) {
      const before = falls[index - 1]
      if (before)
        expect(before.value - write.value).toBeLessThanOrEqual((10 * (write.at - before.at)) / minute + 0.5)
    }
  })
})

describe('a broker that has gone over to somebody else', () => {
  const hub = generateKeyPairSync('ed25519')
  const verify = leaseVerifier([
    { keyId: 'hub-1', pem: hub.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
  ])
  const onWire = (wish: Wish): Wish => {
    if (wish.kind !== 'lease') throw new Error('a lease is meant')
    const signature = sign(null, Buffer.from(leaseSigningText(wish.lease)), hub.privateKey).toString('base64')
    const lease = { ...wish.lease, keyId: 'hub-1', signature }
    return { kind: commandKind(lease), lease, verified: verify(lease) }
  }

  it('a whole recorded day played again, in order and out of it, moves nothing', () => {
    const hall = steered()
    const recorded: Wish[] = []
    for (let step = 1; step <= 6; step++) {
      const plan = hall.lease(`plan${step}`, { [cduC]: 30 + 0.2 * step, [cduKpa]: 76 - step }).map(onWire)
      recorded.push(...plan)
      hall.wish(...plan)
      hall.pass(20 * minute)
    }
    hall.pass(2 * hour)
    expect(Object.values(hall.memory().book.groups).every(group => group.phase === 'over')).toBe(true)
    hall.restart()
    hall.pass(minute)
    const accepted = () =>
      hall.events.filter(event => event.type === 'lease' && event.state === 'accepted').length
    const before = accepted()
    hall.wish(...recorded)
    for (const wish of recorded.toReversed()) hall.wish(wish, wish)
    expect(accepted()).toBe(before)
  })

  it('the parts of two plans in another order: a plan is held whole or not at all', () => {
    const hall = steered()
    const first = hall.lease('plan1', { [cduC]: 31, [cduKpa]: 74 }).map(onWire)
    const second_ = hall.lease('plan2', { [cduC]: 30.5, [cduKpa]: 75 }).map(onWire)
    hall.wish(second_[0]!, first[1]!, first[0]!, second_[1]!)
    hall.pass(2 * minute)
    for (const group of Object.values(hall.memory().book.groups))
      if (group.phase === 'held') expect(Object.keys(group.members)).toHaveLength(group.size)
    expect(fastest(hall, cduC, minute)).toBeLessThanOrEqual(0.1 + 2 / 60)
  })
})
