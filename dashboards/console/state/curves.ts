import { signal } from '@preact/signals'
import type { EquipmentKind } from '#contract/points.ts'
import type { Answer } from '#contract/query/question.ts'
import { minute } from '#contract/units.ts'
import { contact, contactLost, siteNow } from './contact.ts'
import { held, holdMs } from './held.ts'
import { hub } from './hub.ts'
import { onPaint, usable } from './live.ts'
import { createRing, type Ring } from './ring.ts'

/**
 * The short curves beside numbers: 2 h in tables, 24 h in key figures. Filled once from the store, then written from
 * the live values. Each is a ring of fixed length; a site of 25 CDUs holds about 100 of them.
 */
export type Span = { readonly length: number; readonly bucketMs: number }
export const twoHours: Span = { length: 60, bucketMs: 2 * minute }
export const oneDay: Span = { length: 96, bucketMs: 15 * minute }

/** A curve is sampled with each paint; at high speed more than one bucket of site time lies between two. */
const sampleGapMs = 1_500

type Curve = { readonly ring: Ring; readonly read: () => number | null; last?: { at: number; value: number } }
const curves = new Map<string, Curve>()

/** Counts the samplings: what draws a curve reads it, and redraws at most once a second. */
export const curveTick = signal(0)
let sampledAt = 0

export function curve(key: string, span: Span, read: () => number | null): Ring {
  let entry = curves.get(key)
  if (!entry) {
    entry = { ring: createRing(span.length, span.bucketMs), read }
    curves.set(key, entry)
  }
  return entry.ring
}

/** The last value stands in the buckets between: it was good, and nothing else was said. */
function holdUntil(ring: Ring, last: { at: number; value: number }, at: number): void {
  for (let between = last.at + ring.bucketMs; between < at; between += ring.bucketMs)
    ring.write(between, last.value)
}

export const seriesCurve = (key: string, span: Span): Ring =>
  curve(`${key}@${span.bucketMs}`, span, () => usable(key))

export function startCurves(): void {
  onPaint(() => {
    if (contactLost.peek() || siteNow.peek() === 0) return
    const at = siteNow.peek()
    const heldMs = sampleGapMs * (contact.peek()?.speed ?? 1)
    for (const entry of curves.values()) {
      const value = entry.read()
      if (value === null) {
        delete entry.last
        continue
      }
      if (entry.last && at - entry.last.at <= heldMs) holdUntil(entry.ring, entry.last, at)
      entry.ring.write(at, value)
      if (!entry.last) entry.ring.bridge(Math.ceil(holdMs(contact.peek()?.speed ?? 1) / entry.ring.bucketMs))
      entry.last = { at, value }
    }
    const now = performance.now()
    if (now - sampledAt < 1_000) return
    sampledAt = now
    curveTick.value += 1
  })
}

/** At most this many series in one filling question: 300 × 60 buckets is about 0.5 MB of JSON, the most a phone should wait for. */
const seriesAskedMax = 300

export type Past = {
  readonly kind: EquipmentKind
  readonly points: readonly string[]
  readonly equipment: readonly string[]
  readonly span: Span
  readonly aggregate: 'mean' | 'max'
}

/** Bucketed values of the past span; empty where the question would be too large (the curve then grows from live values). */
export async function askPast(past: Past, toAt: number): Promise<Answer['series']> {
  if (past.equipment.length === 0 || past.equipment.length * past.points.length > seriesAskedMax) return []
  const { length, bucketMs } = past.span
  const end = Math.floor(toAt / bucketMs) * bucketMs
  const answer = await hub.query({
    kind: past.kind,
    equipment: [...past.equipment],
    points: [...past.points],
    fromAt: end - (length - 1) * bucketMs,
    toAt: end,
    aggregate: past.aggregate,
    everyMs: bucketMs,
  })
  const longest = holdMs(contact.peek()?.speed ?? 1)
  return answer.series.map(series => ({ ...series, ...held(series, bucketMs, longest) }))
}

/** Writes a past into a ring before the live values come to stand after it. */
export function fill(ring: Ring, at: readonly number[], value: ReadonlyArray<number | null>): void {
  at.forEach((instant, index) => {
    const past = value[index]
    if (past !== null && past !== undefined) ring.write(instant, past)
  })
  // Between the answer's end and the first live value.
  ring.bridge(Math.ceil(holdMs(contact.peek()?.speed ?? 1) / ring.bucketMs))
}
