import type { AgentEvent } from '#contract/messages/event.ts'
import type { Sample } from '#contract/reading.ts'

/** accepted = acknowledged + queued + dropped + quarantined, at any instant. Counted in metric values; events apart. */
export type OutboxCounters = {
  readonly accepted: number
  readonly acknowledged: number
  readonly queued: number
  readonly dropped: number
  readonly quarantined: number
  readonly eventsQueued: number
  /** Values offered and not yet committed: not accepted, and lost if the process dies now. */
  readonly waiting: number
  readonly durability: 'disk' | 'degraded'
  readonly oldestQueuedWallAt: number | null
}

/** A record on its way: one Sparkplug payload, of one device or, for an event, of the node. */
export type OutboxRecord = {
  readonly position: number
  readonly acceptedWallAt: number
  readonly body:
    | { readonly kind: 'samples'; readonly device: string; readonly samples: readonly Sample[] }
    | { readonly kind: 'event'; readonly event: AgentEvent }
}

/**
 * On disk before it is first sent; bounded; nothing leaves it but by the hub's acknowledgement, or counted as dropped. No
 * call waits for the disk: what is offered is taken along, and everything told here is of the last commit.
 */
export type Outbox = {
  /** Changes while running only when the file turned out to be damaged and a new one was begun. */
  readonly epoch: string
  /** Takes samples in; they are committed together within 200 ms and only then offered to the uplink and counted as accepted. */
  offer(samples: readonly Sample[]): void
  /** Committed at once, not with the next group. Never evicted by telemetry. */
  offerEvent(event: AgentEvent): void
  /** Resolves when what is offered so far is committed, or the disk has refused it. */
  flush(): Promise<void>
  /** The last position given out; 0 when nothing was ever committed. */
  newestPosition(): number
  /** Everything at or below has left the outbox, acknowledged or dropped: the receiver need not wait for it. */
  floorPosition(): number
  /** Committed records above `afterPosition`, oldest first, at most `limit`; undefined: being fetched, `onCommit` says when. */
  read(afterPosition: number, limit: number): readonly OutboxRecord[] | undefined
  /** The hub keeps everything up to and including `position`; another epoch is ignored. */
  acknowledge(epoch: string, position: number): void
  counters(): OutboxCounters
  /** Called after each commit and when records were fetched, so that the uplink sends without polling. */
  onCommit(listener: () => void): void
  close(): Promise<void>
}
