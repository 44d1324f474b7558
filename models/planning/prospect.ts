import type { Decision } from '#models/planning/planHour.ts'

/** Whether plans of the last day were expected to save at all, each of them ready for what its hour might bring. */
export type Prospect = {
  /** Facility power above `reset` that each decision was expected to take, as a share, the newest last; negative saves. */
  readonly againstReset: readonly number[]
  /** `reset` drives until decisions promise a saving again. */
  readonly isAside: boolean
}

export const noProspect: Prospect = { againstReset: [], isAside: false }

const hoursKept = 24
/** Fewer say nothing: a plan that takes over has a way to go. */
const hoursNeeded = 6
/**
 * `reset` is reckoned at rest, and what it loses in jumps is not in that: plans that were expected to take half a per cent more
 * still saved a little. Beyond that they lost.
 */
const asideAbove = 0.006
const backBelow = 0

/**
 * The prospect after an hour's decision. Where loads multiply within the hour a plan keeps valves, chips and tower ready for
 * the jump, since its ramps are slow; `reset`, which has none, only follows. Hour by hour the two cannot be changed (a plan that
 * comes late is not ready), so the whole of the last day decides.
 */
export function prospectAfter(
  before: Prospect,
  decision: Pick<Decision, 'againstResetKw' | 'againstHold'>,
): Prospect {
  const share = decision.againstResetKw / decision.againstHold.facilityKw
  if (!Number.isFinite(share)) return before
  const againstReset = [...before.againstReset, share].slice(-hoursKept)
  if (againstReset.length < hoursNeeded) return { againstReset, isAside: before.isAside }
  const mean = againstReset.reduce((sum, one) => sum + one, 0) / againstReset.length
  return { againstReset, isAside: mean > (before.isAside ? backBelow : asideAbove) }
}

export const asideSentence = ({ againstReset }: Prospect): string => {
  const percent = (100 * againstReset.reduce((sum, one) => sum + one, 0)) / Math.max(1, againstReset.length)
  return `on loads that jump like these a plan would take ${percent.toFixed(1)} % more than reset, over its last ${againstReset.length} hours`
}
