import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'
import type { LeaseReport } from '#contract/messages/event.ts'
import { type Lease, leaseSigningText, type SignedLease } from '#contract/messages/lease.ts'
import type { Site } from '#contract/site/site.ts'
import { aliasOfEvent } from '#contract/sparkplug/birth.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { metricOfLease } from '#contract/sparkplug/leaseMetric.ts'
import { decodePayload, encodePayload, type Metric } from '#contract/sparkplug/payload.ts'
import { formatTopic } from '#contract/sparkplug/topics.ts'

/** Somebody else on the uplink broker, who may or may not hold the hub's key. */
export type ForeignHub = {
  /** A lease with the fields given, signed with the hub's key unless another is named. */
  lease(fields: Partial<Lease>, key?: 'hub' | 'stranger'): SignedLease
  send(lease: SignedLease, change?: (metric: Metric) => Metric): Promise<void>
  /** The bytes of a command as they stood on the wire. */
  replay(command: { readonly topic: string; readonly bytes: Buffer }): Promise<void>
  readonly reports: readonly LeaseReport[]
  /** Every lease command that passed, the hub's own too. */
  readonly commands: ReadonlyArray<{ readonly topic: string; readonly bytes: Buffer }>
  close(): Promise<void>
}

export async function connectForeignHub(options: {
  url: string
  site: Site
  keyPath: string
  siteNow: () => number
}): Promise<ForeignHub> {
  const { site, siteNow } = options
  const client = await mqtt.connectAsync(options.url)
  const keys: Record<'hub' | 'stranger', KeyObject> = {
    hub: createPrivateKey(readFileSync(options.keyPath)),
    stranger: generateKeyPairSync('ed25519').privateKey,
  }
  const reports: LeaseReport[] = []
  const commands: Array<{ topic: string; bytes: Buffer }> = []
  client.on('message', (topic, bytes) => {
    if (topic.includes('/DCMD/')) commands.push({ topic, bytes })
    else
      for (const metric of decodePayload(bytes).metrics)
        if (metric.alias === aliasOfEvent('lease') && typeof metric.value === 'string')
          reports.push(JSON.parse(metric.value) as LeaseReport)
  })
  await client.subscribeAsync([`spBv1.0/${site.name}/NDATA/#`, `spBv1.0/${site.name}/DCMD/#`])
  let count = 0
  return {
    lease(fields, key = 'hub') {
      count += 1
      const now = Math.round(siteNow())
      const lease: Lease = {
        id: `foreign-${count}`,
        groupId: `foreign-group-${count}`,
        groupSize: 1,
        equipment: 'cdu-1',
        point: 'supplyTemperatureSp',
        value: 35,
        expected: 35,
        reason: 'somebody wishes so',
        author: 'plan of somebody',
        priority: 'plan',
        // Above every version that a hub gives out in a test.
        version: 1_000_000_000 + count,
        issuedAt: now,
        notBeforeAt: now,
        expiresAt: now + 60 * 60_000,
        ...fields,
      }
      const signature = sign(null, Buffer.from(leaseSigningText(lease)), keys[key]).toString('base64')
      return { ...lease, keyId: 'hub-1', signature }
    },
    async send(lease, change = metric => metric) {
      const node = site.equipment.find(item => item.id === lease.equipment)?.agent as string
      const metric = metricOfLease({ name: lease.point }, lease, dataTypes.Double)
      await client.publishAsync(
        formatTopic({ type: 'DCMD', group: site.name, node, device: lease.equipment }),
        encodePayload({ timestamp: siteNow(), metrics: [change(metric)] }),
        { qos: 1 },
      )
    },
    replay: async ({ topic, bytes }) => {
      await client.publishAsync(topic, bytes, { qos: 1 })
    },
    reports,
    commands,
    close: () => client.endAsync(),
  }
}
