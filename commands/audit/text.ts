import { type AuditFacts, auditJson } from '#commands/audit/result.ts'
import type { Measure } from '#models/audit/potential.ts'

const driversMost = 6
const doubtsMost = 20

/** The report as a person reads it on a terminal. */
export function auditText(facts: AuditFacts): string {
  const json = auditJson(facts)
  const { test, train } = json
  const lines = [
    `${json.title}: ${json.target}`,
    '',
    `Learned from ${train.rows} rows, ${train.from} to ${train.to}`,
    `Judged on    ${test.rows} rows, ${test.from} to ${test.to}`,
    `  CV(RMSE) ${number(test.cvRmse)} %   NMBE ${signed(test.nmbe)} %   MAPE ${number(test.mape)} %   in the 90 % interval: ${(100 * test.coverage90).toFixed(0)} %`,
    ...(test.trusted.rows < test.rows
      ? [
          `  where all inputs are sound (${test.trusted.rows} rows): CV(RMSE) ${number(test.trusted.cvRmse)} %   NMBE ${signed(test.trusted.nmbe)} %`,
        ]
      : []),
    ...(test.leastSquares
      ? [
          `  ordinary least squares on the same rows: CV(RMSE) ${number(test.leastSquares.cvRmse)} %   NMBE ${signed(test.leastSquares.nmbe)} %`,
        ]
      : []),
    '',
    json.doubtfulSensors.length === 0 ? 'No doubtful sensors' : 'Doubtful sensors',
    ...json.doubtfulSensors
      .slice(0, doubtsMost)
      .map(
        ({ column, finding, from, to, rows, reason, evidence }) =>
          `  ${column} ${evidence ? `  ↳ ${finding}` : finding}, ${rows} rows, ${minuteOf(from)} to ${minuteOf(to)}: ${reason}`,
      ),
    ...(json.doubtfulSensors.length > doubtsMost
      ? [`  … and ${json.doubtfulSensors.length - doubtsMost} more`]
      : []),
    '',
    'What drives it (points of error without it)',
    ...json.drivers
      .slice(0, driversMost)
      .map(({ importance, words }) => `  ${importance.toFixed(1).padStart(5)}  ${words}`),
    '',
    ...potentialLines(facts),
    ...(json.notes.length > 0 ? ['', 'Notes', ...json.notes.map(note => `  ${note}`)] : []),
  ]
  return `${lines.join('\n')}\n`
}

function potentialLines({ audit: { potential } }: AuditFacts): string[] {
  const head =
    potential.confidence === 'none'
      ? `Potential saving: none proven by this history${potential.high > 0 ? `, at most ${share(potential.high)}` : ''}`
      : `Potential saving: ${share(potential.share)} (${share(potential.low)} to ${share(potential.high)}, 90 %)${potential.kwhPerYear === null ? '' : `, ${potential.kwhPerYear.toLocaleString('en-US')} kWh in a year like this`}; confidence ${potential.confidence}`
  const line = ({ what, share: middle, low, high, why }: Measure) =>
    `  ${what}: ${share(middle)} (${share(low)} to ${share(high)}); ${why}`
  return [
    head,
    ...potential.measures.map(line),
    ...(potential.unproven.length > 0
      ? ['  not proven:', ...potential.unproven.map(measure => `  ${line(measure)}`)]
      : []),
    ...potential.notes.map(note => `  ${note}`),
  ]
}

const number = (value: number) => value.toFixed(2)
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
const share = (value: number) => `${value < 0 ? '−' : ''}${Math.abs(100 * value).toFixed(1)} %`
const minuteOf = (time: string) => time.slice(0, 16).replace('T', ' ')
