import type { AnySite } from '#contract/site/anySite.ts'
import { learnHybrid } from '#models/plant/hybrid/learnHybrid.ts'
import { learnImmersion } from '#models/plant/immersion/learnImmersion.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** Sites that are planned through their levers; cold plates on towers have a planner of their own. */
export type LeverSite = Exclude<AnySite, { readonly cooling: 'coldPlateTower' }>

/** A plant from its telemetry and nameplate. */
export function learnPlant(
  site: LeverSite,
  table: TelemetryTable,
  options: { readonly seed: number },
): Promise<LearnedPlant> {
  switch (site.cooling) {
    case 'immersionDryCooler':
      return learnImmersion(site, table, options)
    case 'chilledHybrid':
      return learnHybrid(site, table, options)
    default:
      return site satisfies never
  }
}
