import { readFileSync } from 'node:fs'
import Type, { type Static } from 'typebox'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { type PointSpec, pointSpec, pointsOf } from '#contract/points.ts'
import type { Equipment, Site } from '#contract/site/site.ts'
import { foreignUnitNames, fromCanonical, toCanonical } from '#contract/units.ts'

/** A person's file that says which foreign address is which of our points. */
export const PointMapFile = Type.Object(
  {
    points: Type.Array(
      Type.Object(
        {
          address: Type.String({
            minLength: 1,
            description: 'OPC UA node id (ns=2;s=…, nsu=urn:…;s=…) or MQTT topic',
          }),
          equipment: Type.String(),
          point: Type.String(),
          unit: Type.Optional(
            Type.Enum([...foreignUnitNames], {
              description: 'unit of the device; absent: the unit of the point',
            }),
          ),
          scale: Type.Number({
            default: 1,
            description: 'device value × scale + offset is the value in `unit`',
          }),
          offset: Type.Number({ default: 0 }),
        },
        { additionalProperties: false },
      ),
      // One agent looks after at most a few thousand points; a file beyond that is a mistake.
      { maxItems: 20_000 },
    ),
  },
  { additionalProperties: false },
)
export type PointMapFile = Static<typeof PointMapFile>

/** One foreign address and the point that it is; values cross it in both directions. */
export type PointBinding = {
  readonly address: string
  readonly equipment: string
  readonly point: string
  readonly spec: PointSpec
  /** Device's value → value in the point's unit. */
  toPoint(deviceValue: number): number
  /** Value in the point's unit → device's value. */
  toDevice(pointValue: number): number
}

const asItIs = (value: number): number => value

/** A binding whose device speaks our units. */
export const plainBinding = (
  address: string,
  equipment: string,
  point: string,
  spec: PointSpec,
): PointBinding => ({
  address,
  equipment,
  point,
  spec,
  toPoint: asItIs,
  toDevice: asItIs,
})

/** The agent keeps a CDU's `mode` itself: no device is asked for it. */
export const isKeptByAgent = (equipment: Equipment, point: string): boolean =>
  equipment.kind === 'cdu' && point === 'mode'

/** Every point of the equipment at the address that `addressOf` gives it; undefined: the device has none. */
export function generatedBindings(
  equipment: readonly Equipment[],
  addressOf: (item: Equipment, point: string, spec: PointSpec) => string | undefined,
): readonly PointBinding[] {
  return equipment.flatMap(item =>
    pointsOf(item.kind).flatMap(([point, spec]) => {
      if (isKeptByAgent(item, point)) return []
      const address = addressOf(item, point, spec)
      return address === undefined ? [] : [plainBinding(address, item.id, point, spec)]
    }),
  )
}

/** The bindings of a map file, or a failure that names the file, the entry and what is allowed. */
export function readPointMap(path: string, site: Site): readonly PointBinding[] {
  return mappedBindings(parsedMap(path), site, path)
}

export function mappedBindings(raw: unknown, site: Site, where: string): readonly PointBinding[] {
  const file = checked(PointMapFile, raw, where)
  const addressBySeries = new Map<string, string>()
  const seriesByAddress = new Map<string, string>()
  return file.points.map((entry, index) => {
    const place = `${where}: points[${index}]`
    const series = `${entry.equipment}.${entry.point}`
    const earlier = addressBySeries.get(series)
    if (earlier !== undefined)
      throw invalid(`${place}: ${series} is already read from "${earlier}"; a point has one address`)
    const taken = seriesByAddress.get(entry.address)
    if (taken !== undefined)
      throw invalid(`${place}: address "${entry.address}" is already ${taken}; an address is one point`)
    addressBySeries.set(series, entry.address)
    seriesByAddress.set(entry.address, series)
    return boundEntry(entry, site, place)
  })
}

/** The binding of one entry, or a failure that begins with its place. */
export function boundEntry(entry: PointMapFile['points'][number], site: Site, place: string): PointBinding {
  const item = site.equipment.find(candidate => candidate.id === entry.equipment)
  if (!item) throw invalid(`${place}.equipment = "${entry.equipment}" is not in site ${site.name}`)
  const spec = pointSpec(item.kind, entry.point)
  if (!spec) {
    const known = pointsOf(item.kind).map(([name]) => name)
    throw invalid(
      `${place}.point = "${entry.point}" is not a point of a ${item.kind}; allowed: ${known.join(', ')}`,
    )
  }
  if (entry.scale === 0)
    throw invalid(`${place}.scale = 0 would make every value equal; allowed: any other number`)
  const unit = entry.unit ?? spec.unit
  const reached = toCanonical(0, unit)?.unit
  if (reached !== spec.unit)
    throw invalid(
      `${place}.unit = "${unit}" measures ${reached ?? 'nothing known'}, but ${entry.point} is in ${spec.unit}`,
    )
  return {
    address: entry.address,
    equipment: entry.equipment,
    point: entry.point,
    spec,
    toPoint: value => canonical(value * entry.scale + entry.offset, unit),
    toDevice: value => (foreign(value, unit) - entry.offset) / entry.scale,
  }
}

/** A binding whose device speaks `unit`; undefined when that does not measure what the point is. */
export function boundIn(options: {
  readonly address: string
  readonly equipment: string
  readonly point: string
  readonly spec: PointSpec
  readonly unit: string
}): PointBinding | undefined {
  const { address, equipment, point, spec, unit } = options
  if (toCanonical(0, unit)?.unit !== spec.unit) return undefined
  return {
    address,
    equipment,
    point,
    spec,
    toPoint: value => canonical(value, unit),
    toDevice: value => foreign(value, unit),
  }
}

function canonical(value: number, unit: string): number {
  const converted = toCanonical(value, unit)
  if (!converted) throw new Error(`unit ${unit} passed the check and has no conversion`)
  return converted.value
}

function foreign(value: number, unit: string): number {
  const converted = fromCanonical(value, unit)
  if (converted === undefined) throw new Error(`unit ${unit} passed the check and has no conversion`)
  return converted
}

/** A map file's content, before its form is looked at. */
export function parsedMap(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: cannot be read: ${sentenceOf(cause)}`, { cause })
  }
  try {
    return parse(text)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: is not YAML: ${sentenceOf(cause).split('\n')[0]}`, {
      cause,
    })
  }
}

const invalid = (sentence: string): Failure => new Failure('CONFIG_INVALID', sentence)
