import { type DurationMs, day, type Millis } from '#contract/units.ts'
import type { Doubt } from '#models/sanity/sensors.ts'

/** What is kept across restarts: what stands against sensors, what stood lately, and which alarm tells which cause. */
export type SanityRecord = {
  readonly standing: readonly Doubt[]
  readonly past: readonly PastDoubt[]
  /** By cause; null: the plan's own alarm has told it. */
  readonly told: Readonly<Record<string, Told | null>>
}
/** The sensor under whose name the alarm of a cause stands, and the sentence in it. */
export type Told = { readonly sensor: string; readonly of: string; readonly detail: string }
/** Over at `closedAt`, when the sensor had been sound for an hour. */
export type PastDoubt = Doubt & { readonly closedAt: Millis }

export const cleanRecord: SanityRecord = { standing: [], past: [], told: {} }

/** Doubts of the past that are kept: some for each day of the window, whatever flaps. */
const pastMost = 200
/** Rows are learned from for three weeks; what stood against a sensor then is known as long. */
const pastKeptMs: DurationMs = 21 * day

/** The record after a judgement. */
export function recorded(before: SanityRecord, standing: readonly Doubt[], now: Millis): SanityRecord {
  const closed = before.standing
    .filter(({ column }) => !standing.some(doubt => doubt.column === column))
    .map(doubt => ({ ...doubt, closedAt: now }))
  return {
    ...before,
    standing,
    past: [...closed, ...before.past]
      .filter(({ closedAt }) => closedAt > now - pastKeptMs)
      .slice(0, pastMost),
  }
}

/** Doubts of one cause together, the root (the one seen first) in front. */
export function causesOf(standing: readonly Doubt[]): ReadonlyMap<string, readonly [Doubt, ...Doubt[]]> {
  const causes = new Map<string, readonly [Doubt, ...Doubt[]]>()
  for (const doubt of [...standing].sort((a, b) => a.fromAt - b.fromAt)) {
    const known = causes.get(doubt.cause)
    causes.set(doubt.cause, known ? [...known, doubt] : [doubt])
  }
  return causes
}

/** Whether what a sensor said at an instant is in doubt. */
export const isDoubtfulIn = (record: SanityRecord, key: string, at: Millis): boolean =>
  record.standing.some(({ column, fromAt }) => column === key && at >= fromAt) ||
  record.past.some(({ column, fromAt, closedAt }) => column === key && at >= fromAt && at < closedAt)
