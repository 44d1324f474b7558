import { expect, test } from 'vitest'
import { agentMismatch, auditOf, hubMismatch, type StoredRow } from '#commands/chaos/ledger.ts'
import { firstAt, type Series, sampleAt, seriesOf } from '#commands/chaos/samples.ts'
import { createTold, type Excuse } from '#commands/chaos/told.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

const series: readonly Series[] = [
  { equipment: 'cdu-1', point: 'supplyTemperature', lowest: 0, highest: 80 },
  { equipment: 'cdu-1', point: 'flow', lowest: 0, highest: 3_000 },
  { equipment: 'A1', point: 'itPower', lowest: 0, highest: 200 },
]
const stored = (count: number): StoredRow[] =>
  Array.from({ length: count }, (_, position) => sampleAt(series, position))

function judged(rows: readonly StoredRow[], accepted: number, excuses: readonly Excuse[] = []) {
  const audit = auditOf(series, accepted)
  for (const row of rows) audit.take(row)
  return audit.result(excuses)
}
const exact = { lost: 0, missing: 0, phantom: 0, duplicate: 0, altered: 0, differences: [] }

test('a store that holds what was accepted, in any order, is exact', () => {
  expect(judged(stored(500), 500)).toEqual({ stored: 500, ...exact })
  expect(judged(stored(500).reverse(), 500)).toEqual({ stored: 500, ...exact })
})

test('what is not stored is lost, and named by its place; what the agent owned up to is missing only', () => {
  const rows = stored(500).filter((_, position) => position < 100 || position > 109)
  expect(judged(rows, 500)).toMatchObject({
    missing: 10,
    lost: 10,
    differences: ['not stored: accepted samples 100 to 109'],
  })
  expect(judged(rows, 500, [{ first: 90, end: 120, values: 12 }])).toMatchObject({
    missing: 10,
    lost: 0,
    differences: [],
  })
  expect(judged(rows, 500, [{ first: 90, end: 120, values: 9 }])).toMatchObject({ lost: 1 })
  expect(judged(rows, 500, [{ first: 105, end: 120, values: 12 }])).toMatchObject({
    lost: 5,
    differences: ['not stored: accepted samples 100 to 104'],
  })
  expect(judged(rows, 500, [{ first: 200, end: 300, values: 100 }])).toMatchObject({ lost: 10 })
})

test('an agent that starts with more given up excuses the newest samples, and none that had left before', () => {
  const told = createTold()
  told.hear({ accepted: 0, ready: { queued: 0, givenUp: 0 } })
  for (const accepted of [40, 100, 150]) told.hear({ accepted })
  told.hear({ accepted: 150, ready: { queued: 10, givenUp: 0 } })
  expect(told.excuses()).toEqual([])
  told.hear({ accepted: 160, ready: { queued: 10, givenUp: 30 } })
  // The largest commit was one of 60.
  expect(told.excuses()).toEqual([{ first: 60, end: 160, values: 30 }])
  expect(told.forgotten).toEqual([])
  told.hear({ accepted: 120, ready: { queued: 0, givenUp: 30 } })
  expect(told.forgotten).toEqual(['agent: had told 160 accepted and started with 120'])
  expect(told.accepted()).toBe(160)
})

test('what was never accepted is a phantom: the next sample, one before the first, one between two', () => {
  const strange = [firstAt + 500, firstAt - 1, firstAt + 0.5].map(at => ({ ...sampleAt(series, 0), at }))
  expect(judged([...stored(500), ...strange], 500)).toMatchObject({ phantom: 3, lost: 0, altered: 0 })
})

test('a row that comes twice is a duplicate, each further time again', () => {
  const third = sampleAt(series, 3)
  expect(judged([...stored(500), third, third], 500)).toMatchObject({ duplicate: 2, altered: 0, lost: 0 })
})

test('another value by the least bit, another quality, another point, a value where there was none: each is altered', () => {
  const changes: Array<(row: StoredRow) => StoredRow> = [
    row => ({ ...row, value: (row.value as number) * (1 + Number.EPSILON) }),
    row => ({ ...row, quality: 'uncertain' }),
    row => ({ ...row, point: 'returnTemperature' }),
    row => ({ ...row, equipment: 'cdu-2' }),
    row => ({ ...row, value: null }),
  ]
  for (const change of changes) {
    const rows = stored(500)
    rows[9] = change(rows[9] as StoredRow)
    expect(judged(rows, 500), String(change)).toMatchObject({ altered: 1, lost: 0, phantom: 0 })
  }
})

test('neighbouring values of a series all differ, so that one in another’s place is seen', () => {
  const measured = seriesOf(resolveSite('small', openWeather('builtin:chicago', 1)), 'agent-1')
  expect(measured.length).toBeGreaterThan(30)
  expect(new Set(measured.map(({ equipment }) => equipment)).size).toBeGreaterThan(5)
  const values = Array.from(
    { length: 20_000 },
    (_, turn) => sampleAt(measured, turn * measured.length).value,
  ).filter(value => value !== null)
  expect(new Set(values).size).toBe(values.length)
})

test('counters of an agent: they must add up, be counts, and never go back behind what was told', () => {
  const fine = { accepted: 100, acknowledged: 60, queued: 30, dropped: 7, quarantined: 3 }
  expect(agentMismatch(fine, 100)).toBeUndefined()
  expect(agentMismatch({ ...fine, queued: 31 }, 100)).toContain('does not add up')
  expect(agentMismatch(fine, 101)).toContain('had told 101')
  expect(agentMismatch({ ...fine, queued: 40, dropped: -3 }, 100)).toContain('no counts')
  expect(agentMismatch({ ...fine, dropped: Number.NaN }, 100)).toContain('no counts')
})

test('counters of the hub: what is under way is received and nothing else; once drained nothing is under way', () => {
  const busy = { received: 100, stored: 80, repeated: 5, quarantined: 5 }
  expect(hubMismatch(busy, false)).toBeUndefined()
  expect(hubMismatch(busy, true)).toContain('does not add up')
  expect(hubMismatch({ ...busy, stored: 90 }, true)).toBeUndefined()
  expect(hubMismatch({ ...busy, stored: 91 }, false)).toContain('does not add up')
})
