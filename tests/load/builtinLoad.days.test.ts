import { describe, expect, test } from 'vitest'
import { day, hour, type Millis, minute } from '#contract/units.ts'
import { builtinLoad, builtinLoads } from '#simulators/load/builtinLoad.ts'
import type { Load } from '#simulators/load/load.ts'
import { readAnySiteFile, readSiteFile } from '#simulators/sites/sites.ts'
import { type LoadStatistics, loadStatistics } from '#tests/load/loadStatistics.ts'
import { correlation, meanOf } from '#tests/weather/statisticsOf.ts'

const site = readSiteFile('warm-water')
const small = readSiteFile('small')
const fromAt = Date.UTC(2025, 0, 1)
const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

const measured = (kind: string, days: number, everyMinutes: number): LoadStatistics[] =>
  seeds.map(seed =>
    loadStatistics(builtinLoad(kind, site, seed), {
      cdus: site.layout.cdus,
      nameplateKw: site.nameplate.itPerCduKw,
      fromAt,
      days,
      everyMinutes,
    }),
  )
const mean = (years: readonly LoadStatistics[], of: (year: LoadStatistics) => number) => meanOf(years.map(of))
const minutesOf = (load: Load, cdu: number, count: number, from = fromAt): number[] =>
  Array.from(
    { length: count },
    (_, at) => load.cduPowerKw(cdu, from + at * minute) / site.nameplate.itPerCduKw,
  )

describe('annual', () => {
  // The slow part forgets itself in 36 h: 8 seeds of 91 days hold about 490 draws of it, which leave the pooled median
  // 0.25 × 1.25 / √490 = 1.4 % and σ 0.338 / √(2 × 490) = 0.011 of standard error. Three of those are allowed.
  const years = measured('annual', 91, 60)
  test('median 31 % of nameplate and σ 0.338 of the logarithm', () => {
    expect(Math.abs(mean(years, year => year.median) / 0.31 - 1)).toBeLessThan(0.045)
    expect(Math.abs(mean(years, year => year.logSpread) - 0.338)).toBeLessThan(0.033)
    for (const year of years) expect(year.highest).toBeLessThanOrEqual(1)
  })

  test('hours hang together, days hardly: 0.96, 0.65 and 0.25 after 1, 6 and 24 h', () => {
    expect(mean(years, year => year.after[1]!)).toBeGreaterThan(0.93)
    expect(Math.abs(mean(years, year => year.after[2]!) - 0.6)).toBeLessThan(0.12)
    expect(mean(years, year => year.after[3]!)).toBeLessThan(0.45)
  })

  test('a job steps each CDU once in three hours, and each minute has its noise of 1 %', () => {
    const load = builtinLoad('annual', site, 5)
    const cdus = Array.from({ length: 25 }, (_, cdu) => minutesOf(load, cdu, 1440))
    const steps = cdus.map(
      course => course.filter((share, at) => at > 0 && Math.abs(share / course[at - 1]! - 1) > 0.03).length,
    )
    // 8 changes a day, of which those between two jobs of nearly equal power do not show.
    expect(meanOf(steps)).toBeGreaterThan(5)
    expect(meanOf(steps)).toBeLessThan(8.5)
    const quiet = cdus.flatMap(course =>
      course.map((share, at) => (at > 0 ? share / course[at - 1]! - 1 : 0)),
    )
    const still = quiet.filter(change => Math.abs(change) <= 0.03)
    // The difference of two draws of ±1 %: 0.01 × √(2 / 3) = 0.82 %.
    expect(Math.sqrt(meanOf(still.map(change => change * change)))).toBeCloseTo(0.0082, 3)
  })
})

describe('ai', () => {
  test('74..93 % of nameplate, ten points less at checkpoints', () => {
    for (const year of measured('ai', 7, 1)) {
      expect(year.lowest).toBeGreaterThanOrEqual(0.64 - 1e-9)
      expect(year.highest).toBeLessThanOrEqual(0.93 + 1e-9)
    }
    // Uniform jobs of 16 h on 13 pairs: 8 × 11 × 13 draws, mean 0.835 less 2 / 60 × 0.1, within 3 × 0.055 / √1144 = 0.005.
    expect(Math.abs(mean(measured('ai', 7, 5), year => year.mean) - 0.8317)).toBeLessThan(0.006)
  })

  test('each hour of each job has one dip of two minutes, all CDUs of the job together', () => {
    let hours = 0
    let withTwo = 0
    for (const seed of seeds) {
      const load = builtinLoad('ai', site, seed)
      for (let pair = 0; pair < 12; pair++) {
        const one = minutesOf(load, 2 * pair, 24 * 60)
        const other = minutesOf(load, 2 * pair + 1, 24 * 60)
        for (let from = 0; from < 1440; from += 60) {
          const dips = (course: readonly number[]) => {
            const inHour = course.slice(from, from + 60)
            const usual = [...inHour].sort((a, b) => a - b)[30]!
            return inHour.flatMap((share, at) => (share < usual - 0.08 ? [at] : []))
          }
          const at = dips(one)
          hours++
          if (at.length !== 2 || at[1] !== at[0]! + 1) continue
          withTwo++
          expect(dips(other)).toEqual(expect.arrayContaining(at))
        }
      }
    }
    // In one hour of sixteen the job changes, and the two levels can hide or add a dip.
    expect(withTwo / hours).toBeGreaterThan(0.92)
  })

  /** A minute of a job that is no checkpoint. */
  const busyMinute = (load: Load, cdu: number): Millis => {
    const course = minutesOf(load, cdu, 60)
    const highest = Math.max(...course)
    return fromAt + course.findIndex(share => share > highest - 0.02) * minute
  }
  const secondsOf = (load: Load, cdu: number, at: Millis, everyMs: number): number[] =>
    Array.from({ length: minute / everyMs }, (_, step) => load.cduPowerKw(cdu, at + step * everyMs) / 1200)

  test('within a minute power swings by 14 to 30 points in seconds, never above nameplate', () => {
    const swings = seeds.flatMap(seed => {
      const load = builtinLoad('ai', site, seed)
      return Array.from({ length: 25 }, (_, cdu) => {
        const course = secondsOf(load, cdu, busyMinute(load, cdu), 250)
        expect(Math.max(...course)).toBeLessThanOrEqual(1)
        return Math.max(...course) - Math.min(...course)
      })
    })
    expect(Math.min(...swings)).toBeGreaterThan(0.09)
    expect(Math.max(...swings)).toBeLessThanOrEqual(0.3 + 1e-9)
    expect(meanOf(swings)).toBeGreaterThan(0.16)
    const load = builtinLoad('ai', site, 1)
    const course = secondsOf(load, 0, busyMinute(load, 0), 250)
    // Crest to trough of a swing of 2.5 to 8.6 s takes at most 4.3 s: seventeen steps of 250 ms.
    const span = Math.max(...course) - Math.min(...course)
    const inFourSeconds = course.slice(18).map((share, step) => {
      const window = course.slice(step, step + 19)
      return Math.max(...window, share) - Math.min(...window, share)
    })
    expect(Math.max(...inFourSeconds)).toBeGreaterThan(0.95 * span)
  })

  test('the CDUs of a job swing together, other jobs at their own pace', () => {
    const load = builtinLoad('ai', site, 1)
    const at = busyMinute(load, 0)
    const course = (cdu: number) => secondsOf(load, cdu, at, 250)
    expect(correlation(course(0), course(1))).toBeCloseTo(1, 9)
    const others = [2, 4, 6, 8, 10].map(cdu => Math.abs(correlation(course(0), course(cdu))))
    expect(Math.min(...others)).toBeLessThan(0.5)
  })

  test.each([250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000])(
    'steps of %i ms see the mean of the minute',
    everyMs => {
      for (const seed of seeds.slice(0, 3)) {
        const load = builtinLoad('ai', site, seed)
        for (let at = fromAt; at < fromAt + 70 * minute; at += minute)
          for (const cdu of [0, 7, 24])
            expect(meanOf(secondsOf(load, cdu, at, everyMs))).toBeCloseTo(load.cduPowerKw(cdu, at) / 1200, 10)
      }
    },
  )

  test('a checkpoint is written at a standstill', () => {
    const load = builtinLoad('ai', site, 1)
    const course = minutesOf(load, 0, 60)
    const dip = course.indexOf(Math.min(...course))
    expect(new Set(secondsOf(load, 0, fromAt + dip * minute, 250)).size).toBe(1)
  })
})

describe('inference', () => {
  const load = builtinLoad('inference', site, 2)
  // Standard time of the site; 2025-01-06 is a Monday.
  const mondayAt = Date.UTC(2025, 0, 6, 6)
  const hourly = Array.from({ length: 7 * 24 }, (_, at) =>
    meanOf(Array.from({ length: 60 }, (_, each) => load.itFraction(mondayAt + at * hour + each * minute))),
  )
  test('35..80 % of nameplate', () => {
    for (const year of measured('inference', 7, 1)) {
      expect(year.lowest).toBeGreaterThanOrEqual(0.35)
      expect(year.highest).toBeLessThanOrEqual(0.8)
      expect(year.highest - year.lowest).toBeGreaterThan(0.4)
    }
  })

  test('highest in the afternoon, lowest before dawn, lower at the week-end', () => {
    const monday = hourly.slice(0, 24)
    expect([14, 15]).toContain(monday.indexOf(Math.max(...monday)))
    expect([2, 3]).toContain(monday.indexOf(Math.min(...monday)))
    const afternoon = (of: number) => hourly[of * 24 + 15]!
    expect(afternoon(5)).toBeLessThan(afternoon(4) - 0.1)
    expect(afternoon(6)).toBeLessThan(afternoon(4) - 0.1)
    expect(load.itFraction(mondayAt + 7 * day + 15 * hour)).toBeCloseTo(
      load.itFraction(mondayAt + 15 * hour),
      1,
    )
  })
})

describe('every built-in load', () => {
  test.each(builtinLoads)('%s: a pure function of seed, place and time', kind => {
    const walked = builtinLoad(kind, small, 9)
    for (let at = 0; at < 10 * hour; at += 5_000) for (let cdu = 0; cdu < 4; cdu++) walked.cduPowerKw(cdu, at)
    const questions = Array.from({ length: 300 }, (_, index) => ({
      cdu: index % 4,
      at: fromAt + ((index * 7_919) % 5_000) * 7_777,
    }))
    for (const { cdu, at } of questions)
      expect(walked.cduPowerKw(cdu, at)).toBe(builtinLoad(kind, small, 9).cduPowerKw(cdu, at))
    const differs = questions.filter(
      ({ cdu, at }) => walked.cduPowerKw(cdu, at) !== builtinLoad(kind, small, 10).cduPowerKw(cdu, at),
    )
    expect(differs.length).toBeGreaterThan(280)
  })

  test.each(builtinLoads)('%s: the site is the sum of its CDUs or tanks, on every site', kind => {
    for (const [name, count, nameplateKw] of [
      ['small', 4, 375],
      ['warm-water', 25, 1200],
      ['chilled-hybrid', 8, 250],
      ['immersion', 10, 100],
    ] as const) {
      const load = builtinLoad(kind, readAnySiteFile(name), 3)
      const at = fromAt + 1_234_567
      const sumKw = Array.from({ length: count }, (_, place) => load.cduPowerKw(place, at)).reduce(
        (a, b) => a + b,
      )
      expect(sumKw / (count * nameplateKw)).toBeCloseTo(load.itFraction(at), 12)
    }
  })

  test('an unknown load is refused with those that there are', () => {
    expect(() => builtinLoad('bursty', small, 1)).toThrow(
      'builtin:bursty: unknown load; allowed are annual, ai, inference',
    )
  })
})
