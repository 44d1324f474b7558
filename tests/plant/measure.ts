import { hour } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

/**
 * Prints speed and commissioned PUE of a site: `node tests/plant/measure.ts [site] [load] [weather]`. Not a test: figures
 * belong to the machine. A week in each of January, April, July and October, from their second Monday.
 */
const [siteName = 'warm-water', loadKind = 'annual', weatherName = 'builtin:chicago'] = process.argv.slice(2)
const weather = openWeather(weatherName, 1)
const site = resolveSite(siteName, weather)
let itKwh = 0
let facilityKwh = 0
let coolingKwh = 0
let siteMs = 0
let wallMs = 0
for (const monday of [
  Date.UTC(2025, 0, 13),
  Date.UTC(2025, 3, 14),
  Date.UTC(2025, 6, 14),
  Date.UTC(2025, 9, 13),
]) {
  const plant = createPlant({ site, weather, load: builtinLoad(loadKind, site, 1), seed: 1, startAt: monday })
  const before = performance.now()
  plant.advanceTo(monday + 168 * hour)
  wallMs += performance.now() - before
  siteMs += 168 * hour
  const energy = plant.energy()
  itKwh += energy.itKwh
  facilityKwh += energy.facilityKwh
  coolingKwh += energy.coolingKwh
}
const figures = {
  site: siteName,
  load: loadKind,
  weather: weather.name,
  controller: 'fixed',
  pue: Number((facilityKwh / itKwh).toFixed(4)),
  coolingPerIt: Number((coolingKwh / itKwh).toFixed(4)),
  timesRealTime: Math.round(siteMs / wallMs),
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
