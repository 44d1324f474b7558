import { cellsOf, linesOf, numberOf, separatorOf, textOfFile } from '#commands/csvText.ts'
import { Failure } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'

/** Columns of one file as numbers, in the file's own units; NaN where a cell is empty or says that there is none. */
export type CsvColumns = {
  readonly path: string
  readonly at: Float64Array
  readonly columns: ReadonlyMap<string, Float64Array>
}

/** Ten years of five-minute rows; more is a mistake in the map of time. */
const rowsMost = 1_100_000
const words: Readonly<Record<string, number>> = {
  on: 1,
  off: 0,
  true: 1,
  false: 0,
  running: 1,
  stopped: 0,
  yes: 1,
  no: 0,
  run: 1,
  stop: 0,
}

/** The header of a file and its lines, plain or gzip, cells not yet split. */
export function readLines(path: string): { header: string[]; lines: string[]; separator: string } {
  const lines = linesOf(textOfFile(path))
  const first = lines.shift() ?? ''
  const separator = separatorOf(first)
  const header = cellsOf(first, separator)
  if (lines.length === 0) throw new Failure('CONFIG_INVALID', `${path}: no rows below the header`)
  if (lines.length > rowsMost)
    throw new Failure('CONFIG_INVALID', `${path}: ${lines.length} rows where at most ${rowsMost} are allowed`)
  return { header, lines, separator }
}

/** The time column and the asked ones of a file. A cell that is neither a number nor a word for none is refused with its line. */
export function readCsvColumns(
  path: string,
  asked: {
    readonly time: string
    readonly timeOf: (text: string) => Millis | undefined
    readonly columns: readonly string[]
  },
): CsvColumns {
  const { header, lines, separator } = readLines(path)
  const placeOf = (name: string) => {
    const place = header.indexOf(name)
    if (place < 0)
      throw new Failure(
        'CONFIG_INVALID',
        `${path}, line 1: no column "${name}"; there are ${header.join(', ')}`,
      )
    return place
  }
  const timePlace = placeOf(asked.time)
  const places = asked.columns.map(placeOf)
  const at = new Float64Array(lines.length)
  const columns = places.map(() => new Float64Array(lines.length))
  lines.forEach((line, row) => {
    const cells = cellsOf(line, separator)
    const where = (column: string, text: string) =>
      `${path}, line ${row + 2}: column ${column} holds "${text}"`
    if (cells.length !== header.length)
      throw new Failure(
        'CONFIG_INVALID',
        `${path}, line ${row + 2}: ${cells.length} columns where the header has ${header.length}`,
      )
    const time = asked.timeOf(cells[timePlace]!)
    if (time === undefined)
      throw new Failure(
        'CONFIG_INVALID',
        `${where(asked.time, cells[timePlace]!)} where a time of the map's format is allowed (default ISO 8601)`,
      )
    at[row] = time
    places.forEach((place, index) => {
      const text = cells[place]!
      const value = numberOrStatus(text, separator)
      if (value === undefined)
        throw new Failure(
          'CONFIG_INVALID',
          `${where(asked.columns[index]!, text)} where a number, on/off or nothing is allowed`,
        )
      columns[index]![row] = value
    })
  })
  return { path, at, columns: new Map(asked.columns.map((name, index) => [name, columns[index]!])) }
}

/** Numbers, and the words of a status. */
const numberOrStatus = (text: string, separator: string): number | undefined =>
  words[text.toLowerCase()] ?? numberOf(text, separator)
