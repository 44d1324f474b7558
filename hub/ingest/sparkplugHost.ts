import type { Logger } from 'pino'
import type { Clock } from '#contract/clock.ts'
import { Failure, isFailure } from '#contract/failure.ts'
import {
  acknowledgeMetric,
  formatMark,
  rebirthMetric,
  releaseGroupMetric,
} from '#contract/messages/delivery.ts'
import { type Mode, modeNames, pointSpec } from '#contract/points.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { metricOfLease } from '#contract/sparkplug/leaseMetric.ts'
import { metricName } from '#contract/sparkplug/names.ts'
import { decodePayload, encodePayload, type Metric, type Payload } from '#contract/sparkplug/payload.ts'
import { dataTypeOfPoint, type MetricPlace } from '#contract/sparkplug/readingMetric.ts'
import { checkedId, formatTopic, parseTopic, type Topic } from '#contract/sparkplug/topics.ts'
import { type BrokerSession, connectHost } from '#hub/ingest/brokerSession.ts'
import { type AgentDelivery, createAgentDelivery } from '#hub/ingest/delivery.ts'
import type { HostListener, SparkplugHost } from '#hub/ingest/host.ts'
import { createNode, type HostBatch, type HostNode, type NodeEvents } from '#hub/ingest/node.ts'
import { createPipeline } from '#hub/ingest/pipeline.ts'
import type { Store } from '#hub/store/store.ts'

export type SparkplugHostOptions = {
  readonly url: string
  readonly hostId: string
  readonly site: Site
  readonly store: Pick<Store, 'append' | 'delivered'>
  readonly clock: Clock
  readonly listener: HostListener
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly username?: string
  readonly password?: string
  /** For the spread of reconnects; Math.random by default. */
  readonly random?: () => number
}

/** A birth is up to a megabyte: asked for at once, and then again every 10 s at the most. */
const rebirthEveryMs = 10_000
/** The site's file names its agents; beyond them a few foreign edges. A thousand nodes are a mistake or an attack. */
const nodesMax = 1_000
const tickMs = 100
/** `open` waits so long for the first connection; then it goes on by itself and `connected()` says so. */
const firstConnectMs = 5_000
const reconnectMsFirst = 500
const reconnectMsMax = 10_000

type Known = {
  readonly node: HostNode
  readonly delivery: AgentDelivery
  lastWordMachineMs: number
  lastWordAt: number
  rebirthAskedMs: number
  rebirthBecause: string | undefined
  hasMark: boolean
}

export function createSparkplugHost(options: SparkplugHostOptions): SparkplugHost {
  const { site, store, clock, listener, log } = options
  const group = site.name
  const graph = siteGraph(site)
  const random = options.random ?? Math.random
  const nodes = new Map<string, Known>()
  const rejectedByReason: Record<string, number> = {}
  const counts = {
    received: 0,
    stored: 0,
    duplicatesOnWire: 0,
    rejected: 0,
    quarantined: 0,
    rebirthsRequested: 0,
  }
  let delivered: Awaited<ReturnType<Store['delivered']>> = new Map()
  let session: BrokerSession | undefined
  let isClosed = false
  let failedConnects = 0
  let reconnectTimer: NodeJS.Timeout | undefined
  let tickTimer: NodeJS.Timeout | undefined
  let onFirstReady: () => void = () => undefined

  const pipeline = createPipeline<HostBatch>({
    store,
    log,
    onStored,
    onQuarantined: batch => quarantined(batch.samples.length, 'storeRefused'),
    onStore: listener.storeTakes,
  })

  function onStored(batches: readonly HostBatch[]): void {
    for (const { agent, mark, samples, event } of batches) {
      counts.stored += samples.length
      if (samples.length > 0) listener.stored(agent, samples.length)
      if (mark) nodes.get(agent)?.delivery.kept(mark)
      if (event) listener.event(agent, event)
    }
    for (const agent of new Set(batches.map(batch => batch.agent))) acknowledge(agent)
  }

  function acknowledge(agent: string): void {
    const known = nodes.get(agent)
    if (!session?.isReady() || !known?.node.isOnline()) return
    const mark = known.delivery.due()
    if (mark) tell(agent, { name: acknowledgeMetric, datatype: dataTypes.String, value: formatMark(mark) })
  }

  /** A command to a node that nobody waits for: when the broker is gone it is said again after the next birth. */
  function tell(agent: string, metric: Metric): void {
    const topic = formatTopic({ type: 'NCMD', group, node: agent })
    session
      ?.command(topic, commandPayload([metric]))
      .catch((error: unknown) => log.warn({ agent, error }, 'a command did not reach the broker'))
  }

  function commandPayload(metrics: readonly Metric[]): Buffer {
    const at = clock.siteNow()
    return encodePayload({ timestamp: at, metrics: metrics.map(metric => ({ timestamp: at, ...metric })) })
  }

  function reject(because: string): void {
    counts.rejected += 1
    rejectedByReason[because] = (rejectedByReason[because] ?? 0) + 1
  }

  function quarantined(values: number, because: string): void {
    if (values === 0) return
    counts.quarantined += values
    rejectedByReason[because] = (rejectedByReason[because] ?? 0) + values
  }

  function nodeOf(id: string): Known | undefined {
    const existing = nodes.get(id)
    if (existing) return existing
    if (nodes.size >= nodesMax) return undefined
    const ranges = [...delivered].flatMap(([key, value]) =>
      key.startsWith(`${id}/`) ? [[key.slice(id.length + 1), value] as const] : [],
    )
    const known: Known = {
      node: createNode({ id, graph, clock, events: eventsOf(id) }),
      delivery: createAgentDelivery(ranges),
      lastWordMachineMs: 0,
      lastWordAt: 0,
      rebirthAskedMs: Number.NEGATIVE_INFINITY,
      rebirthBecause: undefined,
      hasMark: false,
    }
    nodes.set(id, known)
    return known
  }

  function eventsOf(id: string): NodeEvents {
    const known = () => nodes.get(id) as Known
    return {
      online: (online, at) => {
        if (online) {
          known().rebirthBecause = undefined
          known().delivery.owe()
        }
        listener.agentOnline(id, online, at)
        if (online) acknowledge(id)
      },
      stale: (equipment, at) => listener.equipmentStale(id, equipment, at),
      live: samples => listener.live(id, samples),
      floor: mark => {
        known().delivery.floor(mark)
        acknowledge(id)
      },
      rebirthWanted: because => {
        known().rebirthBecause ??= because
        askRebirth(id, known())
      },
      rejected: reject,
      data: (accepted, mark, event) => takeData(id, known(), accepted, mark, event),
    }
  }

  function takeData(
    ...[id, known, accepted, mark, event]: [string, Known, ...Parameters<NodeEvents['data']>]
  ): void {
    counts.received += accepted.samples.length + accepted.quarantined.length
    if (mark) {
      known.hasMark = true
      if (!known.delivery.isNew(mark)) {
        counts.duplicatesOnWire += accepted.samples.length
        known.delivery.owe()
        return
      }
    }
    // Announce first, store second.
    if (accepted.live.length > 0) listener.live(id, accepted.live)
    const batch: HostBatch = {
      agent: id,
      samples: accepted.samples,
      ...(mark ? { mark } : {}),
      ...(event ? { event } : {}),
    }
    if (!pipeline.offer(batch)) {
      counts.received -= accepted.samples.length + accepted.quarantined.length
      reject('storeBehind')
      return
    }
    if (mark) known.delivery.taken(mark)
    for (const because of accepted.quarantined) quarantined(1, because)
  }

  function askRebirth(id: string, known: Known): void {
    const nowMs = clock.machineNow()
    if (
      known.rebirthBecause === undefined ||
      nowMs - known.rebirthAskedMs < rebirthEveryMs ||
      !session?.isReady()
    )
      return
    known.rebirthAskedMs = nowMs
    counts.rebirthsRequested += 1
    log.warn({ agent: id }, `births asked for: ${known.rebirthBecause}`)
    tell(id, { name: rebirthMetric, datatype: dataTypes.Boolean, value: true })
  }

  function receive(text: string, bytes: Buffer): void {
    const topic: Topic | undefined = parseTopic(text)
    const known = topic?.group === group ? nodeOf(topic.node) : undefined
    if (topic === undefined || known === undefined) {
      reject(topic === undefined ? 'topic' : 'tooManyNodes')
      return
    }
    let payload: Payload
    try {
      payload = decodePayload(bytes)
    } catch (error) {
      if (!isFailure(error)) throw error
      reject('undecodable')
      return
    }
    known.lastWordMachineMs = clock.machineNow()
    known.lastWordAt = clock.siteNow()
    known.node.take(topic, payload)
  }

  function tick(): void {
    for (const [id, known] of nodes) {
      known.node.tick()
      askRebirth(id, known)
      // Duplicates bring no flush of their own: whoever sent them is told here.
      acknowledge(id)
    }
  }

  function connect(): void {
    const opened = connectHost({ ...options, group }, clock.wallNow(), {
      ready: () => {
        failedConnects = 0
        onFirstReady()
      },
      message: receive,
      lost: sentence => {
        if (session !== opened) return
        session = undefined
        for (const { node } of nodes.values()) node.forget(clock.siteNow())
        if (isClosed) return
        const waitMs = Math.max(
          reconnectMsFirst / 2,
          random() * Math.min(reconnectMsMax, reconnectMsFirst * 2 ** failedConnects),
        )
        failedConnects = Math.min(10, failedConnects + 1)
        log.warn(
          { broker: options.url, waitMs: Math.round(waitMs) },
          `the uplink broker is away: ${sentence}`,
        )
        reconnectTimer = setTimeout(connect, waitMs)
      },
    })
    session = opened
  }

  function addressOf(
    agent: string,
    equipment: string,
    point: string,
  ): { device: string; place: MetricPlace; datatype: number } {
    const kind = graph.equipment(equipment)?.kind
    const spec = kind === undefined ? undefined : pointSpec(kind, point)
    if (spec === undefined) throw new Failure('NOT_FOUND', `no point ${equipment}.${point}`)
    const device = graph.assemblyOf(equipment)
    const name = metricName({ device, equipment, point })
    const alias = nodes.get(agent)?.node.target(device, name)?.alias
    return { device, place: alias === undefined ? { name } : { alias }, datatype: dataTypeOfPoint(spec) }
  }

  function command(topic: Topic, metric: Metric): Promise<void> {
    if (!session)
      return Promise.reject(
        new Failure('BROKER_UNREACHABLE', `the broker ${options.url} is not connected`, { retry: true }),
      )
    return session.command(formatTopic(topic), commandPayload([metric]))
  }

  return {
    async open() {
      checkedId(options.hostId, 'the host id')
      delivered = await store.delivered()
      const first = new Promise<void>(resolve => {
        onFirstReady = resolve
      })
      connect()
      tickTimer = setInterval(tick, tickMs)
      tickTimer.unref()
      let timer: NodeJS.Timeout | undefined
      await Promise.race([first, new Promise(resolve => (timer = setTimeout(resolve, firstConnectMs)))])
      clearTimeout(timer)
    },
    async sendLeases(agent, leases) {
      for (const lease of leases) {
        const { device, place, datatype } = addressOf(agent, lease.equipment, lease.point)
        await command(
          { type: 'DCMD', group, node: checkedId(agent, 'the agent'), device },
          metricOfLease(place, lease, datatype),
        )
      }
    },
    releaseGroup: (agent, groupId) =>
      command(
        { type: 'NCMD', group, node: checkedId(agent, 'the agent') },
        { name: releaseGroupMetric, datatype: dataTypes.String, value: groupId },
      ),
    async sendMode(agent: string, equipment: string, mode: Mode) {
      const { device, place } = addressOf(agent, equipment, 'mode')
      const metric: Metric = { ...place, datatype: dataTypes.Int32, value: modeNames.indexOf(mode) }
      await command({ type: 'DCMD', group, node: checkedId(agent, 'the agent'), device }, metric)
    },
    agents: () =>
      [...nodes].map(([id, known]) => {
        const health = known.node.health()
        return {
          id,
          online: known.node.isOnline(),
          lastWordMachineMs: known.lastWordMachineMs,
          lastWordAt: known.lastWordAt,
          acknowledgedPosition: known.delivery.acknowledged(),
          deliveryProven: known.hasMark,
          equipment: known.node.devices(),
          ...(health ? { health } : {}),
        }
      }),
    counters: () => ({ ...counts, rejectedByReason: { ...rejectedByReason } }),
    connected: () => session?.isReady() ?? false,
    async drained() {
      // A message may be missing for a second at most; then what waits behind it is let go.
      while ([...nodes.values()].some(({ node }) => node.isWaiting()))
        await new Promise(resolve => setTimeout(resolve, tickMs))
      await pipeline.drained()
    },
    async close() {
      isClosed = true
      clearTimeout(reconnectTimer)
      clearInterval(tickTimer)
      await pipeline.close()
      await session?.end(clock.wallNow())
    },
  }
}
