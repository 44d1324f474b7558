import { pointSpec, pointsOf } from '#contract/points.ts'
import { type Reading, seriesKey, splitSeriesKey } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import type { FieldPlant } from '#simulators/wire/face.ts'

/** Noon of a day in July. */
export const noon = Date.UTC(2025, 6, 1, 12)

/**
 * A plant of pigeonholes behind the real contract: it holds what is put in, clamps what is written, and closes a rack's
 * valve on its next step after a liquid isolation request. Enough to try the faces without physics.
 */
export function tinyPlant(
  site: Site,
): FieldPlant & { set(key: string, value: number | null, quality?: Reading['quality']): void } {
  const kinds = new Map(site.equipment.map(item => [item.id, item.kind]))
  const keys = site.equipment.flatMap(item => pointsOf(item.kind).map(([point]) => seriesKey(item.id, point)))
  const values = new Map<string, number | null>(
    keys.map(key => [key, key.endsWith('remoteEnable') ? 1 : key.endsWith('authority') ? 2 : 0]),
  )
  const qualities = new Map<string, Reading['quality']>()
  const faults = new Map<string, Fault>()
  let now: Millis = noon
  const specOf = (key: string) => {
    const { equipment, point } = splitSeriesKey(key)
    const kind = kinds.get(equipment)
    return kind === undefined ? undefined : pointSpec(kind, point)
  }
  const move = () => {
    for (const [id, kind] of kinds)
      if (kind === 'rack' && values.get(`${id}.liquidIsolationRequest`) === 1) {
        values.set(`${id}.controlValvePosition`, 0)
        values.set(`${id}.liquidIsolationStatus`, 1)
      }
  }
  return {
    site,
    keys,
    siteNow: () => now,
    advanceTo: siteAt => {
      if (siteAt > now) move()
      now = siteAt
    },
    read: key => {
      const value = values.get(key) ?? null
      const quality = qualities.get(key) ?? 'good'
      return quality === 'good' && value !== null
        ? { value, quality, at: now }
        : { value: null, quality: quality === 'good' ? 'bad' : (quality as 'bad'), at: now }
    },
    truthOf: key => values.get(key) ?? undefined,
    write: (key, value) => {
      const spec = specOf(key)
      if (!spec) return { taken: false, because: 'unknownPoint' }
      if (!spec.writable) return { taken: false, because: 'notWritable' }
      if (!Number.isFinite(value)) return { taken: false, because: 'notANumber' }
      const { equipment } = splitSeriesKey(key)
      if (values.get(`${equipment}.remoteEnable`) === 0) return { taken: false, because: 'localControl' }
      const held = Math.min(spec.range[1], Math.max(spec.range[0], value))
      values.set(key, held)
      return { taken: true, held }
    },
    setDevice: (key, value) => {
      values.set(key, value)
      return { taken: true, held: value }
    },
    set: (key, value, quality = 'good') => {
      values.set(key, value)
      qualities.set(key, quality)
    },
    inject: fault => {
      faults.set(fault.id, fault)
      if (fault.kind === 'leak') values.set(`${fault.place}.leak`, 1)
    },
    clear: id => {
      const fault = faults.get(id)
      if (fault?.kind === 'leak') values.set(`${fault.place}.leak`, 0)
      faults.delete(id)
    },
    activeFaults: () => [...faults.values()],
    energy: () => ({
      fromAt: noon,
      toAt: now,
      itKwh: 1,
      facilityKwh: 1.2,
      coolingKwh: 0.1,
      lossesKwh: 0.1,
      pue: 1.2,
      energyBalanceError: 0,
    }),
  }
}
