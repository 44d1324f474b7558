import type { AnySite } from '#contract/site/anySite.ts'
import { coldPlateKind } from '#simulators/backtest/coldPlateLevers.ts'
import { hybridKind } from '#simulators/backtest/hybridLevers.ts'
import { immersionKind } from '#simulators/backtest/immersionLevers.ts'
import type { BacktestKind } from '#simulators/backtest/levers.ts'

/** Levers and `reset` of a site's kind of cooling. */
export function kindOf(site: AnySite): BacktestKind {
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
