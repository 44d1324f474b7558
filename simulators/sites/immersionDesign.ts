import { Failure } from '#contract/failure.ts'
import type { ImmersionSite, ImmersionSiteFile } from '#contract/site/immersion.ts'
import type { Climate } from '#simulators/sites/sites.ts'

export function immersionSiteOf(file: ImmersionSiteFile, _climate: Climate): ImmersionSite {
  throw new Failure('CONFIG_INVALID', `${file.name}: not built`)
}
