import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { readEpw } from '#simulators/weather/epw.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-weather-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = (name: string, text: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') && typeof text === 'string' ? gzipSync(text) : text)
  return path
}

/** A year whose dry bulb is its hour of day, so that the time convention shows; its humidity column contradicts its dew point. */
function epwText(hours = 8760): string {
  const header = ['LOCATION,Testtown,,USA,,,40,-90,-6.0,200', ...Array.from({ length: 7 }, () => 'HEADER')]
  const rows = Array.from({ length: hours }, (_, index) => {
    const at = new Date(Date.UTC(2023, 0, 1) + index * hour)
    const hourEnding = (index % 24) + 1
    return `2023,${at.getUTCMonth() + 1},${at.getUTCDate()},${hourEnding},0,x,${hourEnding},-5,50,98000,0`
  })
  return `${[...header, ...rows].join('\r\n')}\r\n`
}
const thirdHour = '2023,1,1,3,0,x,3,-5,50,98000,0'

describe('EPW files', () => {
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

  test('humidity is read from the dew point alone, whatever the humidity column says', () => {
    const damp = readEpw(fileOf('damp.epw', epwText().replaceAll(',-5,50,', ',-5,99,')))
    const dry = readEpw(fileOf('dry.epw', epwText().replaceAll(',-5,50,', ',-5,1,')))
    const noon = Date.UTC(2025, 6, 1, 18)
    expect(damp.at(noon)).toEqual(dry.at(noon))
    // 12 °C (14.03 hPa) with a dew point of -5 °C, over ice as everywhere below 0 °C (4.02 hPa): 28.6 %.
    expect(dry.at(noon).relativeHumidityPercent).toBeCloseTo(28.6, 1)
  })

  test('a dew point above the dry bulb is saturated air', () => {
    const wet = readEpw(fileOf('wet.epw', epwText().replace(thirdHour, thirdHour.replace('-5', '9'))))
    const air = wet.at(Date.UTC(2025, 0, 1, 9))
    expect(air.relativeHumidityPercent).toBeCloseTo(100, 6)
    expect(air.wetBulbC).toBeCloseTo(3, 2)
  })

  test('29 February and a byte order mark are left out', () => {
    const leap = epwText().replace(
      /\r\n2023,3,1,1,/,
      `\r\n${Array.from({ length: 24 }, (_, at) => `2024,2,29,${at + 1},0,x,99,-5,50,98000,0`).join('\r\n')}$&`,
    )
    const weather = readEpw(fileOf('leap.epw', `\ufeff${leap}`))
    expect(weather.designDryBulbC).toBeLessThanOrEqual(24)
  })

  test.each([
    ['cut short', epwText(5000), /ends with 5000 hours where a full year of 8760 hours is allowed/],
    ['empty', '', /line 1: "" where an EPW file begins with LOCATION/],
    ['no time zone', epwText().replace('-6.0', ''), /line 1: time zone "" where an offset of -14\.\.14/],
    [
      'text in a number',
      epwText().replace('2023,1,1,3,0,x,3,', '2023,1,1,3,0,x,warm,'),
      /line 11: dry bulb "warm" where -70\.\.70 is allowed/,
    ],
    [
      'a missing value',
      epwText().replace(thirdHour, thirdHour.replace('-5', '99.9')),
      /line 11: dew point "99.9"/,
    ],
    [
      'a pressure cut in half',
      epwText().replace(thirdHour, thirdHour.replace('98000', '980')),
      /line 11: pressure "980" where 31000\.\.120000 is allowed/,
    ],
    [
      'cut within a line',
      epwText().replace(thirdHour, '2023,1,1,3,0,x,3'),
      /line 11: 7 columns where at least 10/,
    ],
    [
      'an hour twice',
      epwText().replace('2023,1,1,4,', '2023,1,1,3,'),
      /line 12: month, day and hour 1, 1, 3 where 1, 1, 4 is due/,
    ],
    [
      'a year from July',
      epwText().replace('2023,1,1,1,', '2023,7,1,1,'),
      /line 9: month, day and hour 7, 1, 1 where 1, 1, 1 is due/,
    ],
  ])('%s: one sentence with line and what is allowed', (name, text, sentence) => {
    expect(() => readEpw(fileOf(`${name}.epw`, text))).toThrow(sentence)
  })

  test('garbled gzip, gzip cut short and a missing file are said plainly', () => {
    expect(() => readEpw(fileOf('garbled.epw.gz', Buffer.from('not gzip')))).toThrow(/cannot be read as gzip/)
    const whole = gzipSync(epwText())
    expect(() => readEpw(fileOf('half.epw.gz', whole.subarray(0, whole.length / 2)))).toThrow(
      /half.epw.gz: cannot be read as gzip/,
    )
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
})
