import { type EquipmentKind, pointsOf } from '#contract/points.ts'
import { noneField, uncertainField } from '#contract/query/influxql.ts'
import { qualityCode, type Sample } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { whyNotStorable } from '#hub/store/storable.ts'
import type { IngestBatch } from '#hub/store/store.ts'

/**
 * InfluxDB line protocol, wide rows: measurement = equipment kind, tags `equipment` and `site` (sorted), one float field
 * for each point. The time is in nanoseconds: ms × 10⁶ + a place within the ms that follows from the record's epoch and
 * position alone (`placeInMs`). So a record that is sent again writes the very same rows, and two readings of one point in
 * the same ms stay two rows.
 */
export type LineWriter = {
  /** Appends the rows of a batch to `lines`; a sample that has no place goes to `refuse` with the reason. */
  write(batch: IngestBatch, lines: string[], refuse: (why: string) => void): void
}

type Place = {
  readonly head: string
  readonly fields: ReadonlyMap<string, Field>
  /** The rows of the record that is being written, the `call`th; and the newest instant among them. */
  call: number
  rows: Row[]
  newestAt: number
}
type Field = {
  readonly bit: number
  readonly word: 0 | 1
  readonly value: string
  readonly none: string
  readonly uncertain: string
}
type Row = {
  readonly head: string
  readonly at: number
  readonly time: string
  fields: string
  low: number
  high: number
  more: Row | undefined
  readonly occurrence: number
}

/** Bits of a JavaScript integer that can be tested cheaply; two words hold 62 points, and no kind has as many. */
const bitsPerWord = 31

export function lineWriter(site: Pick<Site, 'name' | 'equipment'>): LineWriter {
  const fieldsOfKind = new Map<EquipmentKind, ReadonlyMap<string, Field>>()
  const places = new Map<string, Place>()
  for (const { id, kind } of site.equipment) {
    let fields = fieldsOfKind.get(kind)
    if (!fields) fieldsOfKind.set(kind, (fields = fieldsOf(kind)))
    places.set(id, {
      head: `${escapeMeasurement(kind)},equipment=${escapeTag(id)},site=${escapeTag(site.name)} `,
      fields,
      call: 0,
      rows: [],
      newestAt: -1,
    })
  }
  let calls = 0
  /** Stands in for a position where an edge of another make proves none; it only keeps equal instants apart. */
  let unmarked = 0

  return {
    write: (batch, lines, refuse) => {
      const turn = batch.mark ? batch.mark.position + startOfEpoch(batch.mark.epoch) : unmarked++
      const rows: Row[] = []
      const placeText = padded(placeInMs(turn, 0))
      calls += 1
      let place: Place | undefined
      let equipment: string | undefined
      let at = -1
      let time = ''
      for (const sample of batch.samples) {
        if (sample.equipment !== equipment) {
          equipment = sample.equipment
          place = places.get(equipment)
        }
        const field = place?.fields.get(sample.point)
        const why = whyNotStorable(sample)
        if (!place || !field || why !== undefined) {
          refuse(why ?? `the site has no ${sample.equipment}.${sample.point}`)
          continue
        }
        if (place.call !== calls) startRows(place, calls)
        let row = rowAt(place, sample.at)
        if (row === undefined) {
          // Neighbours mostly share their instant: its text is made once.
          if (sample.at !== at) {
            at = sample.at
            time = ` ${at}${placeText}`
          }
          row = newRow(place.head, at, time, 0)
          place.rows.push(row)
          place.newestAt = Math.max(place.newestAt, at)
          rows.push(row)
        }
        put({ row, field, sample, turn, rows, place })
      }
      for (const row of rows) lines.push(row.head + row.fields + row.time)
    },
  }
}

function startRows(place: Place, call: number): void {
  place.call = call
  place.rows = []
  place.newestAt = -1
}

/** The row of an instant, if this record has one already: mostly the last one, or none because time has gone on. */
function rowAt(place: Place, at: number): Row | undefined {
  const last = place.rows[place.rows.length - 1]
  if (last === undefined || at > place.newestAt) return undefined
  return last.at === at ? last : place.rows.find(row => row.at === at)
}

/** Into the first row of that instant that has no reading of the point yet. */
function put(into: {
  row: Row
  field: Field
  sample: Sample
  turn: number
  rows: Row[]
  place: Place
}): void {
  const { field, sample } = into
  let row = into.row
  while (field.word === 0 ? row.low & field.bit : row.high & field.bit) {
    if (!row.more) {
      const occurrence = row.occurrence + 1
      const time = ` ${sample.at}${padded(placeInMs(into.turn, occurrence))}`
      row.more = newRow(into.place.head, sample.at, time, occurrence)
      into.rows.push(row.more)
    }
    row = row.more
  }
  if (field.word === 0) row.low |= field.bit
  else row.high |= field.bit
  const text =
    sample.value === null
      ? field.none + qualityCode[sample.quality]
      : sample.quality === 'uncertain'
        ? field.value + sample.value + field.uncertain
        : field.value + sample.value
  row.fields = row.fields === '' ? text : `${row.fields},${text}`
}

/** The first ten readings of a point in one ms and record: 90,000 records in a row have a place of their own for them. */
const usualPlaces = 10
const usualRecords = 90_000
/** The rest of a burst: 200, as many values as a record of ours holds, for 500 records in a row; behind all usual places. */
const burstPlaces = 200
const burstRecords = 500

/**
 * Nanoseconds within the ms. Readings of one point with equal instants come close together (a burst) or from far apart (a
 * device that repeats an old reading, an outbox that was wiped); those far apart meet in one place once in 90,000 times.
 * Worked example: turn 4,711, second reading: 4,711 × 10 + 1 = 47,111. Its twelfth: 900,000 + (4,711 mod 500) × 200 + 1.
 */
export function placeInMs(turn: number, occurrence: number): number {
  if (occurrence < usualPlaces) return (turn % usualRecords) * usualPlaces + occurrence
  const burst = (turn % burstRecords) * burstPlaces + occurrence - usualPlaces
  return usualRecords * usualPlaces + (burst % (burstRecords * burstPlaces))
}

/** Positions of two epochs start at places that have nothing to do with each other (FNV-1a of the epoch's name). */
function startOfEpoch(epoch: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < epoch.length; index++)
    hash = Math.imul(hash ^ epoch.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % usualRecords
}

const padded = (place: number): string => String(place).padStart(6, '0')

function newRow(head: string, at: number, time: string, occurrence: number): Row {
  return {
    head,
    at,
    time,
    fields: '',
    low: 0,
    high: 0,
    more: undefined,
    occurrence,
  }
}

function fieldsOf(kind: EquipmentKind): ReadonlyMap<string, Field> {
  const points = pointsOf(kind)
  if (points.length > 2 * bitsPerWord)
    throw new Error(`a ${kind} has ${points.length} points, more than two words of bits`)
  return new Map(
    points.map(([name], index) => [
      name,
      {
        word: index < bitsPerWord ? 0 : 1,
        bit: 1 << (index % bitsPerWord),
        value: `${escapeTag(name)}=`,
        none: `${escapeTag(noneField(name))}=`,
        uncertain: `,${escapeTag(uncertainField(name))}=${qualityCode.uncertain}`,
      } satisfies Field,
    ]),
  )
}

/** Comma and space end a measurement. */
export const escapeMeasurement = (text: string): string => storable(text).replace(/[, ]/g, '\\$&')
/** Comma, equals sign and space end a tag's key or value and a field's key. */
export const escapeTag = (text: string): string => storable(text).replace(/[,= ]/g, '\\$&')

/**
 * A backslash before a separator reads as an escape and a line break ends the row; there is no writing them so that
 * every server reads them back alike, so they never get this far. Names that begin with _ or # belong to the server.
 */
function storable(text: string): string {
  if (text === '' || /[\\\p{Cc}]/u.test(text) || /^[_#]/.test(text))
    throw new Error(`not a name for line protocol: ${JSON.stringify(text)}`)
  return text
}
