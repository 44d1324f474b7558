import { hour } from '#contract/units.ts'

/** Readings of one point in order of time; null where there is none to be trusted. */
export type Readings = { readonly at: readonly number[]; readonly value: ReadonlyArray<number | null> }

/**
 * What is known of a meter's power: stretches in order of time, in each of which power runs straight from one value to
 * the next. Energy is the area under it, so a span that is cut in two has the energy of its two parts, exactly.
 */
export type Stretch = {
  readonly fromAt: number
  readonly toAt: number
  readonly startKw: number
  readonly endKw: number
  /** Measured closely enough; otherwise bridged over a gap or carried past an end. */
  readonly covered: boolean
}
export type Span = { readonly fromAt: number; readonly toAt: number }

/** kW × ms to kWh: 1,200 kW over half an hour is 600 kWh. */
const kwhOf = (averageKw: number, durationMs: number): number => (averageKw * durationMs) / hour

/** Energy of the known part of a span; null where nothing of it is known, never 0. */
export function energyKwh(curve: readonly Stretch[], span: Span): number | null {
  let kwh: number | null = null
  for (const stretch of within(curve, span)) {
    const fromAt = Math.max(stretch.fromAt, span.fromAt)
    const toAt = Math.min(stretch.toAt, span.toAt)
    kwh = (kwh ?? 0) + kwhOf((powerAt(stretch, fromAt) + powerAt(stretch, toAt)) / 2, toAt - fromAt)
  }
  return kwh
}

/** Share of a span that is measured, and that is known at all (measured, bridged or carried on), 0..1. */
export function sharesOf(
  curve: readonly Stretch[],
  span: Span,
): { readonly covered: number; readonly known: number; readonly longestGapMs: number } {
  let coveredMs = 0
  let knownMs = 0
  let longestGapMs = 0
  let coveredUntilAt = span.fromAt
  for (const stretch of within(curve, span)) {
    const fromAt = Math.max(stretch.fromAt, span.fromAt)
    const toAt = Math.min(stretch.toAt, span.toAt)
    knownMs += toAt - fromAt
    if (!stretch.covered) continue
    coveredMs += toAt - fromAt
    longestGapMs = Math.max(longestGapMs, fromAt - coveredUntilAt)
    coveredUntilAt = toAt
  }
  longestGapMs = Math.max(longestGapMs, span.toAt - coveredUntilAt)
  const spanMs = span.toAt - span.fromAt
  return { covered: coveredMs / spanMs, known: knownMs / spanMs, longestGapMs }
}

/** Where a curve begins and ends. */
export function extentOf(curve: readonly Stretch[]): Span | undefined {
  const [first, last] = [curve[0], curve.at(-1)]
  return first && last ? { fromAt: first.fromAt, toAt: last.toAt } : undefined
}

/**
 * Power between readings runs straight (trapezoid). Over a gap, longer than `gapLimitMs` or with a reading that had no
 * value, it is bridged by the same straight line, but does not count as covered.
 */
export function curveOfPower(readings: Readings, gapLimitMs: number): Stretch[] {
  const curve: Stretch[] = []
  let before: { at: number; kw: number } | undefined
  let broken = false
  readings.at.forEach((at, index) => {
    const kw = readings.value[index]
    if (kw === null || kw === undefined) {
      broken = true
      return
    }
    if (before && at > before.at) {
      curve.push({
        fromAt: before.at,
        toAt: at,
        startKw: before.kw,
        endKw: kw,
        covered: !broken && at - before.at <= gapLimitMs,
      })
    }
    before = { at, kw }
    broken = false
  })
  return carriedOn(curve, gapLimitMs)
}

/**
 * Both ends are carried on at constant power for at most the gap limit, so that a span that ends now does not lose the
 * seconds since the last reading. Carried on is not covered.
 */
export function carriedOn(curve: readonly Stretch[], gapLimitMs: number): Stretch[] {
  const [first, last] = [curve[0], curve.at(-1)]
  if (!first || !last) return []
  return [
    {
      fromAt: first.fromAt - gapLimitMs,
      toAt: first.fromAt,
      startKw: first.startKw,
      endKw: first.startKw,
      covered: false,
    },
    ...curve,
    {
      fromAt: last.toAt,
      toAt: last.toAt + gapLimitMs,
      startKw: last.endKw,
      endKw: last.endKw,
      covered: false,
    },
  ]
}

/** The part of a curve inside a span, ends cut. */
export function cut(curve: readonly Stretch[], span: Span): Stretch[] {
  return within(curve, span).map(stretch => {
    const fromAt = Math.max(stretch.fromAt, span.fromAt)
    const toAt = Math.min(stretch.toAt, span.toAt)
    return { ...stretch, fromAt, toAt, startKw: powerAt(stretch, fromAt), endKw: powerAt(stretch, toAt) }
  })
}

const within = (curve: readonly Stretch[], span: Span): readonly Stretch[] =>
  curve.filter(stretch => stretch.toAt > span.fromAt && stretch.fromAt < span.toAt)

function powerAt(stretch: Stretch, at: number): number {
  const share = (at - stretch.fromAt) / (stretch.toAt - stretch.fromAt)
  return stretch.startKw + (stretch.endKw - stretch.startKw) * share
}
