import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { TSchema } from 'typebox'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { type AnySite, type AnySiteFile, coolings, siteFileOf } from '#contract/site/anySite.ts'
import { expandSite } from '#contract/site/expand.ts'
import type { Site, SiteFile } from '#contract/site/site.ts'
import { checkPlaces } from '#simulators/sites/checkPlaces.ts'
import { designOf } from '#simulators/sites/coldPlateDesign.ts'
import { checkFrost } from '#simulators/sites/frost.ts'
import { hybridSiteOf } from '#simulators/sites/hybridDesign.ts'
import { immersionSiteOf } from '#simulators/sites/immersionDesign.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** Sites that come with the program, by file name. */
export const knownSites = (): readonly string[] =>
  readdirSync(import.meta.dirname)
    .filter(name => name.endsWith('.yaml'))
    .map(name => basename(name, '.yaml'))
    .sort()

/** A site's file by name, or by path where the name ends in .yaml or .yml; of any kind of cooling. */
export function readAnySiteFile(nameOrPath: string): AnySiteFile {
  const isPath = /\.ya?ml$/.test(nameOrPath)
  if (!isPath && !knownSites().includes(nameOrPath))
    throw new Failure(
      'SITE_UNKNOWN',
      `no site "${nameOrPath}"; known are ${knownSites().join(', ')}, or the path of a .yaml file`,
    )
  const path = isPath ? nameOrPath : join(import.meta.dirname, `${nameOrPath}.yaml`)
  const yaml = parsed(path)
  const { cooling } = (yaml ?? {}) as { cooling?: unknown }
  const known = coolings.find(name => name === cooling)
  if (!known)
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: cooling: ${JSON.stringify(cooling)} where one of ${coolings.join(', ')} is allowed`,
    )
  const file = checked(siteFileOf[known] as TSchema, yaml, path) as AnySiteFile
  checkPlaces(file, path)
  return file
}

/** A site's file of cold plates on towers, the kind that agents and hub steer. */
export function readSiteFile(nameOrPath: string): SiteFile {
  const file = readAnySiteFile(nameOrPath)
  if (file.cooling !== 'coldPlateTower')
    throw new Failure(
      'SITE_UNKNOWN',
      `site "${nameOrPath}" is of kind ${file.cooling}; allowed here is coldPlateTower: the other kinds run in npm run simulate and npm run backtest so far`,
    )
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

/** What sizes a site in its climate. */
export type Climate = Pick<Weather, 'designWetBulbC' | 'designDryBulbC' | 'coldestDryBulbC'>

/** A cold-plate site in its climate: file, design and the expanded graph. */
export function resolveSite(
  nameOrPath: string,
  weather: Pick<Climate, 'designWetBulbC'> & Partial<Pick<Climate, 'coldestDryBulbC'>>,
): Site {
  const file = readSiteFile(nameOrPath)
  if (weather.coldestDryBulbC !== undefined) checkFrost(file.coolant, weather.coldestDryBulbC, nameOrPath)
  return withKnownMeters(nameOrPath, expandSite(file, designOf(file, weather)))
}

/** A site of any kind in its climate. */
export function resolveAnySite(nameOrPath: string, weather: Climate): AnySite {
  const file = readAnySiteFile(nameOrPath)
  switch (file.cooling) {
    case 'coldPlateTower':
      checkFrost(file.coolant, weather.coldestDryBulbC, nameOrPath)
      return withKnownMeters(nameOrPath, expandSite(file, designOf(file, weather)))
    case 'chilledHybrid':
      checkFrost(file.coolant, weather.coldestDryBulbC, nameOrPath)
      return withKnownMeters(nameOrPath, hybridSiteOf(file, weather))
    case 'immersionDryCooler':
      return withKnownMeters(nameOrPath, immersionSiteOf(file, weather))
    default:
      return file satisfies never
  }
}

function withKnownMeters<T extends AnySite>(nameOrPath: string, site: T): T {
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
