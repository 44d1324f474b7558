import type { Millis } from '#contract/units.ts'

/** What stood at every written point, minute by minute: how one controller drove, to be looked at or driven again by another. */
export type Course = {
  readonly fromAt: Millis
  /** Grows when a point is written for the first time. */
  readonly keys: readonly string[]
  /** Values in the order of `keys`; a shorter row, or NaN, was before the first write. Equal neighbours share one row. */
  readonly minutes: ReadonlyArray<readonly number[]>
}

/** The row that stood in the minute that begins at `at`; undefined outside the course. */
export const rowAt = (course: Course, at: Millis): readonly number[] | undefined =>
  course.minutes[Math.round((at - course.fromAt) / 60_000)]

/** Writes a minute of a course; points that already hold their value are left alone. */
export function replayMinute(
  course: Course,
  at: Millis,
  write: (key: string, value: number) => void,
  before?: readonly number[],
): readonly number[] | undefined {
  const row = rowAt(course, at)
  if (!row || row === before) return row
  for (let index = 0; index < row.length; index++) {
    const value = row[index] as number
    if (!Number.isNaN(value) && value !== before?.[index]) write(course.keys[index] as string, value)
  }
  return row
}
