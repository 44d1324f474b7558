import type { Source } from '#agent/sources/source.ts'
import { goodValue, type Reading, type Sample, type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { DurationMs, Millis } from '#contract/units.ts'

/** One moment of the plant: no decision sees half an update. */
export type Image = {
  readonly machineMs: DurationMs
  readonly siteAt: Millis
  reading(equipment: string, point: string): Reading | undefined
  /** The value when it is good; undefined is not zero. */
  good(equipment: string, point: string): number | undefined
  /** The path to this equipment is alive. */
  isLive(equipment: string): boolean
}

/** The newest reading of every point, as sources bring them. */
export class PlantImage {
  readonly #readings = new Map<SeriesKey, Reading>()

  take(samples: readonly Sample[]): void {
    for (const sample of samples) this.#readings.set(seriesKey(sample.equipment, sample.point), sample)
  }

  current(equipment: string, point: string): Reading | undefined {
    return this.#readings.get(seriesKey(equipment, point))
  }

  freeze(now: { machineMs: DurationMs; siteAt: Millis }, sources: readonly Source[]): Image {
    const readings = new Map(this.#readings)
    const live = new Set<string>()
    for (const source of sources) if (source.state === 'live') for (const id of source.equipment) live.add(id)
    return imageOf(readings, live, now)
  }

  /** Points by quality, for health; `expected` are those that should speak: a request that only we write says nothing. */
  counts(expected: ReadonlySet<SeriesKey>): {
    good: number
    uncertain: number
    stale: number
    bad: number
    none: number
  } {
    const counts = { good: 0, uncertain: 0, stale: 0, bad: 0, none: 0 }
    for (const key of expected) counts[this.#readings.get(key)?.quality ?? 'none']++
    return counts
  }
}

export function imageOf(
  readings: ReadonlyMap<SeriesKey, Reading>,
  live: ReadonlySet<string>,
  now: { machineMs: DurationMs; siteAt: Millis },
): Image {
  return {
    ...now,
    reading: (equipment, point) => readings.get(seriesKey(equipment, point)),
    good: (equipment, point) => goodValue(readings.get(seriesKey(equipment, point))),
    isLive: equipment => live.has(equipment),
  }
}
