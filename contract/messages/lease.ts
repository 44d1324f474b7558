import type { Millis } from '#contract/units.ts'

/**
 * A setpoint is a lease: a wish with a reason, an owner and an end. It travels as a DCMD whose metric is the target
 * point, with the fields below as metric properties of the same names; leases of one plan and agent form a group.
 */
export type Lease = {
  readonly id: string
  /** Leases of one plan to one agent stand and fall together. */
  readonly groupId: string
  readonly groupSize: number
  readonly equipment: string
  readonly point: string
  /** Requested value in the point's unit. */
  readonly value: number
  /** Value the author believed to be in force. */
  readonly expected: number
  /** In words a plant engineer would say. */
  readonly reason: string
  /** `plan 2026-07-01T03 model 4`, or `person NAME`. */
  readonly author: string
  readonly priority: LeasePriority
  /** Rises with every lease to the same point; a lower one after a higher one is ignored. */
  readonly version: number
  readonly issuedAt: Millis
  readonly notBeforeAt: Millis
  readonly expiresAt: Millis
}

export type LeasePriority = 'plan' | 'remoteOperator'

export type SignedLease = Lease & { readonly keyId: string; readonly signature: string }

/** Default length of a plan's lease: one and a half planning hours. */
export const leaseMsDefault = 90 * 60_000
/** No lease is longer than this. */
export const leaseMsMax = 3 * 3_600_000
/** A person's lease may last a day. */
export const operatorLeaseMsMax = 24 * 3_600_000

/** The bytes that are signed (Ed25519): a JSON array in this fixed order. */
export function leaseSigningText(lease: Lease): string {
  return JSON.stringify([
    'coldloop-lease-1',
    lease.id,
    lease.groupId,
    lease.groupSize,
    lease.equipment,
    lease.point,
    lease.value,
    lease.expected,
    lease.reason,
    lease.author,
    lease.priority,
    lease.version,
    lease.issuedAt,
    lease.notBeforeAt,
    lease.expiresAt,
  ])
}
