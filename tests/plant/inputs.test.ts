import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { readLoadCsv } from '#simulators/load/loadCsv.ts'
import { readSiteFile } from '#simulators/sites/sites.ts'
import { builtinCities, builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { readEpw } from '#simulators/weather/epw.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-inputs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}
const small = readSiteFile('small')

/** A year whose dry bulb is its hour of day, so that the time convention shows. */
function epwText(hours = 8760): string {
  const header = ['LOCATION,Testtown,,USA,,,40,-90,-6.0,200', ...Array.from({ length: 7 }, () => 'HEADER')]
  const rows = Array.from({ length: hours }, (_, index) => {
    const at = new Date(Date.UTC(2023, 0, 1) + index * hour)
    const hourEnding = (index % 24) + 1
    return `2023,${at.getUTCMonth() + 1},${at.getUTCDate()},${hourEnding},0,x,${hourEnding},-5,50,98000,0`
  })
  return `${[...header, ...rows].join('\r\n')}\r\n`
}

describe('weather files', () => {
  test('hours are standard time and hour-ending, with straight lines between', () => {
    const weather = readEpw(fileOf('year.epw.gz', epwText()))
    // 18:00 UTC is 12:00 at UTC-6; the row of hour 12 stands there.
    expect(weather.at(Date.UTC(2025, 6, 1, 18)).dryBulbC).toBeCloseTo(12, 9)
    expect(weather.at(Date.UTC(2025, 6, 1, 18, 30)).dryBulbC).toBeCloseTo(12.5, 9)
    expect(weather.at(Date.UTC(2031, 6, 1, 18)).dryBulbC).toBeCloseTo(12, 9)
    const air = weather.at(Date.UTC(2025, 6, 1, 18))
    expect(air.wetBulbC).toBeLessThan(air.dryBulbC)
    expect(air.wetBulbC).toBeGreaterThan(-5)
  })

  test.each([
    ['cut short', epwText(5000), /ends with 5000 hours where a full year of 8760 hours is allowed/],
    ['empty', '', /line 1: "" where an EPW file begins with LOCATION/],
    [
      'text in a number',
      epwText().replace('2023,1,1,3,0,x,3,', '2023,1,1,3,0,x,warm,'),
      /line 11: dry bulb "warm" where -70\.\.70 is allowed/,
    ],
    [
      'a missing value',
      epwText().replace('2023,1,1,3,0,x,3,-5', '2023,1,1,3,0,x,3,99.9'),
      /line 11: dew point "99.9"/,
    ],
    [
      'cut within a line',
      epwText().replace('2023,1,1,3,0,x,3,-5,50,98000,0', '2023,1,1,3,0,x,3'),
      /line 11: 7 columns where at least 10/,
    ],
  ])('%s: one sentence with line and what is allowed', (name, text, sentence) => {
    expect(() => readEpw(fileOf(`${name}.epw`, text))).toThrow(sentence)
  })

  test('garbled gzip and a missing file are said plainly', () => {
    const path = join(folder, 'garbled.epw.gz')
    writeFileSync(path, 'not gzip')
    expect(() => readEpw(path)).toThrow(/cannot be read as gzip/)
    expect(() => readEpw(join(folder, 'nowhere.epw'))).toThrow(/cannot be read as text/)
  })

  test.skipIf(!existsSync('../shared/data/weather'))(
    'Chicago has a 0.4 % wet bulb near the design handbook (needs ../shared/data)',
    () => {
      expect(
        readEpw('../shared/data/weather/USA_IL_Chicago-OHare.Intl.AP.725300_TMY3.epw.gz').designWetBulbC,
      ).toBeCloseTo(25.5, 0)
    },
  )

  test('built-in cities have plausible extremes and repeat with their seed', () => {
    for (const city of builtinCities) {
      const weather = builtinWeather({ city, seed: 5 })
      expect(weather.designWetBulbC).toBeGreaterThan(15)
      expect(weather.designWetBulbC).toBeLessThan(29)
      expect(weather.at(1e12)).toEqual(builtinWeather({ city, seed: 5 }).at(1e12))
    }
    expect(() => builtinWeather({ city: 'atlantis', seed: 1 })).toThrow(/allowed are chicago/)
  })
})

describe('load files', () => {
  test('as many columns as CDUs are taken as they are, clipped at nameplate with a warning', () => {
    const path = fileOf(
      'four.csv',
      'time_s,a_W,b_W,c_W,d_W,wetbulb_C\n0,100000,200000,300000,400000,5\n60,1,2,3,4,5\n',
    )
    const load = readLoadCsv(path, small, 1)
    expect([0, 1, 2, 3].map(cdu => load.cduPowerKw(cdu, 30_000))).toEqual([100, 200, 300, 375])
    expect(load.notes.join(' ')).toMatch(/1 values above the CDU nameplate of 375 kW were clipped/)
    expect(load.cduPowerKw(1, 60_000)).toBeCloseTo(0.002, 9)
    expect(load.cduPowerKw(1, 120_000)).toBe(200)
  })

  test('other counts are dealt out by seed and reach 95 % of nameplate', () => {
    const path = fileOf('one.csv.gz', 'hour,cpu_load\n0,0.2\n1,0.8\n2,0.4\n')
    const load = readLoadCsv(path, small, 1)
    expect(load.itFraction(hour)).toBeCloseTo(0.95, 9)
    expect(load.itFraction(0)).toBeCloseTo(0.2375, 9)
    expect(load.notes[0]).toMatch(/1 columns spread over 4 CDUs/)
  })

  test.each([
    ['text', 'time,a\n0,5\n1,lots\n', /line 3: column a holds "lots" where a number of 0 or more is allowed/],
    ['no time', 'when,a\n0,5\n', /line 1: no time column; one of time, time_s, time_local, hour/],
    ['backwards', 'time_s,a\n0,5\n60,5\n30,5\n', /line 4: column time_s holds "30", not later/],
    ['short row', 'time_s,a,b\n0,5,5\n60,5\n', /line 3: 2 columns where the header has 3/],
    ['negative', 'time_s,a_W\n0,5\n60,-5\n', /line 3: column a_W holds "-5"/],
  ])('%s: refused with line, column and value', (name, text, sentence) => {
    expect(() => readLoadCsv(fileOf(`${name}.csv`, text), small, 1)).toThrow(sentence)
  })
})

describe('built-in loads', () => {
  const hoursOf = (kind: string) => {
    const load = builtinLoad(kind, small, 4)
    return Array.from(
      { length: 24 * 180 },
      (_, index) => load.cduPowerKw(index % 4, Date.UTC(2025, 0, 1) + index * hour) / 375,
    ).sort((a, b) => a - b)
  }
  test('annual: median 31 %, spread 0.338 of its logarithm', () => {
    const sorted = hoursOf('annual')
    expect(sorted[sorted.length >> 1]).toBeCloseTo(0.31, 1)
    const logs = sorted.map(Math.log)
    const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length
    const spread = Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length)
    expect(spread).toBeGreaterThan(0.27)
    expect(spread).toBeLessThan(0.4)
  })
  test('ai: 74..93 % with dips of ten points; inference: 35..80 %', () => {
    const ai = hoursOf('ai')
    expect(ai[0]).toBeGreaterThanOrEqual(0.64 - 1e-9)
    expect(ai[ai.length >> 1]).toBeGreaterThan(0.74)
    expect(ai[ai.length - 1]).toBeLessThanOrEqual(0.93 + 1e-9)
    const inference = hoursOf('inference')
    expect(inference[0]).toBeGreaterThanOrEqual(0.35)
    expect(inference[inference.length - 1]).toBeLessThanOrEqual(0.8)
  })
  test('a jump in time gives the same load as walking there', () => {
    const walked = builtinLoad('annual', small, 9)
    for (let at = 0; at < 10 * hour; at += 60_000) walked.cduPowerKw(0, at)
    expect(walked.cduPowerKw(2, 10 * hour)).toBe(builtinLoad('annual', small, 9).cduPowerKw(2, 10 * hour))
  })
})
