import { pointsOf } from '#contract/points.ts'
import { type Reading, seriesKey } from '#contract/reading.ts'
import type { Equipment } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { Plant } from '#simulators/plant/plant.ts'
import type { ServedPoint } from '#simulators/wire/face.ts'

/** Every point of the given equipment that the plant has, with the catalogue's word on it. */
export function servedPoints(plant: Plant, equipment: readonly Equipment[]): readonly ServedPoint[] {
  const known = new Set(plant.keys)
  return equipment.flatMap(item =>
    pointsOf(item.kind)
      .map(([point, spec]) => ({ key: seriesKey(item.id, point), equipment: item.id, point, spec }))
      .filter(served => known.has(served.key)),
  )
}

/** A point with what was last shown of it, and when (site time). */
type Watched<P extends ServedPoint> = { readonly served: P; shown: Reading | undefined; shownAt: Millis }
type Show<P extends ServedPoint> = (point: P, reading: Reading) => void

/**
 * What moved since it was last shown. A value moves when it leaves the point's dead band or its quality changes; one
 * that rests is shown again after `repeatMs` of site time (0: never).
 */
export function watch<P extends ServedPoint>(plant: Plant, points: readonly P[], repeatMs: number) {
  const all = points.map(
    (served): Watched<P> => ({ served, shown: undefined, shownAt: Number.NEGATIVE_INFINITY }),
  )
  const fast = all.filter(item => item.served.spec.fast)
  const byKey = new Map(all.map(item => [item.served.key, item]))

  const shownNow = (item: Watched<P>, reading: Reading): Reading => {
    item.shownAt = plant.siteNow()
    item.shown = laterThan(item.shown, reading)
    return item.shown
  }
  const visit = (items: readonly Watched<P>[], show: Show<P>) => {
    const now = plant.siteNow()
    for (const item of items) {
      const reading = plant.read(item.served.key)
      const isDue = repeatMs > 0 && now - item.shownAt >= repeatMs
      if (isDue || hasMoved(item.shown, reading, item.served.spec.deadBand))
        show(item.served, shownNow(item, reading))
    }
  }
  return {
    moved: (show: Show<P>) => visit(all, show),
    movedFast: (show: Show<P>) => visit(fast, show),
    /** Every point with its present value at one instant, but for those already shown so. */
    everything(at: Millis, show: Show<P>): void {
      for (const item of all) {
        const reading = { ...plant.read(item.served.key), at }
        const isShown = item.shown !== undefined && item.shown.at >= at && !hasMoved(item.shown, reading, 0)
        if (!isShown) show(item.served, shownNow(item, reading))
      }
    },
    /** Takes note that a point is shown by other means, the answer to a write; returns what to show. */
    note(key: string, reading: Reading): Reading {
      const item = byKey.get(key)
      return item ? shownNow(item, reading) : reading
    },
    /** Everything is due again: after a lost connection. */
    forget(): void {
      for (const item of all) item.shownAt = Number.NEGATIVE_INFINITY
    },
  }
}

/** A series has one value at an instant: what is shown later carries a later time, if only by a millisecond. */
const laterThan = (shown: Reading | undefined, reading: Reading): Reading =>
  shown !== undefined && reading.at <= shown.at ? { ...reading, at: shown.at + 1 } : reading

export type Watch<P extends ServedPoint> = ReturnType<typeof watch<P>>

/** 32.00 → 32.04 °C rests inside a dead band of 0.05 K, 32.06 has moved; losing the value always counts. */
export function hasMoved(shown: Reading | undefined, reading: Reading, deadBand: number): boolean {
  if (shown === undefined || shown.quality !== reading.quality) return true
  if (shown.value === null || reading.value === null) return shown.value !== reading.value
  return deadBand > 0 ? Math.abs(reading.value - shown.value) >= deadBand : reading.value !== shown.value
}
