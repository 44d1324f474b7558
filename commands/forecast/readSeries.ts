import { textOfFile } from '#commands/csvText.ts'
import { readTable, type TimedValues } from '#commands/forecast/readTable.ts'
import { Failure } from '#contract/failure.ts'
import { hour } from '#contract/units.ts'
import { readEpw } from '#simulators/weather/epw.ts'
import { hoursOfYear, type OutdoorAir } from '#simulators/weather/weather.ts'

const weatherColumns = {
  dryBulb: (air: OutdoorAir) => air.dryBulbC,
  wetBulb: (air: OutdoorAir) => air.wetBulbC,
  relativeHumidity: (air: OutdoorAir) => air.relativeHumidityPercent,
  pressure: (air: OutdoorAir) => air.pressurePa,
} as const
const columnUnits = { dryBulb: 'C', wetBulb: 'C', relativeHumidity: '%', pressure: 'Pa' } as const

export type ReadSeries = TimedValues & { readonly unit?: string }

/** A column of a CSV (plain or gzip) or of an EPW, whose wet bulb is computed. */
export function readSeries(path: string, column: string | undefined): ReadSeries {
  return /\.epw(\.gz)?$/i.test(path) ? readWeather(path, column) : readCsv(path, column)
}

function readCsv(path: string, column: string | undefined): ReadSeries {
  const table = readTable(path, textOfFile(path), column)
  const unit = unitInName(table.column)
  return unit === undefined ? table : { ...table, unit }
}

function readWeather(path: string, column = 'wetBulb'): ReadSeries {
  if (!Object.hasOwn(weatherColumns, column))
    throw new Failure(
      'CONFIG_INVALID',
      `--column ${column}: ${path} has ${Object.keys(weatherColumns).join(', ')}`,
    )
  const name = column as keyof typeof weatherColumns
  const weather = readEpw(path)
  // Any year that is no leap year: the months of a typical year come from several.
  const firstAt = Date.UTC(2025, 0, 1) - (weather.offsetMs ?? 0)
  const at = Array.from({ length: hoursOfYear }, (_, row) => firstAt + (row + 1) * hour)
  return {
    column: name,
    unit: columnUnits[name],
    at,
    values: at.map(time => weatherColumns[name](weather.at(time))),
    notes: ['a typical year is stitched from months of several years: values jump at their borders'],
  }
}

/** The unit where a column's name ends in one, as in cdu01_W or power (kW). */
function unitInName(column: string): string | undefined {
  return /(?:_|[([])(kWh|MWh|kW|MW|W|RT|C|F|K|Pa|kPa|pct|Lps|%|°C|°F|A|V)[)\]]?$/.exec(column)?.[1]
}
