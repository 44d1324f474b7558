import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type HistoryJson, historySummary, judgeHistory } from '#commands/savings/history.ts'
import { readOptions } from '#commands/savings/options.ts'
import { plantHours } from '#commands/savings/plantHours.ts'
import { day, hour } from '#contract/units.ts'
import { start, syntheticHours, withSaving } from '#tests/savings/syntheticSite.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-savings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fromAt = start + 8 * 7 * day
const iso = (at: number) => new Date(at).toISOString().slice(0, 16)

function fileOf(name: string, header: string, rows: readonly string[]): string {
  const path = join(folder, name)
  writeFileSync(path, [header, ...rows, ''].join('\n'))
  return path
}
const hours = withSaving(syntheticHours({ seed: 41, weeks: 9, noiseShare: 0.02 }), {
  fromHour: 8 * 168,
  share: 0.1,
})
const history = fileOf(
  'hours.csv',
  'time,cooling energy,itKwh,wetBulbC',
  hours.map(one => `${iso(one.at)},${one.coolingKwh},${one.itKwh},${one.wetBulbC}`),
)
const judged = (...more: string[]): HistoryJson => {
  const asked = readOptions([
    '--history',
    history,
    '--column',
    'coolingKwh=cooling energy',
    '--from',
    iso(fromAt),
    ...more,
  ])
  if (asked.what !== 'history') throw new Error('history was asked for')
  return judgeHistory(asked.history)
}

describe('a site’s own hours', () => {
  test('what was saved since a date, what it cost and emitted less, in one sentence and as JSON', () => {
    const price = fileOf(
      'price.csv',
      'time,eur_per_MWh',
      hours.map(one => `${iso(one.at)},200`),
    )
    const carbon = fileOf(
      'carbon.csv',
      'time_utc,gCO2_per_kWh',
      hours.map(one => `${iso(one.at)},400`),
    )
    const json = judged('--price', price, '--carbon', carbon)
    expect(json.claim.level).toBe('verified')
    expect(json.cooling.saving?.share).toBeCloseTo(0.1, 1)
    const saved = json.cooling.saving?.saved as number
    expect(json.cost).toMatchObject({ unit: 'eur' })
    expect(json.cost?.saved).toBeCloseTo(0.2 * saved, 6)
    expect(json.carbon?.saved).toBeCloseTo(400 * saved, 6)
    expect(historySummary(json)).toMatch(
      /^Verified for metered cooling by an adjusted baseline: (9|1\d)\.\d % ± \d\.\d % \(90 %\)/,
    )
    expect(json.losses).toBeNull()
  })

  test('a declared event is in the result and out of the saving', () => {
    const event = `${iso(fromAt + day)} ${iso(fromAt + 2 * day)} pump 2 repaired`
    const json = judged('--event', event)
    expect(json.events).toEqual([
      { fromAt: fromAt + day, toAt: fromAt + 2 * day, what: 'pump 2 repaired', by: 'command line' },
    ])
    expect(json.cooling.saving?.hours.ofEvents).toBe(24)
  })

  test.each([
    [['--history', '/nowhere.csv', '--from', '2025-01-01'], /--history \/nowhere.csv: there is no such file/],
    [['--history', history], /--from is missing: it must be a date/],
    [['--history', history, '--from', '2025-01-02', '--to', '2025-01-01'], /must lie before --to/],
    [['--history', history, '--from', '2025-01-01', '--column', 'kWh=x'], /NAME one of coolingKwh/],
    [['--history', history, '--from', '2025-01-01', '--event', '2025-01-01 oops'], /"FROM TO WHAT"/],
    [['placebo', '--inject', '3'], /--inject 3: allowed are shares of cooling from 0 to 0.5/],
    [['placebo', '--weeks', '0'], /--weeks 0: allowed is a whole number from 1 to 52/],
    [['everything'], /"everything": allowed is placebo/],
    [[], /placebo or --history FILE is needed/],
  ])('%j is refused in one sentence', (args, sentence) => {
    expect(() => readOptions(args)).toThrow(sentence)
  })

  test('hours before the file, and rows of less than an hour, are refused with what the file holds', () => {
    expect(() => judged('--from', '2031-01-01')).toThrow(
      /no hours from 2031-01-01.* the file holds 2024-01-01/,
    )
    const fine = fileOf('fine.csv', 'time,coolingKwh,itKwh,wetBulbC', [
      '2025-01-01T00:00,1,2,3',
      '2025-01-01T00:15,1,2,3',
    ])
    const asked = readOptions(['--history', fine, '--from', '2025-01-02'])
    expect(() => asked.what === 'history' && judgeHistory(asked.history)).toThrow(
      /15 min after the row before it/,
    )
  })

  test('the command writes the JSON and says the sentence; a bad option ends with 2', () => {
    const json = join(folder, 'out.json')
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [resolve('commands/run.mjs'), 'savings', ...args], {
        encoding: 'utf8',
        timeout: 60_000,
      })
    const good = run(
      '--history',
      history,
      '--column',
      'coolingKwh=cooling energy',
      '--from',
      iso(fromAt),
      '--json',
      json,
    )
    expect(good.stdout).toMatch(/^Verified for metered cooling/)
    expect((JSON.parse(readFileSync(json, 'utf8')) as HistoryJson).claim.level).toBe('verified')
    const bad = run('--frm', '1')
    expect(bad.status).toBe(2)
    expect(bad.stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('a simulated site that is left alone', () => {
  const run = {
    site: 'small',
    city: 'chicago',
    load: 'builtin:ai',
    seed: 2,
    fromAt: start,
    weeks: 1,
  } as const

  test('tells hours as meters have them: every hour once, cooling a few per cent of IT, the same again for the same seed', () => {
    const lived = plantHours(run)
    expect(lived).toHaveLength(168)
    expect(lived.map(one => one.at)).toEqual(lived.map((_, index) => start + index * hour))
    for (const one of lived) {
      expect(one.coolingKwh / one.itKwh).toBeGreaterThan(0.005)
      expect(one.coolingKwh / one.itKwh).toBeLessThan(0.1)
      expect(one.lossesKwh).toBeGreaterThan(0)
      expect(Math.abs(one.wetBulbC)).toBeLessThan(40)
    }
    expect(plantHours(run)).toEqual(lived)
    expect(plantHours({ ...run, seed: 3 })).not.toEqual(lived)
  })

  test('the same week of the next year has another weather', () => {
    const [first, second] = [start, Date.UTC(2025, 0, 1)].map(at => plantHours({ ...run, fromAt: at }))
    const apart =
      first?.filter((one, index) => Math.abs(one.wetBulbC - (second?.[index]?.wetBulbC ?? 0)) > 1) ?? []
    expect(apart.length).toBeGreaterThan(80)
  })
})
