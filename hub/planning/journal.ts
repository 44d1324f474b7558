import type { PlanView } from '#contract/api.ts'
import type { LeaseReport } from '#contract/messages/event.ts'
import { isPlan } from '#hub/planning/views.ts'
import type { AuditEntry } from '#hub/state/auditRows.ts'

/** Where plans survive a restart; hub/state is one. */
export type PlanRepository = {
  savePlan(plan: PlanView): void
  plans(limit: number): readonly PlanView[]
  /** Rises by one at each call, for ever: an agent ignores a lower lease version after a higher one. */
  nextVersion(): number
  keep(name: string, value: string): void
  kept(name: string): string | undefined
  audit(entry: AuditEntry): void
}

/** Plans of a month are at hand; older ones stay in the repository. */
const plansAtHandMax = 744

export type Journal = {
  current(): PlanView | undefined
  list(limit: number): readonly PlanView[]
  find(id: string): PlanView | undefined
  /** New, or in place of the one with its id. */
  put(view: PlanView): void
  counts(): {
    readonly made: number
    readonly inAuto: number
    readonly acted: number
    readonly held: number
    readonly applied: number
    readonly leasesIssued: number
  }
  onChange(listener: (plan: PlanView) => void): void
}

export function createJournal(repository: PlanRepository): Journal {
  const views: PlanView[] = [...repository.plans(plansAtHandMax)]
  const listeners: ((plan: PlanView) => void)[] = []
  return {
    current: () => views[0],
    list: limit => views.slice(0, limit),
    find: id => views.find(view => view.id === id),
    put(view) {
      const place = views.findIndex(known => known.id === view.id)
      if (place >= 0) views[place] = view
      else views.unshift(view)
      views.length = Math.min(views.length, plansAtHandMax)
      repository.savePlan(view)
      for (const listener of listeners) listener(view)
    },
    counts() {
      const made = views.filter(isPlan)
      const moves = made.filter(view => view.moves.some(move => move.requested !== move.before))
      return {
        made: made.length,
        inAuto: made.length,
        acted: moves.length,
        held: made.length - moves.length,
        applied: made.filter(isApplied).length,
        leasesIssued: made.reduce((sum, view) => sum + view.moves.length, 0),
      }
    },
    onChange: listener => {
      listeners.push(listener)
    },
  }
}

/** Every lease was read back from its device at least once. */
export const isApplied = (view: PlanView): boolean =>
  view.moves.length > 0 && view.moves.every(move => move.applied !== null)

/** The plan after an agent's report; what the agent says is shown, never what was wished. */
export function withReport(view: PlanView, report: LeaseReport): PlanView {
  // A lease that its successor replaced has done its work: its row keeps what was applied.
  if (report.state === 'replaced') return view
  const moves = view.moves.map(move => {
    if (move.equipment !== report.equipment || move.point !== report.point) return move
    const wasCut = report.check !== '' && report.state !== 'applied' && report.state !== 'accepted'
    return {
      ...move,
      state: report.state,
      requested: report.requested,
      allowed: report.allowed ?? move.allowed,
      applied: report.applied ?? move.applied,
      check: report.check,
      why:
        wasCut && report.why !== '' && !move.why.endsWith(report.why)
          ? `${move.why}; agent: ${report.why}`
          : move.why,
    }
  })
  const updated = { ...view, moves }
  return view.state === 'sent' && isApplied(updated) ? { ...updated, state: 'applied' } : updated
}
