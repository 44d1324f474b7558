import { Failure } from '#contract/failure.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import type { PlantOptions } from '#simulators/plant/createPlant.ts'
import type { PlantParts } from '#simulators/plant/plantShell.ts'

export function immersionParts(options: PlantOptions<ImmersionSite>): PlantParts {
  throw new Failure('CONFIG_INVALID', `${options.site.name}: not built`)
}
