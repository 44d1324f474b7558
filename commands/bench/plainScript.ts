import { InfluxDB, type IPoint } from 'influx'
import mqtt from 'mqtt'
import { acknowledgeMetric, formatMark, parseMark } from '#contract/messages/delivery.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { decodePayload, encodePayload } from '#contract/sparkplug/payload.ts'
import { formatTopic, parseTopic } from '#contract/sparkplug/topics.ts'

/**
 * What a good afternoon's script would be: packages `mqtt` and `influx`, metrics of one device and instant in one point,
 * batches of 5,000. It proves nothing: no order, no duplicates dropped, no rebirth, no quarantine, no retry, no alarms,
 * no live values; what is in its memory when it dies is gone. It says how far it has come only to pace the publisher.
 * Run by `bench ingest` as the alternative: node plainScript.ts BROKER INFLUX; ends with standard input and says its CPU.
 */
const pointsPerWrite = 5_000

async function run(brokerUrl: string, influxUrl: string): Promise<void> {
  const { hostname, port } = new URL(influxUrl)
  const influx = new InfluxDB({ host: hostname, port: Number(port), database: 'plain' })
  await influx.createDatabase('plain')
  const names = new Map<number, string>()
  let points: IPoint[] = []
  let values = 0
  let written = 0
  let mark: { readonly node: string; readonly group: string; readonly uuid: string } | undefined
  let isWriting = false
  const client = await mqtt.connectAsync(brokerUrl)

  const flush = async (): Promise<void> => {
    if (isWriting || points.length === 0) return
    isWriting = true
    const [some, newest, count] = [points, mark, values]
    points = []
    values = 0
    await influx.writePoints(some, { precision: 'ms' })
    written += count
    const reached = parseMark(newest?.uuid)
    if (newest && reached)
      client.publish(
        formatTopic({ type: 'NCMD', group: newest.group, node: newest.node }),
        encodePayload({
          metrics: [{ name: acknowledgeMetric, datatype: dataTypes.String, value: formatMark(reached) }],
        }),
      )
    isWriting = false
    if (points.length >= pointsPerWrite) await flush()
  }

  client.on('message', (text, bytes) => {
    const topic = parseTopic(text)
    if (topic?.type !== 'DDATA' && topic?.type !== 'DBIRTH') return
    const payload = decodePayload(bytes)
    if (topic.type === 'DBIRTH') {
      for (const { name, alias } of payload.metrics)
        if (name !== undefined && alias !== undefined) names.set(alias, name)
      return
    }
    let at: number | undefined
    let fields: Record<string, number> = {}
    for (const { alias, timestamp, value } of payload.metrics) {
      const name = names.get(alias ?? -1)
      if (name === undefined || typeof value !== 'number' || timestamp === undefined) continue
      if (timestamp !== at) {
        at = timestamp
        fields = {}
        points.push({
          measurement: 'device',
          tags: { device: topic.device },
          fields,
          timestamp: new Date(at),
        })
      }
      fields[name] = value
      values += 1
    }
    mark = { node: topic.node, group: topic.group, uuid: payload.uuid ?? '' }
    if (points.length >= pointsPerWrite) void flush()
  })
  await client.subscribeAsync('spBv1.0/#', { qos: 0 })
  setInterval(() => void flush(), 100)
  process.stdin.resume()
  process.stdin.on('end', () => {
    const { user, system } = process.cpuUsage()
    process.stdout.write(`${JSON.stringify({ written, cpuSeconds: (user + system) / 1e6 })}\n`, () =>
      process.exit(0),
    )
  })
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
}

await run(process.argv[2] as string, process.argv[3] as string)
