import type { SavingPart } from '#contract/api.ts'
import type { Millis } from '#contract/units.ts'
import type { ExperimentOutcome } from '#hub/savings/experiment.ts'
import { leakagePart, outcomeParts } from '#hub/savings/view.ts'
import type { Judged } from '#models/savings/adjusted.ts'
import type { ClaimLevel, SavingsSplit } from '#models/savings/claim.ts'

/** What the report says of savings: a level, never above what stands behind it, and why. */
export type ReportedSaving = {
  readonly claim: ClaimLevel | null
  readonly method: 'switchback' | 'adjustedBaseline' | null
  readonly why: string
  readonly parts: readonly SavingPart[]
}

/** A difference to a model alone is no evidence: the same arithmetic finds savings where nothing was done. */
const whyNoClaim =
  'Nothing has been verified. A saving is claimed from at least 14 switchback pairs against the reset rules, or from an adjusted baseline that passes its gates and stands out from placebo periods. Neither lies in this period.'

export type SavingEvidence = {
  /** A switchback that has ended. */
  readonly outcome?: ExperimentOutcome | undefined
  /** The adjusted baseline of this span, where one was asked for. */
  readonly adjusted?: SavingsSplit | undefined
}

/** The stronger evidence comes first: a switchback that lies in the span, else the adjusted baseline, else none. */
export function reportedSaving(
  span: { fromAt: Millis; toAt: Millis },
  evidence: SavingEvidence,
): ReportedSaving {
  const { outcome, adjusted } = evidence
  if (outcome && outcome.fromAt < span.toAt && outcome.toAt > span.fromAt)
    return {
      ...claimed(outcome.claim),
      method: 'switchback',
      parts: outcomeParts(outcome),
    }
  if (adjusted)
    return {
      ...claimed(adjusted.claim),
      method: 'adjustedBaseline',
      parts: [
        ...adjustedPart('cooling', 'kWh', adjusted.cooling),
        ...adjustedPart('losses', 'kWh', adjusted.losses),
        ...adjustedPart('water', 'L', adjusted.water),
        ...(adjusted.itLeakage ? [leakagePart('kWh', adjusted.itLeakage)] : []),
      ],
    }
  return { claim: null, method: null, why: whyNoClaim, parts: [] }
}

const claimed = ({ level, sentence }: { level: ClaimLevel; sentence: string }) => ({
  claim: level === 'none' ? null : level,
  why: sentence,
})

function adjustedPart(
  what: 'cooling' | 'losses' | 'water',
  unit: 'kWh' | 'L',
  judged: Judged | undefined,
): SavingPart[] {
  if (!judged || judged.refused) return []
  const { saved, share, plusMinus } = judged.saving
  const around = (by: number) => [saved - by, saved + by] as const
  return [
    {
      what,
      basis: 'metered',
      unit,
      saved,
      share,
      interval68: around(plusMinus.at68),
      interval90: around(plusMinus.at90),
    },
  ]
}
