import { checkNames } from '#contract/query/checkQuestion.ts'
import type { Aggregate, Question } from '#contract/query/question.ts'
import { hour } from '#contract/units.ts'

/**
 * The question in SQL over `samples(series, takenAt, quality, value)` and `series(id, kind, equipment, point)`: columns
 * `series`, `takenAt` (double, exact for any instant in ms), `value`, and `quality` for raw. In order of series and time.
 */
export function toSql(question: Question): string {
  checkNames(question)
  if (question.aggregate === 'raw') return rawSql(question)
  const at = bucketStart(question)
  return `SELECT series, CAST(${at} AS DOUBLE) AS takenAt, CAST(${ofSamples[question.aggregate]} AS DOUBLE) AS value FROM samples WHERE ${among(question)} AND value IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`
}

/**
 * The same answer from `hourly(series, takenAt, n, total, lowest, highest)`, which holds every hour before `keptUntilAt`; what
 * is newer is summed up from the samples. A sixtieth of the rows or less.
 */
export function toHourlySql(question: Question, keptUntilAt: number): string {
  checkNames(question)
  const expression = ofHours[question.aggregate]
  if (expression === undefined || !answersFromHours(question, keptUntilAt))
    throw new Error('this question needs the samples themselves')
  const range = among(question)
  const hours =
    `SELECT series, takenAt, n, total, lowest, highest FROM hourly WHERE ${range} AND takenAt < ${keptUntilAt}` +
    ` UNION ALL SELECT series, takenAt - takenAt % ${hour} AS takenAt, count(value) AS n, sum(value) AS total, min(value) AS lowest, max(value) AS highest` +
    ` FROM samples WHERE ${range} AND takenAt >= ${keptUntilAt} AND value IS NOT NULL GROUP BY 1, 2`
  return `SELECT series, CAST(${bucketStart(question)} AS DOUBLE) AS takenAt, CAST(${expression} AS DOUBLE) AS value FROM (${hours}) GROUP BY 1, 2 ORDER BY 1, 2`
}

/** Buckets and both ends on full hours (the end may be later than all kept hours), and an aggregate that hours add up to. */
export function answersFromHours(question: Question, keptUntilAt: number): boolean {
  return (
    ofHours[question.aggregate] !== undefined &&
    question.fromAt % hour === 0 &&
    (question.toAt % hour === 0 || question.toAt >= keptUntilAt) &&
    (question.everyMs === undefined || question.everyMs % hour === 0)
  )
}

/** rowid is the order of arrival: it decides between two readings of the same millisecond. */
const ofSamples: Readonly<Record<Exclude<Aggregate, 'raw'>, string>> = {
  mean: 'avg(value)',
  min: 'min(value)',
  max: 'max(value)',
  first: 'first(value ORDER BY takenAt, rowid)',
  last: 'last(value ORDER BY takenAt, rowid)',
  count: 'count(value)',
  spread: 'max(value) - min(value)',
}

const ofHours: Readonly<Partial<Record<Aggregate, string>>> = {
  mean: 'sum(total) / sum(n)',
  min: 'min(lowest)',
  max: 'max(highest)',
  count: 'sum(n)',
  spread: 'max(highest) - min(lowest)',
}

function rawSql(question: Question): string {
  const limit =
    question.limit === undefined
      ? ''
      : ` QUALIFY row_number() OVER (PARTITION BY series ORDER BY takenAt, rowid) <= ${question.limit}`
  return `SELECT series, CAST(takenAt AS DOUBLE) AS takenAt, value, quality FROM samples WHERE ${among(question)}${limit} ORDER BY series, takenAt, rowid`
}

function bucketStart(question: Question): string {
  return question.everyMs === undefined ? `${question.fromAt}` : `(takenAt - takenAt % ${question.everyMs})`
}

function among(question: Question): string {
  const points = [...new Set(question.points)].map(name => `'${name}'`).join(', ')
  const ids = question.equipment?.length
    ? ` AND equipment IN (${question.equipment.map(id => `'${id}'`).join(', ')})`
    : ''
  return `series IN (SELECT id FROM series WHERE kind = '${question.kind}' AND point IN (${points})${ids}) AND takenAt >= ${question.fromAt} AND takenAt < ${question.toAt}`
}
