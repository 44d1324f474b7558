import { type AnySiteFile, loadPlacesOf } from '#contract/site/anySite.ts'
import { day, type Millis } from '#contract/units.ts'
import { standardOffsetMs } from '#contract/zoneTime.ts'
import type { Load } from '#simulators/load/load.ts'
import { hashOf, uniformAt } from '#simulators/plant/chance.ts'

/** A load whose days differ: each day of the site's standard time takes 0.90 to 1.05 of it, drawn by seed, never above nameplate. */
export function dayScaled(load: Load, site: AnySiteFile, seed: number): Load {
  const { count, nameplateKw } = loadPlacesOf(site)
  const offsetMs = standardOffsetMs(site.timeZone)
  const hash = hashOf(seed, 'load/bench/day')
  const shareOn = (siteAt: Millis): number =>
    0.9 + 0.15 * uniformAt(hash, Math.floor((siteAt + offsetMs) / day))
  const cduPowerKw = (cduIndex0: number, siteAt: Millis): number =>
    Math.min(nameplateKw, load.cduPowerKw(cduIndex0, siteAt) * shareOn(siteAt))
  return {
    name: `bench:${load.name}`,
    notes: [...load.notes, 'each day takes 90..105 % of the file, drawn by seed'],
    cduPowerKw,
    itFraction: siteAt => {
      let sumKw = 0
      for (let cdu = 0; cdu < count; cdu++) sumKw += cduPowerKw(cdu, siteAt)
      return sumKw / (count * nameplateKw)
    },
  }
}
