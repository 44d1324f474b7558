import { batch, type Signal, signal } from '@preact/signals'
import type { LiveValue, LiveView } from '#contract/api.ts'
import type { Quality } from '#contract/reading.ts'

/** What the screen knows of a series: the newest word, and the last value that came with one. */
export type Seen = {
  readonly value: number | null
  readonly quality: Quality | 'none'
  /** Source time of `value`; null: never seen. */
  readonly at: number | null
}

const never: Seen = { value: null, quality: 'none', at: null }
const bySeries = new Map<string, Signal<Seen>>()

/** One signal per series: a number that changes redraws itself, never its page. */
export function seen(key: string): Signal<Seen> {
  let entry = bySeries.get(key)
  if (!entry) {
    entry = signal(never)
    bySeries.set(key, entry)
  }
  return entry
}

/** The value that may enter a sum or a rule: good or uncertain, never an old one. */
export function usable(key: string): number | null {
  const { value, quality } = seen(key).value
  return quality === 'good' || quality === 'uncertain' ? value : null
}

/** A stale reading keeps the value it had, to be shown with its age; a bad one hides it. */
function nextSeen(before: Seen, [value, quality, at]: LiveValue): Seen {
  if (value !== null && quality !== 'bad') return { value, quality, at }
  if (quality === 'stale' && before.value !== null) return { value: before.value, quality, at: before.at }
  return { value: null, quality, at }
}

/** 4 paints a second for the page, 2 for one number: faster than that nobody reads, and each costs a layout. */
const paintEveryMs = 250
const numberEveryMs = 500

const waiting = new Map<string, LiveValue>()
const paintedAt = new Map<string, number>()
let lastPaintAt = -paintEveryMs
let paintTimer: number | undefined
const afterPaint = new Set<() => void>()

/** Called after each batch of values has been given to the page. */
export const onPaint = (call: () => void): void => void afterPaint.add(call)

function paint(): void {
  paintTimer = undefined
  const now = performance.now()
  lastPaintAt = now
  batch(() => {
    for (const [key, value] of waiting) {
      if (now - (paintedAt.get(key) ?? -numberEveryMs) < numberEveryMs) continue
      const target = seen(key)
      target.value = nextSeen(target.peek(), value)
      paintedAt.set(key, now)
      waiting.delete(key)
    }
  })
  for (const call of afterPaint) call()
  if (waiting.size > 0) schedule()
}

function schedule(): void {
  if (paintTimer !== undefined) return
  paintTimer = window.setTimeout(paint, Math.max(0, lastPaintAt + paintEveryMs - performance.now()))
}

/** Takes changed values in; `waiting` holds at most one per series of the site. */
export function takeValues(view: LiveView): void {
  for (const [key, value] of Object.entries(view.values)) waiting.set(key, value)
  schedule()
}
