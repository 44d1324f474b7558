import { basename } from 'node:path'
import { type CsvColumns, readCsvColumns, readLines } from '#commands/audit/csvFile.ts'
import type { AuditOptions } from '#commands/audit/options.ts'
import {
  converterOf,
  type MappedColumn,
  mappedColumn,
  plantColumns,
  type SiteMap,
  type TimeColumn,
} from '#commands/audit/siteMap.ts'
import { timeReader, zoneOffsetMs } from '#commands/audit/timeText.ts'
import { Failure } from '#contract/failure.ts'
import { type Millis, minute } from '#contract/units.ts'
import type { Sensor, SensorTable } from '#models/sanity/sensors.ts'

export type SiteHistory = {
  readonly table: SensorTable
  readonly testFrom: number
  readonly zoneMs: Millis
  /** What was put in order, and what is missing. */
  readonly notes: readonly string[]
}

/** Without --test the last quarter is held out. */
const heldOut = 0.25
/** What loggers write for no value, in the file's own unit. */
const sentinelsRaw = [0, 32, -1, -40, 99, 999, 9999, -99, -999, -9999, 32767, -32768, 65535]

/** All files of an audit as one table in Coldloop's units: history first, then the test. */
export function readHistory(
  map: SiteMap,
  options: Pick<AuditOptions, 'history' | 'test' | 'join'>,
): SiteHistory {
  const notes: string[] = []
  const columns = plantColumns(map)
  const history = inOrder(
    options.history.map(path => readPart(path, map.time, columns)),
    notes,
  )
  const test = inOrder(
    options.test.map(path => readPart(path, map.time, columns)),
    notes,
  )
  if (test && test.at[0]! <= history!.at.at(-1)! && test.at.at(-1)! >= history!.at[0]!)
    throw new Failure(
      'CONFIG_INVALID',
      `${options.test[0]}: the test (${timeOf(test.at[0]!)} …) overlaps the history (… ${timeOf(history!.at.at(-1)!)}); a model is judged on rows that it has not seen`,
    )
  const all = test ? joinedEnds(history!, test) : history!
  const intervalMs = map.intervalMinutes ? map.intervalMinutes * minute : usualStepMs(all.at)
  for (const part of test ? [history!, test] : [all]) noteGaps(part.at, intervalMs, notes)
  const sensors = [
    ...columns.map(column =>
      sensorOf(column, all.columns.get(column.column)!, { intervalMs, joined: false }),
    ),
    ...joinedSensors(map, options.join, { at: all.at, intervalMs, notes }),
  ]
  return {
    table: { at: all.at, intervalMs, sensors },
    testFrom: test ? history!.at.length : Math.floor(all.at.length * (1 - heldOut)),
    zoneMs: zoneOffsetMs(map.time.zone),
    notes,
  }
}

const readPart = (path: string, time: TimeColumn, columns: readonly MappedColumn[]): CsvColumns =>
  readCsvColumns(path, {
    time: time.column,
    timeOf: timeReader(time.format, zoneOffsetMs(time.zone)),
    columns: columns.map(({ column }) => column),
  })

type Part = Pick<CsvColumns, 'at' | 'columns'>

/** Files put together in order of time; of rows with one time the last counts. */
function inOrder(files: readonly CsvColumns[], notes: string[]): Part | undefined {
  if (files.length === 0) return undefined
  const places = files.flatMap(({ at }, file) => Array.from(at, (instant, row) => ({ instant, file, row })))
  const wasInOrder = places.every(
    ({ instant }, index) => index === 0 || instant >= places[index - 1]!.instant,
  )
  const sorted = wasInOrder
    ? places
    : [...places].sort((a, b) => a.instant - b.instant || a.file - b.file || a.row - b.row)
  const kept = sorted.filter(({ instant }, index) => instant !== sorted[index + 1]?.instant)
  const name = files.length === 1 ? files[0]!.path : `${files.length} files from ${files[0]!.path}`
  if (!wasInOrder) notes.push(`${name}: rows were not in order of time and have been sorted`)
  if (kept.length < sorted.length)
    notes.push(`${name}: ${sorted.length - kept.length} rows repeat a time; the last of each counts`)
  const columns = new Map(
    [...files[0]!.columns.keys()].map(column => [
      column,
      Float64Array.from(kept, ({ file, row }) => files[file]!.columns.get(column)![row]!),
    ]),
  )
  return { at: Float64Array.from(kept, ({ instant }) => instant), columns }
}

const joinedEnds = (first: Part, second: Part): Part => ({
  at: Float64Array.from([...first.at, ...second.at]),
  columns: new Map(
    [...first.columns].map(([name, values]) => [
      name,
      Float64Array.from([...values, ...second.columns.get(name)!]),
    ]),
  ),
})

function usualStepMs(at: Float64Array): Millis {
  const steps = at
    .subarray(1)
    .map((instant, row) => instant - at[row]!)
    .sort()
  const middle = steps[steps.length >> 1]
  if (middle === undefined)
    throw new Failure('CONFIG_INVALID', 'the history has a single row; at least 50 sound ones are needed')
  return middle
}

function noteGaps(at: Float64Array, intervalMs: Millis, notes: string[]): void {
  const gaps = Array.from(at.subarray(1), (instant, row) => instant - at[row]!).filter(
    step => step > 1.5 * intervalMs,
  )
  if (gaps.length > 0)
    notes.push(
      `${gaps.length} gaps in the times beyond the step of ${intervalMs / minute} min, the longest ${(Math.max(...gaps) / 3_600_000).toFixed(1)} h; nothing is filled in`,
    )
}

function sensorOf(
  column: MappedColumn,
  raw: Float64Array,
  options: { readonly intervalMs: Millis; readonly joined: boolean },
): Sensor {
  const convert = converterOf(column, options.intervalMs)
  return {
    column: column.column,
    role: column.role,
    values: raw.map(convert),
    joined: options.joined,
    sentinels: sentinelsRaw.map(convert),
  }
}

/** Each joined file is known by its columns; values come from the nearest row within the map's minutes. */
function joinedSensors(
  map: SiteMap,
  paths: readonly string[],
  given: { readonly at: Float64Array; readonly intervalMs: Millis; readonly notes: string[] },
): Sensor[] {
  const entries = map.join ?? []
  if (paths.length > 0 && entries.length === 0)
    throw new Failure(
      'CONFIG_INVALID',
      `--join ${paths[0]}: the map has no "join:" that says what its columns are`,
    )
  const files = entries.map((): string[] => [])
  for (const path of paths) {
    const { header } = readLines(path)
    const entry = entries.findIndex(({ time, columns }) =>
      [time, ...columns].every(({ column }) => header.includes(column)),
    )
    if (entry < 0)
      throw new Failure(
        'CONFIG_INVALID',
        `--join ${path}: its columns (${header.join(', ')}) hold none of the map's joins (${entries.map(({ columns }) => columns.map(({ column }) => column).join(', ')).join('; ')})`,
      )
    files[entry]!.push(path)
  }
  return entries.flatMap((entry, index) => {
    const columns = entry.columns.map(mappedColumn)
    const part = inOrder(
      files[index]!.map(path => readPart(path, entry.time, columns)),
      given.notes,
    )
    if (!part) {
      given.notes.push(`no --join file holds ${columns.map(({ column }) => column).join(', ')}`)
      return []
    }
    const nearest = nearestRows(given.at, part.at, (entry.withinMinutes ?? 15) * minute)
    const unmatched = nearest.filter(row => row < 0).length
    if (unmatched > 0)
      given.notes.push(
        `${unmatched} rows have no row of ${files[index]!.map(path => basename(path)).join(', ')} within ${entry.withinMinutes ?? 15} min`,
      )
    return columns.map(column => {
      const values = part.columns.get(column.column)!
      const matched = Float64Array.from(nearest, row => (row < 0 ? Number.NaN : values[row]!))
      // Two loggers may use one name: the other one's is told apart.
      const isTaken =
        map.target.column === column.column || map.columns.some(own => own.column === column.column)
      const sensor = sensorOf(column, matched, { intervalMs: given.intervalMs, joined: true })
      return isTaken ? { ...sensor, column: `${column.column} (joined)` } : sensor
    })
  })
}

/** Row of the nearest time, or −1 where none is within `withinMs`; both lists in order. */
function nearestRows(at: Float64Array, others: Float64Array, withinMs: Millis): Int32Array {
  let row = 0
  return Int32Array.from(at, instant => {
    while (
      row + 1 < others.length &&
      Math.abs(others[row + 1]! - instant) <= Math.abs(others[row]! - instant)
    )
      row++
    return Math.abs(others[row]! - instant) <= withinMs ? row : -1
  })
}

const timeOf = (at: Millis): string => new Date(at).toISOString().slice(0, 16)
