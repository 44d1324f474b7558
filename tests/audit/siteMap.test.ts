import { describe, expect, test } from 'vitest'
import { readHistory } from '#commands/audit/history.ts'
import { readSiteMap } from '#commands/audit/siteMap.ts'
import { timeReader } from '#commands/audit/timeText.ts'
import { sentenceOf } from '#contract/failure.ts'
import { folder, put } from '#tests/audit/files.ts'

const place = folder()
const map = (text: string) => readSiteMap(put(place, 'map.yaml', text))
const minimal = (more = '') => `time: { column: t }
target: { column: kW }
columns:
  - { column: load, is: load, unit: RT }
${more}`
const sentence = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return sentenceOf(error)
  }
  throw new Error('was not refused')
}
const history = (csv: string, text = minimal(), options: { join?: string[]; test?: string[] } = {}) =>
  readHistory(map(text), {
    history: [put(place, 'history.csv', csv)],
    join: options.join ?? [],
    test: options.test ?? [],
  })
const times = ['2024-01-01T00:00', '2024-01-01T00:10', '2024-01-01T00:20', '2024-01-01T00:30']
const rows = (cells: (row: number) => string) => times.map((time, row) => `${time},${cells(row)}`).join('\n')

describe('a map that is wrong is refused in one sentence', () => {
  test.each([
    [
      'a role that does not exist',
      minimal('  - { column: x, is: moonPhase }'),
      /map\.yaml: columns\.1\.is = "moonPhase"/,
    ],
    [
      'a unit of another quantity',
      minimal('  - { column: x, is: wetBulb, unit: gpm }'),
      /unit "gpm" of x where wetBulb allows .*F/,
    ],
    ['a key nobody knows', minimal('colour: blue'), /unknown key "colour"/],
    ['no target', 'time: { column: t }\ncolumns: [{ column: a, is: load }]', /missing "target"/],
    [
      'a column that is two things',
      minimal('  - { column: load, is: wetBulb, unit: C }'),
      /"load" is mapped twice/,
    ],
    ['the target as its own input', minimal('  - { column: kW, is: partPower }'), /"kW" is mapped twice/],
    [
      'a zone by name',
      minimal().replace('{ column: t }', '{ column: t, zone: Asia/Singapore }'),
      /time\.zone = "Asia\/Singapore"/,
    ],
    [
      'a target in degrees',
      minimal().replace('{ column: kW }', '{ column: kW, unit: C }'),
      /target: unit "C" where kW/,
    ],
    ['no YAML at all', 'time: [', /cannot be read as YAML/],
  ])('%s', (_, text, expected) => {
    expect(sentence(() => map(text))).toMatch(expected)
  })
})

describe('a file that does not fit is refused with its line, column and value', () => {
  test.each([
    [
      'a missing column',
      `t,kW\n${rows(() => '1')}`,
      /history\.csv, line 1: no column "load"; there are t, kW/,
    ],
    [
      'a word for a number',
      `t,kW,load\n${rows(row => (row === 2 ? '5,lots' : '5,9'))}`,
      /line 4: column load holds "lots"/,
    ],
    [
      'a broken line',
      `t,kW,load\n${rows(row => (row === 1 ? '5' : '5,9'))}`,
      /line 3: 2 columns where the header has 3/,
    ],
    [
      'another way to write times',
      `t,kW,load\n01/02/2024 00:00,5,9\n`,
      /column t holds "01\/02\/2024 00:00" where a time/,
    ],
    ['nothing below the header', 't,kW,load\n', /no rows below the header/],
  ])('%s', (_, csv, expected) => {
    expect(sentence(() => history(csv))).toMatch(expected)
  })

  test('a test that overlaps the history, and a joined file nobody described', () => {
    const csv = `t,kW,load\n${rows(() => '5,9')}`
    const later = put(place, 'later.csv', csv)
    expect(sentence(() => history(csv, minimal(), { test: [later] }))).toMatch(/overlaps the history/)
    expect(sentence(() => history(csv, minimal(), { join: [later] }))).toMatch(/the map has no "join:"/)
  })
})

describe('what is read', () => {
  test('units at the door: RT, °F, gpm, L/s, energy per interval', () => {
    const { table } = history(
      `t,kW,load,temp,gpm,ls\n${rows(() => '50,100,50,10,2')}`,
      `time: { column: t, zone: '+08:00' }
target: { column: kW, unit: kWh per interval }
columns:
  - { column: load, is: load, unit: RT }
  - { column: temp, is: wetBulb, unit: F }
  - { column: gpm, is: chilledWaterFlow, unit: gpm }
  - { column: ls, is: condenserWaterFlow, unit: L/s }`,
    )
    const value = (column: string) => table.sensors.find(sensor => sensor.column === column)!.values[0]!
    expect(value('kW')).toBeCloseTo(300, 9)
    expect(value('load')).toBeCloseTo(351.685, 2)
    expect(value('temp')).toBeCloseTo(10, 9)
    expect(value('gpm')).toBeCloseTo(37.854, 3)
    expect(value('ls')).toBeCloseTo(120, 9)
    expect(new Date(table.at[0]!).toISOString()).toBe('2023-12-31T16:00:00.000Z')
  })

  test('gzip, disorder, repeated times, empty cells, words and gaps: put right and told', () => {
    const csv = [
      't,kW,load',
      '2024-01-01T00:20,7,9',
      '2024-01-01T00:00,5,',
      '2024-01-01T00:10,6,n/a',
      '2024-01-01T00:10,8,10',
      '2024-01-01T02:30,8,off',
    ].join('\n')
    const { table, notes } = readHistory(map(minimal()), {
      history: [put(place, 'messy.csv.gz', csv)],
      join: [],
      test: [],
    })
    expect(Array.from(table.sensors[0]!.values)).toEqual([5, 8, 7, 8])
    expect(table.sensors[1]!.values[0]).toBeNaN()
    expect(table.sensors[1]!.values[3]).toBe(0)
    expect(notes.join('; ')).toMatch(/sorted.*1 rows repeat a time.*1 gaps/)
  })

  test('semicolons, decimal commas, quotes and a day-first clock', () => {
    const { table } = history(
      't;kW;"load; total"\n01/02/2024 13:00;5,5;"9"\n01/02/2024 13:10;6,5;10\n01/02/2024 13:20;6,5;10\n',
      minimal()
        .replace('{ column: t }', "{ column: t, format: 'DD/MM/YYYY HH:mm' }")
        .replace('column: load', "column: 'load; total'"),
    )
    expect(new Date(table.at[0]!).toISOString()).toBe('2024-02-01T13:00:00.000Z')
    expect(table.sensors[0]!.values[0]).toBe(5.5)
  })

  test('another logger by nearest time, nothing where none is near', () => {
    const csv = `t,kW,load\n${rows(() => '5,9')}`
    const logger = put(
      place,
      'logger.csv',
      'time,wb\n2024-01-01 00:04:30,20\n2024-01-01 00:11:00,21\n2023-12-31 20:00:00,5\n',
    )
    const { table } = history(
      csv,
      minimal(
        'join:\n  - time: { column: time }\n    withinMinutes: 6\n    columns: [{ column: wb, is: wetBulb }]',
      ),
      { join: [logger] },
    )
    expect(Array.from(table.sensors[2]!.values)).toEqual([20, 21, Number.NaN, Number.NaN])
    expect(table.sensors[2]!.joined).toBe(true)
  })

  test.each([
    [undefined, '2024-03-01 00:00:42.000', '2024-03-01T00:00:42.000Z'],
    [undefined, '2024-03-01T00:00:00+08:00', '2024-02-29T16:00:00.000Z'],
    ['MM/DD/YYYY hh:mm A', '03/01/2024 12:05 AM', '2024-03-01T00:05:00.000Z'],
    ['unix s', '1709251200', '2024-03-01T00:00:00.000Z'],
  ])('times as %s: %s', (format, text, expected) => {
    expect(new Date(timeReader(format, 0)(text)!).toISOString()).toBe(expected)
  })

  test.each([
    ['DD/MM/YYYY', '31/02/2024'],
    [undefined, 'yesterday'],
    ['unix s', ''],
  ])('no time as %s: "%s"', (format, text) => {
    expect(timeReader(format, 0)(text)).toBeUndefined()
  })
})
