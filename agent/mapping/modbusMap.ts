import {
  type Addressing,
  addressMax,
  type ModbusAddress,
  modbusAddress,
} from '#agent/mapping/modbusAddress.ts'
import { type ModbusEntry, ModbusMapFile } from '#agent/mapping/modbusMapFile.ts'
import {
  type ByteOrder,
  type ModbusType,
  modbusTypes,
  registersOf,
  wholeRange,
} from '#agent/mapping/modbusType.ts'
import { boundEntry, type PointBinding, parsedMap } from '#agent/mapping/pointMap.ts'
import { checked } from '#contract/check.ts'
import { Failure } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'
import { type DurationMs, toCanonical } from '#contract/units.ts'

export type PollGroup = { readonly name: string; readonly everyMs: DurationMs }

/** What a map is read for: the source's own words. */
export type ModbusMapUse = {
  readonly site: Site
  readonly unitId: number
  readonly pollGroups: readonly PollGroup[]
  /** Ids of the equipment that the source names, if it does. */
  readonly equipment?: readonly string[] | undefined
}

export type ModbusFunction = 5 | 6 | 15 | 16
/** In the point's unit. */
export type ModbusWriting = {
  readonly lowest: number
  readonly highest: number
  readonly functionCode: ModbusFunction
}

/** One point and where its value lies; `start` counts from 0, `count` is in registers, or in bits for coils and discretes. */
export type ModbusPoint = ModbusAddress & {
  readonly binding: PointBinding
  readonly unitId: number
  readonly count: number
  readonly type: ModbusType
  readonly order: ByteOrder
  readonly bit: number | undefined
  readonly invalid: readonly number[]
  readonly everyMs: DurationMs
  readonly writing: ModbusWriting | undefined
}

/** A leak input polled more slowly than this would be no leak input. */
const fastMaxMs = 1_000

export const holdsBits = (register: ModbusAddress['register']): boolean =>
  register === 'coil' || register === 'discrete'

/** The points of a register map, or a failure that names the file, the entry and what is allowed. */
export function readModbusMap(path: string, use: ModbusMapUse): readonly ModbusPoint[] {
  return modbusPoints(parsedMap(path), path, use)
}

export function modbusPoints(raw: unknown, where: string, use: ModbusMapUse): readonly ModbusPoint[] {
  const file = checked(ModbusMapFile, raw, where)
  const placeBySeries = new Map<string, string>()
  const points = file.points.map((entry, index) => {
    const place = `${where}: points[${index}]`
    const point = pointOf(entry, { place, use, addressing: file.addresses, order: entry.order ?? file.order })
    const series = seriesOf(point)
    const earlier = placeBySeries.get(series)
    if (earlier !== undefined)
      throw invalid(`${place}: ${series} is already read from ${earlier}; a point has one address`)
    placeBySeries.set(series, point.binding.address)
    return point
  })
  refuseOverlaps(points, where)
  return points
}

type About = {
  readonly place: string
  readonly use: ModbusMapUse
  readonly addressing: Addressing | undefined
  readonly order: ByteOrder
}

function pointOf(entry: ModbusEntry, about: About): ModbusPoint {
  const { place, use, order } = about
  const at = modbusAddress(
    { address: entry.address, ...(entry.register === undefined ? {} : { register: entry.register }) },
    about.addressing,
  )
  if (typeof at === 'string') throw invalid(`${place}${at}`)
  const type = typeOf(entry, at, place)
  const count = registersOf[type]
  if (at.start + count - 1 > addressMax)
    throw invalid(`${place}: ${type} at ${at.start} ends beyond the last address, ${addressMax}`)
  const unitId = entry.unitId ?? use.unitId
  const bit = entry.bit === undefined ? '' : `.${entry.bit}`
  const unit = unitId === use.unitId ? '' : `unit ${unitId} `
  const address = `${unit}${at.register} ${at.start}${bit}`
  const equipment = entry.equipment ?? onlyEquipment(use, place)
  const binding = boundEntry({ ...entry, address, equipment }, use.site, place)
  if (type === 'bool' && binding.spec.unit !== 'bool' && binding.spec.unit !== 'state')
    throw invalid(`${place}: one bit holds 0 or 1, but ${entry.point} is in ${binding.spec.unit}`)
  refuseDeadMarkers(entry.invalid, type, place)
  return {
    ...at,
    binding,
    unitId,
    count,
    type,
    // A contact is no number: it has no bytes to swap.
    order: holdsBits(at.register) ? 'ABCD' : order,
    bit: entry.bit,
    invalid: entry.invalid,
    everyMs: paceOf(entry, binding, about),
    writing: writingOf(entry, { at, type, count, binding, place }),
  }
}

function onlyEquipment(use: ModbusMapUse, place: string): string {
  const [only, ...others] = use.equipment ?? []
  if (only !== undefined && others.length === 0) return only
  throw invalid(`${place}: missing "equipment"; allowed: an id here, or one in the source's own "equipment"`)
}

function typeOf(entry: ModbusEntry, { register }: ModbusAddress, place: string): ModbusType {
  if (holdsBits(register)) {
    if (entry.type !== undefined && entry.type !== 'bool')
      throw invalid(
        `${place}.type = "${entry.type}" does not fit into a ${register}, which is one bit; allowed: bool`,
      )
    if (entry.bit !== undefined)
      throw invalid(`${place}.bit = ${entry.bit}: a ${register} is one bit already; allowed: no "bit"`)
    return 'bool'
  }
  if (entry.type === undefined)
    throw invalid(`${place}: missing "type" of the ${register} register; allowed: ${modbusTypes.join(', ')}`)
  if (entry.type === 'bool' && entry.bit === undefined)
    throw invalid(
      `${place}: missing "bit", 0 to 15: which of the sixteen of the ${register} register; or "type: uint16"`,
    )
  if (entry.type !== 'bool' && entry.bit !== undefined)
    throw invalid(`${place}.bit = ${entry.bit} with "type: ${entry.type}"; allowed: with "type: bool" only`)
  return entry.type
}

function paceOf(entry: ModbusEntry, { spec }: PointBinding, { place, use }: About): DurationMs {
  const name = entry.poll ?? (spec.fast ? 'fast' : 'normal')
  const group = use.pollGroups.find(one => one.name === name)
  if (!group)
    throw invalid(
      `${place}.poll = "${name}" is no poll group of the source; allowed: ${use.pollGroups.map(one => one.name).join(', ')}`,
    )
  if (spec.fast && group.everyMs > fastMaxMs)
    throw invalid(
      `${place}.poll = "${name}" asks each ${group.everyMs} ms, but protection depends on ${entry.point}; allowed: at most ${fastMaxMs} ms`,
    )
  return group.everyMs
}

/** A marker that no register can hold is a slip: 32768 for 0x8000 is right, 70000 for one register is not. */
function refuseDeadMarkers(markers: readonly number[], type: ModbusType, place: string): void {
  const range = wholeRange(type)
  if (!range) return
  const bare = 2 ** (registersOf[type] * 16) - 1
  for (const marker of markers) {
    if (type === 'bool' || !Number.isInteger(marker) || marker < Number(range[0]) || marker > bare)
      throw invalid(
        `${place}.invalid: ${marker} never stands in registers of type ${type}; allowed: what they can hold`,
      )
  }
}

function writingOf(
  entry: ModbusEntry,
  of: {
    readonly at: ModbusAddress
    readonly type: ModbusType
    readonly count: number
    readonly binding: PointBinding
    readonly place: string
  },
): ModbusWriting | undefined {
  const { at, place } = of
  const { spec } = of.binding
  if (entry.write === undefined && spec.writable)
    throw invalid(
      `${place}: ${entry.point} is a point that is written; say "write: true", "write: false" or its limits`,
    )
  if (entry.write === undefined || entry.write === false) return undefined
  if (!spec.writable) throw invalid(`${place}.write: ${entry.point} is measured, never written`)
  if (at.register === 'discrete' || at.register === 'input')
    throw invalid(`${place}.write: what is ${at.register} can only be read; allowed: coil, holding`)
  if (entry.bit !== undefined)
    throw invalid(
      `${place}.write: one bit of a register cannot be written without rewriting its neighbours; allowed: a coil, or a register of its own`,
    )
  const told = entry.write === true ? {} : entry.write
  const functionCode = functionOf(told.function, at, of.count, place)
  const unit = entry.unit ?? spec.unit
  const inPoint = (value: number) => toCanonical(value, unit)?.value ?? Number.NaN
  const lowest = told.lowest === undefined ? spec.range[0] : inPoint(told.lowest)
  const highest = told.highest === undefined ? spec.range[1] : inPoint(told.highest)
  if (!(lowest <= highest))
    throw invalid(
      `${place}.write: lowest ${lowest} ${spec.unit} is above highest ${highest} ${spec.unit}; allowed: lowest at or below highest`,
    )
  return { lowest, highest, functionCode }
}

function functionOf(
  told: ModbusFunction | undefined,
  { register }: ModbusAddress,
  count: number,
  place: string,
): ModbusFunction {
  const fitting: readonly ModbusFunction[] = register === 'coil' ? [5, 15] : count === 1 ? [6, 16] : [16]
  if (told === undefined) return fitting[0] as ModbusFunction
  if (fitting.includes(told)) return told
  const what = register === 'coil' ? 'a coil' : count === 1 ? 'one register' : `${count} registers`
  throw invalid(`${place}.write.function = ${told} does not write ${what}; allowed: ${fitting.join(', ')}`)
}

/** Two points on one bit: one of them is read from the wrong place. */
function refuseOverlaps(points: readonly ModbusPoint[], where: string): void {
  const spans = points
    .map(point => {
      const perAddress = holdsBits(point.register) ? 1 : 16
      const first = point.start * perAddress + (point.bit ?? 0)
      const bits = point.type === 'bool' ? 1 : point.count * perAddress
      return { point, table: `${point.unitId} ${point.register}`, first, end: first + bits }
    })
    .toSorted((a, b) => a.table.localeCompare(b.table) || a.first - b.first || a.end - b.end)
  let before = spans[0]
  for (const span of spans.slice(1)) {
    if (before && span.table === before.table && span.first < before.end)
      throw invalid(
        `${where}: ${shown(before.point)} and ${shown(span.point)} overlap; allowed: each bit in one point`,
      )
    before = span
  }
}

const shown = (point: ModbusPoint): string => `${seriesOf(point)} (${point.binding.address}, ${point.type})`

export const seriesOf = ({ binding }: ModbusPoint): string => `${binding.equipment}.${binding.point}`

const invalid = (sentence: string): Failure => new Failure('CONFIG_INVALID', sentence)
