import { cellsOf, linesOf, numberOf, separatorOf } from '#commands/csvText.ts'
import { timeColumnOf, timeReaderOf } from '#commands/forecast/timeOf.ts'
import { Failure } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'

/** Times and values as they stand in a file, in its order; NaN is missing. */
export type TimedValues = {
  readonly column: string
  readonly at: readonly Millis[]
  readonly values: readonly number[]
  readonly notes: readonly string[]
}

/**
 * One column of a CSV with a header line, cells parted by comma, semicolon or tab. `column` may be left out where there is only
 * one besides the time; with stars it is the sum of every column that fits, missing where one of them is.
 */
export function readTable(path: string, text: string, column: string | undefined): TimedValues {
  const lines = linesOf(text)
  const refuse = (line: number, what: string): never => {
    throw new Failure('CONFIG_INVALID', `${path}, line ${line}: ${what}`)
  }
  if (lines.length < 2) refuse(1, 'no rows below a header line')
  const separator = separatorOf(lines[0] as string)
  const rows = lines.map(line => cellsOf(line, separator))
  const header = rows[0] as string[]
  const timeIndex = timeColumnOf(header, rows[1] as string[])
  if (timeIndex < 0)
    refuse(1, `no time column; one named time, time_s, time_local, hour, timestamp or date is needed`)
  const wanted = columnsOf(header, timeIndex, column, path)
  const timeCells = rows.map(row => row[timeIndex] ?? '')
  timeCells[0] = ''
  const timeAt = timeReaderOf(header[timeIndex] as string, timeCells)
  const at: number[] = []
  const values: number[] = []
  for (let index = 1; index < rows.length; index++) {
    const row = rows[index] as string[]
    if (row.length === 1 && row[0] === '') continue
    if (row.length !== header.length)
      refuse(index + 1, `${row.length} columns where the header has ${header.length}`)
    const time = timeAt(row[timeIndex] as string)
    if (!Number.isFinite(time))
      refuse(index + 1, `column ${header[timeIndex]} holds "${row[timeIndex]}" where a time is allowed`)
    at.push(time)
    values.push(
      wanted.reduce((sum, place) => {
        const value = numberOf(row[place] as string, separator)
        return value === undefined
          ? refuse(
              index + 1,
              `column ${header[place]} holds "${row[place]}" where a number or nothing is allowed`,
            )
          : sum + value
      }, 0),
    )
  }
  const notes = wanted.length > 1 ? [`sum of ${wanted.length} columns that fit ${column}`] : []
  return { column: column ?? (header[wanted[0] as number] as string), at, values, notes }
}

function columnsOf(
  header: readonly string[],
  timeIndex: number,
  column: string | undefined,
  path: string,
): number[] {
  const others = header.flatMap((_, index) => (index === timeIndex ? [] : [index]))
  const listed = others.map(index => header[index]).join(', ')
  if (column === undefined) {
    if (others.length === 1) return others
    throw new Failure('CONFIG_INVALID', `--column is needed: ${path} has ${listed}`)
  }
  const pattern = new RegExp(
    `^${column
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
  const fitting = others.filter(index => pattern.test(header[index] as string))
  if (fitting.length === 0) throw new Failure('CONFIG_INVALID', `--column ${column}: ${path} has ${listed}`)
  return column.includes('*') ? fitting : fitting.slice(0, 1)
}
