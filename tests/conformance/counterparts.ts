import mqtt, { type MqttClient } from 'mqtt'
import { acknowledgeMetric, formatMark, rebirthMetric } from '#contract/messages/delivery.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { encodePayload, type Metric, type Payload } from '#contract/sparkplug/payload.ts'
import type { Trace } from './trace.ts'

/** A host in the story's hands, connected past the watched wire. */
export type FakeHost = {
  state(online: boolean, timestamp: number, hostId?: string): Promise<void>
  command(topic: string, metrics: readonly Metric[], retain?: boolean): Promise<void>
  rebirth(node: string): Promise<void>
  acknowledge(node: string, mark: { readonly epoch: string; readonly position: number }): Promise<void>
  close(): Promise<void>
}

export async function fakeHost(url: string, group: string, ownId: string): Promise<FakeHost> {
  const client = await mqtt.connectAsync(url)
  const command: FakeHost['command'] = async (topic, metrics, retain = false) => {
    await client.publishAsync(
      `spBv1.0/${group}/${topic}`,
      encodePayload({ timestamp: Date.now(), metrics: [...metrics] }),
      { qos: 0, retain },
    )
  }
  return {
    command,
    async state(online, timestamp, hostId = ownId) {
      await client.publishAsync(`spBv1.0/STATE/${hostId}`, JSON.stringify({ online, timestamp }), {
        qos: 1,
        retain: true,
      })
    },
    rebirth: node =>
      command(`NCMD/${node}`, [{ name: rebirthMetric, datatype: dataTypes.Boolean, value: true }]),
    acknowledge: (node, mark) =>
      command(`NCMD/${node}`, [
        { name: acknowledgeMetric, datatype: dataTypes.String, value: formatMark(mark) },
      ]),
    close: () => client.endAsync(),
  }
}

/** Another vendor's edge in the story's hands: it says what it likes, right or wrong. */
export type FakeEdge = {
  readonly client: MqttClient
  say(topic: string, payload: Partial<Payload>): Promise<void>
  raw(topic: string, bytes: Buffer | string, retain?: boolean): Promise<void>
  close(): Promise<void>
}

export async function fakeEdge(url: string, group: string): Promise<FakeEdge> {
  const client = await mqtt.connectAsync(url)
  const raw: FakeEdge['raw'] = async (topic, bytes, retain = false) => {
    await client.publishAsync(topic, bytes, { qos: 0, retain })
  }
  return {
    client,
    raw,
    say: (topic, payload) =>
      raw(`spBv1.0/${group}/${topic}`, encodePayload({ timestamp: Date.now(), metrics: [], ...payload })),
    close: () => client.endAsync(),
  }
}

/** How many messages of a type the watched side has published so far, or has been given. */
export const count = (trace: Trace, type: string, from: 'client' | 'broker' = 'client'): number =>
  trace.seen.filter(
    seen =>
      seen.kind === 'packet' &&
      seen.from === from &&
      seen.packet.type === 'publish' &&
      seen.packet.said.topic.split('/')[type === 'STATE' ? 1 : 2] === type,
  ).length
export const countPackets = (trace: Trace, type: string): number =>
  trace.seen.filter(seen => seen.kind === 'packet' && seen.from === 'client' && seen.packet.type === type)
    .length

/** Long enough for what must not come to have come. */
export const aMoment = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 120))
