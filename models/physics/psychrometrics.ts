/**
 * Moist air. Equations of ASHRAE Handbook Fundamentals 2017, chapter 1; Hyland and Wexler 1983 for saturation.
 * Temperatures in °C, pressures in Pa, humidity ratio in kg water per kg dry air, enthalpy in kJ per kg dry air.
 */

export const standardPressurePa = 101_325

/**
 * Saturation pressure of water vapour, over ice below 0.01 °C and over liquid above; -100..200 °C, within 0.03 %.
 * 25 °C gives 3169 Pa, -20 °C gives 103.2 Pa.
 */
export function saturationPressurePa(temperatureC: number): number {
  const t = temperatureC + 273.15
  if (temperatureC <= 0.01)
    return Math.exp(
      -5.6745359e3 / t +
        6.3925247 -
        9.677843e-3 * t +
        6.2215701e-7 * t * t +
        2.0747825e-9 * t ** 3 -
        9.484024e-13 * t ** 4 +
        4.1635019 * Math.log(t),
    )
  return Math.exp(
    -5.8002206e3 / t +
      1.3914993 -
      4.8640239e-2 * t +
      4.1764768e-5 * t * t -
      1.4452093e-8 * t ** 3 +
      6.5459673 * Math.log(t),
  )
}

/** Humidity ratio of saturated air: 25 °C at 101,325 Pa gives 0.0202 kg/kg. */
export function saturationHumidityRatio(temperatureC: number, pressurePa: number): number {
  const vapourPa = saturationPressurePa(temperatureC)
  return (0.621945 * vapourPa) / (pressurePa - vapourPa)
}

/** Enthalpy of moist air above dry air at 0 °C: 25 °C with 0.0202 kg/kg gives 76.3 kJ/kg. */
export const moistAirEnthalpyKjPerKg = (temperatureC: number, humidityRatio: number): number =>
  1.006 * temperatureC + humidityRatio * (2501 + 1.86 * temperatureC)

/** Enthalpy of saturated air: 25 °C at 101,325 Pa gives 76.3 kJ/kg. */
export const saturatedEnthalpyKjPerKg = (temperatureC: number, pressurePa: number): number =>
  moistAirEnthalpyKjPerKg(temperatureC, saturationHumidityRatio(temperatureC, pressurePa))

/** Humidity ratio from relative humidity: 30 °C, 50 %, 101,325 Pa gives 0.0133 kg/kg. */
export function humidityRatioOf(air: {
  dryBulbC: number
  relativeHumidityPercent: number
  pressurePa: number
}): number {
  const vapourPa = (air.relativeHumidityPercent / 100) * saturationPressurePa(air.dryBulbC)
  return (0.621945 * vapourPa) / (air.pressurePa - vapourPa)
}

/** Humidity ratio that a dry bulb and a wet bulb stand for; the wick is ice below 0 °C. ASHRAE equations 33 and 35. */
export function humidityRatioFromWetBulb(air: {
  dryBulbC: number
  wetBulbC: number
  pressurePa: number
}): number {
  const saturated = saturationHumidityRatio(air.wetBulbC, air.pressurePa)
  if (air.wetBulbC < 0)
    return (
      ((2830 - 0.24 * air.wetBulbC) * saturated - 1.006 * (air.dryBulbC - air.wetBulbC)) /
      (2830 + 1.86 * air.dryBulbC - 2.1 * air.wetBulbC)
    )
  return (
    ((2501 - 2.326 * air.wetBulbC) * saturated - 1.006 * (air.dryBulbC - air.wetBulbC)) /
    (2501 + 1.86 * air.dryBulbC - 4.186 * air.wetBulbC)
  )
}

/**
 * Wet bulb from dry bulb and relative humidity at any pressure. 30 °C, 50 % at 101,325 Pa gives 22.0 °C; at 83,000 Pa
 * (1,650 m) 21.6 °C.
 */
export function wetBulbC(air: {
  dryBulbC: number
  relativeHumidityPercent: number
  pressurePa: number
}): number {
  if (air.relativeHumidityPercent >= 100) return air.dryBulbC
  return wetBulbFromHumidityRatioC({ ...air, humidityRatio: humidityRatioOf(air) })
}

/**
 * Wet bulb from dry bulb and humidity ratio, by bisection between dew point and dry bulb: 40 halvings of at most 150 K leave
 * 1e-10 K. A wick at 0 °C may be wet or frozen and both read true over about 0.7 K; the halving settles on one of the two.
 * 30 °C with 0.0192281 kg/kg at 95,461 Pa gives 25.0 °C; -1 °C with 0.0012040 kg/kg gives -5.0 °C (ASHRAE equations 33, 35).
 */
export function wetBulbFromHumidityRatioC(air: {
  dryBulbC: number
  humidityRatio: number
  pressurePa: number
}): number {
  let low = dewPointFromHumidityRatioC(air)
  let high = air.dryBulbC
  if (low >= high) return high
  for (let halving = 0; halving < 40; halving++) {
    const middle = (low + high) / 2
    if (humidityRatioFromWetBulb({ ...air, wetBulbC: middle }) > air.humidityRatio) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/** Temperature at which the air's vapour saturates: 24 °C, 45 % gives 11.3 °C. */
export function dewPointC(air: { dryBulbC: number; relativeHumidityPercent: number }): number {
  const vapourPa = (Math.min(100, air.relativeHumidityPercent) / 100) * saturationPressurePa(air.dryBulbC)
  return saturationTemperatureC(vapourPa, air.dryBulbC)
}

/** Dew point from humidity ratio; never above the dry bulb. 40 °C with 0.0065 kg/kg at 101,325 Pa gives 7.4 °C. */
export function dewPointFromHumidityRatioC(air: {
  dryBulbC: number
  humidityRatio: number
  pressurePa: number
}): number {
  const vapourPa = vapourPressurePa(air.humidityRatio, air.pressurePa)
  return saturationTemperatureC(vapourPa, air.dryBulbC)
}

/** Vapour's part of the pressure: 0.0133 kg/kg at 101,325 Pa is 2,120 Pa. */
export const vapourPressurePa = (humidityRatio: number, pressurePa: number): number =>
  (pressurePa * humidityRatio) / (0.621945 + humidityRatio)

/** Temperature of saturation at a vapour pressure, -100 °C to a highest; bisection, 45 halvings leave 1e-11 K. */
function saturationTemperatureC(vapourPa: number, highestC: number): number {
  let low = -100
  let high = highestC
  for (let halving = 0; halving < 45; halving++) {
    const middle = (low + high) / 2
    if (saturationPressurePa(middle) > vapourPa) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/** Relative humidity from dry bulb and dew point: 24 °C with dew point 11.3 °C gives 45 %. */
export const relativeHumidityPercentOf = (air: { dryBulbC: number; dewPointC: number }): number =>
  Math.min(100, (100 * saturationPressurePa(air.dewPointC)) / saturationPressurePa(air.dryBulbC))

/** Temperature of saturated air that holds an enthalpy: 76.3 kJ/kg at 101,325 Pa gives 25.0 °C. Range -80..90 °C. */
export function saturatedTemperatureOfEnthalpyC(enthalpyKjPerKg: number, pressurePa: number): number {
  let low = -80
  // Water boils at the pressure: saturated air ends a little below.
  let high = Math.min(90, saturationTemperatureC(0.95 * pressurePa, 200))
  for (let halving = 0; halving < 45; halving++) {
    const middle = (low + high) / 2
    if (saturatedEnthalpyKjPerKg(middle, pressurePa) > enthalpyKjPerKg) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/**
 * Density of moist air, kg of mixture per m³ (ASHRAE equation 26 with the vapour's mass): 30 °C, 0.02 kg/kg, 95,461 Pa gives
 * 1.084 kg/m³; dry air at 20 °C and 101,325 Pa 1.204 kg/m³.
 */
export const moistAirDensityKgPerM3 = (air: {
  dryBulbC: number
  humidityRatio: number
  pressurePa: number
}): number =>
  (air.pressurePa * (1 + air.humidityRatio)) /
  (287.042 * (air.dryBulbC + 273.15) * (1 + 1.607858 * air.humidityRatio))
