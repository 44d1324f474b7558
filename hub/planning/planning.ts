import type { PlanView } from '#contract/api.ts'
import type { LeaseReport } from '#contract/messages/event.ts'
import type { Mode } from '#contract/points.ts'

/** The hourly planning service. The heavy part runs in a worker thread with a deadline; late or failed means no plan this hour. */
export type Planning = {
  /** Starts watching the clock: a plan at each full site hour, and the first as soon as there is something to say. */
  open(): void
  current(): PlanView
  /** Newest first. */
  list(limit: number): readonly PlanView[]
  counts(): {
    readonly made: number
    readonly inAuto: number
    readonly acted: number
    readonly held: number
    readonly applied: number
    readonly leasesIssued: number
  }
  leaseReport(report: LeaseReport): void
  /** The undo: leases of one CDU, or of the whole plan, are taken back; the plan may come back at `mayReturnAt`. */
  handBack(request: {
    readonly cdu: string | 'all'
    readonly mayReturnAt: number
    readonly by: string
  }): Promise<void>
  setMode(cdu: string, mode: Mode, by: string): Promise<void>
  modes(): Readonly<Record<string, Mode>>
  onChange(listener: (plan: PlanView) => void): void
  close(): Promise<void>
}
