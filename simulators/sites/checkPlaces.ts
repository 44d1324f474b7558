import { Failure } from '#contract/failure.ts'
import type { AnySiteFile } from '#contract/site/anySite.ts'
import { loadPlacesOf } from '#contract/site/anySite.ts'
import { freezingPointC } from '#models/physics/coolants.ts'

/** What the schema cannot say: every CDU or tank has one agent and one server, bounds are in order, cold-plate rows match. */
export function checkPlaces(file: AnySiteFile, path: string): void {
  const refuse = (sentence: string): never => {
    throw new Failure('CONFIG_INVALID', `${path}: ${sentence}`)
  }
  const place = file.cooling === 'immersionDryCooler' ? 'tank' : 'CDU'
  for (const [key, list] of [
    ['agents', file.agents],
    ['opcuaServers', file.opcuaServers],
  ] as const) {
    if (list.filter(entry => entry.plant).length !== 1)
      refuse(`${key}: exactly one entry must have plant: true`)
    for (let cdu = 1; cdu <= loadPlacesOf(file).count; cdu++) {
      const owners = list.filter(entry => entry.cdus.includes(cdu)).length
      if (owners !== 1) refuse(`${key}: ${place} ${cdu} appears ${owners} times where once is allowed`)
    }
  }
  for (const [name, range] of Object.entries(file.bounds))
    if (range.lowest >= range.highest)
      refuse(`bounds.${name}: lowest ${range.lowest} is not below highest ${range.highest}`)
  const plate = file.cooling === 'immersionDryCooler' ? undefined : file.nameplate.chip.coldPlate
  if (plate && (plate.flowLpm.length === 0 || plate.flowLpm.length !== plate.resistanceKPerKw.length))
    refuse(
      'nameplate.chip.coldPlate: flowLpm and resistanceKPerKw must hold equally many numbers, at least one',
    )
  const { secondary, freezingPointC: statedC } = file.coolant
  // 2 K: mixtures are measured with a refractometer, no better.
  if (statedC < freezingPointC[secondary] - 2)
    refuse(
      `coolant.freezingPointC: ${statedC} is below what ${secondary} gives, ${freezingPointC[secondary]} °C`,
    )
  const ids = file.meters.map(meter => meter.id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) refuse(`meters: "${twice}" appears twice`)
}
