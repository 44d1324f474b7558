import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { expandSite } from '#contract/site/expand.ts'
import { type Site, type SiteDesign, SiteFile } from '#contract/site/site.ts'
import { flowForHeatLpm, freezingPointC } from '#models/physics/coolants.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** Sites that come with the program, by file name. */
export const knownSites = (): readonly string[] =>
  readdirSync(import.meta.dirname)
    .filter(name => name.endsWith('.yaml'))
    .map(name => basename(name, '.yaml'))
    .sort()

/** A site's file by name, or by path where the name ends in .yaml or .yml. */
export function readSiteFile(nameOrPath: string): SiteFile {
  const isPath = /\.ya?ml$/.test(nameOrPath)
  if (!isPath && !knownSites().includes(nameOrPath))
    throw new Failure(
      'SITE_UNKNOWN',
      `no site "${nameOrPath}"; known are ${knownSites().join(', ')}, or the path of a .yaml file`,
    )
  const path = isPath ? nameOrPath : join(import.meta.dirname, `${nameOrPath}.yaml`)
  const file = checked(SiteFile, parsed(path), path)
  checkPlaces(file, path)
  return file
}

function parsed(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure('SITE_UNKNOWN', `${path} cannot be read; known sites are ${knownSites().join(', ')}`, {
      cause,
    })
  }
  try {
    return parse(text)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: not YAML: ${sentenceOf(cause).split('\n')[0]}`, { cause })
  }
}

/** What the schema cannot say: every CDU has one agent and one server, bounds are in order, cold-plate rows match. */
function checkPlaces(file: SiteFile, path: string): void {
  const refuse = (sentence: string): never => {
    throw new Failure('CONFIG_INVALID', `${path}: ${sentence}`)
  }
  for (const [key, list] of [
    ['agents', file.agents],
    ['opcuaServers', file.opcuaServers],
  ] as const) {
    if (list.filter(entry => entry.plant).length !== 1)
      refuse(`${key}: exactly one entry must have plant: true`)
    for (let cdu = 1; cdu <= file.layout.cdus; cdu++) {
      const owners = list.filter(entry => entry.cdus.includes(cdu)).length
      if (owners !== 1) refuse(`${key}: CDU ${cdu} appears ${owners} times where once is allowed`)
    }
  }
  for (const [name, range] of Object.entries(file.bounds))
    if (range.lowest >= range.highest)
      refuse(`bounds.${name}: lowest ${range.lowest} is not below highest ${range.highest}`)
  const plate = file.nameplate.chip.coldPlate
  if (plate.flowLpm.length === 0 || plate.flowLpm.length !== plate.resistanceKPerKw.length)
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

/** Mean of design supply and return for the facility flow, °C: 32 and 40 on a warm-water site. */
const facilityMeanC = 36

/**
 * Design state for the climate. Warm-water in Chicago (0.4 % wet bulb 25.6 °C): tower leaving 30, facility 32, CDU supply
 * 36 °C, 1,800 L/min secondary and 2,168 L/min primary per CDU, fans 313 kW.
 */
export function designOf(file: SiteFile, weather: Pick<Weather, 'designWetBulbC'>): SiteDesign {
  const { nameplate, layout } = file
  // Towers are sized for at least 24 °C: a cooler place would leave no reserve for a hot spell.
  const wetBulbC = Math.max(24, weather.designWetBulbC)
  const towerLeavingC = Math.max(30, wetBulbC + 3.5)
  const facilitySupplyC = towerLeavingC + nameplate.tower.exchangerApproachK
  const heatKw = layout.cdus * nameplate.itPerCduKw
  const cduPrimaryFlowLpm = flowForHeatLpm({
    coolant: file.coolant.facility,
    kw: nameplate.itPerCduKw,
    warmingK: nameplate.facility.rangeK,
    meanC: facilityMeanC,
  })
  const margin = nameplate.commissionedFlowFraction
  return {
    wetBulbC,
    towerLeavingC,
    facilitySupplyC,
    cduSupplyC: facilitySupplyC + nameplate.cdu.approachK,
    cduFlowLpm: nameplate.chip.designFlowLpmPerKw * nameplate.itPerCduKw,
    cduPrimaryFlowLpm,
    facilityFlowLpm: cduPrimaryFlowLpm * layout.cdus,
    towerFlowLpm: flowForHeatLpm({
      coolant: 'water',
      kw: heatKw,
      warmingK: nameplate.tower.rangeK,
      meanC: towerLeavingC + 4,
    }),
    cduDpCommissionedKpa: nameplate.cdu.rackDpKpa * margin ** nameplate.cdu.rackDpExponent,
    facilityDpCommissionedKpa: nameplate.facility.cduDpKpa * margin ** 2,
    fanPowerKw:
      (designAirM3PerS(heatKw) * nameplate.tower.fanPressurePa) / 1000 / nameplate.tower.fanWireToAir,
  }
}

/** Air of the tower at design: 652 m³/s for 30 MW, so that 240 Pa at 0.50 take 313 kW (YARDSTICKS 1). */
export const designAirM3PerS = (heatKw: number): number => heatKw * (652 / 30_000)

/** A site in its climate: file, design and the expanded graph. */
export function resolveSite(nameOrPath: string, weather: Pick<Weather, 'designWetBulbC'>): Site {
  const file = readSiteFile(nameOrPath)
  const site = expandSite(file, designOf(file, weather))
  const known = new Set(site.equipment.map(entry => entry.id))
  for (const meter of site.meters)
    for (const [key, ids] of [
      ['feeds', meter.feeds],
      ['subtract', meter.subtract],
    ] as const)
      for (const id of ids)
        if (!known.has(id))
          throw new Failure(
            'CONFIG_INVALID',
            `${nameOrPath}: meters.${meter.id}.${key} names "${id}", which is no equipment of the site`,
          )
  return site
}
