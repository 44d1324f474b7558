import type { RegisterKind } from '#agent/mapping/modbusAddress.ts'
import { holdsBits } from '#agent/mapping/modbusMap.ts'

/** Where a value lies; `count` in registers, or in bits for coils and discretes. */
export type Span = {
  readonly unitId: number
  readonly register: RegisterKind
  readonly start: number
  readonly count: number
}

/** One request, and the points whose values are in its answer. */
export type Batch<P extends Span> = Span & { readonly points: readonly P[] }

export type PlanLimits = {
  /** Registers in one read; the standard allows 125. */
  readonly registersMax: number
  /** Registers that nobody asked for between two points of one read. */
  readonly bridgeRegisters: number
}

/** The standard's limit for coils and discretes (Application Protocol V1.1b3, 6.1). */
const bitsMax = 2_000
const bitsPerRegister = 16

/**
 * The fewest requests that read every point once: neighbours go together, over gaps that may be bridged, up to the
 * longest read that is allowed.
 */
export function planReads<P extends Span>(points: readonly P[], limits: PlanLimits): readonly Batch<P>[] {
  const sorted = points.toSorted(
    (a, b) =>
      a.unitId - b.unitId || a.register.localeCompare(b.register) || a.start - b.start || a.count - b.count,
  )
  const batches: Array<Span & { points: P[] }> = []
  for (const point of sorted) {
    const open = batches.at(-1)
    const joined = open && joinedSpan(open, point, limits)
    if (open && joined !== undefined) {
      batches[batches.length - 1] = { ...open, count: joined, points: [...open.points, point] }
      continue
    }
    const { unitId, register, start, count } = point
    batches.push({ unitId, register, start, count, points: [point] })
  }
  return batches
}

/** How long a read becomes that takes the point too; undefined: the point needs one of its own. */
function joinedSpan(open: Span, point: Span, limits: PlanLimits): number | undefined {
  if (point.unitId !== open.unitId || point.register !== open.register) return undefined
  const isBits = holdsBits(open.register)
  const gapMax = isBits ? limits.bridgeRegisters * bitsPerRegister : limits.bridgeRegisters
  const countMax = isBits ? bitsMax : limits.registersMax
  const end = open.start + open.count
  const joined = Math.max(end, point.start + point.count) - open.start
  return point.start - end <= gapMax && joined <= countMax ? joined : undefined
}

/**
 * What to ask instead of a read that the device refused because of an address in it: first without the registers that
 * nobody asked for, then by halves, until the one that is wrong stands alone; a lone one gives undefined.
 */
export function splitBatch<P extends Span>(
  batch: Batch<P>,
  limits: PlanLimits,
): readonly Batch<P>[] | undefined {
  const narrow: PlanLimits = { ...limits, bridgeRegisters: 0 }
  const parts = planReads(batch.points, narrow)
  if (parts.length > 1) return parts
  if (batch.points.length < 2) return undefined
  const half = Math.ceil(batch.points.length / 2)
  return [batch.points.slice(0, half), batch.points.slice(half)].flatMap(points => planReads(points, narrow))
}
