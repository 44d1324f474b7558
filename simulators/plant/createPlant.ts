import type { AnySite } from '#contract/site/anySite.ts'
import type { DurationMs, Millis } from '#contract/units.ts'
import { loadJumps } from '#simulators/faults/loadJumps.ts'
import type { Load } from '#simulators/load/load.ts'
import { coldPlateParts } from '#simulators/plant/coldPlateParts.ts'
import { hybridParts } from '#simulators/plant/hybrid/hybridParts.ts'
import { immersionParts } from '#simulators/plant/immersion/immersionParts.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { type PlantParts, plantOf } from '#simulators/plant/plantShell.ts'
import type { Weather } from '#simulators/weather/weather.ts'

export type PlantOptions<S extends AnySite = AnySite> = {
  readonly site: S
  readonly weather: Weather
  readonly load: Load
  readonly seed: number
  readonly startAt: Millis
  /** Step of the physics in site time; 250 ms suits a plant that runs in real time. */
  readonly stepMs?: DurationMs
  /** Site time without a toggle after which a device falls back by itself. */
  readonly watchdogTimeoutMs?: DurationMs
  /** IT leakage, share per kelvin at 65 °C; hidden from everyone else. */
  readonly leakagePerK?: number
}

/** The plant of a site: the same site, weather, load and seed give the same day, to the bit. */
export const createPlant = <S extends AnySite>(options: PlantOptions<S>): SimulatedPlant<S> => {
  const jumps = loadJumps(options.load, options.site)
  return plantOf(options.site, partsOf({ ...options, load: jumps.load }), {
    stepMs: options.stepMs ?? 5_000,
    jumps,
  })
}

function partsOf(options: PlantOptions): PlantParts {
  const { site } = options
  switch (site.cooling) {
    case 'coldPlateTower':
      return coldPlateParts({ ...options, site })
    case 'chilledHybrid':
      return hybridParts({ ...options, site })
    case 'immersionDryCooler':
      return immersionParts({ ...options, site })
    default:
      return site satisfies never
  }
}
