import type { PlanMove, PlanState, PlanView } from '#contract/api.ts'
import type { Mode } from '#contract/points.ts'
import { hour } from '#contract/units.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import type { Trust } from '#hub/planning/trust.ts'

/** `2025-07-01T03`: the hour a plan is for; `2025-07-01T03-07` with its minute. */
export const hourName = (at: number): string => new Date(at).toISOString().slice(0, 13)
export const minuteName = (at: number): string => new Date(at).toISOString().slice(0, 16).replace(/:/, '-')

/** Ids tell the kinds apart for ever: only `plan-…` was made in auto. */
export const isPlan = (view: PlanView): boolean => view.id.startsWith('plan-')

/** A plan, or a block of a commissioning sweep: its leases are at the agents. */
export const hasLeases = (view: PlanView): boolean => isPlan(view) || view.id.startsWith('sweep-')

export const hourOf = (at: number): number => at - (at % hour)

/**
 * A look of this length (site time) that starts now would still run when the next hour is due, and leases end soon after
 * that. Only accelerated time comes so near: 2 s of learning are 20 site minutes at 600 times. Half as long again is margin.
 */
export const runsPastTheHour = (now: number, lookSiteMs: number): boolean =>
  now + 1.5 * lookSiteMs > hourOf(now) + hour

/** Which fit it was: what it saw until when. */
export const modelVersionOf = (result: WorkResult | undefined): string =>
  result?.model.span
    ? `${result.model.kind} ${minuteName(result.model.span.toAt)} seed ${result.model.seed}`
    : 'nameplate'

export type ViewFacts = {
  readonly id: string
  readonly now: number
  readonly state: PlanState
  readonly mode: Mode
  readonly reason: string
  readonly waitingFor: string
  readonly trust: Trust
  readonly result?: WorkResult | undefined
  readonly moves?: readonly PlanMove[]
  readonly leasesEndAt?: number
  readonly durationMs?: number
  readonly notDone?: PlanView['notDone']
  /** The decision was cut after it was made: what it expected no longer holds. */
  readonly isCut?: boolean
}

export function viewOf(facts: ViewFacts): PlanView {
  // An hour without a plan shows which model stood by, never an older hour's decision.
  const decision = facts.state === 'failed' ? undefined : facts.result?.decision
  return {
    id: facts.id,
    hourStartAt: hourOf(facts.now),
    madeAt: facts.now,
    state: facts.state,
    mode: facts.mode,
    reason: facts.reason,
    ...(decision ? { objective: decision.objective } : {}),
    waitingFor: facts.waitingFor,
    expectedKw: decision && !facts.isCut ? decision.againstResetKw : null,
    measuredKw: null,
    measuredPlusMinusKw: null,
    leasesEndAt: facts.leasesEndAt ?? null,
    moves: facts.moves ?? [],
    notDone: [...(facts.notDone ?? []), ...(decision?.notDone ?? [])],
    trust: facts.trust,
    modelVersion: modelVersionOf(facts.result),
    durationMs: Math.round(facts.durationMs ?? 0),
    expectedCurve: facts.isCut ? [] : (decision?.expectedCurve ?? []),
  }
}

const namesShown = 3

/** The first names, and how many there are besides. */
export const listed = (names: readonly string[]): string =>
  `${names.slice(0, namesShown).join(', ')}${names.length > namesShown ? ` and ${names.length - namesShown} more` : ''}`
