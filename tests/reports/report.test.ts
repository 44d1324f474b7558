import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { day, hour, minute } from '#contract/units.ts'
import { createReport } from '#hub/reports/report.ts'
import { sitePeriods, siteTimeText } from '#hub/reports/siteDays.ts'
import { openDuckdbStore } from '#hub/store/duckdb.ts'
import type { Store } from '#hub/store/store.ts'
import { good, record } from '#tests/store/smallHall.ts'

const start = Date.UTC(2025, 6, 1)
const loads = {
  'M-facility': ['facility', 1_100],
  'M-it': ['it', 1_000],
  'M-cdu': ['cduPumps', 12],
  'M-fans': ['towerFans', 9],
} as const
const site = {
  name: 'small',
  title: 'Harbour <hall> & "yard"',
  timeZone: 'Europe/Berlin',
  simulated: true,
  meters: Object.entries(loads).map(([id, [role]]) => ({
    id,
    role,
    classPercent: 0.5,
    rolloverKwh: 1e8,
    feeds: [],
    subtract: [],
  })),
  equipment: Object.keys(loads).map(id => ({
    id,
    kind: 'powerMeter' as const,
    name: id,
    agent: 'plant-agent',
    via: 'dsx' as const,
  })),
}

let store: Store
beforeAll(async () => {
  store = await openDuckdbStore({ path: ':memory:', site })
  const samples = []
  for (let at = start - hour; at <= start + 2 * day + hour; at += 5 * minute) {
    for (const [id, [, kw]] of Object.entries(loads))
      samples.push(
        good(id, 'activeEnergyKwh', at, 100 + (kw * (at - start + hour)) / hour),
        good(id, 'activePower', at, kw),
      )
  }
  await store.append([record(1, samples)])
})
afterAll(() => store.close())

const reportIn = (format: 'html' | 'csv' | 'json') =>
  createReport({ site, ask: store.ask, plans: [], fromAt: start, toAt: start + 2 * day, format })

describe('the report', () => {
  test('says PUE with category, coverage and uncertainty, and claims no saving', async () => {
    const { body, contentType } = await reportIn('html')
    expect(contentType).toContain('text/html')
    expect(body).toContain('1.100 ± 0.009')
    expect(body).toContain('category 2. Interim (iPUE)')
    expect(body).toContain('No claim<br>for this period')
    expect(body).toContain('Harbour &lt;hall&gt; &amp; &quot;yard&quot;')
    expect(body).not.toMatch(/<script|NaN|undefined|Infinity/)
    expect(body.match(/class="page"/g)).toHaveLength(2)
  })

  test('days are those of the site: two days of UTC touch three in Berlin', async () => {
    const { body } = await reportIn('json')
    const facts = JSON.parse(body) as {
      periods: Array<{ label: string; energy: { facilityKwh: number } }>
      energy: { facilityKwh: number }
    }
    expect(facts.periods.map(period => period.label)).toEqual(['2025-07-01', '2025-07-02', '2025-07-03'])
    const sum = facts.periods.reduce((total, period) => total + period.energy.facilityKwh, 0)
    expect(sum).toBeCloseTo(facts.energy.facilityKwh, 3)
    expect(sum).toBeCloseTo(48 * 1_100, 3)
  })

  test('the CSV has one line for each figure and the same sums', async () => {
    const { body } = await reportIn('csv')
    const [head, ...lines] = body.trimEnd().split('\r\n')
    expect(head).toMatch(/^from,to,period,what,name,value,unit/)
    const facility = lines.find(line => line.includes(',whole,role,facility,')) as string
    expect(Number(facility.split(',')[5])).toBeCloseTo(48 * 1_100, 3)
    expect(lines.every(line => line.split(',').length >= 13)).toBe(true)
  })

  test('a span without data is all unknown, in every form', async () => {
    for (const format of ['html', 'csv', 'json'] as const) {
      const { body } = await createReport({
        site,
        ask: store.ask,
        plans: [],
        fromAt: start - 9 * day,
        toAt: start - 8 * day,
        format,
      })
      expect(body).not.toMatch(/NaN|undefined|Infinity/)
      if (format === 'json') expect((JSON.parse(body) as { energy: { pue: unknown } }).energy.pue).toBeNull()
    }
  })
})

describe('days of a site', () => {
  test('the day that clocks go forward has 23 hours, the day they go back 25', () => {
    const hoursOn = (from: string, to: string) =>
      sitePeriods({ fromAt: Date.parse(from), toAt: Date.parse(to), timeZone: 'Europe/Berlin' }).map(
        period => (period.toAt - period.fromAt) / hour,
      )
    expect(hoursOn('2025-03-28T23:00Z', '2025-03-31T22:00Z')).toEqual([24, 23, 24])
    expect(hoursOn('2025-10-24T22:00Z', '2025-10-27T23:00Z')).toEqual([24, 25, 24])
  })

  test('a year is cut into months', () => {
    const months = sitePeriods({ fromAt: Date.UTC(2025, 0, 1), toAt: Date.UTC(2026, 0, 1), timeZone: 'UTC' })
    expect(months.map(month => month.label)).toHaveLength(12)
    expect(months[1]).toEqual({ fromAt: Date.UTC(2025, 1, 1), toAt: Date.UTC(2025, 2, 1), label: '2025-02' })
    expect(siteTimeText(Date.UTC(2025, 6, 1), 'America/Chicago')).toBe('2025-06-30 19:00')
  })
})

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-report-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const run = (...flags: string[]) =>
    spawnSync(process.execPath, [resolve('commands/report.ts'), ...flags], {
      encoding: 'utf8',
      timeout: 20_000,
    })

  test.each([
    [['--from', 'yesterday', '--to', '2025-07-02'], '--from yesterday must be a date'],
    [['--from', '2025-07-02', '--to', '2025-07-01'], '--from 2025-07-02 must lie before --to 2025-07-01'],
    [
      ['--from', '2025-07-01', '--to', '2025-07-02', '--format', 'pdf'],
      '--format pdf is not one of html, csv, json',
    ],
    [['--from', '2025-07-01', '--to', '2025-07-02', '--data', folder], 'holds no run.json'],
    [['--frm', '2025-07-01'], "Unknown option '--frm'"],
  ])('refuses %j in one sentence', (flags, sentence) => {
    const { status, stderr, stdout } = run(...flags)
    expect(status).toBe(2)
    expect(stderr).toContain(sentence)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stdout).toBe('')
  })
})
