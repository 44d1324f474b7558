import { kindOf } from '#contract/control/levers/kinds.ts'
import type { CoolingKind } from '#contract/control/levers/lever.ts'
import { goodValue } from '#contract/reading.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { coolingRoles, type MeterRole } from '#contract/site/site.ts'
import { day, hour, type Millis, minute } from '#contract/units.ts'
import type { MeteredHour } from '#models/savings/hours.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** A simulated site that is left alone under `reset`. */
export type UntouchedRun = {
  readonly site: string
  readonly city: string
  readonly load: string
  readonly seed: number
  readonly fromAt: Millis
  readonly weeks: number
}

/** The plant has found its course a day after it was built. */
const settlingMs = day
const lookEveryMs = 5 * minute

/** What the meters and the wet-bulb sensor of the site say of each hour. */
export function plantHours(
  run: UntouchedRun,
  onWeek: (week: number) => void = () => undefined,
): MeteredHour[] {
  const { plant, kind } = startPlant(run)
  const reset = kind.startReset(kind.approachesK[run.seed % kind.approachesK.length] as number)
  const minuteOf = () => {
    for (const [key, value] of reset.look({ read: plant.read, now: plant.siteNow() })) plant.write(key, value)
    plant.advanceTo(plant.siteNow() + lookEveryMs)
  }
  while (plant.siteNow() < run.fromAt) minuteOf()
  const hours: MeteredHour[] = []
  const count = run.weeks * 7 * 24
  let before = registersOf(plant)
  while (hours.length < count) {
    const at = plant.siteNow()
    let wetBulbSum = 0
    for (let looks = 0; looks < hour / lookEveryMs; looks++) {
      minuteOf()
      wetBulbSum += goodValue(plant.read('weather.wetBulb')) ?? Number.NaN
    }
    const now = registersOf(plant)
    hours.push({
      at,
      coolingKwh: now.coolingKwh - before.coolingKwh,
      itKwh: now.itKwh - before.itKwh,
      lossesKwh: now.lossesKwh - before.lossesKwh,
      wetBulbC: wetBulbSum / (hour / lookEveryMs),
    })
    before = now
    if (hours.length % (7 * 24) === 0) onWeek(hours.length / (7 * 24))
  }
  return hours
}

function startPlant(run: UntouchedRun): { plant: SimulatedPlant; kind: CoolingKind } {
  const weather = yearAfterYear(run.city, run.seed)
  const site: AnySite = resolveAnySite(run.site, weather)
  const startAt = run.fromAt - settlingMs
  const load = openLoad(run.load, { site, seed: run.seed, startAt })
  const plant = createPlant({ site, weather, load, seed: run.seed, startAt, stepMs: minute })
  return { plant, kind: kindOf(site) }
}

/** Built-in years are typical ones and would come again to the hour: each calendar year is drawn from a seed of its own. */
function yearAfterYear(city: string, seed: number): Weather {
  const years = new Map<number, Weather>()
  const ofYear = (year: number): Weather => {
    const known = years.get(year) ?? builtinWeather({ city, seed: seed + 7919 * (year - firstYear) })
    years.set(year, known)
    return known
  }
  const first = ofYear(firstYear)
  return {
    ...first,
    at: siteAt => ofYear(new Date(siteAt + (first.offsetMs ?? 0)).getUTCFullYear()).at(siteAt),
  }
}
const firstYear = 2024

type Registers = { readonly coolingKwh: number; readonly itKwh: number; readonly lossesKwh: number }

function registersOf({ site, read }: SimulatedPlant): Registers {
  const register = (id: string): number => goodValue(read(`${id}.activeEnergyKwh`)) ?? Number.NaN
  const ofRoles = (...roles: MeterRole[]): number =>
    site.meters
      .filter(meter => roles.includes(meter.role))
      .reduce(
        (sum, meter) =>
          sum + register(meter.id) - meter.subtract.reduce((less, id) => less + register(id), 0),
        0,
      )
  const coolingKwh = ofRoles(...coolingRoles)
  const itKwh = ofRoles('it')
  return {
    coolingKwh,
    itKwh,
    lossesKwh: ofRoles('facility') - itKwh - coolingKwh - ofRoles('lighting', 'other'),
  }
}
