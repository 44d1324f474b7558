import { Failure } from '#contract/failure.ts'
import { type AnySite, loadPlacesOf } from '#contract/site/anySite.ts'
import { hour, type Millis, second } from '#contract/units.ts'
import { periodStarts, type TimePeriod, yearStartOf } from '#simulators/boptest/calendar.ts'
import { type Input, inputsOf, type Measurement, measurementsOf } from '#simulators/boptest/pointTable.ts'
import { type Tariffs, tariffsOf } from '#simulators/boptest/tariffs.ts'
import { builtinLoads } from '#simulators/load/builtinLoad.ts'
import type { Load } from '#simulators/load/load.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { knownSites, readAnySiteFile, resolveAnySite } from '#simulators/sites/sites.ts'
import { builtinCities } from '#simulators/weather/builtinWeather.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** Step of the physics: what its slow masses allow. */
export const plantStepS = 5

/** What decides which plant in which year: climate and load by name, and the seed of weather, load and hidden truth. */
export type Place = { readonly climate: string; readonly load: string; readonly seed: number }

/** What the service offers: testcase names with the site behind each, climates and loads by name, and what holds unless asked otherwise. */
export type Offer = {
  readonly sites: Readonly<Record<string, string>>
  readonly climates: Readonly<Record<string, string>>
  readonly loads: Readonly<Record<string, string>>
  readonly place: Place
}

/** A testcase in its place, ready to be started at any second of the year. */
export type Testcase = {
  readonly name: string
  readonly place: Place
  readonly site: AnySite
  readonly weather: Weather
  readonly load: Load
  readonly tariffs: Tariffs
  readonly yearStartAt: Millis
  readonly measurements: readonly Measurement[]
  readonly inputs: readonly Input[]
  readonly itNameplateKw: number
  /** CDUs or tanks: what load and thermal violation are counted by. */
  readonly zones: readonly string[]
  readonly periods: Readonly<Record<TimePeriod, number>>
  plantAt(startS: number): SimulatedPlant
}

/** Everything that comes with the program, and the files that a person named. */
export function offerOf(asked: { site?: string; weather?: string; load?: string; seed?: number }): Offer {
  const named = (builtin: readonly string[], given: string | undefined) => ({
    ...Object.fromEntries(builtin.map(name => [name, `builtin:${name}`])),
    ...(given === undefined || given.startsWith('builtin:') ? {} : { [fileName(given)]: given }),
  })
  const nameOf = (given: string) =>
    given.startsWith('builtin:') ? given.slice('builtin:'.length) : fileName(given)
  const sites = Object.fromEntries(knownSites().map(name => [name, name]))
  return {
    sites: asked.site === undefined ? sites : { ...sites, [readAnySiteFile(asked.site).name]: asked.site },
    climates: named(builtinCities, asked.weather),
    loads: named(builtinLoads, asked.load),
    place: {
      climate: nameOf(asked.weather ?? 'builtin:chicago'),
      load: nameOf(asked.load ?? 'builtin:ai'),
      seed: asked.seed ?? 1,
    },
  }
}

/** `weather/Chicago.epw.gz` → `Chicago`: no path leaves the machine. */
const fileName = (path: string): string => (path.split(/[\\/]/).at(-1) ?? path).replace(/\..*$/, '')

export function openTestcase(offer: Offer, name: string, place: Place): Testcase {
  const { seed } = place
  const weather = openWeather(named(offer.climates, 'climate', place.climate), seed)
  const site = resolveAnySite(named(offer.sites, 'testcase', name), weather)
  const yearStartAt = yearStartOf(weather)
  const load = openLoad(named(offer.loads, 'load', place.load), { site, seed, startAt: yearStartAt })
  const plantAt = (startS: number) =>
    createPlant({
      site,
      weather,
      load,
      seed,
      startAt: yearStartAt + startS * second,
      stepMs: plantStepS * second,
      // Setpoints hold without a toggle; a toggle gives a device back to its commissioned setpoints at its next step.
      watchdogTimeoutMs: -1,
    })
  const places = loadPlacesOf(site)
  return {
    name,
    place,
    site,
    weather,
    load,
    tariffs: tariffsOf({ seed, offsetMs: weather.offsetMs ?? 0 }),
    yearStartAt,
    measurements: measurementsOf(site),
    inputs: inputsOf(plantAt(12 * (hour / second))),
    itNameplateKw: places.count * places.nameplateKw,
    zones: zonesOf(site),
    periods: periodStarts(weather),
    plantAt,
  }
}

/** In the order in which the load names them. */
function zonesOf(site: AnySite): readonly string[] {
  const tanks = site.equipment.filter(entry => entry.kind === 'immersionTank')
  const zones = tanks.length > 0 ? tanks : site.equipment.filter(entry => entry.kind === 'cdu')
  return zones.map(entry => entry.id)
}

function named(offered: Readonly<Record<string, string>>, key: string, name: string): string {
  const found = Object.hasOwn(offered, name) ? offered[name] : undefined
  if (found === undefined)
    throw new Failure(
      key === 'testcase' ? 'NOT_FOUND' : 'CONFIG_INVALID',
      `${key} "${name}" is not offered; allowed are ${Object.keys(offered).join(', ')}`,
    )
  return found
}
