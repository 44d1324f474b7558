import type { AnswerSeries } from '#contract/query/question.ts'
import { minute } from '#contract/units.ts'

/**
 * Points report on change, and an unchanged value is said again after 5 min: what was not contradicted holds for two such
 * repeats and a little, or, at high speed, for 4.5 s of the machine. A longer silence is a gap.
 */
export const holdMs = (speed: number): number => Math.max(12 * minute, 4_500 * speed)

/** A bucketed past with the last value standing in the buckets where nothing new was said; a longer gap stays a gap. */
export function held(
  series: AnswerSeries,
  bucketMs: number,
  longestMs: number,
): { at: number[]; value: Array<number | null> } {
  const at: number[] = []
  const value: Array<number | null> = []
  series.at.forEach((instant, index) => {
    const before = at.at(-1)
    const kept = value.at(-1)
    if (before !== undefined && kept !== undefined && kept !== null && instant - before <= longestMs)
      for (let between = before + bucketMs; between < instant; between += bucketMs) {
        at.push(between)
        value.push(kept)
      }
    at.push(instant)
    value.push(series.value[index] ?? null)
  })
  return { at, value }
}
