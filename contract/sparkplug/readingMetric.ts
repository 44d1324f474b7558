import type { PointSpec } from '#contract/points.ts'
import { type Quality, type Reading, sparkplugQuality } from '#contract/reading.ts'
import { type DataType, dataTypes, numberOf } from '#contract/sparkplug/dataTypes.ts'
import type { Metric, Property } from '#contract/sparkplug/payload.ts'

/**
 * A reading as a Sparkplug metric and back. A metric without a Quality property is good; the edge also sends a quality
 * that has become good again, because other hosts remember the last one they saw.
 */
export const qualityProperty = 'Quality'
export const uncertainProperty = 'Uncertain'
/** OPC UA status code of the source, beside every reading that is not good. */
export const statusCodeProperty = 'StatusCode'

/** States and booleans are whole numbers, everything measured is a Double. */
export const dataTypeOfPoint = (spec: PointSpec): DataType =>
  spec.unit === 'state' || spec.unit === 'bool' ? dataTypes.Int32 : dataTypes.Double

export type MetricPlace = { readonly name?: string; readonly alias?: number }

/** `say` is what the metric carries beside value and time: its data type (births) and its quality even when good. */
export function metricOfReading(
  place: MetricPlace,
  reading: Reading,
  datatype: DataType,
  say: {
    readonly datatype?: boolean
    readonly quality?: boolean
    readonly historical?: boolean
    readonly properties?: readonly Property[]
  },
): Metric {
  const properties = [...(say.properties ?? []), ...qualityProperties(reading, say.quality ?? false)]
  return {
    name: place.name,
    alias: place.alias,
    timestamp: reading.at,
    datatype: say.datatype ? datatype : undefined,
    isHistorical: say.historical ? true : undefined,
    isTransient: undefined,
    isNull: reading.value === null ? true : undefined,
    properties: properties.length > 0 ? properties : undefined,
    // A state that is no whole number would be cut by the int field; it travels whole instead, and the reader judges.
    kind:
      reading.value === null
        ? undefined
        : datatype === dataTypes.Int32 && isInt32(reading.value)
          ? 'int'
          : 'double',
    value: reading.value ?? undefined,
  }
}

const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0)

function qualityProperties(reading: Reading, alsoWhenGood: boolean): Property[] {
  if (reading.quality === 'good' && !alsoWhenGood) return []
  const properties: Property[] = [
    { key: qualityProperty, type: dataTypes.Int32, value: sparkplugQuality[reading.quality] },
  ]
  if (reading.quality === 'uncertain')
    properties.push({ key: uncertainProperty, type: dataTypes.Boolean, value: true })
  if (reading.quality !== 'good' && reading.statusCode !== undefined)
    properties.push({ key: statusCodeProperty, type: dataTypes.UInt32, value: reading.statusCode })
  return properties
}

export type RefusedReading = 'noTimestamp' | 'notANumber' | 'notFinite'

/** The reading in a metric, or why there is none. `datatype` is the birth's, for data that leaves it out. */
export function readingOfMetric(
  metric: Metric,
  datatype: DataType | undefined,
  sentAt: number | undefined,
): Reading | RefusedReading {
  const at = metric.timestamp ?? sentAt
  if (at === undefined) return 'noTimestamp'
  const properties = metric.properties
  const quality =
    properties === undefined
      ? metric.isNull
        ? 'bad'
        : 'good'
      : qualityOf(properties, metric.isNull === true)
  const statusCode = properties === undefined ? undefined : statusCodeOf(properties)
  if (quality === 'stale' || quality === 'bad')
    return statusCode === undefined ? { value: null, quality, at } : { value: null, quality, at, statusCode }
  // A double needs no sign mended, whatever its type says: only the int and long fields are two's complement.
  const value = numberOf(metric.value, metric.kind === 'double' ? undefined : (metric.datatype ?? datatype))
  if (value === undefined) return 'notANumber'
  if (!Number.isFinite(value)) return 'notFinite'
  return statusCode === undefined ? { value, quality, at } : { value, quality, at, statusCode }
}

/** Ours: 192, 500, 0. Other vendors send OPC's: 192..255 good, 64..191 uncertain, below and above bad. */
function qualityOf(properties: readonly Property[], isNull: boolean): Quality {
  const code = properties.find(property => property.key === qualityProperty)?.value
  const uncertain = properties.some(property => property.key === uncertainProperty && property.value === true)
  const stated: Quality = code === undefined ? 'good' : code === 500 ? 'stale' : byCode(Number(code))
  if (isNull) return stated === 'stale' ? 'stale' : 'bad'
  return stated === 'good' && uncertain ? 'uncertain' : stated
}

const byCode = (code: number): Quality =>
  code >= 192 && code < 256 ? 'good' : code >= 64 && code < 192 ? 'uncertain' : 'bad'

function statusCodeOf(properties: readonly Property[]): number | undefined {
  const value = properties.find(property => property.key === statusCodeProperty)?.value
  return typeof value === 'number' ? value : undefined
}
