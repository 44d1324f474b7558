import type { Clock } from '#contract/clock.ts'
import { bdSeqMetric, type DeliveryMark, parseMark } from '#contract/messages/delivery.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import { type AgentHealth, healthMetric } from '#contract/messages/health.ts'
import type { Sample } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import { floorMetric } from '#contract/sparkplug/birth.ts'
import { numberOf } from '#contract/sparkplug/dataTypes.ts'
import type { Metric, Payload } from '#contract/sparkplug/payload.ts'
import type { Topic } from '#contract/sparkplug/topics.ts'
import { type Accepted, acceptData, eventIn, objectIn, type Quarantine } from '#hub/ingest/accept.ts'
import { noTargets, readBirth, type Target, type TargetTable, valuesInBirth } from '#hub/ingest/births.ts'
import { createOrder } from '#hub/ingest/reorder.ts'
import type { IngestBatch } from '#hub/store/store.ts'

/** A batch that may carry an event, to be told when the batch's position is kept. */
export type HostBatch = IngestBatch & { readonly event?: AgentEvent }

/** What a node's messages amount to. */
export type NodeEvents = {
  online(isOnline: boolean, at: number): void
  stale(equipment: readonly string[], at: number): void
  live(samples: readonly Sample[]): void
  /** One data message, decoded; false when it could not be taken. */
  data(accepted: Accepted, mark: DeliveryMark | undefined, event: AgentEvent | undefined): void
  /** Positions up to the mark will never come: dropped, or kept long ago. */
  floor(mark: DeliveryMark): void
  rebirthWanted(because: string): void
  rejected(because: string): void
}

/** One edge node as the host knows it: its births, its aliases, the order of its messages. */
export type HostNode = {
  readonly id: string
  take(topic: Topic, payload: Payload): void
  /** Looks after what waits for a missing message. */
  tick(): void
  /** The broker went: nothing is known of the node any more. */
  forget(at: number): void
  isOnline(): boolean
  health(): AgentHealth | undefined
  devices(): readonly string[]
  /** How a command addresses a point: by alias where a birth gave one. */
  target(device: string, name: string): Target | undefined
  isWaiting(): boolean
}

type Arrived = { readonly topic: Topic; readonly payload: Payload }

export function createNode(options: {
  readonly id: string
  readonly graph: SiteGraph
  readonly clock: Clock
  /** How long a missing message is waited for. */
  readonly reorderMs: number
  readonly events: NodeEvents
}): HostNode {
  const { id, graph, clock, events } = options
  const order = createOrder<Arrived>(options.reorderMs)
  const tables = new Map<string, TargetTable>()
  const deadDevices = new Set<string>()
  let nodeTable: TargetTable = noTargets
  let bdSeq: number | undefined
  let isOnline = false
  let health: AgentHealth | undefined

  const equipmentOf = (device: string): string[] =>
    [device, ...graph.partsOf(device).map(part => part.id)].filter(
      item => graph.equipment(item) !== undefined,
    )

  function nodeBirth(payload: Payload): void {
    const released = order.expired(Number.POSITIVE_INFINITY)
    for (const arrived of released) inTurn(arrived)
    order.begin(payload.seq ?? 0)
    tables.clear()
    deadDevices.clear()
    nodeTable = readBirth(payload, undefined, graph)
    bdSeq = numberOf(payload.metrics.find(metric => metric.name === bdSeqMetric)?.value, undefined)
    isOnline = true
    tellFloor(payload.metrics.find(metric => metric.name === floorMetric))
    events.online(true, clock.siteNow())
  }

  function tellFloor(metric: Metric | undefined): void {
    const mark = typeof metric?.value === 'string' ? parseMark(metric.value) : undefined
    if (mark) events.floor(mark)
  }

  function nodeDeath(payload: Payload): void {
    const dying = numberOf(payload.metrics.find(metric => metric.name === bdSeqMetric)?.value, undefined)
    // A Will that comes late belongs to a session that has long been followed by another. A birth without number dies of any.
    if (!isOnline || (bdSeq !== undefined && dying !== bdSeq)) {
      events.rejected('lateDeath')
      return
    }
    die(clock.siteNow())
  }

  function die(at: number): void {
    if (!isOnline) return
    isOnline = false
    events.online(false, at)
    const equipment = [...tables.keys()].flatMap(equipmentOf)
    if (equipment.length > 0) events.stale(equipment, at)
  }

  function inTurn({ topic, payload }: Arrived): void {
    if (topic.type === 'NDATA') nodeData(payload)
    else if (topic.type === 'DBIRTH') deviceBirth(topic.device, payload)
    else if (topic.type === 'DDEATH') deviceDeath(topic.device, payload)
    else if (topic.type === 'DDATA') deviceData(topic.device, payload)
  }

  function deviceBirth(device: string, payload: Payload): void {
    const table = readBirth(payload, device, graph)
    tables.set(device, table)
    deadDevices.delete(device)
    const samples = valuesInBirth(payload, table)
    if (samples.length > 0) events.live(samples)
  }

  function deviceDeath(device: string, payload: Payload): void {
    deadDevices.add(device)
    const equipment = equipmentOf(device)
    if (equipment.length > 0) events.stale(equipment, payload.timestamp ?? clock.siteNow())
  }

  function deviceData(device: string, payload: Payload): void {
    const mark = parseMark(payload.uuid)
    // Of a device that is not in the site's file our own agents have no birth: what they name there is refused point by point.
    const table = tables.get(device) ?? (mark === undefined ? undefined : noTargets)
    const accepted =
      table === undefined
        ? unknownData
        : acceptData(payload, metric => resolve(table, metric, mark !== undefined))
    if (accepted.isUnknown) {
      events.rejected('unknownMetric')
      events.rebirthWanted(`data of ${id}/${device} with a metric that no birth announced`)
      return
    }
    if (mark !== undefined || !deadDevices.has(device) || accepted.live.length === 0) {
      events.data(accepted, mark, undefined)
      return
    }
    // Ours tell what they still had; another's device that speaks after its death was born again, and its birth is missing.
    events.data({ ...accepted, live: [] }, mark, undefined)
    events.rejected('deadDevice')
    events.rebirthWanted(`data of ${id}/${device} after its death`)
  }

  function resolve(table: TargetTable, metric: Metric, isOurs: boolean): Target | undefined {
    if (metric.alias !== undefined) return table.byAlias.get(metric.alias)
    const { name, datatype } = metric
    if (name === undefined) return undefined
    // Our own agents name only what their births can not hold: refused point by point, because a rebirth would not help.
    return (
      table.byName.get(name) ?? (isOurs ? { name, alias: undefined, datatype, place: undefined } : undefined)
    )
  }

  function nodeData(payload: Payload): void {
    const mark = parseMark(payload.uuid)
    const quarantined: Quarantine[] = []
    let event: AgentEvent | undefined
    for (const metric of payload.metrics) {
      const name = (
        metric.alias === undefined
          ? nodeTable.byName.get(metric.name ?? '')
          : nodeTable.byAlias.get(metric.alias)
      )?.name
      if (name === undefined) {
        events.rejected('unknownMetric')
        events.rebirthWanted(`data of ${id} with a metric that no birth announced`)
        return
      }
      if (name === floorMetric) tellFloor(metric)
      else if (name === healthMetric) health = (objectIn(metric) as AgentHealth | undefined) ?? health
      else if (name.startsWith('Event/')) {
        event = eventIn(metric)
        if (event === undefined) quarantined.push('eventForm')
      }
    }
    if (mark !== undefined || event !== undefined)
      events.data({ samples: [], live: [], quarantined, isUnknown: false }, mark, event)
  }

  return {
    id,
    take(topic, payload) {
      if (topic.type === 'NBIRTH') {
        nodeBirth(payload)
        return
      }
      if (topic.type === 'NDEATH') {
        nodeDeath(payload)
        return
      }
      if (!isOnline) {
        events.rejected('unbornNode')
        events.rebirthWanted(`${topic.type} of ${id} without its birth`)
        return
      }
      if ((payload.seq ?? 0) > 255) {
        events.rejected('seq')
        events.rebirthWanted(`${topic.type} of ${id} with the running number ${payload.seq}, not 0 to 255`)
        return
      }
      for (const arrived of order.arrive(payload.seq ?? 0, { topic, payload }, clock.machineNow()))
        inTurn(arrived)
    },
    tick() {
      const late = order.expired(clock.machineNow())
      if (late.length === 0) return
      for (const arrived of late) inTurn(arrived)
      events.rebirthWanted(`a message of ${id} is missing`)
    },
    forget: die,
    isOnline: () => isOnline,
    health: () => health,
    devices: () => [...tables.keys()],
    target: (device, name) => tables.get(device)?.byName.get(name),
    isWaiting: () => order.isWaiting(),
  }
}

const unknownData: Accepted = { samples: [], live: [], quarantined: [], isUnknown: true }
