import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Failure, failureCodes } from '#contract/failure.ts'
import { horizonHoursOf } from '#contract/site/planning.ts'
import { readSiteFile } from '#simulators/sites/sites.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-tariff-'))
afterAll(() => rmSync(folder, { recursive: true }))
const small = readFileSync(new URL('../../simulators/sites/small.yaml', import.meta.url), 'utf8')

function siteWith(planning: string) {
  const path = join(folder, 'mine.yaml')
  writeFileSync(path, `${small}\n${planning}`)
  return readSiteFile(path)
}
function refusalOf(planning: string): string {
  try {
    siteWith(planning)
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    expect(failureCodes[cause.code].exit).toBe(2)
    return cause.message.slice(cause.message.indexOf('planning'))
  }
  return 'nothing was refused'
}

const example = `
planning:
  horizonHours: 4
  objective: cost
  tariff:
    currency: EUR
    perKwh: 0.11
    periods:
      - { fromHour: 17, toHour: 21, days: weekdays, perKwh: 0.34 }
      - { fromHour: 22, toHour: 6, perKwh: 0.08 }
    demand: { perKw: 14.5, of: quarterHour, leastBilledKw: 900 }
  holidays: [2026-12-25, 2026-12-26]
`

describe('a tariff in a site’s file', () => {
  it('is read with its defaults; without one a plan looks one hour ahead, with one three', () => {
    const { planning } = siteWith(example)
    expect(planning?.tariff?.periods.map(({ days }) => days)).toEqual(['weekdays', 'all'])
    expect(planning?.holidays).toEqual(['2026-12-25', '2026-12-26'])
    const hours = (text: string) => horizonHoursOf(siteWith(text))
    const grid = 'carbon: { gramsPerKwh: 380 }'
    const carbon = `planning: { objective: carbon, ${grid} }`
    expect([hours(example), hours(''), hours('planning: {}'), hours(carbon)]).toEqual([4, 1, 1, 3])
    // Known prices alone are for telling savings: the plan still lowers energy.
    const known = siteWith(`planning: { ${grid}, tariff: { currency: EUR, perKwh: 0.1 } }`)
    expect([known.planning?.objective, horizonHoursOf(known)]).toEqual(['energy', 1])
  })

  it.each([
    ['perKwh: 0.11', 'perKwh: -1', 'planning.tariff.perKwh = -1 must be >= 0'],
    ['perKwh: 0.11', 'perKwh: cheap', 'planning.tariff.perKwh = "cheap" must be number'],
    ['perKwh: 0.11', 'perKwh: .inf', 'planning.tariff.perKwh = null must be number'],
    ['perKwh: 0.11', 'note: none', 'planning.tariff: unknown key "note"'],
    ['toHour: 21', 'toHour: 25', 'planning.tariff.periods.0.toHour = 25 must be <= 24'],
    [
      'of: quarterHour',
      'of: day',
      'planning.tariff.demand.of = "day" must be equal to one of the allowed values',
    ],
    ['horizonHours: 4', 'horizonHours: 7', 'planning.horizonHours = 7 must be <= 6'],
    ['horizonHours: 4', 'horizonHours: 1.5', 'planning.horizonHours = 1.5 must be integer'],
  ])('%s → %s is refused in one sentence', (right, wrong, sentence) => {
    expect(example).toContain(right)
    expect(refusalOf(example.replace(right, wrong))).toBe(sentence)
  })

  it.each([
    ['objective: cost', 'planning: objective cost needs `tariff`, at least { currency: EUR, perKwh: 0.11 }'],
    [
      'objective: carbon, tariff: { currency: EUR, perKwh: 0.1 }',
      'planning: objective carbon needs `carbon`, at least { gramsPerKwh: 380 }',
    ],
    ['objective: comfort', 'planning.objective = "comfort" must be equal to one of the allowed values'],
    [
      'objective: { cost: {} }',
      'planning.objective = {"cost":{}} must be equal to one of the allowed values',
    ],
  ])('planning: { %s } is refused in one sentence', (planning, sentence) => {
    expect(refusalOf(`planning: { ${planning} }`)).toBe(sentence)
  })
})
