import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equipmentKinds, pointsOf } from '#contract/points.ts'
import { checkQuestion } from '#contract/query/checkQuestion.ts'
import { toInfluxql } from '#contract/query/influxql.ts'
import { aggregates, type Question } from '#contract/query/question.ts'
import { answersFromHours, toHourlySql, toSql } from '#contract/query/sql.ts'
import { day, hour } from '#contract/units.ts'

const from = Date.UTC(2025, 6, 1)
const mean: Question = {
  kind: 'cdu',
  equipment: ['cdu-1'],
  points: ['flow'],
  fromAt: from,
  toAt: from + day,
  aggregate: 'mean',
  everyMs: hour,
}

describe('one question, two languages', () => {
  test('hourly means of a CDU', () => {
    expect(toInfluxql(mean, { site: 'small' })).toBe(
      `SELECT mean("flow") AS "flow" FROM "cdu" WHERE "site" = 'small' AND ("equipment" = 'cdu-1') AND time >= ${from}ms AND time < ${from + day}ms GROUP BY time(3600000ms), "equipment" fill(none)`,
    )
    expect(toSql(mean)).toBe(
      `SELECT series, CAST((takenAt - takenAt % 3600000) AS DOUBLE) AS takenAt, CAST(avg(value) AS DOUBLE) AS value FROM samples WHERE series IN (SELECT id FROM series WHERE kind = 'cdu' AND point IN ('flow') AND equipment IN ('cdu-1')) AND takenAt >= ${from} AND takenAt < ${from + day} AND value IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
    )
  })

  test('Grafana fills in range, bucket and site', () => {
    const { everyMs: _everyMs, ...free } = mean
    expect(toInfluxql(free, { grafana: true })).toBe(
      `SELECT mean("flow") AS "flow" FROM "cdu" WHERE "site" =~ /^$site$/ AND ("equipment" = 'cdu-1') AND $timeFilter GROUP BY time($__interval), "equipment" fill(none)`,
    )
  })

  test('hours that are kept answer only what they can', () => {
    expect(answersFromHours(mean, from + day)).toBe(true)
    expect(answersFromHours({ ...mean, everyMs: 60_000 }, from + day)).toBe(false)
    expect(answersFromHours({ ...mean, aggregate: 'last' }, from + day)).toBe(false)
    expect(answersFromHours({ ...mean, fromAt: from + 1 }, from + day)).toBe(false)
    expect(answersFromHours({ ...mean, toAt: from + 90 * 60_000 }, from + hour)).toBe(true)
    expect(() => toHourlySql({ ...mean, aggregate: 'raw' }, from)).toThrow()
  })
})

describe('what may be asked', () => {
  const site = {
    name: 'small',
    equipment: [{ id: 'cdu-1', kind: 'cdu' as const, name: 'CDU-1', agent: 'a', via: 'opcua' as const }],
  }
  const refused = (change: Record<string, unknown>) =>
    expect(() => checkQuestion({ ...mean, ...change }, site))

  test('a good question comes back as it is', () => {
    expect(checkQuestion(mean, site)).toEqual(mean)
  })
  test.each([
    [{ kind: 'fridge' }, 'QUERY_INVALID'],
    [{ points: [] }, 'QUERY_INVALID'],
    [{ points: ['power', 'chipTemperature'] }, 'QUERY_INVALID'],
    [{ equipment: ['cdu-9'] }, 'QUERY_INVALID'],
    [{ equipment: ["x' OR '1'='1"] }, 'QUERY_INVALID'],
    [{ toAt: from }, 'QUERY_INVALID'],
    [{ fromAt: from + 0.5 }, 'QUERY_INVALID'],
    [{ aggregate: 'median' }, 'QUERY_INVALID'],
    [{ aggregate: 'raw' }, 'QUERY_INVALID'],
    [{ limit: 5 }, 'QUERY_INVALID'],
    [{ sql: 'DROP TABLE samples' }, 'QUERY_INVALID'],
    [{ everyMs: 1_000, toAt: from + 90 * day }, 'QUERY_TOO_LARGE'],
    [{ aggregate: 'raw', everyMs: undefined, toAt: from + 365 * day }, 'QUERY_TOO_LARGE'],
  ])('%j is refused with %s', (change, code) => {
    const stated = Object.fromEntries(
      Object.entries({ ...mean, ...change }).filter(([, value]) => value !== undefined),
    )
    expect(() => checkQuestion(stated, site)).toThrow(expect.objectContaining({ code }))
  })
  test('the sentence names what is wrong', () => {
    refused({ points: ['flowerPower'] }).toThrow('question: "flowerPower" is not a point of a cdu')
  })
})

describe('nobody can put a word into a query', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom(
      `"; DROP DATABASE coldloop; --`,
      `x' OR '1'='1`,
      '\\',
      '\n',
      `flow") FROM "rack`,
      '$timeFilter',
      'a\u0000b',
    ),
  )
  const question = fc.record({
    kind: fc.constantFrom(...equipmentKinds),
    equipment: fc.array(hostile, { maxLength: 3 }),
    points: fc.array(hostile, { minLength: 1, maxLength: 3 }),
    fromAt: fc.oneof(fc.integer(), hostile),
    toAt: fc.oneof(fc.integer(), hostile),
    aggregate: fc.constantFrom(...aggregates),
  })

  test('a question with any foreign text is refused by both compilers', () => {
    fc.assert(
      fc.property(question, asked => {
        const known = new Set(pointsOf(asked.kind).map(([name]) => name))
        const clean =
          asked.points.every(point => known.has(point)) &&
          asked.equipment.every(id => /^[A-Za-z][A-Za-z0-9-]*$/.test(id)) &&
          Number.isSafeInteger(asked.fromAt) &&
          Number.isSafeInteger(asked.toAt)
        fc.pre(!clean)
        expect(() => toSql(asked as Question)).toThrow()
        expect(() => toInfluxql(asked as Question, { site: 'small' })).toThrow()
      }),
      { numRuns: 500 },
    )
  })

  test('what is compiled holds nothing but the catalogue, ids and numbers', () => {
    const clean = fc.constantFrom(...equipmentKinds).chain(kind =>
      fc.record({
        kind: fc.constant(kind),
        points: fc.uniqueArray(fc.constantFrom(...pointsOf(kind).map(([name]) => name)), {
          minLength: 1,
          maxLength: 4,
        }),
        equipment: fc.array(fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/), { maxLength: 4 }),
        fromAt: fc.nat(),
        toAt: fc.nat(),
        aggregate: fc.constantFrom(...aggregates),
      }),
    )
    fc.assert(
      fc.property(clean, asked => {
        for (const text of [toSql(asked), toInfluxql(asked, { site: 'small' })]) {
          expect(text).toMatch(/^[\w\s"'(),.*<>=%+-]*$/)
          expect((text.match(/'/g) ?? []).length % 2).toBe(0)
          expect((text.match(/"/g) ?? []).length % 2).toBe(0)
        }
      }),
      { numRuns: 300 },
    )
    expect(() => toInfluxql(mean, { site: `small' OR 'a'='a` })).toThrow('not a site name')
  })
})
