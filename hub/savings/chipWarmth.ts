import type { Answer, Question } from '#contract/query/question.ts'
import { meanOf } from '#models/savings/statistics.ts'
import { type Arm, arms, type SwitchbackDesign } from '#models/savings/switchback.ts'

/**
 * How much warmer chips ran under `plan` than under `reset`, K: mean over pairs of the hours that count. NaN where no pair has
 * chips that tell. Load and weather are left in: the order of arms is random, and the leakage is a modelled range anyway.
 */
export async function chipsWarmerK(
  { pairs, blocks }: SwitchbackDesign,
  ask: (question: Question) => Promise<Answer>,
  toAt: number,
): Promise<number> {
  const differences: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const means = new Map<Arm, number>()
    for (const block of blocks.filter(one => one.pair === pair && one.toAt <= toAt)) {
      const { series } = await ask({
        kind: 'tray',
        points: ['chipTemperature'],
        fromAt: block.countsFromAt,
        toAt: block.toAt,
        aggregate: 'mean',
      })
      means.set(block.arm, meanOf(series.flatMap(one => one.value.filter(value => value !== null))))
    }
    const [plan = Number.NaN, reset = Number.NaN] = arms.map(arm => means.get(arm))
    if (Number.isFinite(plan - reset)) differences.push(plan - reset)
  }
  return meanOf(differences)
}
