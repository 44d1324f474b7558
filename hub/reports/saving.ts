import type { SavingFigure, SavingPart } from '#contract/api.ts'
import type { Millis } from '#contract/units.ts'
import type { ExperimentOutcome } from '#hub/savings/outcome.ts'
import { byCurrency, leakagePart, outcomeNotes, outcomeParts, savingNotes } from '#hub/savings/parts.ts'
import type { Judged } from '#models/savings/adjusted.ts'
import type { ClaimLevel, SavingsSplit } from '#models/savings/claim.ts'
import { type Currency, type Valued, valued, type Worths } from '#models/savings/valued.ts'

/** What the report says of savings: a level, never above what stands behind it, and why. */
export type ReportedSaving = {
  readonly claim: ClaimLevel | null
  readonly method: 'switchback' | 'adjustedBaseline' | null
  readonly why: string
  readonly parts: readonly SavingPart[]
  /** What is not in the parts. */
  readonly notes: readonly string[]
}

/** A difference to a model alone is no evidence: the same arithmetic finds savings where nothing was done. */
const whyNoClaim =
  'Nothing has been verified. A saving is claimed from at least 14 switchback pairs against the reset rules, or from an adjusted baseline that passes its gates and stands out from placebo periods. Neither lies in this period.'

export type SavingEvidence = {
  /** A switchback that has ended. */
  readonly outcome?: ExperimentOutcome | undefined
  /** The adjusted baseline of this span, where one was asked for. */
  readonly adjusted?: AdjustedEvidence | undefined
}

export type AdjustedEvidence = SavingsSplit & {
  readonly worths: Worths
  /** What a kWh of IT was worth in the mean of the span. */
  readonly perItKwh: { readonly [name in Currency]?: number }
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
      notes: outcomeNotes(outcome),
    }
  if (adjusted) {
    const parts = adjustedParts(adjusted)
    const { water } = adjusted
    return {
      ...claimed(adjusted.claim),
      method: 'adjustedBaseline',
      parts,
      notes: savingNotes(parts, !water ? 'notMetered' : water.refused ? 'refused' : 'metered'),
    }
  }
  return { claim: null, method: null, why: whyNoClaim, parts: [], notes: [] }
}

const claimed = ({ level, sentence }: { level: ClaimLevel; sentence: string }) => ({
  claim: level === 'none' ? null : level,
  why: sentence,
})

const adjustedParts = ({ worths, perItKwh, ...split }: AdjustedEvidence): readonly SavingPart[] => [
  ...adjustedPart('cooling', 'kWh', split.cooling, worths),
  ...adjustedPart('losses', 'kWh', split.losses, worths),
  ...(split.itLeakage
    ? [
        leakagePart('kWh', split.itLeakage, name => {
          const worth = worths[name]
          return worth && { unit: worth.unit, perItKwh: perItKwh[name] ?? Number.NaN }
        }),
      ]
    : []),
  ...adjustedPart('water', 'L', split.water, {}),
]

function adjustedPart(
  what: 'cooling' | 'losses' | 'water',
  unit: 'kWh' | 'L',
  judged: Judged | undefined,
  worths: Worths,
): SavingPart[] {
  if (!judged || judged.refused) return []
  const { saving } = judged
  return [
    {
      what,
      basis: 'metered',
      ...adjustedFigure(unit, saving),
      ...byCurrency(name => {
        const worth = worths[name]
        const told = worth && valued(saving, worth)
        return told && adjustedFigure(told.unit, { ...told, share: null })
      }),
    },
  ]
}

function adjustedFigure(
  unit: string,
  { saved, share, plusMinus }: Pick<Valued, 'saved' | 'plusMinus'> & Pick<SavingFigure, 'share'>,
): SavingFigure {
  const around = (by: number) => [saved - by, saved + by] as const
  return { unit, saved, share, interval68: around(plusMinus.at68), interval90: around(plusMinus.at90) }
}
