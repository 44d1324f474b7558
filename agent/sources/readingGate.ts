import type { Reading, Sample } from '#contract/reading.ts'
import type { Millis } from '#contract/units.ts'

type Place = { readonly equipment: string; readonly point: string }

/** What the gate made of a reading: undefined when it is the one that went before. */
export type Admitted = { readonly sample: Sample; readonly oddTime: boolean } | undefined

/**
 * The last door before the agent. Devices say the same value again (a repeat each 100 s, a re-read after a reconnect)
 * and change their mind without changing its time (a status that turns bad); the store keeps one row per series and
 * time. So a series' readings leave here in rising time, each once:
 * - the same time and content again: nothing;
 * - after a gap or a bad reading, or with new content under an old time: stamped with `provedAt`, when it was proved;
 * - a time before the last one though there was a value (the device's clock stepped back): the same, and uncertain.
 */
export class ReadingGate {
  #last = new Map<string, Sample>()

  admit(place: Place, reading: Reading, provedAt: Millis): Admitted {
    const key = `${place.equipment}.${place.point}`
    const last = this.#last.get(key)
    if (last === undefined || reading.at > last.at)
      return { sample: this.#keep(key, place, reading), oddTime: false }
    const isSame = reading.at === last.at && reading.value === last.value && reading.quality === last.quality
    if (isSame) return undefined
    // A repeated reason for having no value is no news, whatever its time.
    if (reading.value === null && last.value === null && reading.quality === last.quality) return undefined
    // One millisecond keeps two rows apart where two things happen in one tick of the site clock.
    const at = Math.max(provedAt, last.at + 1)
    const stepsBack = last.value !== null && reading.at < last.at && reading.value !== null
    const kept: Reading = stepsBack ? { ...reading, quality: 'uncertain', at } : { ...reading, at }
    return { sample: this.#keep(key, place, kept), oddTime: stepsBack }
  }

  /** The path is lost: one stale reading for each series that had been seen and is not stale already. */
  lose(siteNow: Millis): readonly Sample[] {
    const stale: Sample[] = []
    for (const [key, last] of this.#last) {
      if (last.quality === 'stale') continue
      const { equipment, point } = last
      const at = Math.max(siteNow, last.at + 1)
      stale.push(this.#keep(key, { equipment, point }, { value: null, quality: 'stale', at }))
    }
    return stale
  }

  #keep(key: string, place: Place, reading: Reading): Sample {
    const sample: Sample = { equipment: place.equipment, point: place.point, ...reading }
    this.#last.set(key, sample)
    return sample
  }
}
