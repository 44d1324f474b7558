import { type Millis, minute } from '#contract/units.ts'

/** What a canary is judged by (CS-33): its water stays where it is set, its chips keep their margin. */
export const canaryRules = {
  deviationK: 1,
  deviationMs: 5 * minute,
  /** Below this the agent itself drops its leases. */
  chipMarginK: 3,
} as const

export type CanaryLook = {
  readonly at: Millis
  /** Undefined: not known now; neither good nor bad. */
  readonly supplyC: number | undefined
  readonly supplySpC: number | undefined
  readonly chipMarginK: number | undefined
}

export type CanaryWatch = { readonly offSince: Millis | null; readonly breach: string | null }
export const canaryUnwatched: CanaryWatch = { offSince: null, breach: null }

/** Pure: the watch after one look. A breach stays. */
export function watchCanary(watch: CanaryWatch, look: CanaryLook): CanaryWatch {
  if (watch.breach !== null) return watch
  if (look.chipMarginK !== undefined && look.chipMarginK < canaryRules.chipMarginK)
    return {
      ...watch,
      breach: `its hottest chip is ${look.chipMarginK.toFixed(1)} K below the limit; ${canaryRules.chipMarginK} K are kept`,
    }
  if (look.supplyC === undefined || look.supplySpC === undefined) return watch
  const offK = look.supplyC - look.supplySpC
  if (Math.abs(offK) <= canaryRules.deviationK) return { offSince: null, breach: null }
  const offSince = watch.offSince ?? look.at
  if (look.at - offSince < canaryRules.deviationMs) return { offSince, breach: null }
  return {
    offSince,
    breach: `its supply is ${Math.abs(offK).toFixed(1)} K ${offK > 0 ? 'warmer' : 'colder'} than set, for ${Math.round((look.at - offSince) / minute)} min`,
  }
}
