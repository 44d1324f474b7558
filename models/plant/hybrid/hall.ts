import { type AirOutcome, airAtRest, type HybridPredictor } from '#models/plant/hybrid/air.ts'
import { hybridFeatures, liquidPart } from '#models/plant/hybrid/components.ts'
import { hybridFactor } from '#models/plant/hybrid/model.ts'
import type { OutsideConditions } from '#models/plant/learned/learnedPlant.ts'
import { type CduOutcome, predictCdu } from '#models/plant/predict.ts'

/** What may be set. CDU arrays are in the order of the site's CDUs. */
export type HybridSettings = {
  readonly cduSupplyC: readonly number[]
  readonly cduDpKpa: readonly number[]
  readonly chilledWaterC: number
  readonly crahSupplyC: number
  readonly crahAirPercent: number
  readonly towerLeavingC: number
  readonly towerFlowPercent: number
  readonly facilityDpKpa: number
  readonly economiserMode: number
}

/** `itKw` is told with the chips' temperature at which it was drawn, or taken as it is; the same holds of the air. */
export type HybridConditions = OutsideConditions & {
  /** Air into the servers when `itKw` was drawn: their fans draw more over 24 °C. Absent: no warmer than that. */
  readonly airInletC?: number
}

/** What CDUs and CRAHs take from the chilled water and give back to it. */
export type Hall = {
  readonly cdus: readonly CduOutcome[]
  readonly air: AirOutcome
  readonly rackKw: number
  readonly cduPumpKw: number
  readonly loadKw: number
  readonly loadLpm: number
}

/** CDUs and CRAHs on chilled water of this temperature and pressure. */
export function hallAtRest(
  of: HybridPredictor,
  member: number,
  settings: HybridSettings,
  conditions: HybridConditions,
  water: { supplyC: number; dpKpa: number },
): Hall {
  const { priors, model } = of
  const { leakage } = conditions
  // As it is, the power was drawn under these settings; else under those at which the chips were as told.
  const drawnAtC =
    conditions.airInletC ?? (leakage ? priors.site.nameplate.air.serverFanFromC : settings.crahSupplyC)
  const part = liquidPart(
    priors,
    hybridFactor(model, 'liquidShare', member, hybridFeatures.liquidShare()),
    drawnAtC,
  )
  const liquidSettings = {
    towerLeavingC: settings.towerLeavingC,
    towerFlowPercent: settings.towerFlowPercent,
    facilitySupplyC: water.supplyC,
    facilityDpKpa: water.dpKpa,
    cduSupplyC: settings.cduSupplyC,
    cduDpKpa: settings.cduDpKpa,
  }
  const liquidConditions = {
    itKw: conditions.itKw.map(itKw => itKw * part),
    wetBulbC: conditions.wetBulbC,
    ...(leakage ? { leakage } : {}),
  }
  const liquid = { priors: priors.liquid, model: model.coldPlates }
  const cdus = conditions.itKw.map((_, cdu) =>
    predictCdu(liquid, member, cdu, liquidSettings, liquidConditions),
  )
  let liquidKw = 0
  let cduPumpKw = 0
  let primaryLpm = 0
  for (const cdu of cdus) {
    liquidKw += cdu.itKw
    cduPumpKw += cdu.pumpKw
    primaryLpm += cdu.primaryLpm
  }
  const air = airAtRest(of, member, {
    // Leakage is the chips' and takes its part of the air's heat along.
    heatKw: (liquidKw * (1 - part)) / part,
    fansAtC: leakage ? drawnAtC : undefined,
    supplyC: settings.crahSupplyC,
    airPercent: settings.crahAirPercent,
    chilledC: water.supplyC,
    dpKpa: water.dpKpa,
  })
  const rackKw = liquidKw + air.heatKw
  return {
    cdus,
    air,
    rackKw,
    cduPumpKw,
    loadKw: rackKw + cduPumpKw + air.fanKw,
    loadLpm: primaryLpm + air.waterLpm,
  }
}
