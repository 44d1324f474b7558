import Type from 'typebox'
import Value from 'typebox/value'
import { boundIn, type PointBinding } from '#agent/mapping/pointMap.ts'
import { parsedPayload } from '#agent/sources/mqttValue.ts'
import { integrationName, integrationTopic, placeOfMetadata, valueTopic } from '#contract/dsx.ts'
import { pointsOf } from '#contract/points.ts'
import type { Equipment } from '#contract/site/site.ts'

/** What we read of a metadata message; the rest of it is the building's own business. */
const Metadata = Type.Object({
  engUnit: Type.Optional(Type.String()),
  rackLocationName: Type.Optional(Type.String()),
  rackLocationId: Type.Optional(Type.String()),
  objectName: Type.Optional(Type.String()),
  objectId: Type.Optional(Type.String()),
  associateId: Type.Optional(Type.String()),
  processArea: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })),
  isSetpoint: Type.Optional(Type.Boolean()),
  integration: Type.Optional(Type.String()),
})

export const isMetadataTopic = (topic: string): boolean => placeOfMetadata(topic) !== undefined

/**
 * The point that a tag is: its object is one of our equipment (by id or name), and the catalogue has a point of that
 * object and point type, told apart by process area. Undefined: not ours. `refused`: ours, but not usable, and why.
 */
export function dsxTagBinding(options: {
  readonly topic: string
  readonly payload: Buffer
  readonly equipment: readonly Equipment[]
}): PointBinding | { readonly refused: string } | undefined {
  const place = placeOfMetadata(options.topic)
  const message = parsedPayload(options.payload)
  if (place === undefined || !Value.Check(Metadata, message)) return undefined
  const { objectType, pointType } = place
  const names = [
    message.rackLocationId,
    message.objectId,
    message.associateId,
    message.rackLocationName,
    message.objectName,
  ]
  const item = names
    .map(name => options.equipment.find(candidate => candidate.id === name || candidate.name === name))
    .find(found => found)
  if (!item) return undefined
  const areas = message.processArea ?? []
  const candidates = pointsOf(item.kind).filter(
    ([, { dsx }]) => dsx?.objectType === objectType && dsx.pointType === pointType,
  )
  const found =
    candidates.find(([, { dsx }]) => dsx?.processArea !== undefined && areas.includes(dsx.processArea)) ??
    candidates.find(
      ([, { dsx, writable }]) =>
        dsx?.processArea === undefined &&
        (message.isSetpoint ?? false) === (writable && dsx?.publishedBy === 'bms'),
    )
  if (!found) return undefined
  const [point, spec] = found
  if (spec.dsx?.publishedBy === 'integration' && message.integration !== integrationName)
    return {
      refused: `${options.topic} is written by "${message.integration ?? 'nobody'}", not by ${integrationName}: it is only looked at`,
    }
  const address = spec.dsx?.publishedBy === 'integration' ? integrationTopic(place) : valueTopic(place)
  const binding = boundIn({ address, equipment: item.id, point, spec, unit: message.engUnit ?? spec.unit })
  return (
    binding ?? {
      refused: `${options.topic} is in "${message.engUnit}", which is no unit of ${item.kind}.${point} (${spec.unit})`,
    }
  )
}
