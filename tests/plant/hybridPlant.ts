import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { minute } from '#contract/units.ts'
import { createPlant, type PlantOptions } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import type { Weather } from '#simulators/weather/weather.ts'
import { steadyLoad } from '#tests/plant/smallPlant.ts'

export const startAt = Date.UTC(2025, 6, 1)

/** Air that stands still, at a site whose tower was sized for Chicago. */
export const standingAir = (air: { dryBulbC: number; wetBulbC: number }): Weather => ({
  name: 'standing',
  designWetBulbC: 25.4,
  designDryBulbC: 33,
  coldestDryBulbC: -20,
  at: () => ({ ...air, relativeHumidityPercent: 50, pressurePa: 99_000 }),
})

export const mildAir = standingAir({ dryBulbC: 20, wetBulbC: 15 })

export const hybridSite = (weather: Weather = mildAir): HybridSite => {
  const site = resolveAnySite('chilled-hybrid', weather)
  if (site.cooling !== 'chilledHybrid') throw new Error('chilled-hybrid is no hybrid')
  return site
}

/** IT power at a share of 250 kW per CDU. */
export const hybridLoad = (fraction: number) => steadyLoad(fraction, 250)

export type HybridPlant = SimulatedPlant<HybridSite> & {
  after(ms: number): void
  /** True value; the point must exist. */
  truth(key: string): number
}

/** The hybrid site, by default at 80 % load on a mild standing day in steps of 10 s. */
export function hybridPlant(options: Partial<PlantOptions<HybridSite>> = {}): HybridPlant {
  const weather = options.weather ?? mildAir
  const plant = createPlant({
    site: hybridSite(weather),
    weather,
    load: hybridLoad(0.8),
    seed: 1,
    startAt,
    stepMs: 10_000,
    ...options,
  })
  return {
    ...plant,
    after: ms => plant.advanceTo(plant.siteNow() + ms),
    truth: key => {
      const value = plant.truthOf(key)
      if (value === undefined) throw new Error(`no point ${key}`)
      return value
    },
  }
}

/** Chilled water, air, tower and economiser as written by a controller. */
export function write(
  plant: HybridPlant,
  setpoints: { chilledC?: number; airC?: number; airPercent?: number; towerC?: number; economiser?: number },
): void {
  const { chilledC, airC, airPercent, towerC, economiser } = setpoints
  for (const { id, kind } of plant.site.equipment) {
    if (kind === 'chiller' && chilledC !== undefined) plant.write(`${id}.leavingTemperatureSp`, chilledC)
    if (kind === 'crah' && airC !== undefined) plant.write(`${id}.supplyAirTemperatureSp`, airC)
    if (kind === 'crah' && airPercent !== undefined) plant.write(`${id}.airFlowSp`, airPercent)
  }
  if (towerC !== undefined) plant.write('tower.leavingTemperatureSp', towerC)
  if (economiser !== undefined) plant.write('chiller-1.economiserMode', economiser)
}

/** Mean facility power over a time, kW. */
export function meanKw(plant: HybridPlant, ms: number): { facility: number; cooling: number } {
  const before = plant.energy()
  plant.after(ms)
  const after = plant.energy()
  const perHour = (60 * minute) / ms
  return {
    facility: (after.facilityKwh - before.facilityKwh) * perHour,
    cooling: (after.coolingKwh - before.coolingKwh) * perHour,
  }
}
