import type { ImmersionSite } from '#contract/site/immersion.ts'
import { createPlant, type PlantOptions } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import type { OutdoorAir, Weather } from '#simulators/weather/weather.ts'
import { startAt, steadyLoad } from '#tests/plant/smallPlant.ts'

/** Weather of a design like Chicago's that stands still at one state of the air. */
export const stillAir = (air: Partial<OutdoorAir> & { dryBulbC: number; wetBulbC: number }): Weather => ({
  name: 'still',
  designWetBulbC: 25.4,
  designDryBulbC: 32.2,
  coldestDryBulbC: -22.8,
  at: () => ({ relativeHumidityPercent: 50, pressurePa: 99_000, ...air }),
})

export const immersionSite = (weather: Weather): ImmersionSite => {
  const site = resolveAnySite('immersion', weather)
  if (site.cooling !== 'immersionDryCooler') throw new Error('the site is of another kind')
  return site
}

/** The immersion site with ten tanks at 85 % load, 20 °C outdoors, in steps of 20 s. */
export function immersionPlant(
  options: Partial<PlantOptions> = {},
): SimulatedPlant & { after(ms: number): void } {
  const weather = options.weather ?? stillAir({ dryBulbC: 20, wetBulbC: 15 })
  const plant = createPlant({
    site: immersionSite(weather),
    weather,
    load: steadyLoad(0.85, 100),
    seed: 1,
    startAt,
    stepMs: 20_000,
    ...options,
  })
  return { ...plant, after: ms => plant.advanceTo(plant.siteNow() + ms) }
}

/** A true value that must be there. */
export function truth(plant: SimulatedPlant, key: string): number {
  const value = plant.truthOf(key)
  if (value === undefined) throw new Error(`no point ${key}`)
  return value
}
