import Type from 'typebox'
import { checked } from '#contract/check.ts'
import type { SignedLease } from '#contract/messages/lease.ts'
import { type DataType, dataTypes, numberOf, type WireValue } from '#contract/sparkplug/dataTypes.ts'
import type { Metric, Property } from '#contract/sparkplug/payload.ts'
import type { MetricPlace } from '#contract/sparkplug/readingMetric.ts'

/**
 * A lease as the metric of a DCMD: the value is the request, the properties are the lease's other fields under their own
 * names. Equipment and point travel in topic and metric, and again under the signature.
 */
const propertyTypes = {
  id: dataTypes.String,
  groupId: dataTypes.String,
  groupSize: dataTypes.Int32,
  expected: dataTypes.Double,
  reason: dataTypes.String,
  author: dataTypes.String,
  priority: dataTypes.String,
  version: dataTypes.Int64,
  issuedAt: dataTypes.DateTime,
  notBeforeAt: dataTypes.DateTime,
  expiresAt: dataTypes.DateTime,
  keyId: dataTypes.String,
  signature: dataTypes.String,
} as const satisfies Partial<Record<keyof SignedLease, DataType>>

const names = Object.keys(propertyTypes) as ReadonlyArray<keyof typeof propertyTypes>

/** Form only; whether the lease may act is the guard's business. Texts are bounded: a reason is a sentence or two. */
const LeaseFields = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 100 }),
    groupId: Type.String({ minLength: 1, maxLength: 100 }),
    groupSize: Type.Integer({ minimum: 1, maximum: 1_000 }),
    equipment: Type.String({ minLength: 1, maxLength: 100 }),
    point: Type.String({ minLength: 1, maxLength: 100 }),
    value: Type.Number(),
    expected: Type.Number(),
    reason: Type.String({ maxLength: 2_000 }),
    author: Type.String({ maxLength: 200 }),
    priority: Type.Enum(['plan', 'remoteOperator']),
    version: Type.Integer({ minimum: 0 }),
    issuedAt: Type.Integer({ minimum: 0 }),
    notBeforeAt: Type.Integer({ minimum: 0 }),
    expiresAt: Type.Integer({ minimum: 0 }),
    keyId: Type.String({ maxLength: 200 }),
    signature: Type.String({ maxLength: 1_000 }),
  },
  { additionalProperties: false },
)

export const metricOfLease = (place: MetricPlace, lease: SignedLease, datatype: DataType): Metric => ({
  name: place.name,
  alias: place.alias,
  timestamp: lease.issuedAt,
  datatype: place.alias === undefined ? datatype : undefined,
  kind: datatype === dataTypes.Int32 && Number.isInteger(lease.value) ? 'int' : 'double',
  value: lease.value,
  properties: names.map((key): Property => ({ key, type: propertyTypes[key], value: lease[key] })),
})

/** The lease in a DCMD metric, or MESSAGE_INVALID naming the field that is missing or not allowed. */
export function leaseOfMetric(
  place: { readonly equipment: string; readonly point: string; readonly datatype: DataType },
  metric: Metric,
): SignedLease {
  const fields: Record<string, WireValue | null | undefined> = Object.create(null)
  for (const { key, value } of metric.properties ?? [])
    if (Object.hasOwn(propertyTypes, key)) fields[key] = value
  const lease = {
    ...fields,
    equipment: place.equipment,
    point: place.point,
    value: numberOf(metric.value, metric.datatype ?? place.datatype),
  }
  return checked(LeaseFields, lease, `lease for ${place.equipment}.${place.point}`, 'MESSAGE_INVALID')
}
