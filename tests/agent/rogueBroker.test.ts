import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import mqtt from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { leaseVerifier } from '#agent/control/trust.ts'
import type { Wish } from '#agent/control/wishes.ts'
import { commandKind, modeCommand } from '#contract/messages/command.ts'
import { type Lease, leaseSigningText, type SignedLease } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { metricOfLease } from '#contract/sparkplug/leaseMetric.ts'
import { encodePayload } from '#contract/sparkplug/payload.ts'
import { day } from '#tests/agent/steeredDay.ts'
import { testBroker } from '#tests/delivery/support/broker.ts'
import { ledgerStore } from '#tests/delivery/support/ledgerStore.ts'
import { startAgent, startHub, until } from '#tests/delivery/support/pair.ts'

const closing: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const hubKey = generateKeyPairSync('ed25519')
const verify = leaseVerifier([
  { keyId: 'hub-1', pem: hubKey.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
])
const signedBy = (key: KeyObject, lease: Lease): SignedLease => ({
  ...lease,
  keyId: 'hub-1',
  signature: sign(null, Buffer.from(leaseSigningText(lease)), key).toString('base64'),
})

test('over a real broker the hub’s mode is followed; forged, recorded and former ones are not', async () => {
  const broker = await testBroker()
  closing.push(() => broker.stop())
  const hub = await startHub({ url: broker.url, store: ledgerStore() })
  closing.push(() => hub.host.close())
  const agent = await startAgent({ url: broker.url })
  closing.push(async () => {
    await agent.uplink.close()
    await agent.outbox.close()
  })
  const rogue = await mqtt.connectAsync(broker.url)
  closing.push(() => rogue.endAsync())
  const recorded: Array<{ topic: string; bytes: Buffer }> = []
  rogue.on('message', (topic, bytes) => recorded.push({ topic, bytes }))
  await rogue.subscribeAsync('spBv1.0/+/DCMD/#')
  await until('the agent is born', () => hub.online.length > 0)

  const hall = day()
  const command = (mode: Mode, version: number) =>
    modeCommand(
      { equipment: 'cdu-1', mode, before: 'advise', speed: 1 },
      { author: 'hub', reason: 'asked for', version, now: hall.now() },
    )
  /** What has arrived at the agent's ears by now goes into its next decision. */
  const decideOn = async (leases: number) => {
    await until(`${leases} signed commands`, () => agent.leases.length >= leases)
    const wishes = agent.leases.map(
      (lease): Wish => ({ kind: commandKind(lease), lease, verified: verify(lease) }),
    )
    hall.wish(...wishes, ...agent.modes.map((): Wish => ({ kind: 'unsigned', what: 'mode', where: 'cdu-1' })))
    return hall.memory().modes['cdu-1']
  }

  await hub.host.sendLeases('agent-1', [signedBy(hubKey.privateKey, command('auto', 1))])
  expect(await decideOn(1)).toBe('auto')
  await hub.host.sendLeases('agent-1', [signedBy(hubKey.privateKey, command('advise', 2))])
  expect(await decideOn(2)).toBe('advise')
  await until('the recording', () => recorded.length === 2)

  const [first] = recorded as [{ topic: string; bytes: Buffer }]
  await rogue.publishAsync(first.topic, first.bytes, { qos: 1 })
  const forged = signedBy(generateKeyPairSync('ed25519').privateKey, command('off', 9))
  const metric = metricOfLease({ name: 'mode' }, forged, dataTypes.Int32)
  const bytes = encodePayload({ timestamp: 1, metrics: [metric] })
  await rogue.publishAsync(first.topic, bytes, { qos: 1 })
  const former = encodePayload({
    timestamp: 1,
    metrics: [{ name: 'mode', datatype: dataTypes.Int32, kind: 'int', value: 0 }],
  })
  await rogue.publishAsync(first.topic, former, { qos: 1 })
  await until('the former one', () => agent.modes.length === 1)
  expect(await decideOn(4)).toBe('advise')
  expect(
    hall.events.flatMap(event => (event.type === 'lease' && event.state === 'refused' ? [event.check] : [])),
  ).toEqual(expect.arrayContaining(['command.order', 'lease.signature']))
  expect(hall.events).toContainEqual(
    expect.objectContaining({ type: 'mode', sentence: expect.stringContaining('without a signature') }),
  )
}, 30_000)
