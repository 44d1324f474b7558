import type { AnySite } from '#contract/site/anySite.ts'
import { learnHybrid } from '#models/plant/hybrid/learnHybrid.ts'
import { learnImmersion } from '#models/plant/immersion/learnImmersion.ts'
import { learnColdPlate } from '#models/plant/learned/coldPlate.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** A plant of any kind from its telemetry and nameplate. */
export function learnPlant(
  site: AnySite,
  table: TelemetryTable,
  options: { readonly seed: number },
): Promise<LearnedPlant> {
  switch (site.cooling) {
    case 'coldPlateTower':
      return learnColdPlate(site, table, options)
    case 'immersionDryCooler':
      return learnImmersion(site, table, options)
    case 'chilledHybrid':
      return learnHybrid(site, table, options)
    default:
      return site satisfies never
  }
}
