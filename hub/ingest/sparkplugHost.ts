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
import { checkedId, formatTopic, parseTopic, stateTopic, type Topic } from '#contract/sparkplug/topics.ts'
import { type BrokerLink, createBrokerLink } from '#hub/ingest/brokerLink.ts'
import { type Broker, notConnected } from '#hub/ingest/brokerSession.ts'
import { type AgentDelivery, createAgentDelivery } from '#hub/ingest/delivery.ts'
import type { HostListener, SparkplugHost } from '#hub/ingest/host.ts'
import { createNode, type HostBatch, type HostNode, type NodeEvents } from '#hub/ingest/node.ts'
import { createPipeline } from '#hub/ingest/pipeline.ts'
import type { Store } from '#hub/store/store.ts'

export type SparkplugHostOptions = {
  /** At all of them at once, each with a STATE of its own; an agent is at one of them. */
  readonly brokers: readonly Broker[]
  readonly hostId: string
  readonly site: Site
  readonly store: Pick<Store, 'append' | 'delivered'>
  readonly clock: Clock
  readonly listener: HostListener
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** How long a message that is missing is waited for; a second by default, as one that overtook another is a matter of milliseconds. */
  readonly reorderMs?: number
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
const reorderMsDefault = 1_000

type Known = {
  readonly node: HostNode
  readonly delivery: AgentDelivery
  lastWordMachineMs: number
  lastWordAt: number
  rebirthAskedMs: number
  rebirthBecause: string | undefined
  hasMark: boolean
  /** Where it was heard last, and where it was born: a command goes there. */
  heardAt: BrokerLink
  bornAt: BrokerLink | undefined
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
    if (!known?.node.isOnline() || !known.bornAt?.isReady()) return
    const mark = known.delivery.due()
    if (mark) tell(agent, known.bornAt, { name: acknowledgeMetric, kind: 'string', value: formatMark(mark) })
  }

  /** A command to a node that nobody waits for: when the broker is gone it is said again after the next birth. */
  function tell(agent: string, link: BrokerLink, metric: Metric): void {
    const topic = formatTopic({ type: 'NCMD', group, node: agent })
    link
      .command(topic, commandPayload([metric]))
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

  function nodeOf(id: string, link: BrokerLink): Known | undefined {
    const existing = nodes.get(id)
    if (existing) return existing
    if (nodes.size >= nodesMax) return undefined
    const ranges = [...delivered].flatMap(([key, value]) =>
      key.startsWith(`${id}/`) ? [[key.slice(id.length + 1), value] as const] : [],
    )
    const known: Known = {
      node: createNode({
        id,
        graph,
        clock,
        reorderMs: options.reorderMs ?? reorderMsDefault,
        events: eventsOf(id),
      }),
      delivery: createAgentDelivery(ranges),
      lastWordMachineMs: 0,
      lastWordAt: 0,
      rebirthAskedMs: Number.NEGATIVE_INFINITY,
      rebirthBecause: undefined,
      hasMark: false,
      heardAt: link,
      bornAt: undefined,
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
      !known.heardAt.isReady()
    )
      return
    known.rebirthAskedMs = nowMs
    counts.rebirthsRequested += 1
    log.warn({ agent: id }, `births asked for: ${known.rebirthBecause}`)
    // The birth says the type; where there was none, an edge that looks for it in the command finds it.
    const type = known.bornAt ? {} : { datatype: dataTypes.Boolean }
    tell(id, known.heardAt, { name: rebirthMetric, ...type, kind: 'boolean', value: true })
  }

  function receive(link: BrokerLink, text: string, bytes: Buffer): void {
    const topic: Topic | undefined = parseTopic(text)
    if (topic === undefined) {
      // Another host's STATE is none of ours to judge.
      if (!text.startsWith(stateTopic(''))) reject('topic')
      return
    }
    // Other sites have their own hubs, and what hosts command comes back to all who listen.
    if (topic.group !== group || topic.type === 'NCMD' || topic.type === 'DCMD') return
    const known = nodeOf(topic.node, link)
    if (known === undefined) {
      reject('tooManyNodes')
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
    if (topic.type === 'NBIRTH') known.bornAt = link
    else if (isElsewhere(known, link, topic)) return
    known.heardAt = link
    known.lastWordMachineMs = clock.machineNow()
    known.lastWordAt = clock.siteNow()
    known.node.take(topic, payload)
  }

  /** A word from another broker than the node's birth: of an earlier session, or of one whose birth is missing. Deaths tell by their bdSeq. */
  function isElsewhere(known: Known, link: BrokerLink, topic: Topic): boolean {
    if (topic.type === 'NDEATH' || !known.node.isOnline() || known.bornAt === link) return false
    reject('otherBroker')
    known.heardAt = link
    known.rebirthBecause ??= `${topic.type} of ${topic.node} at ${link.url}, where it was not born`
    return true
  }

  function tick(): void {
    for (const [id, known] of nodes) {
      known.node.tick()
      askRebirth(id, known)
      // Duplicates bring no flush of their own: whoever sent them is told here.
      acknowledge(id)
    }
  }

  const links: readonly BrokerLink[] = options.brokers.map(broker => {
    const link: BrokerLink = createBrokerLink({
      broker,
      hostId: options.hostId,
      group,
      clock,
      random,
      log,
      events: {
        ready: () => onFirstReady(),
        message: (topic, payload) => receive(link, topic, payload),
        lost: () => forgetAt(link),
        rival: () => reject('hostIdTwice'),
      },
    })
    return link
  })

  /** What is not heard is not known: whoever was born at a broker that is away is stale. */
  function forgetAt(link: BrokerLink): void {
    for (const { node, bornAt } of nodes.values()) if (bornAt === link) node.forget(clock.siteNow())
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
    const known = nodes.get(topic.node)
    const link = known?.bornAt ?? known?.heardAt ?? links.find(({ isReady }) => isReady())
    return link
      ? link.command(formatTopic(topic), commandPayload([metric]))
      : Promise.reject(notConnected(options.brokers.map(({ url }) => url).join(', ')))
  }

  return {
    async open() {
      checkedId(options.hostId, 'the host id')
      delivered = await store.delivered()
      const first = new Promise<void>(resolve => {
        onFirstReady = resolve
      })
      for (const link of links) link.open()
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
        { name: releaseGroupMetric, kind: 'string', value: groupId },
      ),
    async sendMode(agent: string, equipment: string, mode: Mode) {
      const { device, place } = addressOf(agent, equipment, 'mode')
      const type = place.alias === undefined ? { datatype: dataTypes.Int32 } : {}
      const metric: Metric = { ...place, ...type, kind: 'int', value: modeNames.indexOf(mode) }
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
    connected: () => links.some(({ isReady }) => isReady()),
    async drained() {
      // A message may be missing for a second at most; then what waits behind it is let go.
      while ([...nodes.values()].some(({ node }) => node.isWaiting()))
        await new Promise(resolve => setTimeout(resolve, tickMs))
      await pipeline.drained()
    },
    async close() {
      clearInterval(tickTimer)
      await pipeline.close()
      await Promise.all(links.map(link => link.close()))
    },
  }
}
