import { counterFlowHeatPerK } from '#models/physics/exchangers.ts'
import { componentNames, componentSpecs } from '#models/plant/components.ts'
import { nameplateModel, type PlantModel } from '#models/plant/model.ts'
import type { Conditions, Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import { predict } from '#models/plant/settle.ts'
import { resolveSite } from '#simulators/sites/sites.ts'

/** A plant whose truth is known: the same laws with own, hidden factors, and sensors with noise. */
export const site = resolveSite('small', { designWetBulbC: 25.6 })
export const priors = nameplatePriors(site)

/** Factors of a plant that has run for years: pumps 15 % worse, exchangers fouled, tower better than its plate. */
export function hiddenTruth(seed: number): Predictor {
  const random = seededRandom(seed)
  const model = nameplateModel(priors, seed)
  const parameters = Object.fromEntries(
    componentNames.map(name => [
      name,
      model.parameters[name].map(unit => {
        const drawn = componentSpecs[name].priorSd.map(
          (sd, f) => (componentSpecs[name].priorMean[f as 0] ?? 0) + 0.7 * sd * seededNormal(random),
        )
        return unit.map(() => drawn)
      }),
    ]),
  ) as unknown as PlantModel['parameters']
  return { priors, model: { ...model, parameters } }
}

export const startSettings: Settings = {
  towerLeavingC: 20,
  towerFlowPercent: 60,
  facilitySupplyC: 22,
  facilityDpKpa: 70,
  cduSupplyC: [27, 27, 27, 27],
  cduDpKpa: [60, 60, 60, 60],
}

export function measured(
  truth: Predictor,
  at: number,
  settings: Settings,
  conditions: Conditions,
  noise: () => number,
): PlantRow {
  const outcome = predict(truth, 0, settings, conditions)
  const seen = (value: number, share = 0.004) => value * (1 + share * noise())
  const warm = (value: number) => value + 0.03 * noise()
  const flowLpm = outcome.cdus.reduce((sum, cdu) => sum + cdu.primaryLpm, 0)
  const heatKw = outcome.cdus.reduce((sum, cdu) => sum + cdu.itKw + cdu.pumpKw, 0) + outcome.facilityPumpKw
  const towerLpm = (site.design.towerFlowLpm * settings.towerFlowPercent) / 100
  return {
    at,
    cdus: outcome.cdus.map((cdu, index) => ({
      itKw: seen(cdu.itKw, 0.002),
      supplyC: warm(settings.cduSupplyC[index]!),
      returnC: warm(settings.cduSupplyC[index]! + cdu.itKw / (priors.secondaryKwPerKLpm * cdu.flowLpm)),
      flowLpm: seen(cdu.flowLpm),
      dpKpa: seen(settings.cduDpKpa[index]!),
      primarySupplyC: warm(settings.facilitySupplyC),
      primaryReturnC: warm(
        settings.facilitySupplyC + (cdu.itKw + cdu.pumpKw) / (priors.facilityKwPerKLpm * cdu.primaryLpm),
      ),
      primaryFlowLpm: seen(cdu.primaryLpm),
      valvePercent: Math.min(100, seen(cdu.valvePercent)),
      pumpKw: seen(cdu.pumpKw),
      chipC: warm(cdu.chipC),
      supplySpC: settings.cduSupplyC[index]!,
      dpSpKpa: settings.cduDpKpa[index]!,
    })),
    facility: {
      supplyC: warm(settings.facilitySupplyC),
      returnC: warm(settings.facilitySupplyC + heatKw / (priors.facilityKwPerKLpm * flowLpm)),
      flowLpm: seen(flowLpm),
      dpKpa: seen(settings.facilityDpKpa),
      pumpKw: seen(outcome.facilityPumpKw),
      supplySpC: settings.facilitySupplyC,
      dpSpKpa: settings.facilityDpKpa,
    },
    tower: {
      leavingC: warm(settings.towerLeavingC),
      enteringC: warm(settings.towerLeavingC + heatKw / (priors.towerKwPerKLpm * towerLpm)),
      flowLpm: seen(towerLpm * Math.exp(truth.model.parameters.towerFlow[0]![0]![0]!)),
      fanKw: seen(outcome.towerFanKw),
      pumpKw: seen(outcome.towerPumpKw),
      leavingSpC: settings.towerLeavingC,
      flowSpPercent: settings.towerFlowPercent,
    },
    wetBulbC: conditions.wetBulbC,
    roomDewPointC: 10,
    facilityKw: seen(outcome.facilityKw, 0.0005),
    itKw: seen(outcome.itKw, 0.0005),
  }
}

/** Hours under something like `reset`: temperatures follow the wet bulb, pressures are trimmed, load wanders. */
export function history(truth: Predictor, hours: number, seed: number): PlantRow[] {
  const random = seededRandom(seed)
  const noise = () => seededNormal(random)
  return Array.from({ length: hours * 12 }, (_, i) => {
    const t = i / 12
    const wetBulbC = 15 + 3 * Math.sin(t / 3)
    const itKw = [0, 1, 2, 3].map(cdu => 170 + 40 * Math.sin(t * 0.9 + cdu) + 8 * noise())
    const facilitySupplyC = wetBulbC + 6
    const settings: Settings = {
      towerLeavingC: wetBulbC + 4,
      facilitySupplyC,
      towerFlowPercent: 60,
      facilityDpKpa: Math.max(55, 80 - 4 * t),
      cduSupplyC: [0, 1, 2, 3].map(() => facilitySupplyC + 4),
      cduDpKpa: [0, 1, 2, 3].map(() => Math.max(45, 76 - 5 * t)),
    }
    return measured(truth, i * rowMs, settings, { itKw, wetBulbC }, noise)
  })
}

/** The law itself, for a test that does not trust the model's own arithmetic. */
export const heatOf = counterFlowHeatPerK
