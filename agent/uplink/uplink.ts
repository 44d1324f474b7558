import type { AgentHealth } from '#contract/messages/health.ts'
import type { SignedLease } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import type { Reading } from '#contract/reading.ts'

/** What the hub may ask of an agent: wishes only. */
export type UplinkListener = {
  /** One lease of a group, as it came in: nothing about it is checked yet but its form. `retained` messages never get here. */
  lease(lease: SignedLease): void
  releaseGroup(groupId: string): void
  mode(equipment: string, mode: Mode): void
  /** The primary host went online or offline. */
  host(online: boolean): void
}

/** Where births find the newest reading of every point of the agent's equipment. */
export type BirthSource = {
  current(equipment: string, point: string): Reading | undefined
}

export type UplinkStatus = {
  readonly connected: boolean
  readonly hostOnline: boolean
  /** false when the host never acknowledges: another vendor's. */
  readonly deliveryProven: boolean
  readonly acknowledgedPosition: number
  readonly sentPosition: number
  readonly rebirths: number
  /** Commands that had no effect, and why: retained, unknown metric, wrong type, not a lease. */
  readonly commandsIgnored: number
  readonly commandsIgnoredByReason: Readonly<Record<string, number>>
}

/** The Sparkplug B edge node of this agent. Reconnects for ever; sends what the outbox holds; resends what is not acknowledged. */
export type Uplink = {
  open(): void
  /** A device's path was lost or came back: DDEATH and DBIRTH. */
  deviceOnline(device: string, online: boolean): void
  status(): UplinkStatus
  /** Sends the agent's word on itself now, if connected: NDATA String metric `Health`, not kept in the outbox, not acknowledged. */
  health(health: AgentHealth): void
  /** Publishes NDEATH, then disconnects. */
  close(): Promise<void>
}
