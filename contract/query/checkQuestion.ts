import { checked } from '#contract/check.ts'
import { Failure } from '#contract/failure.ts'
import { pointSpec } from '#contract/points.ts'
import { Question } from '#contract/query/question.ts'
import type { Site } from '#contract/site/site.ts'
import { second } from '#contract/units.ts'

/**
 * 5 million values are about 40 MB of numbers in memory and 100 MB of JSON: 30 days of hourly means of 2,000 series
 * (1.44 million) fit well, a year of raw seconds of one CDU (1.2 billion) does not.
 */
export const answerValuesMax = 5_000_000

/** Points are sampled at most once a second outside an alarm: the most that a raw answer is expected to hold. */
const fastestSampleMs = second

/** A question that is allowed: known kind, points and equipment, a range the right way round, an answer of bounded size. */
export function checkQuestion(asked: unknown, site: Pick<Site, 'name' | 'equipment'>): Question {
  const question = checked(Question, asked, 'question', 'QUERY_INVALID')
  checkNames(question)
  const known = new Set(site.equipment.filter(item => item.kind === question.kind).map(item => item.id))
  const stranger = question.equipment?.find(id => !known.has(id))
  if (stranger !== undefined) {
    throw new Failure(
      'QUERY_INVALID',
      `question: equipment "${stranger}" is not a ${question.kind} of site "${site.name}"`,
    )
  }
  checkRange(question)
  const equipmentCount = question.equipment?.length ? question.equipment.length : known.size
  checkSize(question, equipmentCount * question.points.length)
  return question
}

/**
 * What both compilers rest on: every name is in the catalogue or of letters, digits and hyphens, so no text of a
 * person's can end a quoted name. They call it again themselves: a compiler must be safe on its own.
 */
export function checkNames(question: Question): void {
  const stranger = question.points.find(name => pointSpec(question.kind, name) === undefined)
  if (stranger !== undefined) {
    throw new Failure('QUERY_INVALID', `question: "${stranger}" is not a point of a ${question.kind}`)
  }
  const badId = question.equipment?.find(id => !/^[A-Za-z][A-Za-z0-9-]*$/.test(id))
  if (badId !== undefined) {
    throw new Failure(
      'QUERY_INVALID',
      `question: equipment "${badId}" may hold letters, digits and hyphens only`,
    )
  }
  for (const [name, value] of Object.entries({
    fromAt: question.fromAt,
    toAt: question.toAt,
    everyMs: question.everyMs,
    limit: question.limit,
  })) {
    if (value !== undefined && !Number.isSafeInteger(value)) {
      throw new Failure('QUERY_INVALID', `question: ${name} = ${value} must be a whole number`)
    }
  }
}

function checkRange(question: Question): void {
  if (question.fromAt >= question.toAt) {
    throw new Failure(
      'QUERY_INVALID',
      `question: fromAt = ${question.fromAt} must lie before toAt = ${question.toAt}`,
    )
  }
  if (question.aggregate === 'raw' && question.everyMs !== undefined) {
    throw new Failure('QUERY_INVALID', 'question: everyMs has no meaning with aggregate "raw"')
  }
  if (question.aggregate !== 'raw' && question.limit !== undefined) {
    throw new Failure('QUERY_INVALID', 'question: limit has a meaning with aggregate "raw" only')
  }
}

function checkSize(question: Question, seriesCount: number): void {
  const spanMs = question.toAt - question.fromAt
  const widthMs = question.aggregate === 'raw' ? fastestSampleMs : (question.everyMs ?? spanMs)
  const perSeries = Math.min(Math.ceil(spanMs / widthMs), question.limit ?? Number.POSITIVE_INFINITY)
  const values = perSeries * seriesCount
  if (values > answerValuesMax) {
    throw new Failure(
      'QUERY_TOO_LARGE',
      `question: ${seriesCount} series × ${perSeries} values may return ${values} values, at most ${answerValuesMax} are allowed: ask for a shorter range, wider buckets or fewer points`,
    )
  }
}
