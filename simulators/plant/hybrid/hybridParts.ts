import { Failure } from '#contract/failure.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import type { PlantOptions } from '#simulators/plant/createPlant.ts'
import type { PlantParts } from '#simulators/plant/plantShell.ts'

export function hybridParts(options: PlantOptions<HybridSite>): PlantParts {
  throw new Failure('CONFIG_INVALID', `${options.site.name}: not built`)
}
