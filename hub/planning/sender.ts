import type { PlanView } from '#contract/api.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { LeaseReport } from '#contract/messages/event.ts'
import { type Commands, signingKey } from '#hub/planning/commands.ts'
import { type Journal, withReport } from '#hub/planning/journal.ts'
import { leaseGroups } from '#hub/planning/leases.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import type { Places } from '#hub/planning/present.ts'
import { hasLeases, minuteName } from '#hub/planning/views.ts'
import type { Move } from '#models/planning/planHour.ts'

/** Leases last an hour and a half; a plan, its replans and an hour without one fit many times into these entries. */
const plansInForceMax = 20

/**
 * Its agent had taken this lease already: what it refuses now for its signature is a stranger's imitation, and no reason
 * to give the plan back.
 */
const isStrangers = (view: PlanView, report: LeaseReport): boolean =>
  report.state === 'refused' &&
  report.check === 'lease.signature' &&
  view.moves.some(
    move => move.equipment === report.equipment && move.point === report.point && move.state !== 'sent',
  )

/** Leases on their way: out in groups, back as reports, and home again together. */
export type Sender = {
  freshId(kind: 'plan' | 'sweep', now: number): string
  /** The journal already holds the entry `id`. False: an agent was not reached and everything went back. */
  send(plan: {
    readonly id: string
    readonly now: number
    readonly moves: readonly Move[]
    readonly author: string
  }): Promise<boolean>
  /** What an agent says of a lease; the entry that it ended, if it did. */
  report(report: LeaseReport): PlanView | undefined
  /** Everything that may still hold goes back; true when there was something. */
  takeBack(reason: string): Promise<boolean>
  /** Entries whose leases may still hold somewhere. The newest of the journal may be an hour without a plan. */
  inForce(): readonly PlanView[]
}

export function createSender(
  options: Pick<PlanningOptions, 'site' | 'host' | 'state' | 'key' | 'log' | 'clock'>,
  parts: { readonly places: Places; readonly journal: Journal; readonly commands: Commands },
): Sender {
  const { site, host, state, log, clock } = options
  const { places, journal, commands } = parts
  const key = signingKey(options.key)
  const agentOf = new Map(site.equipment.map(item => [item.id, item.agent]))

  const agentsOf = (view: PlanView): readonly string[] => [
    ...new Set(view.moves.map(move => agentOf.get(move.equipment) as string)),
  ]
  /** The plan is over: its other agents give their groups back too. */
  const end = async (
    id: string,
    how: {
      readonly state: 'failed' | 'handedBack'
      readonly reason: string
      readonly exceptAgent?: string
      readonly agents?: readonly string[]
    },
  ): Promise<void> => {
    const view = journal.find(id)
    if (!view) return
    journal.put({ ...view, state: how.state, reason: `${how.reason} ${view.reason}` })
    for (const agent of how.agents ?? agentsOf(view))
      if (agent !== how.exceptAgent) await release(view, agent)
  }
  const release = async (view: PlanView, agent: string): Promise<void> => {
    const own = view.moves.filter(move => agentOf.get(move.equipment) === agent)
    const place = own.find(move => move.requested !== null)
    if (!place || place.requested === null) return
    const { equipment, point, requested } = place
    await commands.release(agent, {
      groupId: `${view.id}.${agent}`,
      groupSize: own.length,
      place: { equipment, point, value: requested },
    })
  }
  const inForce = (): readonly PlanView[] => {
    const now = clock.siteNow()
    return journal
      .list(plansInForceMax)
      .filter(
        view =>
          hasLeases(view) &&
          (view.state === 'sent' || view.state === 'applied' || view.state === 'held') &&
          (view.leasesEndAt ?? 0) > now,
      )
  }

  return {
    inForce,
    freshId(kind, now) {
      const name = `${kind}-${minuteName(now)}`
      let id = name
      for (let n = 2; journal.find(id); n++) id = `${name}-${n}`
      return id
    },
    async send({ id, now, moves, author }) {
      const groups = leaseGroups(site, places, moves, {
        planId: id,
        now,
        key,
        nextVersion: () => state.nextVersion(),
        author,
      })
      const reached: string[] = []
      for (const group of groups) {
        try {
          await host.sendLeases(group.agent, group.leases)
          reached.push(group.agent)
        } catch (cause) {
          log.warn({ agent: group.agent, cause: sentenceOf(cause) }, 'leases not sent')
          await end(id, {
            state: 'failed',
            reason: `Leases for ${group.agent} could not be sent: ${sentenceOf(cause)}.`,
            exceptAgent: group.agent,
            agents: reached,
          })
          return false
        }
      }
      return true
    },
    report(report) {
      const id = report.groupId.slice(0, -(report.agent.length + 1))
      const view = journal.find(id)
      if (!view || !hasLeases(view) || isStrangers(view, report)) return undefined
      const updated = withReport(view, report)
      if (updated !== view) journal.put(updated)
      const isLost = report.state === 'refused' || report.state === 'failed' || report.state === 'returned'
      const isAlreadyBack = view.state === 'failed' || view.state === 'handedBack'
      if (!isLost || isAlreadyBack || journal.list(plansInForceMax).find(hasLeases)?.id !== id)
        return undefined
      const what = `${report.equipment}.${report.point} was ${report.state} by ${report.agent}${report.why ? `: ${report.why}` : ''}`
      end(id, {
        state: report.state === 'returned' ? 'handedBack' : 'failed',
        reason: `${what}. Leases of one plan stand and fall together: all go back to reset.`,
        exceptAgent: report.agent,
      }).catch((cause: unknown) =>
        log.warn(
          { cause: sentenceOf(cause) },
          'a group could not be released; its leases lapse by themselves',
        ),
      )
      return journal.find(id)
    },
    async takeBack(reason) {
      const [newest, ...older] = inForce()
      if (newest) await end(newest.id, { state: 'handedBack', reason })
      // An older plan was replaced wherever the newest one has moves; elsewhere its group may stand.
      for (const view of older) for (const agent of agentsOf(view)) await release(view, agent)
      return newest !== undefined
    },
  }
}
