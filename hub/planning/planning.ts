import type { CommissioningView, PlanningView, PlanView } from '#contract/api.ts'
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
  /** Auto is asked for: it comes when every precondition is met, one CDU first. Every other mode comes at once. */
  setMode(cdu: string, mode: Mode, by: string): Promise<void>
  /** As the agents report them. */
  modes(): Readonly<Record<string, Mode>>
  /** What an agent says of a mode that it changed. */
  modeReport(report: { readonly equipment: string; readonly sentence: string }): void
  /** How far each CDU is trusted, by which model, and what is not known. */
  view(): PlanningView
  model(id: string): object
  /** That model steers from now on; null: the better one steers again. */
  pinModel(id: string | null): void
  /** A sweep begins as soon as the plant allows; 409 when one is under way. */
  startCommissioning(by: string): CommissioningView
  abortCommissioning(by: string): Promise<CommissioningView>
  onChange(listener: (plan: PlanView) => void): void
  close(): Promise<void>
}
