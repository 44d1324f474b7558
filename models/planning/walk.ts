import { rampStep } from '#contract/control/ramps.ts'
import type { Site } from '#contract/site/site.ts'
import type { DurationMs } from '#contract/units.ts'
import { type MoveName, steeredOf } from '#models/planning/limits.ts'
import type { Settings } from '#models/plant/predict.ts'

/** Where the settings stand on their way under a plan: each value walks at its ramp. */
export function walkedSettings(
  site: Site,
  from: Settings,
  way: { readonly target: Settings; readonly elapsedMs: DurationMs },
): Settings {
  const { target, elapsedMs } = way
  const one = (name: MoveName, held: number, wanted: number) =>
    rampStep({ site, steered: steeredOf[name], asker: 'plan', held, target: wanted, elapsedMs })
  return {
    towerLeavingC: one('towerLeavingC', from.towerLeavingC, target.towerLeavingC),
    towerFlowPercent: one('towerFlowPercent', from.towerFlowPercent, target.towerFlowPercent),
    facilitySupplyC: one('facilitySupplyC', from.facilitySupplyC, target.facilitySupplyC),
    facilityDpKpa: one('facilityDpKpa', from.facilityDpKpa, target.facilityDpKpa),
    cduSupplyC: from.cduSupplyC.map((value, cdu) =>
      one('cduSupplyC', value, target.cduSupplyC[cdu] as number),
    ),
    cduDpKpa: from.cduDpKpa.map((value, cdu) => one('cduDpKpa', value, target.cduDpKpa[cdu] as number)),
  }
}
