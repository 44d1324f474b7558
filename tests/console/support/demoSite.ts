import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { expandSite } from '#contract/site/expand.ts'
import { type Site, SiteFile } from '#contract/site/site.ts'

/** The small site as the hub would serve it; the design figures are round ones near its own. */
export function demoSite(): Site {
  const file = checked(
    SiteFile,
    parse(readFileSync(new URL('../../../simulators/sites/small.yaml', import.meta.url), 'utf8')),
    'small.yaml',
  )
  return expandSite(
    { ...file, simulated: true },
    {
      wetBulbC: 25.5,
      towerLeavingC: 30,
      facilitySupplyC: 32,
      cduSupplyC: 36,
      cduFlowLpm: 562,
      cduPrimaryFlowLpm: 680,
      facilityFlowLpm: 2700,
      towerFlowLpm: 2700,
      cduDpCommissionedKpa: 127.7,
      facilityDpCommissionedKpa: 158.7,
      fanPowerKw: 15.6,
    },
  )
}
