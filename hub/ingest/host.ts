import type { AgentEvent } from '#contract/messages/event.ts'
import type { AgentHealth } from '#contract/messages/health.ts'
import type { SignedLease } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import type { Sample } from '#contract/reading.ts'

/** What arrives, after decoding. `live` is called before the store has it (announce first); events after they are kept. */
export type HostListener = {
  /** Values to show and to raise alarms from. Historical ones never get here. */
  live(agent: string, samples: readonly Sample[]): void
  /** Kept in the store just now, historical ones included: counted. */
  stored(agent: string, values: number): void
  event(agent: string, event: AgentEvent): void
  /** The store has refused or missed a commit, with the reason; or takes values again. Told at each change. */
  storeTakes(takes: boolean, sentence: string): void
  agentOnline(agent: string, online: boolean, at: number): void
  /** DDEATH, or the node's death: every point of these equipments is stale as of `at`. */
  equipmentStale(agent: string, equipment: readonly string[], at: number): void
}

export type HostAgentStatus = {
  readonly id: string
  readonly online: boolean
  readonly lastWordMachineMs: number | null
  readonly lastWordAt: number | null
  readonly acknowledgedPosition: number | null
  readonly deliveryProven: boolean
  readonly equipment: readonly string[]
  /** The agent's newest word on itself; absent until it has said one. */
  readonly health?: AgentHealth
}

export type HostCounters = {
  readonly received: number
  readonly stored: number
  readonly duplicatesOnWire: number
  readonly rejected: number
  readonly rejectedByReason: Readonly<Record<string, number>>
  readonly quarantined: number
  readonly rebirthsRequested: number
}

/** The Sparkplug B host application. Accepts or rejects each message with a reason; acknowledges only what the store has committed. */
export type SparkplugHost = {
  open(): Promise<void>
  /** One DCMD a lease; resolves when handed to the broker. Rejects with BROKER_UNREACHABLE. */
  sendLeases(agent: string, leases: readonly SignedLease[]): Promise<void>
  releaseGroup(agent: string, groupId: string): Promise<void>
  sendMode(agent: string, equipment: string, mode: Mode): Promise<void>
  agents(): readonly HostAgentStatus[]
  counters(): HostCounters
  connected(): boolean
  /** Resolves when everything received so far is committed and acknowledged. */
  drained(): Promise<void>
  close(): Promise<void>
}
