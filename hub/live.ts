import type { LiveValue } from '#contract/api.ts'
import { type Reading, type Sample, type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { Millis } from '#contract/units.ts'

/** The newest reading of every series: what screens show and alarms judge. Bounded by the site's own list of points. */
export type Live = {
  take(samples: readonly Sample[]): void
  /** The path to this equipment is lost: every point of it is stale as of `at`. */
  markStale(equipment: readonly string[], at: Millis): readonly Sample[]
  reading(equipment: string, point: string): Reading | undefined
  all(): Readonly<Record<string, LiveValue>>
  /** Changed since the last call by the same reader. */
  changedSince(reader: LiveReader): Readonly<Record<string, LiveValue>>
  reader(): LiveReader
  forget(reader: LiveReader): void
}
export type LiveReader = { readonly changed: Set<SeriesKey> }

/** One series. Kept and changed in place: a million values a second come through here. */
type Slot = {
  readonly key: SeriesKey
  newest: Reading
  /** The last reading with a value: of a series that is stale now it is shown with its age, never used. */
  lastWithValue: Reading | undefined
}

export function createLive(): Live {
  const slotsByEquipment = new Map<string, Map<string, Slot>>()
  const slots = new Map<SeriesKey, Slot>()
  const readers = new Set<LiveReader>()
  const slotsOf = (equipment: string): Map<string, Slot> => {
    let own = slotsByEquipment.get(equipment)
    if (!own) slotsByEquipment.set(equipment, (own = new Map()))
    return own
  }
  const keep = (own: Map<string, Slot>, sample: Sample): void => {
    let slot = own.get(sample.point)
    if (slot === undefined) {
      const key = seriesKey(sample.equipment, sample.point)
      slot = { key, newest: sample, lastWithValue: undefined }
      own.set(sample.point, slot)
      slots.set(key, slot)
    } else if (slot.newest.at > sample.at) {
      // A reading that comes late must not overwrite a newer one.
      return
    }
    slot.newest = sample
    if (sample.value !== null) slot.lastWithValue = sample
    if (readers.size > 0) for (const reader of readers) reader.changed.add(slot.key)
  }
  const view = ({ newest, lastWithValue }: Slot): LiveValue =>
    newest.quality === 'stale' && lastWithValue !== undefined
      ? [lastWithValue.value, 'stale', lastWithValue.at]
      : [newest.value, newest.quality, newest.at]
  return {
    take: samples => {
      let equipment: string | undefined
      let own: Map<string, Slot> | undefined
      for (const sample of samples) {
        // The values of one message are mostly of one equipment.
        if (own === undefined || sample.equipment !== equipment) {
          equipment = sample.equipment
          own = slotsOf(equipment)
        }
        keep(own, sample)
      }
    },
    markStale: (equipment, at) => {
      const stale: Sample[] = []
      for (const id of equipment) {
        const own = slotsOf(id)
        for (const [point, { newest }] of own) {
          if (newest.value === null) continue
          const sample = {
            equipment: id,
            point,
            value: null,
            quality: 'stale',
            at: Math.max(at, newest.at),
          } as const
          keep(own, sample)
          stale.push(sample)
        }
      }
      return stale
    },
    reading: (equipment, point) => slotsByEquipment.get(equipment)?.get(point)?.newest,
    all: () => Object.fromEntries([...slots].map(([key, slot]) => [key, view(slot)])),
    changedSince: reader => {
      const changed: Record<string, LiveValue> = {}
      for (const key of reader.changed) {
        const slot = slots.get(key)
        if (slot) changed[key] = view(slot)
      }
      reader.changed.clear()
      return changed
    },
    reader: () => {
      const reader = { changed: new Set<SeriesKey>(slots.keys()) }
      readers.add(reader)
      return reader
    },
    forget: reader => {
      readers.delete(reader)
    },
  }
}
