import { type ResetMemory, resetEveryMs, resetStep, startReset } from '#contract/control/reset.ts'
import { junctionsOf } from '#models/planning/judge.ts'
import type { Conditions, Outcome, Predictor, Settings } from '#models/plant/predict.ts'
import { predict } from '#models/plant/settle.ts'

/** What `reset` would settle to under these conditions, by its own rules on the model of the plant. */
export type ResetCourse = {
  readonly settings: Settings
  /** Facility and cooling power, mean over the last hour of steps: `reset` trims and responds, it never stands still. */
  readonly facilityKw: number
  readonly coolingKw: number
}

/** Two hours bring both pressures from start to floor (20 steps of 1.5 %); the third is averaged. */
const settlingSteps = 24
const averagedSteps = 12

export function resetCourse(of: Predictor, conditions: Conditions, approachK: number): ResetCourse {
  const { site } = of.priors
  const cduIds = conditions.itKw.map((_, cdu) => String(cdu))
  const heatFraction = conditions.itKw.reduce((sum, kw) => sum + kw, 0) / of.priors.itPlateKw
  let memory = startReset(site, cduIds)
  let settings = asSettings(memory, cduIds)
  let outcome: Outcome = predict(of, 0, settings, conditions)
  let facilityKw = 0
  let coolingKw = 0
  for (let step = 0; step < settlingSteps + averagedSteps; step++) {
    const inputs = {
      wetBulbC: conditions.wetBulbC,
      heatFraction,
      facilitySupplyC: Math.max(settings.facilitySupplyC, outcome.facilityReachableC),
      cdus: outcome.cdus.map((cdu, index) => ({
        id: String(index),
        chipMarginK: site.nameplate.chip.limitC - cdu.chipC,
        valvePercent: Math.min(100, cdu.valvePercent),
      })),
    }
    memory = resetStep(site, memory, inputs, step * resetEveryMs, approachK)
    settings = asSettings(memory, cduIds)
    outcome = predict(of, 0, settings, conditions)
    if (step < settlingSteps) continue
    facilityKw += outcome.facilityKw / averagedSteps
    coolingKw += outcome.coolingKw / averagedSteps
  }
  return { settings, facilityKw, coolingKw }
}

function asSettings(memory: ResetMemory, cduIds: readonly string[]): Settings {
  const { setpoints } = memory
  const cdu = (id: string) => setpoints.cdus[id] ?? { supplyC: Number.NaN, dpKpa: Number.NaN }
  return {
    towerLeavingC: setpoints.towerLeavingC,
    towerFlowPercent: setpoints.towerFlowPercent,
    facilitySupplyC: setpoints.facilitySupplyC,
    facilityDpKpa: setpoints.facilityDpKpa,
    cduSupplyC: cduIds.map(id => cdu(id).supplyC),
    cduDpKpa: cduIds.map(id => cdu(id).dpKpa),
  }
}

/** Conditions with today's IT power tied to the junction temperatures at which it is drawn. */
export const withLeakage = (
  of: Predictor,
  held: Settings,
  conditions: Conditions,
  at: { member: number; perK: number },
): Conditions => ({
  itKw: conditions.itKw,
  wetBulbC: conditions.wetBulbC,
  leakage: { referenceC: junctionsOf(of, held, conditions, at.member), perK: at.perK },
})
