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
  objective:
    cost:
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
    expect(planning?.objective?.cost?.periods.map(({ days }) => days)).toEqual(['weekdays', 'all'])
    expect(planning?.holidays).toEqual(['2026-12-25', '2026-12-26'])
    const hours = (text: string) => horizonHoursOf(siteWith(text))
    const carbon = 'planning: { objective: { carbon: { gramsPerKwh: 380 } } }'
    expect([hours(example), hours(''), hours('planning: {}'), hours(carbon)]).toEqual([4, 1, 1, 3])
  })

  it.each([
    ['perKwh: 0.11', 'perKwh: -1', 'planning.objective.cost.perKwh = -1 must be >= 0'],
    ['perKwh: 0.11', 'perKwh: cheap', 'planning.objective.cost.perKwh = "cheap" must be number'],
    ['perKwh: 0.11', 'perKwh: .inf', 'planning.objective.cost.perKwh = null must be number'],
    ['perKwh: 0.11', 'note: none', 'planning.objective.cost: unknown key "note"'],
    ['toHour: 21', 'toHour: 25', 'planning.objective.cost.periods.0.toHour = 25 must be <= 24'],
    [
      'of: quarterHour',
      'of: day',
      'planning.objective.cost.demand.of = "day" must be equal to one of the allowed values',
    ],
    ['horizonHours: 4', 'horizonHours: 7', 'planning.horizonHours = 7 must be <= 6'],
    ['horizonHours: 4', 'horizonHours: 1.5', 'planning.horizonHours = 1.5 must be integer'],
  ])('%s → %s is refused in one sentence', (right, wrong, sentence) => {
    expect(example).toContain(right)
    expect(refusalOf(example.replace(right, wrong))).toBe(sentence)
  })

  it('cost and carbon at once, or neither, is refused', () => {
    const carbon = 'objective: { carbon: { gramsPerKwh: 380 }, cost: { currency: EUR, perKwh: 0.1 } }'
    expect(refusalOf(`planning: { ${carbon} }`)).toMatch(
      /^planning\.objective = .* must not have more than 1 prop/,
    )
    expect(refusalOf('planning: { objective: {} }')).toMatch(
      /^planning\.objective = \{\} must not have fewer than 1 prop/,
    )
  })
})
