import type { Bounds } from '#contract/control/bounds.ts'
import { type Millis, minute, second } from '#contract/units.ts'

/**
 * More flow when chips come near their limit, without asking anyone: under 5 K of margin 12 % more pressure every
 * 10 s, under 3 K the maximum, and the lease is dropped. It lets go after five minutes with more than 5.2 K.
 */
export const safetyRules = {
  raiseUnderK: 5,
  dropLeaseUnderK: 3,
  releaseOverK: 5.2,
  releaseAfterMs: 5 * minute,
  raiseEveryMs: 10 * second,
  raiseFraction: 0.12,
} as const

export type SafetyMemory = {
  /** Pressure that the sequence holds; null: it holds nothing. */
  readonly dpKpa: number | null
  readonly raisedAt: Millis | null
  readonly calmSince: Millis | null
}
export const safetyAtRest: SafetyMemory = { dpKpa: null, raisedAt: null, calmSince: null }

export type SafetyStep = { readonly next: SafetyMemory; readonly dropLease: boolean; readonly why: string }

/** `marginK` is the limit minus the hottest chip; unknown neither raises nor lets go. */
export function safetyStep(
  memory: SafetyMemory,
  marginK: number | undefined,
  heldDpKpa: number,
  bounds: Bounds,
  now: Millis,
): SafetyStep {
  if (marginK === undefined) return { next: memory, dropLease: false, why: '' }
  if (marginK < safetyRules.dropLeaseUnderK)
    return {
      next: { dpKpa: bounds.highest, raisedAt: now, calmSince: null },
      dropLease: true,
      why: `hottest chip ${marginK.toFixed(1)} K under its limit: full pressure`,
    }
  if (marginK < safetyRules.raiseUnderK) return raise(memory, marginK, heldDpKpa, bounds, now)
  if (memory.dpKpa === null) return { next: memory, dropLease: false, why: '' }
  if (marginK <= safetyRules.releaseOverK)
    return { next: { ...memory, calmSince: null }, dropLease: false, why: '' }
  const calmSince = memory.calmSince ?? now
  const over = now - calmSince >= safetyRules.releaseAfterMs
  return {
    next: over ? safetyAtRest : { ...memory, calmSince },
    dropLease: false,
    why: over ? 'chips are cool again' : '',
  }
}

function raise(
  memory: SafetyMemory,
  marginK: number,
  heldDpKpa: number,
  bounds: Bounds,
  now: Millis,
): SafetyStep {
  const started = memory.raisedAt !== null && memory.dpKpa !== null
  // The first raise comes at once; a long cycle makes up the raises that were due in it.
  const due = started ? Math.floor((now - (memory.raisedAt ?? now)) / safetyRules.raiseEveryMs) : 1
  const from = Math.max(memory.dpKpa ?? 0, heldDpKpa)
  const dpKpa = Math.min(bounds.highest, from * (1 + safetyRules.raiseFraction) ** Math.min(due, 20))
  return {
    next: { dpKpa, raisedAt: due > 0 ? now : memory.raisedAt, calmSince: null },
    dropLease: false,
    why: `hottest chip ${marginK.toFixed(1)} K under its limit: more pressure`,
  }
}
