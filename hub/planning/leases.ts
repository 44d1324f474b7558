import type { PlanMove } from '#contract/api.ts'
import { leaseMsDefault, type SignedLease } from '#contract/messages/lease.ts'
import type { Site } from '#contract/site/site.ts'
import { type SigningKey, signed } from '#hub/planning/commands.ts'
import type { Places } from '#hub/planning/present.ts'
import { steeredOf } from '#models/planning/limits.ts'
import type { Move } from '#models/planning/planHour.ts'
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
  moves: readonly Move[],
  issue: {
    readonly planId: string
    readonly now: number
    readonly key: SigningKey
    readonly nextVersion: () => number
    /** Who asks: `plan ID model VERSION`, or `commissioning ID by NAME`. */
    readonly author: string
  },
): LeaseGroup[] {
  const agentOf = new Map(site.equipment.map(item => [item.id, item.agent]))
  const byAgent = new Map<string, Move[]>()
  for (const move of moves) {
    const agent = agentOf.get(equipmentOf(places, move)) as string
    byAgent.set(agent, [...(byAgent.get(agent) ?? []), move])
  }
  return [...byAgent].map(([agent, own]) => {
    const groupId = `${issue.planId}.${agent}`
    const leases = own.map((move, index) => {
      const lease = {
        id: `${groupId}.${index + 1}`,
        groupId,
        groupSize: own.length,
        equipment: equipmentOf(places, move),
        point: steeredOf[move.name].point,
        value: move.value,
        expected: move.before,
        reason: move.why,
        author: issue.author,
        priority: 'plan' as const,
        version: issue.nextVersion(),
        issuedAt: issue.now,
        notBeforeAt: issue.now,
        expiresAt: issue.now + leaseMsDefault,
      }
      return signed(lease, issue.key)
    })
    return { agent, groupId, leases }
  })
}

/** The rows of the plan's table before any agent has answered. */
export const movesView = (places: Places, moves: readonly Move[], state: PlanMove['state']): PlanMove[] =>
  moves.map(move => ({
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
