import { cdusAndRacks } from '#dashboards/panels/cdusAndRacks.ts'
import type { Dashboard } from '#dashboards/panels/panel.ts'
import { pueAndEnergy } from '#dashboards/panels/pueAndEnergy.ts'
import { siteOverview } from '#dashboards/panels/siteOverview.ts'

/** Every dashboard, in the order of a walk from the whole to the parts. */
export const dashboards: readonly Dashboard[] = [siteOverview, cdusAndRacks, pueAndEnergy]
