import type { Clock } from '#contract/clock.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { type Millis, second } from '#contract/units.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import { readResolvedSite } from '#simulators/wire/simulatorConfig.ts'

/** A device gives its controller up after 10 s of machine time without a toggle (CS-12): long for a program, short for a rack. */
const watchdogTimeoutMs = 10 * second

/**
 * The plant's own step in site time: about 50 ms of machine time, so that a valve or a leak is seen as it moves, between the
 * 250 ms that a plant in real time needs and the 5 s that its slow masses allow.
 */
export const stepMsAt = (speed: number): number =>
  Math.round(Math.min(5 * second, Math.max(second / 4, speed * 50)) / 250) * 250

/** The plant that a configuration asks for, standing at `startAt`. */
export function openPlant(options: {
  /** A resolved site, the path of its JSON, or the name or YAML path of a site to be resolved in its weather. */
  site: AnySite | string
  weather: string
  load: string
  seed: number
  startAt: Millis
  clock: Clock
}): { plant: SimulatedPlant; notes: readonly string[] } {
  const { seed, startAt, clock } = options
  const weather = openWeather(options.weather, seed)
  const site =
    typeof options.site !== 'string'
      ? options.site
      : options.site.endsWith('.json')
        ? readResolvedSite(options.site)
        : resolveAnySite(options.site, weather)
  const load = openLoad(options.load, { site, seed, startAt })
  const plant = createPlant({
    site,
    weather,
    load,
    seed,
    startAt,
    stepMs: stepMsAt(clock.speed),
    watchdogTimeoutMs: watchdogTimeoutMs * clock.speed,
  })
  return { plant, notes: load.notes }
}
