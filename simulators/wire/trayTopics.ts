import type { Equipment, SiteCommon } from '#contract/site/site.ts'
import type { Plant } from '#simulators/plant/plant.ts'
import type { ServedPoint } from '#simulators/wire/face.ts'
import { servedPoints } from '#simulators/wire/watch.ts'

/**
 * Trays have no place in DSX. Their leak, chip temperature and power go by plain topics, as a cluster manager would
 * publish them: `trays/{rack}/{tray}/{point}`; the request to switch one off comes in on `…/powerRequest`.
 */
export const requestFilter = 'trays/+/+/powerRequest'

/** Tray `A1-t03` of rack `A1`, point `leak`: `trays/A1/t03/leak`. */
export function trayTopic(tray: Pick<Equipment, 'id' | 'partOf'>, point: string): string {
  const rack = tray.partOf
  if (rack === undefined || !tray.id.startsWith(`${rack}-`))
    throw new Error(`tray ${tray.id} is not named after its rack`)
  return `trays/${rack}/${tray.id.slice(rack.length + 1)}/${point}`
}

/** Every point of every tray that is seen by topics, with its topic. */
export function trayPoints(
  plant: Plant,
  site: SiteCommon,
): ReadonlyArray<ServedPoint & { readonly topic: string }> {
  const trays = site.equipment.filter(item => item.via === 'topics')
  const byId = new Map(trays.map(tray => [tray.id, tray]))
  return servedPoints(plant, trays).flatMap(served => {
    const tray = byId.get(served.equipment)
    return tray ? [{ ...served, topic: trayTopic(tray, served.point) }] : []
  })
}
