import type { Lease } from '#contract/messages/lease.ts'
import { type Mode, modeNames } from '#contract/points.ts'
import type { DurationMs, Millis } from '#contract/units.ts'

/**
 * Everything that changes what an agent does is signed, and has one form: that of a lease (CS-25). A mode is a lease of
 * the point `mode` whose value is the mode's rank (off 0 to auto 3); its end says until when it may be taken, the mode
 * itself stays. A release is a lease of any one point of its group that ends when it begins. Rebirth and acknowledgement
 * change nothing that a device holds and stay unsigned, as Sparkplug wants them.
 */
export type CommandKind = 'lease' | 'mode' | 'release'

export function commandKind(lease: Pick<Lease, 'point' | 'notBeforeAt' | 'expiresAt'>): CommandKind {
  if (lease.point === 'mode') return 'mode'
  return lease.expiresAt === lease.notBeforeAt ? 'release' : 'lease'
}

/** A mode or a release older than this (site time) has no effect; never tighter than 10 s of machine time. */
export const commandFreshMs = (speed: number): DurationMs => Math.max(60_000, 10_000 * speed)

type Issue = {
  readonly author: string
  readonly reason: string
  /** Rises with every command of this issuer. */
  readonly version: number
  /** Site time. */
  readonly now: Millis
}

/** The wish that a CDU has this mode. */
export function modeCommand(
  wanted: { readonly equipment: string; readonly mode: Mode; readonly before: Mode; readonly speed: number },
  issue: Issue,
): Lease {
  const id = `mode-${wanted.equipment}-${issue.version}`
  const issuedAt = Math.round(issue.now)
  return {
    id,
    groupId: id,
    groupSize: 1,
    equipment: wanted.equipment,
    point: 'mode',
    value: modeNames.indexOf(wanted.mode),
    expected: modeNames.indexOf(wanted.before),
    reason: issue.reason,
    author: issue.author,
    priority: 'remoteOperator',
    version: issue.version,
    issuedAt,
    notBeforeAt: issuedAt,
    expiresAt: issuedAt + commandFreshMs(wanted.speed),
  }
}

/** The wish that a group ends; `place` is one of the points that its leases hold. */
export function releaseCommand(
  group: {
    readonly groupId: string
    readonly groupSize: number
    readonly place: Pick<Lease, 'equipment' | 'point' | 'value'>
  },
  issue: Issue,
): Lease {
  const { equipment, point, value } = group.place
  const issuedAt = Math.round(issue.now)
  return {
    id: `release-${issue.version}`,
    groupId: group.groupId,
    groupSize: group.groupSize,
    equipment,
    point,
    value,
    expected: value,
    reason: issue.reason,
    author: issue.author,
    priority: 'plan',
    version: issue.version,
    issuedAt,
    notBeforeAt: issuedAt,
    expiresAt: issuedAt,
  }
}
