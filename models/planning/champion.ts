import { hour } from '#contract/units.ts'
import type { Predictor } from '#models/plant/predict.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { noScore, type OneStepScore, oneStepError } from '#models/plant/score.ts'

/** The model that steers and the one that would: both foretell rows that neither has seen, and the better one steers. */
export const duelRules = {
  /** Fifty minutes of rows, or nothing is decided. */
  rowsAtLeast: 10,
  /** The challenger's mean error must be this share lower: equals do not change places every hour. */
  betterShare: 0.02,
  /** A champion whose data end so much earlier knows less: a challenger that is merely not worse replaces it. */
  staleMs: 3 * hour,
} as const

export type Duel = {
  readonly winner: 'champion' | 'challenger'
  /** Rows that neither had seen. */
  readonly rows: number
  readonly championPercent: number | null
  readonly challengerPercent: number | null
  /** Of the champion, over those rows. */
  readonly championScore: OneStepScore
}

/** `rows` are unseen by the challenger; those that the champion was fitted on are left out for both. */
export function duelOf(champion: Predictor, challenger: Predictor, rows: readonly PlantRow[]): Duel {
  const seenToAt = champion.model.span?.toAt ?? Number.NEGATIVE_INFINITY
  const unseen = rows.filter(row => row.at > seenToAt)
  if (unseen.length < duelRules.rowsAtLeast)
    return {
      winner: 'champion',
      rows: unseen.length,
      championPercent: null,
      challengerPercent: null,
      championScore: noScore,
    }
  const championScore = oneStepError(champion, unseen)
  const championPercent = championScore.errorPercent
  const challengerPercent = oneStepError(challenger, unseen).errorPercent
  return {
    winner: isBetter(challengerPercent, championPercent, isStale(champion, challenger))
      ? 'challenger'
      : 'champion',
    rows: unseen.length,
    championPercent,
    challengerPercent,
    championScore,
  }
}

const isStale = (champion: Predictor, challenger: Predictor): boolean =>
  (challenger.model.span?.toAt ?? 0) - (champion.model.span?.toAt ?? 0) >= duelRules.staleMs

/** A champion that fails to foretell anything at all gives way to whoever can. */
function isBetter(
  challengerPercent: number | null,
  championPercent: number | null,
  championIsStale: boolean,
): boolean {
  if (challengerPercent === null || !Number.isFinite(challengerPercent)) return false
  if (championPercent === null || !Number.isFinite(championPercent)) return true
  const share = championIsStale ? 0 : duelRules.betterShare
  return challengerPercent <= (1 - share) * championPercent
}
