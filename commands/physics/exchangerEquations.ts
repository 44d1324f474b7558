import Type from 'typebox'
import {
  choice,
  type Equation,
  equation,
  exactlyOne,
  fraction,
  number,
  numbers,
  positive,
  record,
  refused,
  risingTogether,
  takes,
  temperature,
} from '#commands/physics/equation.ts'
import { waterSideEconomiser } from '#models/physics/airCooling.ts'
import { cduAtFlows, cduAtSetpoint } from '#models/physics/cdus.ts'
import { coldPlateResistanceKPerW, leakageFactor } from '#models/physics/coldPlates.ts'
import {
  effectiveness,
  filmsConductanceKwPerK,
  highestEffectiveness,
  ntuOf,
} from '#models/physics/exchangers.ts'

const arrangements = { counterFlow: 'counter', parallelFlow: 'parallel', crossFlowUnmixed: 'cross' } as const
type ArrangementWord = keyof typeof arrangements

const cduDesign = record(
  {
    heatW: positive('design heat, W'),
    rackReturnC: temperature('from the racks'),
    rackSupplyC: temperature('to the racks'),
    facilitySupplyC: temperature('from the plant'),
    facilityReturnC: temperature('to the plant'),
    exponent: number('hA ∝ flow^exponent on both sides', { minimum: 0, maximum: 1 }),
    facilityFlowFractionMax: Type.Optional(
      positive('flow of the open valve ÷ design, 1 where it is not given'),
    ),
  },
  'design point of the CDU',
)

type FourTemperatures = {
  rackReturnC: number
  rackSupplyC: number
  facilitySupplyC: number
  facilityReturnC: number
}

/** Heat flows from the racks to the plant at both ends, or there is no such exchanger. */
function refuseCrossedDesign(design: FourTemperatures, fn: string): void {
  const { rackReturnC, rackSupplyC, facilitySupplyC, facilityReturnC } = design
  if (
    rackReturnC > rackSupplyC &&
    facilityReturnC > facilitySupplyC &&
    rackSupplyC > facilitySupplyC &&
    rackReturnC > facilityReturnC
  )
    return
  throw refused(
    `${fn}: design ${rackReturnC} → ${rackSupplyC} °C against ${facilitySupplyC} → ${facilityReturnC} °C; allowed is a counter flow that is warmer on the rack side at both ends, cooling there and warming on the facility side`,
  )
}

export const exchangerEquations: Readonly<Record<string, Equation>> = {
  effectivenessNtu: equation(
    'effectiveness from NTU or NTU from effectiveness',
    takes({
      arrangement: choice(Object.keys(arrangements) as ArrangementWord[], 'arrangement'),
      capacityRatio: fraction('smaller ÷ larger capacity flow'),
      ntu: Type.Optional(number('UA ÷ smaller capacity flow', { minimum: 0, maximum: 1e6 })),
      effectiveness: Type.Optional(number('share of the largest possible heat', { minimum: 0, maximum: 1 })),
    }),
    (asked, fn) => {
      exactlyOne(asked, fn, ['ntu', 'effectiveness'])
      const arrangement = arrangements[asked.arrangement as ArrangementWord]
      const ratio = asked.capacityRatio
      if (asked.ntu !== undefined)
        return { effectiveness: effectiveness(arrangement, { ntu: asked.ntu, ratio }), ntu: asked.ntu }
      const wanted = asked.effectiveness as number
      const highest = highestEffectiveness(arrangement, ratio)
      if (wanted >= highest)
        throw refused(
          `${fn}: effectiveness = ${wanted}; allowed is below ${highest.toFixed(4)} in ${asked.arrangement} at capacityRatio ${ratio}`,
        )
      return { effectiveness: wanted, ntu: ntuOf(arrangement, { effectiveness: wanted, ratio }) }
    },
  ),
  filmConductance: equation(
    'UA of two films in series away from design, each hA ∝ flow^exponent',
    takes({
      designUaWPerK: positive('UA at design, W/K'),
      hotFlowFraction: number('hot flow ÷ design', { minimum: 0, maximum: 10 }),
      coldFlowFraction: number('cold flow ÷ design', { minimum: 0, maximum: 10 }),
      hotExponent: fraction('exponent on the hot side'),
      coldExponent: fraction('exponent on the cold side'),
      hotToCold: Type.Optional(positive('hA hot ÷ hA cold at design, 1 where it is not given')),
    }),
    asked => ({
      uaWPerK: filmsConductanceKwPerK(asked.designUaWPerK, {
        hot: { fraction: asked.hotFlowFraction, exponent: asked.hotExponent },
        cold: { fraction: asked.coldFlowFraction, exponent: asked.coldExponent },
        hotToCold: asked.hotToCold ?? 1,
      }),
    }),
  ),
  cduHeatExchanger: equation(
    'plate exchanger of a CDU at given flows, or the facility flow that holds a rack supply',
    takes({
      design: cduDesign,
      rackHeatW: number('heat of the racks, W', { minimum: 0 }),
      facilitySupplyC: temperature('from the plant'),
      rackFlowFraction: positive('rack flow ÷ design'),
      facilityFlowFraction: Type.Optional(positive('facility flow ÷ design')),
      rackSupplySetpointC: Type.Optional(temperature('rack supply to hold')),
    }),
    (asked, fn) => {
      exactlyOne(asked, fn, ['facilityFlowFraction', 'rackSupplySetpointC'])
      refuseCrossedDesign(asked.design, fn)
      const { heatW, facilityFlowFractionMax = 1, ...temperatures } = asked.design
      const design = { ...temperatures, heatKw: heatW / 1000 }
      const moment = { ...asked, rackHeatKw: asked.rackHeatW / 1000 }
      const state =
        asked.facilityFlowFraction === undefined
          ? cduAtSetpoint(design, moment, {
              rackSupplyC: asked.rackSupplySetpointC as number,
              facilityFlowFractionMax,
            })
          : { ...cduAtFlows(design, moment, asked.facilityFlowFraction), saturated: false }
      const { rackSupplyC, rackReturnC, facilityReturnC, facilityFlowFraction, saturated } = state
      return { rackSupplyC, rackReturnC, facilityReturnC, facilityFlowFraction, saturated }
    },
  ),
  coldPlate: equation(
    'case temperature of a cold plate by its measured resistance',
    takes({
      curve: record(
        {
          flowLpm: numbers('flows, L/min, rising', 1),
          resistanceKPerW: numbers('resistance case to inlet, K/W', 1),
        },
        'resistance against flow',
      ),
      flowLpm: positive('flow, L/min'),
      inletC: temperature('coolant entering'),
      heatW: number('heat of the plate, W', { minimum: 0 }),
    }),
    ({ curve, flowLpm, inletC, heatW }, fn) => {
      risingTogether(fn, 'curve', { flowLpm: curve.flowLpm, resistanceKPerW: curve.resistanceKPerW })
      if (curve.flowLpm[0]! <= 0 || Math.min(...curve.resistanceKPerW) <= 0)
        throw refused(`${fn}: curve holds a number that is not above 0; only those are allowed`)
      return { caseC: inletC + coldPlateResistanceKPerW(curve, flowLpm) * heatW }
    },
  ),
  leakage: equation(
    'growth of IT power with the chips’ temperature, 1 at 65 °C',
    takes({
      meanJunctionC: temperature('mean junction temperature'),
      leakagePerK: number('growth at 65 °C per kelvin, 0.0015 is 0.15 %/K', { minimum: 0, maximum: 0.1 }),
    }),
    ({ meanJunctionC, leakagePerK }) => ({ powerFactor: leakageFactor(meanJunctionC, leakagePerK) }),
  ),
  waterSideEconomiser: equation(
    'what a plate exchanger before the chillers takes',
    takes({
      returnC: temperature('chilled water returning'),
      setpointC: temperature('chilled water wanted'),
      chilledWPerK: positive('capacity flow of chilled water, W/K'),
      towerSupplyC: temperature('tower water'),
      towerWPerK: positive('capacity flow of tower water, W/K'),
      uaWPerK: positive('UA of the plates, W/K'),
    }),
    asked => {
      const { heatKw, ...rest } = waterSideEconomiser({
        ...asked,
        chilledKwPerK: asked.chilledWPerK / 1000,
        towerKwPerK: asked.towerWPerK / 1000,
        uaKwPerK: asked.uaWPerK / 1000,
      })
      return { ...rest, heatW: 1000 * heatKw }
    },
  ),
}
