import { second } from '#contract/units.ts'
import { type Asked, namesOf, numberOf, onlyKeys, refuse } from '#simulators/boptest/asked.ts'
import { periodS } from '#simulators/boptest/calendar.ts'
import { type PointMetadata, pointName } from '#simulators/boptest/pointTable.ts'
import { toSi } from '#simulators/boptest/siUnits.ts'
import type { PriceName } from '#simulators/boptest/tariffs.ts'
import type { Testcase } from '#simulators/boptest/testcase.ts'

export type ForecastPoint = { readonly metadata: PointMetadata; at(siteAt: number): number }

/** An answer of a million numbers is some 10 MB of text. */
export const answerValuesMax = 1_000_000

const metadata = (Unit: string, Description: string): PointMetadata => ({
  Unit,
  Description,
  Minimum: null,
  Maximum: null,
})

/** What is known ahead: the true weather, the true load and the tariffs. Nothing here is uncertain. */
export function forecastPoints(testcase: Testcase): ReadonlyMap<string, ForecastPoint> {
  const { weather, load, tariffs, zones, itNameplateKw } = testcase
  const price = (name: PriceName): ForecastPoint => ({
    metadata: metadata('USD/kWh', `Price of electricity in the ${name} scenario.`),
    at: siteAt => tariffs.price(name, siteAt),
  })
  return new Map<string, ForecastPoint>([
    [
      'TDryBul',
      {
        metadata: metadata('K', 'Outdoor air, dry bulb.'),
        at: siteAt => toSi(weather.at(siteAt).dryBulbC, 'C'),
      },
    ],
    [
      'TWetBul',
      {
        metadata: metadata('K', 'Outdoor air, wet bulb.'),
        at: siteAt => toSi(weather.at(siteAt).wetBulbC, 'C'),
      },
    ],
    [
      'relHum',
      {
        metadata: metadata('1', 'Outdoor air, relative humidity.'),
        at: siteAt => toSi(weather.at(siteAt).relativeHumidityPercent, '%'),
      },
    ],
    [
      'pAtm',
      { metadata: metadata('Pa', 'Barometric pressure.'), at: siteAt => weather.at(siteAt).pressurePa },
    ],
    [
      'LoadIT',
      {
        metadata: metadata('W', 'IT power that is asked for, at 65 °C junction: leakage comes on top.'),
        at: siteAt => toSi(load.itFraction(siteAt) * itNameplateKw, 'kW'),
      },
    ],
    ...zones.map((zone, index): [string, ForecastPoint] => [
      `LoadIT_${pointName(zone)}`,
      {
        metadata: metadata('W', `IT power that is asked of ${zone}, at 65 °C junction.`),
        at: siteAt => toSi(load.cduPowerKw(index, siteAt), 'kW'),
      },
    ]),
    ['PriceElectricPowerConstant', price('constant')],
    ['PriceElectricPowerDynamic', price('dynamic')],
    ['PriceElectricPowerHighlyDynamic', price('highly_dynamic')],
    [
      'EmissionsElectricPower',
      {
        metadata: metadata('kgCO2/kWh', 'Emissions of a kilowatt-hour of electricity.'),
        at: siteAt => tariffs.emissions(siteAt),
      },
    ],
  ])
}

/** From now to the horizon, both included. */
export function forecastOf(
  testcase: Testcase,
  points: ReadonlyMap<string, ForecastPoint>,
  nowS: number,
  asked: Asked,
): Readonly<Record<string, readonly number[]>> {
  onlyKeys(asked, ['point_names', 'horizon', 'interval'])
  const horizon = numberOf(asked, 'horizon', { lowest: 0, highest: periodS })
  const interval = numberOf(asked, 'interval', { lowest: 1, highest: periodS })
  const names = namesOf(asked, 'point_names', name => points.has(name), 'forecast_points')
  const count = Math.floor(horizon / interval) + 1
  if (count * (names.length + 1) > answerValuesMax)
    refuse(
      `horizon = ${horizon}, interval = ${interval}, ${names.length} points: ${count * (names.length + 1)} numbers, allowed are ${answerValuesMax}`,
    )
  const time = Array.from({ length: count }, (_, index) => nowS + index * interval)
  return {
    time,
    ...Object.fromEntries(
      names.map(name => [
        name,
        time.map(timeS => points.get(name)!.at(testcase.yearStartAt + timeS * second)),
      ]),
    ),
  }
}
