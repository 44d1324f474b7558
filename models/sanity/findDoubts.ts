import { driftsOf } from '#models/sanity/drift.ts'
import { dropoutSpans } from '#models/sanity/dropout.ts'
import { frozenSpans, type StandStill } from '#models/sanity/frozen.ts'
import { type Breach, breachesOf } from '#models/sanity/impossible.ts'
import {
  type Doubt,
  type Finding,
  type Sensor,
  type SensorTable,
  type Span,
  spansOf,
} from '#models/sanity/sensors.ts'

export type DoubtfulHistory = {
  /** By column, then time: what a person is told, and what maintenance is asked to mend. */
  readonly doubts: readonly Doubt[]
  /** Rows not to be learned from, by column: 1 is doubtful. */
  readonly doubtful: ReadonlyMap<string, Uint8Array>
}

type Entry = Span & {
  readonly column: string
  readonly finding: Finding
  readonly rows: number
  readonly reason: string
  readonly cause: string
  readonly evidence: boolean
}

/** Breaches and dropouts closer together than this are one story. */
const bridgeRows = 36

/**
 * Doubtful spans of a history. A cause is named once: rows that break a law because a sensor in it is already known to be
 * frozen, dropped or drifting are listed as evidence on that sensor, and nobody else is accused for them. Sensors that `mayRest` are
 * not called frozen.
 */
export function findDoubts(
  table: SensorTable,
  { mayRest = () => false }: { readonly mayRest?: (sensor: Sensor) => boolean } = {},
): DoubtfulHistory {
  const doubtful = new Map(table.sensors.map(({ column }) => [column, new Uint8Array(table.at.length)]))
  const entries: Entry[] = []
  const hold = (found: readonly Entry[]) => {
    entries.push(...found)
    for (const { column, first, last, finding } of found)
      if (finding !== 'impossible') doubtful.get(column)?.fill(1, first, last + 1)
  }
  hold(
    table.sensors.flatMap(sensor =>
      dropoutSpans(table, sensor).map(found => dropoutEntry(sensor.column, found)),
    ),
  )
  const still = table.sensors
    .filter(sensor => !mayRest(sensor))
    .flatMap(sensor => frozenSpans(table, sensor, doubtful).map(span => ({ column: sensor.column, ...span })))
  hold(still.map(span => frozenEntry(span, still)))
  hold(driftsOf(table, doubtful).map(driftEntry))
  for (const breach of breachesOf(table, doubtful)) {
    const { proven, fresh } = explained(breach, doubtful)
    entries.push(...evidenceEntries(breach, proven, entries), ...freshEntries(breach, fresh))
    const own = doubtful.get(breach.column)
    fresh.forEach((flag, row) => {
      if (flag && own) own[row] = 1
    })
  }
  return {
    doubts: entries
      .map(entry => doubtOf(table, entry))
      .sort((a, b) => a.column.localeCompare(b.column) || a.fromAt - b.fromAt),
    doubtful,
  }
}

const dropoutEntry = (column: string, { why, ...span }: Span & { why: string }): Entry => ({
  ...span,
  column,
  finding: 'dropout',
  rows: span.last - span.first + 1,
  reason: why,
  cause: `${column} drops out`,
  evidence: false,
})

/** Sensors that stop at the same row stop for one reason: what reads them. */
function frozenEntry(
  { moved, ...span }: StandStill & { column: string },
  all: ReadonlyArray<Span & { column: string }>,
): Entry {
  const together = all.filter(other => Math.abs(other.first - span.first) <= 1 && overlap(other, span) > 0.5)
  const columns = together.map(({ column }) => column)
  return {
    ...span,
    finding: 'frozen',
    rows: span.last - span.first + 1,
    reason:
      columns.length > 1
        ? `stands still together with ${columns.filter(column => column !== span.column).join(', ')} while the plant moves: what reads them has stopped`
        : `one value for longer than it ever shows by itself${moved ? `, while ${moved.column} moved by ${moved.by.toPrecision(2)} ${moved.unit}` : ''}`,
    cause:
      columns.length > 1
        ? `${columns.join(', ')} stand still from row ${span.first}`
        : `${span.column} frozen`,
    evidence: false,
  }
}

const overlap = (a: Span, b: Span): number =>
  (Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1) /
  (Math.max(a.last, b.last) - Math.min(a.first, b.first) + 1)

const driftEntry = ({ why, ...span }: Span & { column: string; why: string }): Entry => ({
  ...span,
  finding: 'drift',
  rows: span.last - span.first + 1,
  reason: why,
  cause: `${span.column} drifts`,
  evidence: false,
})

/** Breaches that a known doubt explains, told apart from those that are news. */
function explained({ involved, flags }: Breach, doubtful: ReadonlyMap<string, Uint8Array>) {
  const known = flags.map((_, row) => (involved.some(column => doubtful.get(column)?.[row]) ? 1 : 0))
  return {
    proven: flags.map((flag, row) => flag & known[row]!),
    fresh: flags.map((flag, row) => flag & (1 - known[row]!)),
  }
}

/** What proves a doubt that is already held against the same column: one line for each doubt, however scattered the rows. */
function evidenceEntries({ column, why }: Breach, proven: Uint8Array, held: readonly Entry[]): Entry[] {
  const named = new Set<string>()
  return held.flatMap(doubt => {
    // That a dropped value breaks laws needs no saying.
    if (doubt.column !== column || doubt.evidence || doubt.finding === 'dropout') return []
    const rows = rowsWithin(proven, doubt)
    const name = `${doubt.cause} ${doubt.first}`
    if (rows.length === 0 || named.has(name)) return []
    named.add(name)
    return [
      {
        column,
        finding: 'impossible' as const,
        first: rows[0]!,
        last: rows.at(-1)!,
        rows: rows.length,
        reason: `${why}; proof that it is ${doubt.finding}, no second fault`,
        cause: doubt.cause,
        evidence: true,
      },
    ]
  })
}

const freshEntries = ({ column, why }: Breach, fresh: Uint8Array): Entry[] =>
  spansOf(fresh, bridgeRows).map(span => ({
    ...span,
    column,
    finding: 'impossible',
    rows: rowsWithin(fresh, span).length,
    reason: why,
    cause: `${column}: ${why}`,
    evidence: false,
  }))

function rowsWithin(flags: Uint8Array, { first, last }: Span): number[] {
  const rows: number[] = []
  for (let row = first; row <= last; row++) if (flags[row]) rows.push(row)
  return rows
}

const doubtOf = ({ at }: SensorTable, { first, last, ...entry }: Entry): Doubt => ({
  ...entry,
  fromAt: at[first]!,
  toAt: at[last]!,
})
