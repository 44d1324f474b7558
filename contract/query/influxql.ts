import { checkNames } from '#contract/query/checkQuestion.ts'
import type { Question } from '#contract/query/question.ts'

/**
 * Fields beside a point's value. A reading without a value is kept as its quality code in `<point>_none`; an uncertain
 * value carries its code in `<point>_uncertain`. Point names hold no underscore, so no point can be mistaken for one.
 */
export const noneField = (point: string): string => `${point}_none`
export const uncertainField = (point: string): string => `${point}_uncertain`

export type InfluxqlOptions =
  | { readonly site: string }
  /** Grafana fills in range, the dashboard's site, and the bucket width where the question names none. */
  | { readonly grafana: true }

/**
 * The question in InfluxQL, several statements joined by `;` where one cannot say it. Data model: measurement =
 * equipment kind, tags `equipment` and `site`, one float field for each point.
 */
export function toInfluxql(question: Question, options: InfluxqlOptions): string {
  checkNames(question)
  const points = [...new Set(question.points)]
  const scope = `FROM "${question.kind}" WHERE ${conditions(question, options)}`
  if (question.aggregate !== 'raw') {
    const columns = points.map(point => `${question.aggregate}("${point}") AS "${point}"`).join(', ')
    return `SELECT ${columns} ${scope} GROUP BY ${bucket(question, options)}"equipment"${question.everyMs === undefined && !('grafana' in options) ? '' : ' fill(none)'}`
  }
  const fields = (names: readonly string[]) =>
    names
      .flatMap(name => [name, noneField(name), uncertainField(name)])
      .map(name => `"${name}"`)
      .join(', ')
  // LIMIT counts rows; only a row of one point is a reading of it, so each limited point has a statement of its own.
  if (question.limit === undefined)
    return `SELECT ${fields(points)} ${scope} GROUP BY "equipment" ORDER BY time ASC`
  return points
    .map(
      point =>
        `SELECT ${fields([point])} ${scope} GROUP BY "equipment" ORDER BY time ASC LIMIT ${question.limit}`,
    )
    .join('; ')
}

function conditions(question: Question, options: InfluxqlOptions): string {
  const parts: string[] = []
  if ('grafana' in options) parts.push('"site" =~ /^$site$/')
  else parts.push(`"site" = '${siteName(options.site)}'`)
  if (question.equipment?.length) {
    parts.push(`(${question.equipment.map(id => `"equipment" = '${id}'`).join(' OR ')})`)
  }
  if ('grafana' in options) parts.push('$timeFilter')
  else parts.push(`time >= ${question.fromAt}ms`, `time < ${question.toAt}ms`)
  return parts.join(' AND ')
}

function bucket(question: Question, options: InfluxqlOptions): string {
  if (question.everyMs !== undefined) return `time(${question.everyMs}ms), `
  return 'grafana' in options ? 'time($__interval), ' : ''
}

function siteName(name: string): string {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`not a site name: "${name}"`)
  return name
}
