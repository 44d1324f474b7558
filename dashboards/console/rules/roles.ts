import type { MeterRole } from '#contract/site/site.ts'

/**
 * Roles whose energy is cooling energy. The contract's list stands beside its schemas, which the browser need not
 * load (a third of the page's script); a test holds the two equal.
 */
export const coolingRoles: readonly MeterRole[] = [
  'cduPumps',
  'facilityPumps',
  'towerFans',
  'towerPumps',
  'chillers',
  'crahs',
  'dryCoolers',
]
