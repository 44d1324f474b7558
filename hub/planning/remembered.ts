import { day, type Millis } from '#contract/units.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** The hub hands over the rows of this span each time: beyond a day, other weather. */
export const handedMs = day
/** Beyond three weeks, other weather and other wear; so the thread's memory has an end. */
export const rememberedMs = 21 * day
/** What is asked of the store in one piece. */
const pieceMs = day

/** From `fromAt` to before `toAt`, both at the start of a row. */
export type Span = { readonly fromAt: Millis; readonly toAt: Millis }

export const rowStartOf = (at: Millis): Millis => at - (at % rowMs)

/** The piece of history that ends at `endAt`, a row's start; undefined: nothing so old is remembered. */
export function pieceBefore(endAt: Millis, now: Millis): Span | undefined {
  const oldestAt = Math.max(0, Math.ceil((now - rememberedMs) / rowMs) * rowMs)
  const fromAt = Math.max(oldestAt, endAt - pieceMs)
  return fromAt < endAt ? { fromAt, toAt: endAt } : undefined
}

/**
 * What came, after what came before it. Of the last day only what came counts: a sensor since found doubtful took the
 * rest away. Each list in order of time.
 */
export function remembered(
  before: readonly PlantRow[],
  come: { readonly fresh: readonly PlantRow[]; readonly recalled: readonly PlantRow[]; readonly now: Millis },
): readonly PlantRow[] {
  const { fresh, recalled, now } = come
  const firstAt = Math.min(fresh[0]?.at ?? Number.POSITIVE_INFINITY, now - handedMs)
  const older = joined(before, recalled).filter(row => row.at < firstAt && row.at >= now - rememberedMs)
  return [...older, ...fresh]
}

/** Both in order of time, each instant once: what is known goes before what is recalled. */
function joined(known: readonly PlantRow[], recalled: readonly PlantRow[]): readonly PlantRow[] {
  if (recalled.length === 0) return known
  const knownAt = new Set(known.map(row => row.at))
  return [...known, ...recalled.filter(row => !knownAt.has(row.at))].sort((a, b) => a.at - b.at)
}
