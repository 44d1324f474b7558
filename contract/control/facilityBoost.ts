import type { Bounds } from '#contract/control/bounds.ts'
import { type Millis, minute } from '#contract/units.ts'

/**
 * Six per cent of the highest pressure after two minutes above 95 %, and again every five; let go after five minutes under 92 %, and at once when
 * facility water comes more than a kelvin warmer than asked for: more flow through an exchanger that is used up makes it
 * warmer still, and the valves stay open for it.
 */
export const boostRules = {
  widePercent: 95,
  calmPercent: 92,
  raiseFraction: 0.06,
  calmMs: 5 * minute,
  waitMs: 2 * minute,
  againMs: 5 * minute,
  overloadedK: 1,
} as const

/** What is remembered of wide valves; `dpKpa`: pressure that protection holds now, null: none. */
export type FacilityBoost = {
  readonly dpKpa: number | null
  readonly wideSince: Millis | null
  readonly raisedAt: Millis | null
  readonly calmSince: Millis | null
}
export const noBoost: FacilityBoost = { dpKpa: null, wideSince: null, raisedAt: null, calmSince: null }

export function facilityBoost(
  before: FacilityBoost,
  given: {
    readonly widestPercent: number
    /** Facility supply above its setpoint, as measured; undefined: not known. */
    readonly facilityOverK?: number | undefined
    readonly heldKpa: number
    readonly bounds: Bounds
    readonly now: Millis
    readonly waitMs: number
  },
): FacilityBoost {
  const { now } = given
  if ((given.facilityOverK ?? 0) > boostRules.overloadedK) return noBoost
  if (given.widestPercent > boostRules.widePercent) {
    const wideSince = before.wideSince ?? now
    const every = Math.max(boostRules.againMs, given.waitMs)
    const due =
      now - wideSince >= given.waitMs && (before.raisedAt === null || now - before.raisedAt >= every)
    if (!due) return { ...before, wideSince, calmSince: null }
    const from = Math.max(before.dpKpa ?? 0, given.heldKpa)
    const dpKpa = Math.min(given.bounds.highest, from + boostRules.raiseFraction * given.bounds.highest)
    return { dpKpa, wideSince, raisedAt: now, calmSince: null }
  }
  const calmer = { ...before, wideSince: null }
  if (before.dpKpa === null || given.widestPercent > boostRules.calmPercent)
    return { ...calmer, calmSince: null }
  const calmSince = before.calmSince ?? now
  if (now - calmSince < boostRules.calmMs) return { ...calmer, calmSince }
  return noBoost
}
