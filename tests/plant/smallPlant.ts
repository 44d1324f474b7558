import { minute } from '#contract/units.ts'
import type { Load } from '#simulators/load/load.ts'
import { createPlant, type PlantOptions } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import type { Weather } from '#simulators/weather/weather.ts'

export const startAt = Date.UTC(2025, 6, 1)

/** A mild day that stands still, so that only what the test does changes anything. */
export const mildWeather: Weather = {
  name: 'mild',
  designWetBulbC: 25.4,
  designDryBulbC: 33,
  coldestDryBulbC: -20,
  at: () => ({ dryBulbC: 20, wetBulbC: 15, relativeHumidityPercent: 59, pressurePa: 99_000 }),
}

export const steadyLoad = (fraction: number, nameplateKw = 375): Load => ({
  name: 'steady',
  cduPowerKw: () => fraction * nameplateKw,
  itFraction: () => fraction,
  notes: [],
})

/** The small site with four CDUs, by default at 60 % load in steps of one second. */
export function smallPlant(
  options: Partial<PlantOptions> = {},
): SimulatedPlant & { after(ms: number): void } {
  const plant = createPlant({
    site: resolveSite('small', mildWeather),
    weather: mildWeather,
    load: steadyLoad(0.6),
    seed: 1,
    startAt,
    stepMs: 1_000,
    ...options,
  })
  return { ...plant, after: ms => plant.advanceTo(plant.siteNow() + ms) }
}

export const anHour = 60 * minute
