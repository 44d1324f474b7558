import { day, type Millis } from '#contract/units.ts'
import { type Baseline, foretold, isForetellable } from '#models/savings/baseline.ts'
import { driven, isKnown, type MeteredHour, type Quantity } from '#models/savings/hours.ts'
import { meanOf } from '#models/savings/statistics.ts'

/**
 * Something that changed consumption and is neither load, weather nor the intervention: a pump out for repair, a hall added.
 * Declared by a person; nothing is left out unless it stands in this list, and the list is part of the result.
 */
export type NonRoutineEvent = {
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly what: string
  readonly by: string
  /** Cooling energy that the event added to each hour, where that is metered by itself; absent: its hours are left out. */
  readonly addedKwhPerHour?: number
}

/** Hours as they would have been without the events: adjusted, or left out. */
export const withoutEvents = <Hour extends MeteredHour>(
  hours: readonly Hour[],
  events: readonly NonRoutineEvent[],
  quantity: Quantity,
): readonly Hour[] =>
  events.length === 0
    ? hours
    : hours.flatMap(one => {
        const during = events.filter(event => one.at >= event.fromAt && one.at < event.toAt)
        if (during.length === 0) return [one]
        const added = during.reduce((sum, event) => sum + (event.addedKwhPerHour ?? Number.NaN), 0)
        const isAdjustable = quantity === 'coolingKwh' && Number.isFinite(added)
        return isAdjustable ? [{ ...one, coolingKwh: one.coolingKwh - added }] : []
      })

/** A day on which what load and weather do not explain seems to have moved for good: shown to a person, never acted upon. */
export type ProposedEvent = {
  readonly at: Millis
  /** Mean residual after less before, as a share of the mean. */
  readonly stepShare: number
  /** The step over its standard error. */
  readonly standardErrors: number
}

/** A step is worth a person's look from here on. */
const worthALook = { standardErrors: 6, share: 0.03, daysEachSide: 7 }

/**
 * The day that best splits the residuals of a period into two levels. Days are counted as correlated: n' = n (1 − ρ) / (1 + ρ).
 */
export function proposedEvent(
  residuals: ReadonlyArray<{ readonly at: Millis; readonly share: number }>,
): ProposedEvent | undefined {
  const days = dailyMeans(residuals)
  let best: ProposedEvent | undefined
  for (let cut = worthALook.daysEachSide; cut <= days.length - worthALook.daysEachSide; cut++) {
    const before = days.slice(0, cut).map(one => one.share)
    const after = days.slice(cut).map(one => one.share)
    const stepShare = meanOf(after) - meanOf(before)
    const standardErrors = Math.abs(stepShare) / Math.hypot(standardErrorOf(before), standardErrorOf(after))
    if (Math.abs(stepShare) < worthALook.share || standardErrors < worthALook.standardErrors) continue
    if (!best || standardErrors > best.standardErrors)
      best = { at: (days[cut] as { at: Millis }).at, stepShare, standardErrors }
  }
  return best
}

/** Steps inside the baseline and inside the reporting period; the one between them is the intervention's own. */
export const proposedEvents = (known: {
  readonly baseline: Baseline
  readonly before: readonly MeteredHour[]
  readonly reporting: readonly MeteredHour[]
}): ProposedEvent[] =>
  [known.before, known.reporting].flatMap(hours => {
    const { baseline } = known
    const residuals = driven(hours)
      .filter(one => isKnown(one, baseline.quantity) && isForetellable(baseline, one))
      .map(one => ({ at: one.at, share: (one[baseline.quantity] as number) / foretold(baseline, one) - 1 }))
    return proposedEvent(residuals) ?? []
  })

function dailyMeans(residuals: ReadonlyArray<{ at: Millis; share: number }>) {
  const byDay = new Map<number, number[]>()
  for (const { at, share } of residuals) {
    const start = at - (at % day)
    byDay.set(start, [...(byDay.get(start) ?? []), share])
  }
  return [...byDay].map(([at, shares]) => ({ at, share: meanOf(shares) }))
}

function standardErrorOf(values: readonly number[]): number {
  const mean = meanOf(values)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  let together = 0
  for (let place = 1; place < values.length; place++)
    together += ((values[place] as number) - mean) * ((values[place - 1] as number) - mean)
  const rho = variance === 0 ? 0 : Math.max(0, Math.min(0.95, together / ((values.length - 1) * variance)))
  return Math.sqrt((variance * (1 + rho)) / (values.length * (1 - rho)))
}
