import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readOptions } from '#commands/forecast/options.ts'
import { readSeries } from '#commands/forecast/readSeries.ts'
import { onGrid } from '#commands/forecast/regular.ts'
import { type ForecastJson, forecastReport } from '#commands/forecast/report.ts'
import { tableOf } from '#commands/forecast/table.ts'
import { hour, minute, second } from '#contract/units.ts'
import { root } from '#tests/house/sourceFiles.ts'
import { noisyDays } from '#tests/models/seededSeries.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-forecast-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, lines: readonly string[]): string {
  const path = join(folder, name)
  const text = `${lines.join('\n')}\n`
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}
const noisy = noisyDays(500, 1)
const stamped = (row: number) => new Date(noisy.startAt + row * hour).toISOString()
const noisyLines = Array.from(noisy.values, (value, row) => `${stamped(row)},${value.toFixed(3)},${row % 5}`)
const noisyFile = fileOf('noisy.csv.gz', ['time,heat_kW,pumps', ...noisyLines])
const report = (
  path: string,
  horizons = [{ name: '1h', ms: hour }],
  column: string | undefined = 'heat_kW',
) => forecastReport(readSeries(path, column), { path, horizons, seed: 1 })

describe('a time column as loggers write it', () => {
  const monday = Date.UTC(2025, 0, 13)
  it.each([
    ['ISO with zone', 'timestamp', ['2025-01-13T02:00:00+02:00', '2025-01-13T02:10:00+02:00'], monday],
    ['ISO without zone', 'time_local', ['2025-01-13 00:00', '2025-01-13 00:10'], monday],
    ['with slashes, year first', 'Time', ['2025/01/13 00:00:00', '2025/01/13 00:10:00'], monday],
    ['day first', 'Date/Time', ['13/01/2025 00:00', '13/01/2025 00:10'], monday],
    ['month first', 'date', ['1/13/2025 12:00:00 AM', '1/13/2025 12:10:00 AM'], monday],
    ['day first with points', 'Datum', ['13.01.2025 00:00', '13.01.2025 00:10'], monday],
    ['seconds', 'time_s', ['0', '600'], 0],
    ['hours', 'hour', ['1', String(1 + 1 / 6)], hour],
    ['seconds since 1970', 'ts', [String(monday / second), String(monday / second + 600)], monday],
    ['milliseconds since 1970', 'time', [String(monday), String(monday + 600_000)], monday],
  ])('%s', (name, header, times, first) => {
    const path = fileOf(`${name}.csv`, [`${header},kW`, ...times.map((time, row) => `${time},${row}`)])
    expect(readSeries(path, 'kW').at.map(Math.round)).toEqual([first, first + 600_000])
  })

  it('a first column without such a name is the time when it reads as one', () => {
    const path = fileOf('logger.csv', ['Messung;kW', '2025-01-13 00:00;1,5', '2025-01-13 00:10;2,5'])
    expect(readSeries(path, undefined)).toMatchObject({
      column: 'kW',
      at: [monday, monday + 600_000],
      values: [1.5, 2.5],
    })
  })
})

describe('values on a grid', () => {
  const gridOf = (lines: readonly string[], horizonMs = hour) => {
    const path = fileOf('grid.csv', ['time_s,a_W,b_W', ...lines])
    return onGrid(readSeries(path, 'a_W'), path, [horizonMs])
  }

  it('blanks and gaps are missing, not zero and not what was before', () => {
    const grid = gridOf(['0,1,0', '600,,0', '1200,NaN,0', '1800,4,0', '3600,7,0'])
    expect(Array.from(grid.series.values)).toEqual([1, NaN, NaN, 4, NaN, NaN, 7])
    expect(grid).toMatchObject({ known: 3, fileStepMs: 10 * minute, notes: [] })
  })

  it('rows out of order are sorted, and said', () => {
    const grid = gridOf(['0,1,0', '1200,3,0', '600,2,0', '1800,4,0'])
    expect(Array.from(grid.series.values)).toEqual([1, 2, 3, 4])
    expect(grid.notes.join()).toContain('sorted')
  })

  it('a repeated time is averaged, and said; many are refused', () => {
    const rows = Array.from({ length: 30 }, (_, row) => `${row * 600},${row},0`)
    const grid = gridOf([...rows.slice(0, 5), '2400,6,0', ...rows.slice(5)])
    expect(Array.from(grid.series.values).slice(3, 6)).toEqual([3, 5, 5])
    expect(grid.notes.join()).toContain('rows at the time of another one, averaged with it: 1')
    expect(() => gridOf(rows.flatMap(row => [row, row]))).toThrow(
      '30 of 60 rows stand at the time of another one',
    )
  })

  it('finer rows become five-minute means when every horizon allows it', () => {
    const rows = Array.from({ length: 80 }, (_, row) => `${row * 15},${row < 20 ? 10 : row < 45 ? 20 : ''},0`)
    const grid = gridOf(rows)
    expect(grid.series.stepMs).toBe(5 * minute)
    // The third mean would rest on 5 of its 20 rows.
    expect(Array.from(grid.series.values)).toEqual([10, 20, NaN, NaN])
    expect(grid.notes.join()).toContain('rows of 15 s were averaged to 5 min')
    expect(gridOf(rows, 45 * second).series.stepMs).toBe(45 * second)
  })

  it('stars add columns up; a sum with a missing part is missing', () => {
    const path = fileOf('sum.csv', ['time_s,a_W,b_W,c_C', '0,1,2,9', '600,3,,9'])
    expect(readSeries(path, '*_W')).toMatchObject({ column: '*_W', unit: 'W', values: [3, NaN] })
  })
})

describe('the report', () => {
  it('has error, skill, candidates and coverage for each horizon', async () => {
    const horizons = [
      { name: '1h', ms: hour },
      { name: '6h', ms: 6 * hour },
    ]
    const json = await report(noisyFile, horizons)
    expect(json).toMatchObject({
      series: noisyFile,
      column: 'heat_kW',
      unit: 'kW',
      stepMinutes: 60,
      rows: 500,
      missing: 0,
      from: stamped(0),
      to: stamped(499),
    })
    expect(json.horizons.map(each => each.horizon)).toEqual(['1h', '6h'])
    for (const each of json.horizons) {
      expect(each.used).toBe(each.chosen)
      expect(each.skill).toBeCloseTo(1 - each.mae / each.persistenceMae, 4)
      expect(each.skill).toBeGreaterThan(0)
      expect(each.seasonalNaiveMae).toBe(each.candidates.find(one => one.method === 'seasonalNaive')!.mae)
      expect(each.quantiles.map(one => one.quantile)).toEqual([0.05, 0.1, 0.5, 0.9, 0.95])
      expect(each.interval90.coverage).toBeGreaterThan(0.8)
      expect(each.interval90.meanWidth).toBeGreaterThan(0)
      expect(each.origins).toBeGreaterThan(100)
    }
    const table = tableOf(json)
    expect(table).toContain('500 rows of 60 min')
    expect(table).toMatch(/^6h +\w+ +[\d.]+ /m)
  })

  it('a horizon shorter than the step is refused with the step', async () => {
    await expect(report(noisyFile, [{ name: '30m', ms: 30 * minute }])).rejects.toThrow(
      /--horizons 30m: .*noisy.csv.gz has a row every 1 h/,
    )
    await expect(report(noisyFile, [{ name: '90m', ms: 90 * minute }])).rejects.toThrow('multiples')
  })

  it('a series too short to be judged is refused with what it needs', async () => {
    const short = fileOf('short.csv', ['time,heat_kW,pumps', ...noisyLines.slice(0, 40)])
    await expect(report(short)).rejects.toThrow(
      /40 rows with a value every 1 h; .* 1h ahead needs at least 120/,
    )
  })
})

describe('what cannot be used is refused in one sentence', () => {
  it.each([
    ['a column that is not there', ['--column', 'x'], 'has heat_kW, pumps'],
    ['no column where there are several', [], '--column is needed: '],
  ])('%s', (_, flags, sentence) => {
    const options = readOptions(['--series', noisyFile, ...flags])!
    expect(() => readSeries(options.series, options.column)).toThrow(sentence)
  })

  it.each([
    ['no series', [], '--series is needed'],
    ['a file that is not there', ['--series', '/none.csv'], 'there is no such file'],
    ['a horizon without unit', ['--series', noisyFile, '--horizons', '3'], 'durations such as 1h,3h,6h'],
    ['a horizon of nothing', ['--series', noisyFile, '--horizons', '0h'], 'durations such as 1h,3h,6h'],
    ['an unknown flag', ['--column', 'a', '--what'], '--help'],
    ['a seed that is none', ['--series', noisyFile, '--seed', '1.5'], 'whole number'],
  ])('%s', (_, args, sentence) => {
    expect(() => readOptions(args)).toThrow(sentence)
  })

  it.each([
    ['no time column', ['a,b', '1,2'], 'no time column'],
    ['a word among the values', ['time_s,kW', '0,1', '600,much'], 'line 3: column kW holds "much"'],
    ['a broken time', ['time,kW', '2025-01-01,1', 'soon,2'], 'line 3: column time holds "soon"'],
    ['a short line', ['time_s,kW', '0,1', '600'], 'line 3: 1 columns where the header has 2'],
    ['no rows', ['time_s,kW'], 'no rows below a header line'],
  ])('%s', (_, lines, sentence) => {
    expect(() => readSeries(fileOf('bad.csv', lines), 'kW')).toThrow(sentence)
  })

  it('an EPW has the columns that are computed from it', () => {
    expect(() => readSeries('any.epw', 'fog')).toThrow('any.epw has dryBulb, wetBulb')
  })
})

describe('npm run forecast', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'commands/run.mjs'), 'forecast', ...args], { encoding: 'utf8' })

  it('writes the JSON and prints a table', () => {
    const path = join(folder, 'out.json')
    const { status, stdout, stderr } = run(
      '--series',
      noisyFile,
      '--column',
      'heat_kW',
      '--horizons',
      '1h',
      '--json',
      path,
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('90 % interval')
    expect((JSON.parse(readFileSync(path, 'utf8')) as ForecastJson).horizons[0]?.skill).toBeGreaterThan(0)
  })

  it('ends with 2 and a sentence', () => {
    const { status, stdout, stderr } = run('--series', noisyFile, '--column', 'cold_kW')
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: `--column cold_kW: ${noisyFile} has heat_kW, pumps\n`,
    })
  })
})

const epw = join(root, '../shared/data/weather/USA_IL_Chicago-OHare.Intl.AP.725300_TMY3.epw.gz')
describe.skipIf(!existsSync(epw))('a year of weather (skipped without ../shared/data)', () => {
  it('its wet bulb is foretold better than by standing still, and its quantiles hold', async () => {
    const json = await report(epw, [{ name: '3h', ms: 3 * hour }], 'wetBulb')
    expect(json).toMatchObject({ unit: 'C', rows: 8760, missing: 0, from: '2025-01-01T07:00:00.000Z' })
    const [ahead] = json.horizons
    expect(ahead!.skill).toBeGreaterThan(0.1)
    expect(Math.abs(ahead!.interval90.coverage! - 0.9)).toBeLessThan(0.03)
  })
})
