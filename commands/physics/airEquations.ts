import Type from 'typebox'
import {
  choice,
  type Equation,
  equation,
  exactlyOne,
  fraction,
  number,
  positive,
  pressurePa,
  refused,
  takes,
  temperature,
} from '#commands/physics/equation.ts'
import {
  capacityFlowKwPerK,
  coolantNames,
  densityKgPerL,
  freezingPointC,
  heatCapacityKjPerKgK,
} from '#models/physics/coolants.ts'
import {
  dewPointC,
  dewPointFromHumidityRatioC,
  humidityRatioOf,
  moistAirDensityKgPerM3,
  moistAirEnthalpyKjPerKg,
  saturationPressurePa,
  wetBulbFromHumidityRatioC,
} from '#models/physics/psychrometrics.ts'
import {
  propyleneGlycol,
  waterConductivityWPerMK,
  waterViscosityMpaS,
} from '#models/physics/transportProperties.ts'

const relativeHumidity = Type.Optional(
  fraction('relative humidity as a FRACTION: 0.45 is 45 %, 1 is saturated; per cent are refused'),
)
const humidityRatio = Type.Optional(
  number('humidity ratio, kg water per kg dry air', { minimum: 0, maximum: 1 }),
)

type Humid = {
  dryBulbC: number
  relativeHumidity?: number
  humidityRatio?: number
  pressurePa: number
}

/** Humidity ratio of either form. */
function ratioOf(air: Humid, fn: string): number {
  exactlyOne(air, fn, ['relativeHumidity', 'humidityRatio'])
  if (air.humidityRatio !== undefined) return air.humidityRatio
  const share = air.relativeHumidity as number
  const vapourPa = share * saturationPressurePa(air.dryBulbC)
  if (vapourPa >= 0.98 * air.pressurePa)
    throw refused(
      `${fn}: relativeHumidity = ${share} at ${air.dryBulbC} °C is ${Math.round(vapourPa)} Pa of vapour; allowed is less than the pressure of ${air.pressurePa} Pa`,
    )
  return humidityRatioOf({ ...air, relativeHumidityPercent: 100 * share })
}

export const airEquations: Readonly<Record<string, Equation>> = {
  wetBulb: equation(
    'wet bulb at any pressure, over ice below 0 °C',
    takes({ dryBulbC: temperature('dry bulb'), relativeHumidity, humidityRatio, pressurePa }),
    (air, fn) => {
      const ratio = ratioOf(air, fn)
      return {
        wetBulbC:
          air.relativeHumidity === 1
            ? air.dryBulbC
            : wetBulbFromHumidityRatioC({ ...air, humidityRatio: ratio }),
      }
    },
  ),
  dewPoint: equation(
    'dew point, frost point below 0 °C; the pressure matters with humidityRatio only',
    takes({
      dryBulbC: temperature('dry bulb'),
      relativeHumidity,
      humidityRatio,
      pressurePa: Type.Optional(pressurePa),
    }),
    (air, fn) => {
      exactlyOne(air, fn, ['relativeHumidity', 'humidityRatio'])
      if (air.humidityRatio === undefined) {
        const relativeHumidityPercent = 100 * (air.relativeHumidity as number)
        return { dewPointC: dewPointC({ dryBulbC: air.dryBulbC, relativeHumidityPercent }) }
      }
      if (air.pressurePa === undefined)
        throw refused(
          `${fn}: missing pressurePa; with humidityRatio allowed is a number, Pa, 10000 to 200000`,
        )
      return {
        dewPointC: dewPointFromHumidityRatioC({
          dryBulbC: air.dryBulbC,
          humidityRatio: air.humidityRatio,
          pressurePa: air.pressurePa,
        }),
      }
    },
  ),
  moistAir: equation(
    'humidity ratio, enthalpy and density of moist air',
    takes({ dryBulbC: temperature('dry bulb'), relativeHumidity, humidityRatio, pressurePa }),
    (air, fn) => {
      const ratio = ratioOf(air, fn)
      return {
        humidityRatio: ratio,
        enthalpyKjPerKg: moistAirEnthalpyKjPerKg(air.dryBulbC, ratio),
        densityKgPerM3: moistAirDensityKgPerM3({ ...air, humidityRatio: ratio }),
      }
    },
  ),
  saturationPressure: equation(
    'saturation pressure of water vapour, over ice below 0.01 °C',
    takes({ temperatureC: temperature('temperature') }),
    ({ temperatureC }) => ({ pressurePa: saturationPressurePa(temperatureC) }),
  ),
  coolant: equation(
    'properties of a named coolant as the plants use them',
    takes({
      coolant: choice(coolantNames, 'name'),
      temperatureC: number('temperature, °C', { minimum: -35, maximum: 100 }),
    }),
    ({ coolant, temperatureC }) => {
      const mixture =
        coolant === 'water' ? undefined : propyleneGlycol(Number(coolant.slice(2)), temperatureC)
      return {
        densityKgPerL: densityKgPerL(coolant, temperatureC),
        heatCapacityKjPerKgK: heatCapacityKjPerKgK(coolant, temperatureC),
        viscosityMpaS: mixture?.viscosityMpaS ?? waterViscosityMpaS(temperatureC),
        conductivityWPerMK: mixture?.conductivityWPerMK ?? waterConductivityWPerMK(temperatureC),
        freezingPointC: freezingPointC[coolant],
      }
    },
  ),
  propyleneGlycol: equation(
    'properties of propylene glycol in water at any concentration',
    takes({
      volumeFraction: number('share of glycol by volume', { minimum: 0, maximum: 0.58 }),
      temperatureC: number('temperature, °C', { minimum: -40, maximum: 80 }),
    }),
    ({ volumeFraction, temperatureC }) => propyleneGlycol(100 * volumeFraction, temperatureC),
  ),
  capacityFlow: equation(
    'heat that a coolant carries per kelvin',
    takes({
      coolant: choice(coolantNames, 'name'),
      flowLpm: positive('flow, L/min'),
      temperatureC: number('mean temperature, °C', { minimum: -35, maximum: 100 }),
    }),
    ({ coolant, flowLpm, temperatureC }) => ({ kwPerK: capacityFlowKwPerK(coolant, flowLpm, temperatureC) }),
  ),
}
