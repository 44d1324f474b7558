import {
  type AdjustedCase,
  type AdjustedSaving,
  adjustedSaving,
  type Judged,
} from '#models/savings/adjusted.ts'
import type { MeteredHour } from '#models/savings/hours.ts'
import { type LeakageSaving, leakageSaving } from '#models/savings/leakage.ts'
import type { SwitchbackResult } from '#models/savings/switchbackResult.ts'

/**
 * How much stands behind a figure. `ceiling`: what a perfect planner could take; `rampLimited`: what is left of it at the ramps;
 * both are of a model. `verified`: metered, with an error that leaves zero out. `none`: nothing may be claimed.
 */
export const claimLevels = ['none', 'ceiling', 'rampLimited', 'verified'] as const
export type ClaimLevel = (typeof claimLevels)[number]

export type Claim = { readonly level: ClaimLevel; readonly sentence: string }

/** Guideline 14: at 68 % confidence the error may be half of the saving. */
const fractionalUncertaintyMost = 0.5

/** What the adjusted-baseline method may say of metered energy. */
export function adjustedClaim(judged: Judged): Claim {
  if (judged.refused) return { level: 'none', sentence: `Nothing is claimed: ${judged.refused.join('; ')}.` }
  const { saving } = judged
  const figure = `${shareText(saving.share)} ± ${shareText(saving.plusMinus.at90 / saving.adjusted)} (90 %)`
  if (!saving.excludesZero || !(saving.fractionalUncertainty.at68 <= fractionalUncertaintyMost))
    return {
      level: 'none',
      sentence: `Nothing is verified: the adjusted baseline finds ${figure} of cooling energy, which does not stand out from placebo periods.`,
    }
  if (saving.saved < 0)
    return {
      level: 'none',
      sentence: `No saving: cooling took ${figure.replace('-', '')} more than its adjusted baseline.`,
    }
  return {
    level: 'verified',
    sentence: `Verified for metered cooling by an adjusted baseline: ${figure} of cooling energy. What else changed with the intervention is in it, unless declared.`,
  }
}

/** What a switchback may say: the strongest evidence, because chance alone chose the order. */
export function switchbackClaim(result: SwitchbackResult): Claim {
  if (!result.enough)
    return {
      level: 'none',
      sentence: `Nothing is claimed: ${result.pairs.judged} of ${result.pairs.designed} switchback pairs could be judged; at least 14 are needed.`,
    }
  const [low, high] = result.interval90.map(end => shareText(end / result.resetPerHour))
  const figure = `${shareText(result.share)} of cooling energy, 90 % interval ${low} to ${high}`
  return result.excludesZero && result.share > 0
    ? {
        level: 'verified',
        sentence: `Verified for metered cooling by ${result.pairs.judged} switchback pairs against reset: ${figure}.`,
      }
    : {
        level: 'none',
        sentence: `Nothing is verified: ${result.pairs.judged} switchback pairs against reset find ${figure}.`,
      }
}

const shareText = (share: number): string => `${(100 * share).toFixed(1)} %`

/** A period by where its saving comes from. The first two are metered, the third is modelled. */
export type SavingsSplit = {
  readonly cooling: Judged
  readonly losses: Judged | undefined
  readonly itLeakage: LeakageSaving | undefined
  readonly water: Judged | undefined
  readonly claim: Claim
}

/** The adjusted-baseline method on everything that the hours hold. */
export function savingsSplit(asked: Omit<AdjustedCase, 'quantity'>): SavingsSplit {
  const holds = (what: 'lossesKwh' | 'waterL' | 'chipC') =>
    [asked.before, asked.reporting].every(hours => hours.some(one => Number.isFinite(one[what])))
  const cooling = adjustedSaving({ ...asked, quantity: 'coolingKwh' })
  const chips = holds('chipC') ? adjustedSaving({ ...asked, quantity: 'chipC' }) : undefined
  return {
    cooling,
    losses: holds('lossesKwh') ? adjustedSaving({ ...asked, quantity: 'lossesKwh' }) : undefined,
    water: holds('waterL') ? adjustedSaving({ ...asked, quantity: 'waterL' }) : undefined,
    itLeakage: chips?.refused === undefined && chips ? leakageOf(chips.saving, asked.reporting) : undefined,
    claim: adjustedClaim(cooling),
  }
}

function leakageOf(chips: AdjustedSaving, reporting: readonly MeteredHour[]): LeakageSaving {
  const itKwh = reporting.reduce((sum, one) => (Number.isFinite(one.itKwh) ? sum + one.itKwh : sum), 0)
  return leakageSaving(itKwh, -chips.saved / chips.hours.judged)
}
