import { Failure } from '#contract/failure.ts'
import type { HybridSite, HybridSiteFile } from '#contract/site/chilledHybrid.ts'
import type { Climate } from '#simulators/sites/sites.ts'

export function hybridSiteOf(file: HybridSiteFile, _climate: Climate): HybridSite {
  throw new Failure('CONFIG_INVALID', `${file.name}: not built`)
}
