import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { type AnySiteFile, loadPlacesOf } from '#contract/site/anySite.ts'
import type { Millis } from '#contract/units.ts'
import type { Load } from '#simulators/load/load.ts'
import { hashOf } from '#simulators/plant/chance.ts'

const timeColumns = ['time', 'time_s', 'time_local', 'hour'] as const
/** Columns that are no load: temperatures, utilisation, wet bulb, and the minutes of a clock. */
const notALoad = /temp|util|wet_?bulb|_pct$|_C$/i

/** Rows of a load file: times from its first row in ms, and one column of values per load. */
type LoadRows = {
  readonly atMs: Float64Array
  readonly names: readonly string[]
  readonly columns: readonly Float64Array[]
  readonly gaps: number
}

/**
 * Load from a CSV. The file's first row stands at `startAt`; each row holds until the next; a file shorter than the run
 * repeats. As many columns as CDUs: taken as they are, clipped at nameplate. Otherwise each CDU gets the mean of the columns
 * that the seed deals to it, scaled so that the highest total is 95 % of nameplate.
 */
export function readLoadCsv(path: string, site: AnySiteFile, seed: number, startAt: Millis = 0): Load {
  const rows = readRows(path)
  const { count: cdus, nameplateKw } = loadPlacesOf(site)
  const inFractions = rows.columns.every(column => column.every(value => value <= 1))
  const inWatts = rows.names.every(name => name.endsWith('_W'))
  const kwPerUnit = inFractions ? nameplateKw : inWatts ? 0.001 : 1
  const notes: string[] = []
  const powers =
    rows.columns.length === cdus
      ? asTheyAre(rows, kwPerUnit)
      : dealtOut(rows, { cdus, seed, highestKw: 0.95 * cdus * nameplateKw })
  notes.push(
    rows.columns.length === cdus
      ? `${cdus} columns taken as the ${cdus} CDUs${inFractions ? ', fractions of nameplate' : inWatts ? ', watts' : ', kW'}`
      : `${rows.columns.length} columns spread over ${cdus} CDUs by seed ${seed}, scaled so that the highest total is 95 % of ${cdus * nameplateKw} kW`,
  )
  if (rows.gaps > 0) notes.push(`${rows.gaps} empty cells hold the value before them`)
  let clipped = 0
  for (const column of powers)
    for (let row = 0; row < column.length; row++)
      if (column[row]! > nameplateKw) {
        column[row] = nameplateKw
        clipped++
      }
  if (clipped > 0)
    notes.push(`warning: ${clipped} values above the CDU nameplate of ${nameplateKw} kW were clipped to it`)
  return loadOfRows({ name: path, atMs: rows.atMs, powers, startAt, nameplateKw, notes })
}

const asTheyAre = (rows: LoadRows, kwPerUnit: number): Float64Array[] =>
  rows.columns.map(column => column.map(value => value * kwPerUnit))

function dealtOut(rows: LoadRows, deal: { cdus: number; seed: number; highestKw: number }): Float64Array[] {
  const order = rows.columns
    .map((_, index) => index)
    .sort((a, b) => hashOf(deal.seed, `load/deal/${a}`) - hashOf(deal.seed, `load/deal/${b}`))
  const height = rows.atMs.length
  const powers = Array.from({ length: deal.cdus }, (_, cdu) => {
    const mine = order.filter((_, place) => place % deal.cdus === cdu)
    const sources = mine.length > 0 ? mine : [order[cdu % order.length]!]
    return new Float64Array(height).map(
      (_, row) => sources.reduce((sum, source) => sum + rows.columns[source]![row]!, 0) / sources.length,
    )
  })
  let highest = 0
  for (let row = 0; row < height; row++)
    highest = Math.max(
      highest,
      powers.reduce((sum, column) => sum + column[row]!, 0),
    )
  const scale = highest > 0 ? deal.highestKw / highest : 0
  return powers.map(column => column.map(value => value * scale))
}

function loadOfRows(rows: {
  name: string
  atMs: Float64Array
  powers: Float64Array[]
  startAt: Millis
  nameplateKw: number
  notes: string[]
}): Load {
  const { atMs, powers } = rows
  const last = atMs[atMs.length - 1]!
  // The last row holds as long as the one before it did.
  const spanMs = atMs.length > 1 ? last + (last - atMs[atMs.length - 2]!) : 3_600_000
  let row = 0
  const rowAt = (siteAt: Millis) => {
    const into = (((siteAt - rows.startAt) % spanMs) + spanMs) % spanMs
    const holds = (candidate: number) =>
      atMs[candidate]! <= into && (candidate + 1 >= atMs.length || atMs[candidate + 1]! > into)
    // A plant walks on, row by row; a forecast or a search jumps.
    if (!holds(row)) row = row + 1 < atMs.length && holds(row + 1) ? row + 1 : lastNotAfter(atMs, into)
    return row
  }
  return {
    name: rows.name,
    notes: [...rows.notes, `the file covers ${(spanMs / 3_600_000).toFixed(1)} h and repeats after that`],
    cduPowerKw: (cduIndex0, siteAt) => powers[cduIndex0]![rowAt(siteAt)]!,
    itFraction: siteAt =>
      powers.reduce((sum, column) => sum + column[rowAt(siteAt)]!, 0) / (rows.nameplateKw * powers.length),
  }
}

/** Index of the last instant that is not after `at`; the first instant is 0 and `at` is 0 or more. */
function lastNotAfter(atMs: Float64Array, at: number): number {
  let low = 0
  let high = atMs.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (atMs[middle]! <= at) low = middle
    else high = middle - 1
  }
  return low
}

function readRows(path: string): LoadRows {
  const lines = textOf(path).split(/\r?\n/)
  while (lines.length > 0 && lines[lines.length - 1]!.trim() === '') lines.pop()
  const refuse = (line: number, what: string): never => {
    throw new Failure('LOAD_INVALID', `${path}, line ${line}: ${what}`)
  }
  const header = (lines[0] ?? '').split(',').map(name => name.trim())
  const timeIndex = header.findIndex(name => timeColumns.includes(name as (typeof timeColumns)[number]))
  if (timeIndex < 0) refuse(1, `no time column; one of ${timeColumns.join(', ')} is needed`)
  if (lines.length < 2) refuse(1, 'no rows below the header')
  const chosen = loadColumns(header, timeIndex, lines[1]!.split(','))
  if (chosen.length === 0) refuse(1, 'no load column: none ends in _W and none is numeric')
  const height = lines.length - 1
  const atMs = new Float64Array(height)
  const columns = chosen.map(() => new Float64Array(height))
  let gaps = 0
  for (let row = 0; row < height; row++) {
    const line = row + 2
    const cells = lines[row + 1]!.split(',')
    if (cells.length !== header.length)
      refuse(line, `${cells.length} columns where the header has ${header.length}`)
    atMs[row] =
      instantOf(cells[timeIndex]!.trim(), header[timeIndex]!) ??
      refuse(line, `column ${header[timeIndex]} holds "${cells[timeIndex]}" where a time is allowed`)
    if (row > 0 && atMs[row]! <= atMs[row - 1]!)
      refuse(line, `column ${header[timeIndex]} holds "${cells[timeIndex]}", not later than the row before`)
    chosen.forEach((index, place) => {
      const text = cells[index]!.trim()
      const value = Number(text)
      if (text === '' && row > 0) {
        gaps++
        columns[place]![row] = columns[place]![row - 1]!
      } else if (text === '' || !Number.isFinite(value) || value < 0)
        refuse(line, `column ${header[index]} holds "${text}" where a number of 0 or more is allowed`)
      else columns[place]![row] = value
    })
  }
  const first = atMs[0]!
  return { atMs: atMs.map(at => at - first), names: chosen.map(index => header[index]!), columns, gaps }
}

/** Columns ending in _W if there are any, else those that are numeric in the first row and no temperature or utilisation. */
function loadColumns(header: readonly string[], timeIndex: number, firstRow: readonly string[]): number[] {
  const watts = header.flatMap((name, index) => (name.endsWith('_W') ? [index] : []))
  if (watts.length > 0) return watts
  return header.flatMap((name, index) => {
    const text = (firstRow[index] ?? '').trim()
    return index !== timeIndex && !notALoad.test(name) && text !== '' && Number.isFinite(Number(text))
      ? [index]
      : []
  })
}

/** ms from any origin: seconds for time_s, hours for hour, ISO 8601 or either number for the others. */
function instantOf(text: string, column: string): number | undefined {
  if (text === '') return undefined
  const number = Number(text)
  if (Number.isFinite(number)) return number * (column === 'hour' ? 3_600_000 : 1000)
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(at) ? undefined : at
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (cause) {
    throw new Failure(
      'LOAD_INVALID',
      `${path}: cannot be read as ${path.endsWith('.gz') ? 'gzip' : 'text'} (${sentenceOf(cause)})`,
      { cause },
    )
  }
}
