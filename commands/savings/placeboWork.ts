import { parentPort } from 'node:worker_threads'
import { plantHours, type UntouchedRun } from '#commands/savings/plantHours.ts'
import { isFailure, sentenceOf } from '#contract/failure.ts'
import { seededRandom } from '#models/plant/random.ts'
import { type PlaceboPeriod, placeboPeriods } from '#models/savings/placebo.ts'

export type PlaceboWork = {
  readonly run: UntouchedRun
  readonly baselineWeeks: number
  readonly weeks: number
  readonly periods: number
  readonly shares: readonly number[]
}

export type PlaceboAnswer =
  | { readonly weeksDone: number }
  | { readonly periods: readonly PlaceboPeriod[] }
  | { readonly failed: string; readonly isFailure: boolean }

/** Lives one site and judges its periods. */
export function placeboWork(work: PlaceboWork, onWeek: (week: number) => void): PlaceboPeriod[] {
  return placeboPeriods({
    hours: plantHours(work.run, onWeek),
    baselineWeeks: work.baselineWeeks,
    weeks: work.weeks,
    shares: work.shares,
    random: seededRandom(work.run.seed),
    periodsMost: work.periods,
  })
}

parentPort?.on('message', (work: PlaceboWork) => {
  const answer = (said: PlaceboAnswer) => parentPort?.postMessage(said)
  try {
    answer({ periods: placeboWork(work, weeksDone => answer({ weeksDone })) })
  } catch (error) {
    answer({ failed: sentenceOf(error), isFailure: isFailure(error) })
  }
})
