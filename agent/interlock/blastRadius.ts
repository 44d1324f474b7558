import type { DurationMs } from '#contract/units.ts'

/** Automatic isolations beyond this need a person, unless each has two independent pieces of evidence (CS-08). */
export const blastWindowMs = 10 * 60_000

export type Isolation = {
  readonly kind: 'rack' | 'loop'
  readonly id: string
  readonly atMachineMs: DurationMs
}

export type BlastLimits = {
  readonly racks: number
  /** Share of the site's IT that may go alone. */
  readonly itPercent: number
  readonly itKw: number
  readonly kwPerRack: number
  readonly windowMs: DurationMs
}

/**
 * max(3 racks, 5 % of IT) within ten minutes, and one CDU. On 30 MW with 400 kW racks: 5 % is 1500 kW = 3.75 racks,
 * so three racks may go alone and the fourth waits. A CDU loop stop counts once, not by its racks.
 */
export function exceedsBlastRadius(
  past: readonly Isolation[],
  next: Isolation,
  limits: BlastLimits,
): boolean {
  const recent = past.filter(
    item => next.atMachineMs - item.atMachineMs < limits.windowMs && item.id !== next.id,
  )
  if (next.kind === 'loop') return recent.some(item => item.kind === 'loop')
  const racks = recent.filter(item => item.kind === 'rack').length + 1
  return (
    racks > Math.max(limits.racks, Math.floor(((limits.itPercent / 100) * limits.itKw) / limits.kwPerRack))
  )
}
