import { type KeyObject, sign } from 'node:crypto'
import type { PlanMove } from '#contract/api.ts'
import { type Lease, leaseMsDefault, leaseSigningText, type SignedLease } from '#contract/messages/lease.ts'
import type { Site } from '#contract/site/site.ts'
import type { Places } from '#hub/planning/present.ts'
import { steeredOf } from '#models/planning/limits.ts'
import type { Decision, Move } from '#models/planning/planHour.ts'
import { unitOf } from '#models/planning/reasons.ts'

export type LeaseGroup = {
  readonly agent: string
  readonly groupId: string
  readonly leases: readonly SignedLease[]
}

export const equipmentOf = (places: Places, move: Move): string => {
  const { kind } = steeredOf[move.name]
  return kind === 'cdu'
    ? (places.cdus[move.cdu] as string)
    : kind === 'facilityLoop'
      ? places.facility
      : places.tower
}

/** One lease a move, one group an agent, each signed: the agent takes nothing that this hub has not signed. */
export function leaseGroups(
  site: Site,
  places: Places,
  decision: Decision,
  issue: {
    readonly planId: string
    readonly now: number
    readonly key: KeyObject
    readonly keyId: string
    readonly nextVersion: () => number
    readonly modelVersion: string
  },
): LeaseGroup[] {
  const agentOf = new Map(site.equipment.map(item => [item.id, item.agent]))
  const byAgent = new Map<string, Move[]>()
  for (const move of decision.moves) {
    const agent = agentOf.get(equipmentOf(places, move)) as string
    byAgent.set(agent, [...(byAgent.get(agent) ?? []), move])
  }
  return [...byAgent].map(([agent, moves]) => {
    const groupId = `${issue.planId}.${agent}`
    const leases = moves.map((move, index): SignedLease => {
      const lease: Lease = {
        id: `${groupId}.${index + 1}`,
        groupId,
        groupSize: moves.length,
        equipment: equipmentOf(places, move),
        point: steeredOf[move.name].point,
        value: move.value,
        expected: move.before,
        reason: move.why,
        author: `plan ${issue.planId} model ${issue.modelVersion}`,
        priority: 'plan',
        version: issue.nextVersion(),
        issuedAt: issue.now,
        notBeforeAt: issue.now,
        expiresAt: issue.now + leaseMsDefault,
      }
      return {
        ...lease,
        keyId: issue.keyId,
        signature: sign(null, Buffer.from(leaseSigningText(lease)), issue.key).toString('base64'),
      }
    })
    return { agent, groupId, leases }
  })
}

/** The rows of the plan's table before any agent has answered. */
export const movesView = (places: Places, decision: Decision, state: PlanMove['state']): PlanMove[] =>
  decision.moves.map(move => ({
    equipment: equipmentOf(places, move),
    point: steeredOf[move.name].point,
    unit: unitOf(move.name),
    before: move.before,
    requested: move.value,
    allowed: null,
    applied: null,
    why: move.why,
    check: '',
    state,
  }))
