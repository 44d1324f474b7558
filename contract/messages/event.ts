import type { Millis } from '#contract/units.ts'

/**
 * What an agent tells the hub beside samples: few, never evicted by telemetry, delivered with the same proof.
 * Travels as an NDATA String metric named `Event/{type}` holding this as JSON.
 */
export type AgentEvent =
  | LeaseReport
  | {
      readonly type: 'interlock'
      readonly at: Millis
      readonly agent: string
      readonly zone: string
      readonly stage: InterlockStage
      readonly sentence: string
      readonly points: readonly string[]
    }
  | {
      readonly type: 'alarm'
      readonly at: Millis
      readonly agent: string
      readonly code: AgentAlarmCode
      readonly active: boolean
      readonly equipment?: string
      readonly point?: string
      readonly sentence: string
    }
  | {
      readonly type: 'mode'
      readonly at: Millis
      readonly agent: string
      readonly equipment: string
      readonly from: string
      readonly to: string
      readonly sentence: string
    }

/** suspected → confirmed → electricalRequested/liquidRequested → electricalConfirmed/liquidConfirmed; latched until reset by hand. */
export type InterlockStage =
  | 'suspected'
  | 'confirmed'
  | 'trayPowerOffRequested'
  | 'electricalRequested'
  | 'liquidRequested'
  | 'electricalConfirmed'
  | 'liquidConfirmed'
  | 'electricalUnconfirmed'
  | 'liquidUnconfirmed'
  | 'loopStopRequested'
  | 'loopStopped'
  | 'minimumSpeedRequested'
  | 'heldForConfirmation'
  | 'sensorLost'
  | 'reset'

export const agentAlarmCodes = [
  'leak',
  'leakSensorFault',
  'sourceLost',
  'fieldBrokerLost',
  'writeFailed',
  'readbackMismatch',
  'leaseExpired',
  'groupReturned',
  'chipMarginLow',
  'dewPointUnknown',
  'outboxDropping',
  'outboxUnavailable',
  'clockSkew',
  'meterBackwards',
  'samplesQuarantined',
  'poweredWithoutFlow',
  'isolationUnconfirmed',
  'makeupCapped',
  'authorityLost',
] as const
export type AgentAlarmCode = (typeof agentAlarmCodes)[number]

/** received → accepted or refused → applied (read back) or clipped (applied, but not as requested) → expired or returned. */
export const leaseStates = [
  'accepted',
  'refused',
  'applied',
  'clipped',
  'failed',
  'expired',
  'returned',
  'replaced',
] as const
export type LeaseState = (typeof leaseStates)[number]

/** What became of a lease: the hub shows this, never its own wish. */
export type LeaseReport = {
  readonly type: 'lease'
  readonly at: Millis
  readonly agent: string
  readonly leaseId: string
  readonly groupId: string
  readonly equipment: string
  readonly point: string
  readonly state: LeaseState
  readonly requested: number
  /** What the guard let through now. */
  readonly allowed: number | null
  /** What the device read back. */
  readonly applied: number | null
  /** Which check cut or refused it, e.g. `guard.ramp`; empty when nothing did. */
  readonly check: string
  readonly why: string
}
