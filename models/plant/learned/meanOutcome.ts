import type { LearnedOutcome } from '#models/plant/learned/learnedPlant.ts'

/** Mean of moments of one plant. */
export function meanOutcome(outcomes: readonly LearnedOutcome[]): LearnedOutcome {
  const mean = (pick: (outcome: LearnedOutcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + pick(outcome), 0) / outcomes.length
  const meanOf = (pick: (outcome: LearnedOutcome) => readonly number[]): number[] =>
    pick(outcomes[0] as LearnedOutcome).map((_, place) => mean(outcome => pick(outcome)[place] as number))
  const parts = Object.keys((outcomes[0] as LearnedOutcome).partsKw) as Array<keyof LearnedOutcome['partsKw']>
  return {
    facilityKw: mean(({ facilityKw }) => facilityKw),
    itKw: mean(({ itKw }) => itKw),
    partsKw: Object.fromEntries(parts.map(part => [part, mean(({ partsKw }) => partsKw[part] as number)])),
    lossesKw: mean(({ lossesKw }) => lossesKw),
    hottestC: meanOf(({ hottestC }) => hottestC),
    meanJunctionC: meanOf(({ meanJunctionC }) => meanJunctionC),
    valvePercent: meanOf(({ valvePercent }) => valvePercent),
    unmetK: mean(({ unmetK }) => unmetK),
  }
}
