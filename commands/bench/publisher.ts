import { randomUUID } from 'node:crypto'
import mqtt from 'mqtt'
import { firstPosition, recordTemplate } from '#commands/bench/record.ts'
import { systemClock } from '#contract/clock.ts'
import { acknowledgeMetric, parseMark } from '#contract/messages/delivery.ts'
import type { Site } from '#contract/site/site.ts'
import { birthPlan, deviceBirth, nodeBirth, nodeDeath, type PlannedPoint } from '#contract/sparkplug/birth.ts'
import { decodePayload, encodePayload } from '#contract/sparkplug/payload.ts'
import { formatTopic } from '#contract/sparkplug/topics.ts'

/** Records that may be unacknowledged: an agent's own window. */
const windowRecords = 2_000
const metricsPerMessage = 100

export type Published = { readonly values: number; readonly seconds: number }

/** An edge node that sends as fast as the hub acknowledges. Every value counts only once it is acknowledged. */
export async function publishFor(options: {
  url: string
  site: Site
  agent: string
  seconds: number
}): Promise<Published> {
  const { site, agent } = options
  const clock = systemClock()
  const plan = birthPlan(site, agent)
  const client = await mqtt.connectAsync(options.url, {
    will: {
      topic: formatTopic({ group: site.name, type: 'NDEATH', node: agent }),
      payload: encodePayload(nodeDeath(0, clock.wallNow())),
      qos: 1,
      retain: false,
    },
  })
  const epoch = randomUUID()
  let acknowledged = firstPosition
  let sent = firstPosition
  let seq = 0
  let wake: () => void = () => undefined
  client.on('message', (_topic, bytes) => {
    for (const metric of decodePayload(bytes).metrics) {
      if (metric.name !== acknowledgeMetric) continue
      const mark = parseMark(String(metric.value))
      if (mark?.epoch === epoch) acknowledged = Math.max(acknowledged, mark.position)
    }
    wake()
  })
  await client.subscribeAsync(formatTopic({ group: site.name, type: 'NCMD', node: agent }), { qos: 1 })
  const publish = (topic: string, payload: Buffer) => client.publish(topic, payload, { qos: 0 })
  publish(
    formatTopic({ group: site.name, type: 'NBIRTH', node: agent }),
    encodePayload(nodeBirth({ bdSeq: 0, at: clock.wallNow(), floor: { epoch, position: firstPosition } })),
  )
  for (const [device, points] of plan.devices) {
    seq = (seq + 1) % 256
    publish(
      formatTopic({ group: site.name, type: 'DBIRTH', node: agent, device }),
      encodePayload(deviceBirth(points, () => undefined, { at: clock.wallNow(), seq })),
    )
  }
  const devices = [...plan.devices]
    .map(([device, points]) => ({ device, analog: points.filter(isAnalog) }))
    .filter(({ analog }) => analog.length > 0)
    .map(({ device, analog }) => ({
      topic: formatTopic({ group: site.name, type: 'DDATA', node: agent, device }),
      template: recordTemplate(epoch, analog, metricsPerMessage),
    }))
  const started = clock.machineNow()
  const endsAt = started + options.seconds * 1_000
  // Each sample has an instant of its own, as a plant's would: 100 metrics are a device's points at successive instants.
  let at = clock.wallNow() - 86_400_000
  while (clock.machineNow() < endsAt) {
    while (sent - acknowledged >= windowRecords) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
    const { topic, template } = devices[sent % devices.length] as (typeof devices)[number]
    seq = (seq + 1) % 256
    sent += 1
    publish(topic, template.payload({ at, seq, position: sent }))
    if (sent % devices.length === 0) at += Math.ceil(metricsPerMessage)
    if (sent % 50 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  const givesUpAt = clock.machineNow() + 60_000
  while (acknowledged < sent && clock.machineNow() < givesUpAt)
    await new Promise(resolve => setTimeout(resolve, 5))
  const seconds = (clock.machineNow() - started) / 1_000
  await client.endAsync()
  return { values: (acknowledged - firstPosition) * metricsPerMessage, seconds }
}

const isAnalog = (planned: PlannedPoint): boolean =>
  planned.spec.unit !== 'bool' &&
  planned.spec.unit !== 'state' &&
  planned.spec.range[0] <= 20 &&
  planned.spec.range[1] >= 30
