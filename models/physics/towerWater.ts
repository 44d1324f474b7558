import {
  humidityRatioFromWetBulb,
  moistAirEnthalpyKjPerKg,
  saturatedTemperatureOfEnthalpyC,
  saturationHumidityRatio,
} from '#models/physics/psychrometrics.ts'

/**
 * Water evaporated by a tower from the balance of its air, kg/s: the heat raises the enthalpy of the entering air, which leaves
 * saturated; what it holds more has evaporated (EnergyPlus Engineering Reference, saturated exit). 1,000 kW into 24 kg/s of air at
 * 35 °C with 25.6 °C wet bulb evaporates 0.40 kg/s (98 % of the heat as vapour); at 5 °C with 3 °C wet bulb 0.25 kg/s (61 %):
 * a constant share would miss a third of it in winter. Never negative: air cooled below its dew point takes no water up.
 */
export function evaporationKgPerS(tower: {
  heatKw: number
  airKgPerS: number
  dryBulbC: number
  wetBulbC: number
  pressurePa: number
}): number {
  if (tower.heatKw <= 0 || tower.airKgPerS <= 0) return 0
  const humidityRatio = Math.max(0, humidityRatioFromWetBulb(tower))
  const enthalpy = moistAirEnthalpyKjPerKg(tower.dryBulbC, humidityRatio) + tower.heatKw / tower.airKgPerS
  const leavingC = saturatedTemperatureOfEnthalpyC(enthalpy, tower.pressurePa)
  return Math.max(0, tower.airKgPerS * (saturationHumidityRatio(leavingC, tower.pressurePa) - humidityRatio))
}

/**
 * Water that a pad takes up while it cools air along its wet bulb, kg/s. 250 kg/s of air from 35 °C with 22 °C wet bulb over a
 * pad of 70 % evaporates 0.95 kg/s.
 */
export function padWaterKgPerS(pad: {
  airKgPerS: number
  dryBulbC: number
  afterC: number
  wetBulbC: number
  pressurePa: number
}): number {
  const before = humidityRatioFromWetBulb(pad)
  const after = humidityRatioFromWetBulb({ ...pad, dryBulbC: pad.afterC })
  return Math.max(0, pad.airKgPerS * (after - before))
}
