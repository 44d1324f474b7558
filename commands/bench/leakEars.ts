import type { Socket } from 'node:net'
import mqtt from 'mqtt'
import * as opcua from 'node-opcua-client'
import { Failure } from '#contract/failure.ts'

/** What went over a wire, and when it was there. `key`: a topic of the field broker, or a point of a device. */
export type Heard = { readonly key: string; readonly value: number; readonly atMs: number }

export type Ears = {
  readonly heard: readonly Heard[]
  /** The first report of `key` with `value` not before `sinceMs`. */
  seen(key: string, value: number, sinceMs: number): Promise<Heard>
  close(): Promise<void>
}

/** A request that does not come within this time is a defect, not a figure. */
const patienceMs = 20_000
const lookEveryMs = 20
/** As often as the simulated devices publish at best. */
const publishingMs = 20

/** Listens to the field broker and to the devices by sessions of its own, beside the agent's. */
export async function openEars(of: {
  readonly fieldBroker: string
  readonly topics: readonly string[]
  readonly devices: ReadonlyMap<string, readonly string[]>
}): Promise<Ears> {
  const heard: Heard[] = []
  const hear = (key: string, value: unknown) => {
    heard.push({ key, value: Number(value), atMs: performance.now() })
  }
  const field = await mqtt.connectAsync(of.fieldBroker)
  ;(field.stream as Socket).setNoDelay(true)
  field.on('message', (topic, payload) => hear(topic, JSON.parse(payload.toString()).value))
  await field.subscribeAsync([...of.topics])
  const closes: Array<() => Promise<void>> = []
  for (const [endpoint, keys] of of.devices) closes.push(await watchDevice(endpoint, keys, hear))
  const find = (key: string, value: number, sinceMs: number) =>
    heard.find(it => it.atMs >= sinceMs && it.value === value && it.key.includes(key))
  return {
    heard,
    async seen(key, value, sinceMs) {
      const givesUpAtMs = performance.now() + patienceMs
      for (;;) {
        const found = find(key, value, sinceMs)
        if (found) return found
        if (performance.now() > givesUpAtMs)
          throw new Failure(
            'DEADLINE_PASSED',
            `${key} = ${value} did not come within ${patienceMs / 1_000} s`,
          )
        await new Promise(resolve => setTimeout(resolve, lookEveryMs))
      }
    },
    async close() {
      await field.endAsync()
      for (const close of closes) await close()
    },
  }
}

async function watchDevice(
  endpoint: string,
  keys: readonly string[],
  hear: (key: string, value: unknown) => void,
): Promise<() => Promise<void>> {
  const client = opcua.OPCUAClient.create({
    endpointMustExist: false,
    securityMode: opcua.MessageSecurityMode.None,
    securityPolicy: opcua.SecurityPolicy.None,
  })
  await client.connect(endpoint)
  const session = await client.createSession()
  const space = (await session.readNamespaceArray()).indexOf('urn:coldloop:simulator')
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: publishingMs,
    requestedLifetimeCount: 1_000,
    requestedMaxKeepAliveCount: 100,
    maxNotificationsPerPublish: 1_000,
    publishingEnabled: true,
    priority: 10,
  })
  for (const key of keys) {
    const item = await subscription.monitor(
      { nodeId: `ns=${space};s=${key}`, attributeId: opcua.AttributeIds.Value },
      { samplingInterval: 0, queueSize: 20, discardOldest: true },
      opcua.TimestampsToReturn.Both,
    )
    item.on('changed', value => hear(key, value.value.value))
  }
  return async () => {
    await session.close(true)
    await client.disconnect()
  }
}
