import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { day, hour, minute } from '#contract/units.ts'
import { readLoadCsv } from '#simulators/load/loadCsv.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { readAnySiteFile, readSiteFile } from '#simulators/sites/sites.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-load-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}
const small = readSiteFile('small')
const frontier = '../shared/data/power/frontier_cdu_power_2024-04-07_h00-h16.csv.gz'

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

  test('tanks take the columns of an immersion site', () => {
    const immersion = readAnySiteFile('immersion')
    const names = Array.from({ length: 10 }, (_, tank) => `tank${tank + 1}_W`)
    const path = fileOf('tanks.csv', `time_s,${names}\n0,${names.map((_, tank) => (tank + 1) * 10_000)}\n`)
    const load = readLoadCsv(path, immersion, 1)
    expect(load.cduPowerKw(0, 0)).toBe(10)
    expect(load.cduPowerKw(9, 0)).toBe(100)
    expect(load.itFraction(0)).toBeCloseTo(0.55, 9)
  })

  test('a jump to any row gives what walking there gives', () => {
    const rows = Array.from({ length: 200 }, (_, row) => `${row * 60 + (row % 7)},${row / 200}`)
    const path = fileOf('walk.csv', `time_s,share\n${rows.join('\n')}\n`)
    const walking = readLoadCsv(path, small, 1)
    const walked = Array.from({ length: 400 }, (_, step) => walking.cduPowerKw(2, step * 37_000))
    const jumping = readLoadCsv(path, small, 1)
    for (let step = 399; step >= 0; step -= 1) {
      const there = (step * 173) % 400
      expect(jumping.cduPowerKw(2, there * 37_000)).toBe(walked[there])
    }
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

describe('bench:FILE', () => {
  const startAt = Date.UTC(2025, 6, 7)
  const path = fileOf('flat.csv', 'time_s,a_W,b_W,c_W,d_W\n0,200000,100000,100000,370000\n')
  const bench = (seed: number) => openLoad(`bench:${path}`, { site: small, seed, startAt })

  test('each day takes 90..105 % of the file, the same all day, another by day and by seed', () => {
    const shareOn = (seed: number, siteAt: number) => bench(seed).cduPowerKw(0, siteAt) / 200
    // Days of standard time: Chicago's begin at 06:00 UTC.
    const dawn = startAt + 6 * hour
    const shares = Array.from({ length: 200 }, (_, index) => shareOn(1, dawn + index * day))
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.9)
    expect(Math.max(...shares)).toBeLessThanOrEqual(1.05)
    // 200 uniform draws of 0.15: their mean is 0.975 within 3 × 0.15 / √12 / √200 = 0.009.
    expect(shares.reduce((sum, share) => sum + share, 0) / 200).toBeCloseTo(0.975, 1.7)
    for (const into of [0, 1, 12 * hour, day - minute]) expect(shareOn(1, dawn + into)).toBe(shares[0])
    expect(shares[1]).not.toBe(shares[0])
    expect(shareOn(2, dawn)).not.toBe(shares[0])
    expect(shareOn(1, dawn + 3 * day)).toBe(shares[3])
  })

  test('no CDU passes its nameplate, and the notes say what was done', () => {
    for (let at = 0; at < 30; at++)
      expect(bench(1).cduPowerKw(3, startAt + at * day)).toBeLessThanOrEqual(375)
    expect(bench(1).notes.join(' ')).toMatch(/each day takes 90\.\.105 % of the file/)
  })

  test.skipIf(!existsSync(frontier))(
    'the Frontier day on warm-water keeps its swings (needs ../shared/data)',
    () => {
      const site = readSiteFile('warm-water')
      const plain = openLoad(frontier, { site, seed: 1, startAt })
      const scaled = openLoad(`bench:${frontier}`, { site, seed: 1, startAt })
      const shares = new Set<string>()
      let quickest = 0
      for (let at = 0; at < 16 * hour; at += 15_000) {
        shares.add((scaled.itFraction(startAt + at) / plain.itFraction(startAt + at)).toFixed(3))
        if (at >= 5 * minute)
          quickest = Math.max(
            quickest,
            Math.abs(plain.itFraction(startAt + at) - plain.itFraction(startAt + at - 5 * minute)),
          )
      }
      // 16 hours touch two days of standard time, so two shares.
      expect(shares.size).toBeLessThanOrEqual(2)
      // 18 MW of 30 MW in five minutes.
      expect(quickest * 30).toBeGreaterThan(15)
    },
  )
})
