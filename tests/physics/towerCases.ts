import type { MerkelDesign } from '#models/physics/merkelTowers.ts'

/** Tower of EnergyPlus 9.2's example CoolingTower_VariableSpeed_Merkel, sized by its defaults: 25.6 °C wet bulb, 10 °F range, 7 °F approach. */
export const energyPlusTower: MerkelDesign = {
  waterFlowM3PerS: 0.00109181,
  airFlowM3PerS: 0.56055,
  wetBulbC: 25.6,
  rangeK: 5.56,
  approachK: 3.9,
  fanPowerW: 213.007,
  fanCurve: {
    speed: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    power: [
      0, 0.020982275, 0.027843038, 0.046465108, 0.082729139, 0.142515786, 0.231705701, 0.356179538,
      0.521817952, 0.734501596, 1,
    ],
  },
  uaCorrections: {
    wetBulb: [1, 0.0081, 0],
    airFraction: [0, 1.3, -0.3],
    waterFraction: [0.1082, 1.667, -0.7713],
  },
  freeConvectionFraction: 0.1,
}

/**
 * Minutes of two July days in Chicago as EnergyPlus 9.2 answered them (Modelica Buildings, Resources/Data/Fluid/HeatExchangers/
 * CoolingTowers/Validation/MerkelEnergyPlus, commit 13158946): dry bulb, wet bulb, water in, fan ratio, water out, fan W; 1.08879 kg/s.
 */
export const energyPlusMinutes = [
  { dryBulbC: 22.98, wetBulbC: 18.7021, waterInC: 30.5571, fan: 0, waterOutC: 29.9942, fanW: 0 },
  { dryBulbC: 23.007, wetBulbC: 18.6907, waterInC: 30.6858, fan: 0.2, waterOutC: 29.2888, fanW: 5.935 },
  { dryBulbC: 23.3, wetBulbC: 18.5587, waterInC: 31.5317, fan: 0.2, waterOutC: 29.9955, fanW: 5.935 },
  { dryBulbC: 23.3, wetBulbC: 18.558, waterInC: 31.9249, fan: 0.24203, waterOutC: 30, fanW: 7.226 },
  { dryBulbC: 23.69, wetBulbC: 18.6088, waterInC: 32.6612, fan: 0.31555, waterOutC: 30, fanW: 10.828 },
  { dryBulbC: 24.34, wetBulbC: 18.6727, waterInC: 33.2554, fan: 0.36966, waterOutC: 30, fanW: 14.818 },
  { dryBulbC: 26.55, wetBulbC: 18.671, waterInC: 33.7013, fan: 0.40767, waterOutC: 30, fanW: 18.42 },
  { dryBulbC: 27.025, wetBulbC: 18.7565, waterInC: 33.8575, fan: 0.42212, waterOutC: 30, fanW: 19.979 },
  { dryBulbC: 26.717, wetBulbC: 18.4001, waterInC: 33.813, fan: 0.41061, waterOutC: 30, fanW: 18.728 },
  { dryBulbC: 26.8, wetBulbC: 23.9149, waterInC: 36.6624, fan: 0.65784, waterOutC: 31.0857, fanW: 63.744 },
  { dryBulbC: 26.96, wetBulbC: 23.9481, waterInC: 36.7172, fan: 0.65541, waterOutC: 31.1405, fanW: 63.086 },
  { dryBulbC: 27.51, wetBulbC: 24.0513, waterInC: 36.8051, fan: 0.65429, waterOutC: 31.2284, fanW: 62.786 },
] as const
