import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { leaseVerifier } from '#agent/control/trust.ts'
import type { Wish } from '#agent/control/wishes.ts'
import { commandKind, modeCommand, releaseCommand } from '#contract/messages/command.ts'
import { type Lease, leaseSigningText, type SignedLease } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import { hour, minute, second } from '#contract/units.ts'
import { day } from '#tests/agent/steeredDay.ts'

const hubKey = generateKeyPairSync('ed25519')
const strangerKey = generateKeyPairSync('ed25519')
const pem = hubKey.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const verify = leaseVerifier([{ keyId: 'hub-1', pem }])

const signedBy = (key: KeyObject, lease: Lease): SignedLease => ({
  ...lease,
  keyId: 'hub-1',
  signature: sign(null, Buffer.from(leaseSigningText(lease)), key).toString('base64'),
})
/** As the agent hears it: the kind from its form, the trust from its signature. */
const heard = (lease: SignedLease): Wish => ({ kind: commandKind(lease), lease, verified: verify(lease) })
const mode = (wanted: Mode, version: number, now: number, change: Partial<Lease> = {}): Lease => ({
  ...modeCommand(
    { equipment: 'cdu-1', mode: wanted, before: 'advise', speed: 1 },
    { author: 'hub', reason: 'asked for', version, now },
  ),
  ...change,
})
const refusals = (hall: ReturnType<typeof day>) =>
  hall.events.flatMap(event => (event.type === 'lease' && event.state === 'refused' ? [event.check] : []))

describe('a mode is taken from the hub’s key alone', () => {
  it('signed and fresh it is taken, and the event says who asked', () => {
    const hall = day()
    hall.wish(heard(signedBy(hubKey.privateKey, mode('auto', 1, hall.now()))))
    expect(hall.memory().modes['cdu-1']).toBe('auto')
    expect(hall.events.findLast(event => event.type === 'mode')).toMatchObject({
      to: 'auto',
      sentence: 'asked by hub',
    })
  })

  it.each<[string, (now: number) => SignedLease, string]>([
    ['a stranger’s key', now => signedBy(strangerKey.privateKey, mode('off', 1, now)), 'lease.signature'],
    [
      'changed after signing',
      now => ({ ...signedBy(hubKey.privateKey, mode('advise', 1, now)), value: 0 }),
      'lease.signature',
    ],
    [
      'an unknown key id',
      now => ({ ...signedBy(hubKey.privateKey, mode('off', 1, now)), keyId: 'hub-2' }),
      'lease.signature',
    ],
    [
      'two minutes old',
      now => signedBy(hubKey.privateKey, mode('off', 1, now - 2 * minute, { expiresAt: now + hour })),
      'command.stale',
    ],
    [
      'past its end',
      now => signedBy(hubKey.privateKey, mode('off', 1, now, { expiresAt: now - 1 })),
      'command.stale',
    ],
    ['from the future', now => signedBy(hubKey.privateKey, mode('off', 1, now + minute)), 'command.future'],
    [
      'for another’s CDU',
      now => signedBy(hubKey.privateKey, mode('off', 1, now, { equipment: 'cdu-9' })),
      'command.target',
    ],
    [
      'no mode at all',
      now => signedBy(hubKey.privateKey, mode('off', 1, now, { value: 1.5 })),
      'command.form',
    ],
  ])('%s: refused with its reason, and lowering too', (_, command, check) => {
    const hall = day()
    hall.wish(heard(command(hall.now())))
    expect(hall.memory().modes['cdu-1']).toBe('advise')
    expect(refusals(hall)).toEqual([check])
  })

  it('a recording has no second effect, not after the agent fell by itself and not after a restart', () => {
    const hall = day()
    const recorded = heard(signedBy(hubKey.privateKey, mode('auto', 7, hall.now())))
    hall.wish(recorded)
    hall.wish(heard(signedBy(hubKey.privateKey, mode('advise', 8, hall.now()))))
    hall.wish(recorded)
    expect(hall.memory().modes['cdu-1']).toBe('advise')
    hall.restart()
    hall.wish(recorded)
    expect(hall.memory().modes['cdu-1']).toBe('advise')
    expect(refusals(hall)).toEqual(['command.order', 'command.order'])
  })

  it('the same message twice is no news; an older one after a newer one is refused', () => {
    const hall = day()
    const auto = heard(signedBy(hubKey.privateKey, mode('auto', 2, hall.now())))
    hall.wish(auto, auto)
    hall.wish(heard(signedBy(hubKey.privateKey, mode('off', 1, hall.now()))))
    expect(hall.memory().modes['cdu-1']).toBe('auto')
    expect(refusals(hall)).toEqual(['command.order'])
  })

  it('the form of former versions is refused with a word, and changes nothing', () => {
    const hall = day()
    hall.wish({ kind: 'unsigned', what: 'mode', where: 'cdu-1' })
    expect(hall.events.filter(event => event.type === 'mode')).toMatchObject([
      { from: 'advise', to: 'advise', sentence: 'refused: a command without a signature has no effect' },
    ])
  })
})

describe('a group ends on its issuer’s signed word', () => {
  const wanted = { 'cdu-1.supplyTemperatureSp': 31, 'facility.differentialPressureSp': 74 }
  const release = (now: number, groupId = 'plan1') =>
    releaseCommand(
      { groupId, groupSize: 2, place: { equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 31 } },
      { author: 'hub', reason: 'taken back', version: 50, now },
    )
  const held = () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(...hall.lease('plan1', wanted))
    hall.pass(10 * second)
    return hall
  }
  const holding = (hall: ReturnType<typeof day>) => hall.memory().book.groups.plan1?.phase

  it('signed: the whole group walks home', () => {
    const hall = held()
    hall.wish(heard(signedBy(hubKey.privateKey, release(hall.now()))))
    expect(holding(hall)).toBe('over')
    expect(hall.states('facility.differentialPressureSp').at(-1)).toBe('returned')
  })

  it('unsigned, a stranger’s, or an hour old: the plan stands, and no lease of it counts as lost', () => {
    const hall = held()
    hall.wish({ kind: 'unsigned', what: 'release', where: 'plan1' })
    hall.wish(heard(signedBy(strangerKey.privateKey, release(hall.now()))))
    hall.wish(heard(signedBy(hubKey.privateKey, release(hall.now() - hour))))
    expect(holding(hall)).toBe('held')
    expect(refusals(hall)).toEqual(['lease.signature', 'lease.signature', 'command.stale'])
  })

  it('it overtook its leases on the way: they are refused when they come', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(heard(signedBy(hubKey.privateKey, release(hall.now()))))
    hall.wish(...hall.lease('plan1', wanted))
    expect(holding(hall)).toBe('over')
    expect(refusals(hall)).toEqual(['lease.group', 'lease.group'])
  })
})

describe('what is told of a group that falls', () => {
  it('the refused member first, then those that return with it: the first word is the cause', () => {
    const hall = day()
    hall.wish(...hall.auto())
    const asked = { 'cdu-1.supplyTemperatureSp': 31, 'cdu-1.differentialPressureSp': 70 }
    const [first, second] = hall.lease('plan1', asked)
    if (!first || second?.kind !== 'lease') throw new Error('two leases are wanted')
    const wrong = { ...second, lease: { ...second.lease, expiresAt: hall.now() - minute } }
    hall.wish(first, wrong)
    const told = hall.events.flatMap(event => (event.type === 'lease' ? [event.state] : []))
    expect(told).toContain('returned')
    expect(told.indexOf('refused')).toBeLessThan(told.indexOf('returned'))
  })
})

describe('strangers leave no trace', () => {
  it('a forged lease takes no id and no place: the hub’s own of the same id is accepted', () => {
    const hall = day()
    hall.wish(...hall.auto())
    const own = hall.lease('plan1', { 'cdu-1.supplyTemperatureSp': 31 })
    const before = hall.memory().book
    hall.wish(...own.map(wish => ({ ...wish, verified: false }) as Wish))
    expect(hall.memory().book).toBe(before)
    hall.wish(...own)
    expect(hall.states('cdu-1.supplyTemperatureSp')).toEqual(expect.arrayContaining(['refused', 'accepted']))
  })

  it('ten of their words a minute are told, the rest as a number: the record is not washed out', () => {
    const hall = day()
    const forged = () => heard(signedBy(strangerKey.privateKey, mode('off', 1, hall.now())))
    hall.wish(...Array.from({ length: 500 }, forged))
    expect(refusals(hall)).toHaveLength(10)
    hall.pass(minute)
    hall.wish(forged())
    const last = hall.events.findLast(event => event.type === 'lease')
    expect(last?.type === 'lease' && last.why).toContain('490 more')
  })
})
