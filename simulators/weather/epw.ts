import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { relativeHumidityPercentOf, wetBulbC } from '#models/physics/psychrometrics.ts'
import { hoursOfYear, type Weather, weatherOfYear } from '#simulators/weather/weather.ts'

/** An EPW has eight header lines; columns count from 0 (EnergyPlus Auxiliary Programs, EPW dictionary). */
const headerLines = 8
const leastColumns = 10

type Column = {
  readonly name: string
  readonly index: number
  readonly lowest: number
  readonly highest: number
  readonly missing: number
}
const dryBulb: Column = { name: 'dry bulb', index: 6, lowest: -70, highest: 70, missing: 99.9 }
const dewPoint: Column = { name: 'dew point', index: 7, lowest: -70, highest: 70, missing: 99.9 }
const pressure: Column = { name: 'pressure', index: 9, lowest: 31_000, highest: 120_000, missing: 999_999 }

/**
 * Typical year from an EPW file, plain or gzip. Humidity comes from the dew point alone (relative humidity and dew point
 * disagree by up to 35 points in single hours of such files), and the wet bulb is computed from it. A typical year is stitched
 * from months of different years, so values jump at month borders; they are left as they are.
 */
export function readEpw(path: string): Weather {
  const lines = textOf(path).split(/\r?\n/)
  while (lines.length > 0 && lines[lines.length - 1]!.trim() === '') lines.pop()
  const refuse = (line: number, what: string): never => {
    throw new Failure('WEATHER_INVALID', `${path}, line ${line}: ${what}`)
  }
  const place = (lines[0] ?? '').split(',')
  if (place[0] !== 'LOCATION')
    refuse(1, `"${(place[0] ?? '').slice(0, 20)}" where an EPW file begins with LOCATION`)
  const offsetHours = Number(place[8])
  if (place[8] === undefined || place[8].trim() === '' || !(Math.abs(offsetHours) <= 14))
    refuse(1, `time zone "${place[8] ?? ''}" where an offset of -14..14 hours is allowed`)
  const rows = lines
    .map((line, index) => ({ line, number: index + 1 }))
    .slice(headerLines)
    .filter(row => !isLeapDay(row.line))
  if (rows.length !== hoursOfYear)
    refuse(
      lines.length,
      `the file ends with ${rows.length} hours where a full year of ${hoursOfYear} hours is allowed`,
    )

  const columns = {
    dryBulbC: new Float64Array(hoursOfYear),
    wetBulbC: new Float64Array(hoursOfYear),
    relativeHumidityPercent: new Float64Array(hoursOfYear),
    pressurePa: new Float64Array(hoursOfYear),
  }
  rows.forEach((row, hour) => {
    const cells = row.line.split(',')
    if (cells.length < leastColumns)
      refuse(row.number, `${cells.length} columns where at least ${leastColumns} are allowed`)
    const [month, day, hourEnding] = cells.slice(1, 4).map(Number)
    const due = timeOf(hour)
    if (month !== due.month || day !== due.day || hourEnding !== due.hourEnding)
      refuse(
        row.number,
        `month, day and hour ${month}, ${day}, ${hourEnding} where ${due.month}, ${due.day}, ${due.hourEnding} is due: a year runs from 1 January without gaps`,
      )
    const number = (column: Column): number => {
      const text = (cells[column.index] ?? '').trim()
      const value = Number(text)
      if (text !== '' && value >= column.lowest && value <= column.highest && value !== column.missing)
        return value
      return refuse(
        row.number,
        `${column.name} "${text}" where ${column.lowest}..${column.highest} is allowed`,
      )
    }
    const dryBulbC = number(dryBulb)
    const dewPointC = Math.min(dryBulbC, number(dewPoint))
    const relativeHumidityPercent = relativeHumidityPercentOf({ dryBulbC, dewPointC })
    const pressurePa = number(pressure)
    columns.dryBulbC[hour] = dryBulbC
    columns.relativeHumidityPercent[hour] = relativeHumidityPercent
    columns.pressurePa[hour] = pressurePa
    columns.wetBulbC[hour] = wetBulbC({ dryBulbC, relativeHumidityPercent, pressurePa })
  })
  return weatherOfYear({ name: place[1] ?? path, offsetMs: offsetHours * 3_600_000, ...columns })
}

/** Month, day and hour that a row stands for, hours counted 1 to 24. */
function timeOf(row: number): { month: number; day: number; hourEnding: number } {
  const at = new Date(Date.UTC(2025, 0, 1) + row * 3_600_000)
  return { month: at.getUTCMonth() + 1, day: at.getUTCDate(), hourEnding: (row % 24) + 1 }
}

/** Rows of 29 February are left out, so that every year has 8,760 hours. */
const isLeapDay = (line: string): boolean => /^[^,]*,0?2,29,/.test(line)

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path)
    // Latin-1, because place names in older files are; a byte order mark of UTF-8 shows as three characters then.
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1').replace(/^\xEF\xBB\xBF/, '')
  } catch (cause) {
    throw new Failure(
      'WEATHER_INVALID',
      `${path}: cannot be read as ${path.endsWith('.gz') ? 'gzip' : 'text'} (${sentenceOf(cause)})`,
      { cause },
    )
  }
}
