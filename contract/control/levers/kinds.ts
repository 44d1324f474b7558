import { coldPlateKind } from '#contract/control/levers/coldPlate.ts'
import { hybridKind } from '#contract/control/levers/hybrid.ts'
import { immersionKind } from '#contract/control/levers/immersion.ts'
import type { CoolingKind } from '#contract/control/levers/lever.ts'
import type { AnySite } from '#contract/site/anySite.ts'

/** Levers and `reset` of a site's kind of cooling. */
export function kindOf(site: AnySite): CoolingKind {
  switch (site.cooling) {
    case 'coldPlateTower':
      return coldPlateKind(site)
    case 'immersionDryCooler':
      return immersionKind(site)
    case 'chilledHybrid':
      return hybridKind(site)
    default:
      return site satisfies never
  }
}
