import {
  AttributeIds,
  type ClientMonitoredItemBase,
  type ClientSession,
  ClientSubscription,
  TimestampsToReturn,
} from 'node-opcua-client'
import type { DataValue } from 'node-opcua-data-value'
import { severityOf } from '#agent/sources/opcuaStatus.ts'
import type { DurationMs } from '#contract/units.ts'

export type Pace = {
  readonly publishingIntervalMs: DurationMs
  /** 0: the server reports a change when it happens (Part 4, 7.21.2), and one that only samples does so as fast as it can. */
  readonly samplingIntervalMs: DurationMs
  /** Publishing intervals without news after which the server says that it lives. */
  readonly keepAliveCount: number
  readonly queueSize: number
  /** Silence is never judged sooner, however short the interval: a busy controller may stall its event loop for seconds. */
  readonly silenceFloorMs: DurationMs
}

/** One node to watch; `index` is the caller's name for it. */
export type WatchedNode = { readonly nodeId: string; readonly index: number }

export type SubscriptionListener = {
  value(index: number, dataValue: DataValue): void
  /** The server has no such node now. */
  missing(index: number, statusCode: number): void
  /** A notification or keep-alive came. */
  heard(): void
  ended(sentence: string): void
}

export type Watch = {
  /** Nothing was heard for this long: the subscription is dead. Part 4 6.7, with two intervals of grace. */
  readonly silenceMs: DurationMs
  readonly missing: ReadonlySet<number>
  /** Asks again for the nodes that the server did not know. */
  retryMissing(): Promise<void>
}

/** Items in one CreateMonitoredItems call: servers commonly refuse above 1,000 operations. */
const itemsPerCall = 500

/** Six keep-alives (the specification asks for at least three) may be lost before the server forgets us. */
export const lifetimeCountOf = (keepAliveCount: number): number => keepAliveCount * 6

/** A subscription to all `nodes` at one pace. A node that the server does not know never drops the others. */
export async function watchNodes(
  session: ClientSession,
  options: {
    readonly nodes: readonly WatchedNode[]
    readonly pace: Pace
    readonly listener: SubscriptionListener
  },
): Promise<Watch> {
  const { nodes, pace, listener } = options
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: pace.publishingIntervalMs,
    requestedMaxKeepAliveCount: pace.keepAliveCount,
    requestedLifetimeCount: lifetimeCountOf(pace.keepAliveCount),
    // 0: the server may send all it has; its own limit and our queue sizes bound it.
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: pace.publishingIntervalMs <= 100 ? 10 : 1,
  })
  const started = new Promise<void>((resolve, reject) => {
    subscription.once('started', () => resolve())
    subscription.on('internal_error', reject)
    subscription.on('error', reject)
  })
  subscription.on('keepalive', () => listener.heard())
  subscription.on('received_notifications', () => listener.heard())
  subscription.on('status_changed', status => {
    if (severityOf(status.value) !== 'good')
      listener.ended(`the server gave the subscription up: ${status.name}`)
  })
  subscription.on('terminated', () => listener.ended('the server ended the subscription'))
  await started

  const missing = new Set<number>()
  const add = async (part: readonly WatchedNode[]): Promise<void> => {
    const group = await subscription.monitorItems(
      part.map(node => ({ nodeId: node.nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: pace.samplingIntervalMs, queueSize: pace.queueSize, discardOldest: true },
      TimestampsToReturn.Both,
    )
    group.on('changed', (_item: ClientMonitoredItemBase, dataValue: DataValue, place: number) => {
      const node = part[place]
      if (node) listener.value(node.index, dataValue)
    })
    group.monitoredItems.forEach((item, place) => {
      const node = part[place]
      if (!node) return
      if (severityOf(item.statusCode.value) === 'good') missing.delete(node.index)
      else {
        missing.add(node.index)
        listener.missing(node.index, item.statusCode.value)
      }
    })
  }
  for (let start = 0; start < nodes.length; start += itemsPerCall)
    await add(nodes.slice(start, start + itemsPerCall))
  return {
    silenceMs: Math.max(
      pace.silenceFloorMs,
      (subscription.maxKeepAliveCount + 2) * subscription.publishingInterval,
    ),
    missing,
    retryMissing: async () => {
      const asked = nodes.filter(node => missing.has(node.index)).slice(0, itemsPerCall)
      if (asked.length === 0) return
      // Read first: each try to watch a node leaves something behind in the library, a read does not.
      const answers = await session.read(
        asked.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })),
      )
      const found = asked.filter((_, place) => !isUnknownNode(answers[place]?.statusCode.value))
      if (found.length > 0) await add(found)
    },
  }
}

/** BadNodeIdInvalid or BadNodeIdUnknown (Part 6, A.2); any other bad status comes from a node that is there. */
const isUnknownNode = (statusCode: number | undefined): boolean =>
  statusCode === undefined || statusCode === 0x80330000 || statusCode === 0x80340000
