import { HybridSite, HybridSiteFile } from '#contract/site/chilledHybrid.ts'
import { ImmersionSite, ImmersionSiteFile } from '#contract/site/immersion.ts'
import { Site, SiteFile } from '#contract/site/site.ts'

/** How a site is cooled: which plant stands behind its file. */
export const coolings = ['coldPlateTower', 'chilledHybrid', 'immersionDryCooler'] as const
export type Cooling = (typeof coolings)[number]

/** A site's file, as a person writes it, of any kind of cooling. */
export type AnySiteFile = SiteFile | HybridSiteFile | ImmersionSiteFile
export const siteFileOf = {
  coldPlateTower: SiteFile,
  chilledHybrid: HybridSiteFile,
  immersionDryCooler: ImmersionSiteFile,
} as const satisfies Readonly<Record<Cooling, unknown>>

/** A site with its design and its expanded graph, of any kind of cooling. */
export type AnySite = Site | HybridSite | ImmersionSite
export const siteOf = {
  coldPlateTower: Site,
  chilledHybrid: HybridSite,
  immersionDryCooler: ImmersionSite,
} as const satisfies Readonly<Record<Cooling, unknown>>

/** Where the load of a site goes: CDUs or tanks, and the nameplate of one. */
export const loadPlacesOf = (site: AnySiteFile): { readonly count: number; readonly nameplateKw: number } =>
  site.cooling === 'immersionDryCooler'
    ? { count: site.layout.tanks, nameplateKw: site.nameplate.itPerTankKw }
    : { count: site.layout.cdus, nameplateKw: site.nameplate.itPerCduKw }
