import { type EquipmentKind, type PointSpec, pointSpec } from '#contract/points.ts'
import { type Sample, type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import { type Millis, minute } from '#contract/units.ts'

export const reportRules = {
  /** An unchanged value is said again after this long: a curve needs to know that it was still so. */
  repeatMs: 5 * minute,
  /** Energy registers count on their own; one reading a minute gives the energy of any hour. */
  registerMs: minute,
} as const

type Offered = { readonly sample: Sample }

/**
 * Report by exception: a sample is worth sending when it left its dead band, changed its quality, or when nothing was
 * said of it for five minutes. What was held back last is not lost: `held` gives it at the end of a run.
 */
export class Reporter {
  readonly #specs = new Map<string, EquipmentKind>()
  readonly #offered = new Map<SeriesKey, Offered>()
  readonly #held = new Map<SeriesKey, Sample>()
  readonly #startedAt: Millis
  readonly #repeatMs: number

  /** `limitMs` stretches the repeat in an accelerated run. */
  constructor(graph: SiteGraph, options: { startedAt: Millis; limitMs: (statedMs: number) => number }) {
    for (const item of graph.site.equipment) this.#specs.set(item.id, item.kind)
    this.#startedAt = options.startedAt
    this.#repeatMs = options.limitMs(reportRules.repeatMs)
  }

  /** The samples worth sending, in the order they came. */
  take(samples: readonly Sample[], now: Millis): Sample[] {
    const worth: Sample[] = []
    for (const sample of samples) {
      const key = seriesKey(sample.equipment, sample.point)
      const last = this.#offered.get(key)?.sample
      const spec = this.#spec(sample)
      // Our own toggle to the device says nothing of the plant; `watchdogHealthy` does.
      if (!spec || sample.point === 'watchdog') continue
      if (last && !this.#isNews(spec, last, sample)) this.#held.set(key, sample)
      else worth.push(this.#offer(key, sample, last, now))
    }
    return worth
  }

  /** Values that nobody has touched for five minutes, said again now, as far as their path lives. */
  repeats(now: Millis, isLive: (equipment: string) => boolean): Sample[] {
    const again: Sample[] = []
    for (const [key, { sample }] of this.#offered) {
      if (now - sample.at < this.#repeatMs || sample.value === null || !isLive(sample.equipment)) continue
      const newest = this.#held.get(key) ?? sample
      const restamped = { ...newest, at: Math.max(now, sample.at + 1) } as Sample
      again.push(this.#offer(key, restamped, sample, now))
    }
    return again
  }

  /** The last sample of each series that the dead band had held back: sent when the site's time has ended. */
  held(now: Millis): Sample[] {
    const last: Sample[] = []
    for (const [key, sample] of this.#held) {
      const offered = this.#offered.get(key)?.sample
      const isNew =
        !offered ||
        sample.at > offered.at ||
        sample.value !== offered.value ||
        sample.quality !== offered.quality
      // Time stands still at the end of a run: what was said at this very instant is not said again.
      if (isNew) last.push(this.#offer(key, sample, offered, now))
      else this.#held.delete(key)
    }
    return last
  }

  #spec(sample: Sample): PointSpec | undefined {
    const kind = this.#specs.get(sample.equipment)
    return kind && pointSpec(kind, sample.point)
  }

  #isNews(spec: PointSpec, last: Sample, sample: Sample): boolean {
    if (sample.quality !== last.quality) return true
    if (sample.at - last.at >= this.#repeatMs) return true
    if (sample.value === null || last.value === null) return sample.value !== last.value
    if (spec.quantity === 'energy')
      return sample.at - last.at >= reportRules.registerMs || sample.value < last.value
    return spec.deadBand === 0
      ? sample.value !== last.value
      : Math.abs(sample.value - last.value) >= spec.deadBand
  }

  /** One row per series and time: what would fall on a row that is taken moves by a millisecond. */
  #offer(key: SeriesKey, sample: Sample, last: Sample | undefined, now: Millis): Sample {
    const fresh =
      !last && sample.at <= this.#startedAt
        ? ({ ...sample, at: Math.max(now, this.#startedAt) } as Sample)
        : sample
    const placed = last && fresh.at === last.at ? ({ ...fresh, at: last.at + 1 } as Sample) : fresh
    this.#offered.set(key, { sample: placed })
    this.#held.delete(key)
    return placed
  }
}
