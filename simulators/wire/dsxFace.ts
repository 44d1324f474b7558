import type { Logger } from 'pino'
import type { Clock } from '#contract/clock.ts'
import * as dsx from '#contract/dsx.ts'
import type { SiteCommon } from '#contract/site/site.ts'
import { minute, second } from '#contract/units.ts'
import { heartbeatMetadata, metadataMessage } from '#simulators/wire/dsxMessages.ts'
import type { Face, PlantDoor, ServedPoint } from '#simulators/wire/face.ts'
import { connectFieldClient, type FieldClient, type FieldMessage } from '#simulators/wire/fieldClient.ts'
import { parseRequest } from '#simulators/wire/requests.ts'
import { requestFilter, trayPoints } from '#simulators/wire/trayTopics.ts'
import { servedPoints, watch } from '#simulators/wire/watch.ts'

/** DSX: values that rest are shown again every 100 s of site time, but a fast run would drown: at most every 2 s of wall time. */
const repeatMs = 100 * second
const repeatWallFloorMs = 2 * second
/** Trays are five times as many points as all others together; their agent knows from the heartbeat that the path lives. */
const trayRepeatMs = 10 * minute
const trayRepeatWallFloorMs = 30 * second
const heartbeatMs = 10 * second
/** Three heartbeats of the integration missed: whoever speaks then has just come, and knows nothing yet. */
const integrationSilenceMs = 30 * second
/** An agent that was restarted is back sooner than its silence is noticed; its subscriptions, sent in several packets, tell. */
const newListenerSettlesMs = second

/** The building system on its own broker. */
export const buildingClientId = (site: Pick<SiteCommon, 'name'>): string => `${site.name}-bms`

type Published = ServedPoint & { readonly topic: string }
export type DsxCounts = { requests: number; taken: number; refused: number; ignored: number }
export type DsxFace = Face & { readonly counts: Readonly<DsxCounts> }

/** The building system's face: racks, leak sensors, meters and weather as DSX values and metadata, trays as plain topics. */
export async function startDsxFace(options: {
  url: string
  door: PlantDoor
  clock: Clock
  log: Logger
  /** Told of each new listener, where the broker lets us know. */
  onNewListener?: (hear: () => void) => void
}): Promise<DsxFace> {
  const { door, clock, log } = options
  const { plant } = door
  const site = plant.site
  const byDsx = servedPoints(
    plant,
    site.equipment.filter(item => item.via === 'dsx'),
  ).filter(point => point.spec.dsx)
  const values = byDsx.flatMap((point): Published[] =>
    point.spec.dsx?.publishedBy === 'bms'
      ? [{ ...point, topic: dsx.valueTopic(placeOf(site.name, point)) }]
      : [],
  )
  const trays = trayPoints(plant, site).filter(point => !point.spec.writable)
  const requests = new Map<string, string>([
    ...byDsx
      .filter(point => point.spec.dsx?.publishedBy === 'integration')
      .map(point => [dsx.integrationTopic(placeOf(site.name, point)), point.key] as const),
    ...trayPoints(plant, site)
      .filter(point => point.spec.writable)
      .map(point => [point.topic, point.key] as const),
  ])
  const watchedValues = watch(plant, values, Math.max(repeatMs, repeatWallFloorMs * clock.speed))
  const watchedTrays = watch(plant, trays, Math.max(trayRepeatMs, trayRepeatWallFloorMs * clock.speed))
  const counts: DsxCounts = { requests: 0, taken: 0, refused: 0, ignored: 0 }
  const metadata = metadataOf(door, byDsx)
  const beatIn = dsx.integrationTopic(dsx.heartbeat(site.name, 'HeartbeatTimestampIntegration'))
  const echoIn = dsx.integrationTopic(dsx.heartbeat(site.name, 'HeartbeatEchoIntegration'))
  let integrationHeardMs = Number.NEGATIVE_INFINITY
  let newListener: NodeJS.Timeout | undefined

  /** What rests is shown again at the next look, leaks first: a listener that has just come would wait minutes for it. */
  const showAgain = () => {
    watchedValues.forget()
    watchedTrays.forget()
  }
  options.onNewListener?.(() => {
    clearTimeout(newListener)
    newListener = setTimeout(showAgain, newListenerSettlesMs)
  })

  const publishMetadata = (client: FieldClient) => {
    client.together(() => {
      for (const [topic, payload] of metadata) client.publish(topic, payload, { retain: true })
    })
  }
  const beat = (client: FieldClient) =>
    client.publish(
      dsx.valueTopic(dsx.heartbeat(site.name, 'HeartbeatTimestampBms')),
      dsx.heartbeatMessage(clock.siteNow()),
    )
  const message = ({ topic, payload, isRetained }: FieldMessage) => {
    // The answer to our own heartbeat: it asks for nothing.
    if (topic === echoIn) return
    if (topic === beatIn) {
      if (!isRetained) heardIntegration(payload)
      return
    }
    counts.requests++
    act(topic, payload, isRetained)
  }
  const heardIntegration = (payload: string) => {
    const now = clock.machineNow()
    if (now - integrationHeardMs > integrationSilenceMs) showAgain()
    integrationHeardMs = now
    client.publish(dsx.valueTopic(dsx.heartbeat(site.name, 'HeartbeatEchoBms')), payload)
  }
  const act = (topic: string, payload: string, isRetained: boolean) => {
    const key = requests.get(topic)
    const request =
      key === undefined
        ? { ignoredBecause: 'no point of this site takes requests there' }
        : parseRequest(payload, isRetained)
    if (key === undefined || 'ignoredBecause' in request) {
      counts.ignored++
      log.warn(
        { topic },
        `a request was ignored: ${'ignoredBecause' in request ? request.ignoredBecause : ''}`,
      )
      return
    }
    const written = door.write(key, request.value)
    if (written.taken) counts.taken++
    else {
      counts.refused++
      log.warn({ key, value: request.value }, `a request was refused: ${written.because}`)
    }
  }
  const client = await connectFieldClient({
    url: options.url,
    clientId: buildingClientId(site),
    subscribe: [dsx.integrationFilter, requestFilter],
    log,
    message,
    connected: connection => {
      publishMetadata(connection)
      beat(connection)
      showAgain()
    },
  })
  const timers = [
    setInterval(() => publishMetadata(client), repeatMs),
    setInterval(() => beat(client), heartbeatMs),
  ]
  const show = (point: Published, reading: Parameters<typeof dsx.valueMessage>[0]) =>
    client.publish(point.topic, dsx.valueMessage(reading))
  const whenConnected = (work: () => void) => {
    if (client.isConnected) client.together(work)
  }
  return {
    counts,
    showTelemetry: () =>
      whenConnected(() => {
        watchedValues.moved(show)
        watchedTrays.moved(show)
      }),
    showFast: () =>
      whenConnected(() => {
        watchedValues.movedFast(show)
        watchedTrays.movedFast(show)
      }),
    showAll: at =>
      whenConnected(() => {
        watchedValues.everything(at, show)
        watchedTrays.everything(at, show)
      }),
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      clearTimeout(newListener)
      await client.close()
    },
  }
}

const placeOf = (site: string, { equipment, point, spec }: ServedPoint): dsx.DsxPlace => {
  if (!spec.dsx) throw new Error(`${equipment}.${point} has no place in DSX`)
  return {
    objectType: spec.dsx.objectType,
    pointType: spec.dsx.pointType,
    tagPath: dsx.tagPath(site, equipment, point),
  }
}

/** Topic and payload of all metadata: the points, and the four heartbeat points. */
function metadataOf(
  door: PlantDoor,
  points: readonly ServedPoint[],
): ReadonlyArray<readonly [topic: string, payload: string]> {
  const { site } = door.plant
  const byId = new Map(site.equipment.map(item => [item.id, item]))
  const ofPoints = points.flatMap(point => {
    const item = byId.get(point.equipment)
    const payload = item && metadataMessage(site, item, point.spec)
    return payload === undefined ? [] : [[dsx.metadataTopic(placeOf(site.name, point)), payload] as const]
  })
  const beats = [
    'HeartbeatTimestampBms',
    'HeartbeatEchoBms',
    'HeartbeatTimestampIntegration',
    'HeartbeatEchoIntegration',
  ]
  return [
    ...ofPoints,
    ...beats.map(
      beat =>
        [dsx.metadataTopic(dsx.heartbeat(site.name, beat)), heartbeatMetadata(site.name, beat)] as const,
    ),
  ]
}
