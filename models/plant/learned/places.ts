import type { AnySite } from '#contract/site/anySite.ts'
import { coldPlateSiteOf } from '#contract/site/expandHybrid.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'

/** A CDU with its racks, or a tank: where heat is taken over, and what tells of it. */
export type Place = {
  readonly id: string
  /** Their sum is the place's IT power. */
  readonly itKeys: readonly string[]
  /** Their highest is the place's hottest chip. */
  readonly chipKeys: readonly string[]
  readonly valveKey: string
  readonly itNameplateKw: number
}

/** In the site's order, which is that of `OutsideConditions.itKw`. */
export function placesOf(site: AnySite): Place[] {
  switch (site.cooling) {
    case 'coldPlateTower':
      return cduPlaces(site, site.nameplate.itPerCduKw)
    case 'chilledHybrid':
      return cduPlaces(coldPlateSiteOf(site), site.nameplate.itPerCduKw)
    case 'immersionDryCooler':
      return site.equipment
        .filter(({ kind }) => kind === 'immersionTank')
        .map(({ id }) => ({
          id,
          itKeys: [`${id}.power`],
          chipKeys: [`${id}.chipTemperature`],
          valveKey: `${id}.valvePosition`,
          itNameplateKw: site.nameplate.itPerTankKw,
        }))
    default:
      return site satisfies never
  }
}

function cduPlaces(site: Site, itNameplateKw: number): Place[] {
  const graph = siteGraph(site)
  return graph.ofKind('cdu').map(({ id }) => {
    const racks = graph.racksOf(id)
    return {
      id,
      itKeys: racks.map(rack => `${rack}.power`),
      chipKeys: racks
        .flatMap(rack => graph.partsOf(rack))
        .filter(part => part.kind === 'tray')
        .map(tray => `${tray.id}.chipTemperature`),
      valveKey: `${id}.valvePosition`,
      itNameplateKw,
    }
  })
}
