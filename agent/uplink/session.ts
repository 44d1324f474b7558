import type { OutboxRecord } from '#agent/outbox/outbox.ts'
import type { BirthSource } from '#agent/uplink/uplink.ts'
import { type DeliveryMark, formatMark } from '#contract/messages/delivery.ts'
import { type Quality, type Sample, seriesKey } from '#contract/reading.ts'
import {
  aliasOfEvent,
  type BirthPlan,
  deviceBirth,
  floorOf,
  healthOf,
  nodeBirth,
  nodeDeath,
} from '#contract/sparkplug/birth.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { metricName } from '#contract/sparkplug/names.ts'
import { encodePayload, type Metric, type Payload } from '#contract/sparkplug/payload.ts'
import { metricOfReading } from '#contract/sparkplug/readingMetric.ts'
import { type DeviceMessageType, formatTopic, type NodeMessageType } from '#contract/sparkplug/topics.ts'

export type Message = { readonly topic: string; readonly payload: Buffer }

/** One MQTT session of the node: its bdSeq, its running number, and the quality that hosts last saw of each metric. */
export type Session = {
  readonly bdSeq: number
  /** NBIRTH, then a DBIRTH for each device; a device that is offline is born and dies at once, so that its back-fill can be read. */
  births(
    source: BirthSource,
    facts: { readonly at: number; readonly floor: DeliveryMark; readonly offline: Iterable<string> },
  ): Message[]
  record(
    record: OutboxRecord,
    facts: {
      readonly at: number
      readonly epoch: string
      readonly isHistorical: boolean
      /** The device died then: what was seen before is told as the past, never as its state. */
      readonly lostSince?: number | undefined
    },
  ): Message
  floor(floor: DeliveryMark, at: number): Message
  health(json: string, at: number): Message
  deviceBirth(source: BirthSource, device: string, at: number): Message
  deviceDeath(device: string, at: number): Message
  nodeDeath(at: number): Message
}

export function createSession(plan: BirthPlan, bdSeq: number): Session {
  const { group, node } = plan
  let seq = 0
  /** Only what is not good is remembered. */
  const poorQuality = new Map<number, Quality>()

  const nodeTopic = (type: NodeMessageType): string => formatTopic({ type, group, node })
  const deviceTopic = (type: DeviceMessageType, device: string): string =>
    formatTopic({ type, group, node, device })
  const numbered = (topic: string, payload: Payload): Message => {
    const message = { topic, payload: encodePayload({ ...payload, seq }) }
    seq = (seq + 1) % 256
    return message
  }

  function birthOf(source: BirthSource, device: string, at: number): Message {
    const points = plan.devices.get(device) ?? []
    for (const { equipment, point, alias } of points)
      remember(alias, source.current(equipment, point)?.quality ?? 'stale')
    return numbered(
      deviceTopic('DBIRTH', device),
      deviceBirth(points, (equipment, point) => source.current(equipment, point), { at, seq }),
    )
  }

  function remember(alias: number, quality: Quality): void {
    if (quality === 'good') poorQuality.delete(alias)
    else poorQuality.set(alias, quality)
  }

  function metricOf(device: string, sample: Sample, historical: boolean): Metric {
    const planned = plan.byKey.get(seriesKey(sample.equipment, sample.point))
    // A point that the site's file does not know goes out by name: the host refuses and counts it, nothing vanishes here.
    if (planned === undefined || planned.device !== device)
      return metricOfReading(
        { name: metricName({ device, equipment: sample.equipment, point: sample.point }) },
        sample,
        dataTypes.Double,
        { datatype: true, historical },
      )
    const hasRecovered = sample.quality === 'good' && poorQuality.has(planned.alias)
    remember(planned.alias, sample.quality)
    return metricOfReading({ alias: planned.alias }, sample, planned.datatype, {
      quality: hasRecovered,
      historical,
    })
  }

  return {
    bdSeq,
    births(source, { at, floor, offline }) {
      seq = 0
      const messages = [numbered(nodeTopic('NBIRTH'), nodeBirth({ bdSeq, at, floor }))]
      for (const device of plan.devices.keys()) messages.push(birthOf(source, device, at))
      for (const device of offline)
        if (plan.devices.has(device))
          messages.push(numbered(deviceTopic('DDEATH', device), { timestamp: at, metrics: [] }))
      return messages
    },
    record({ position, body }, { at, epoch, isHistorical, lostSince = Number.NEGATIVE_INFINITY }) {
      const uuid = formatMark({ epoch, position })
      if (body.kind === 'samples')
        return numbered(deviceTopic('DDATA', body.device), {
          timestamp: at,
          uuid,
          metrics: body.samples.map(sample =>
            metricOf(body.device, sample, isHistorical || sample.at <= lostSince),
          ),
        })
      const { event } = body
      const metric: Metric = {
        alias: aliasOfEvent(event.type),
        timestamp: event.at,
        isHistorical,
        kind: 'string',
        value: JSON.stringify(event),
      }
      return numbered(nodeTopic('NDATA'), { timestamp: at, uuid, metrics: [metric] })
    },
    floor: (floor, at) => numbered(nodeTopic('NDATA'), { timestamp: at, metrics: [floorOf(floor, at)] }),
    health: (json, at) => numbered(nodeTopic('NDATA'), { timestamp: at, metrics: [healthOf(json, at)] }),
    deviceBirth: birthOf,
    deviceDeath: (device, at) => numbered(deviceTopic('DDEATH', device), { timestamp: at, metrics: [] }),
    nodeDeath: at => ({ topic: nodeTopic('NDEATH'), payload: encodePayload(nodeDeath(bdSeq, at)) }),
  }
}
