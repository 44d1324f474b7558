import { integrationName } from '#contract/dsx.ts'
import type { PointSpec } from '#contract/points.ts'
import type { Equipment, SiteCommon } from '#contract/site/site.ts'
import type { UnitName } from '#contract/units.ts'

/**
 * What the simulated building system says of its points (DSX Exchange BMS, section 5 of the integration guide); topics and
 * values, which both sides must agree on, are in contract/dsx.ts.
 */

export function heartbeatMetadata(site: string, pointType: string): string {
  const isOurs = pointType.endsWith('Integration') || pointType === 'HeartbeatEchoBms'
  return JSON.stringify({
    objectType: 'System',
    pointType,
    engUnit: 'ms',
    objectName: 'Building system',
    objectId: `${site}/bms`,
    scope: `BMS/v1/PUB/Value/+/+/${site}/#`,
    ...(isOurs ? { integration: integrationName } : {}),
  })
}

const dsxUnits: Readonly<Record<Exclude<UnitName, 'state' | 'bool'>, string>> = {
  C: 'C',
  K: 'K',
  'L/min': 'LPM',
  kPa: 'kPa',
  kW: 'kW',
  kWh: 'kWh',
  '%': '%',
  'µS/cm': 'µS/cm',
  L: 'L',
  s: 's',
}

/** What a point is: engUnit or stateText, never both; racks by location, others by object with what they serve. */
export function metadataMessage(site: SiteCommon, item: Equipment, spec: PointSpec): string | undefined {
  if (!spec.dsx) return undefined
  const { objectType, pointType, processArea, publishedBy } = spec.dsx
  return JSON.stringify({
    objectType,
    pointType,
    ...(spec.unit === 'state' || spec.unit === 'bool'
      ? { stateText: stateText(spec) }
      : { engUnit: dsxUnits[spec.unit] }),
    ...identity(site, item, objectType),
    ...(processArea ? { processArea: [processArea] } : {}),
    ...(spec.writable && publishedBy === 'bms' ? { isSetpoint: true } : {}),
    ...(publishedBy === 'integration' ? { integration: integrationName } : {}),
  })
}

function identity(site: SiteCommon, item: Equipment, objectType: string) {
  if (objectType === 'Rack') return { rackLocationName: item.name, rackLocationId: item.id }
  const serves = site.feeds.filter(feed => feed.from === item.id).map(feed => feed.to)
  return { objectName: item.name, objectId: item.id, ...(serves.length > 0 ? { servesId: serves } : {}) }
}

function stateText(spec: PointSpec): ReadonlyArray<{ value: number; text: string }> {
  if (spec.quantity === 'leak') return words(0, ['dry', 'leak'])
  if (spec.dsx?.pointType.endsWith('IsolationStatus')) return words(-1, ['unknown', 'open', 'isolated'])
  if (spec.dsx?.pointType.endsWith('IsolationRequest')) return words(-1, ['no opinion', 'release', 'isolate'])
  if (spec.dsx?.pointType.includes('Leak'))
    return words(
      Math.min(0, spec.range[0]),
      spec.range[0] < 0 ? ['unknown', 'dry', 'leak'] : ['healthy', 'fault'],
    )
  if (spec.dsx?.objectType === 'Pump' || spec.dsx?.objectType === 'Fan')
    return words(0, ['stopped', 'running', 'tripped'])
  const [lowest, highest] = spec.range
  return words(
    lowest,
    Array.from({ length: highest - lowest + 1 }, (_, step) => String(lowest + step)),
  )
}

const words = (lowest: number, texts: readonly string[]) =>
  texts.map((text, step) => ({ value: lowest + step, text }))
