import type { ForecastJson, HorizonJson } from '#commands/forecast/report.ts'

const headings = [
  'ahead',
  'used',
  'MAE',
  'persistence',
  'seasonal',
  'skill',
  '90 % interval',
  'its width',
  'origins',
]

/** The report for a person: one line for each horizon, then every candidate's skill, then the notes. */
export function tableOf(report: ForecastJson): string {
  const unit = report.unit === undefined ? '' : `, ${report.unit}`
  const lines = [
    `${report.series}: ${report.column}${unit}`,
    `${report.rows} rows of ${report.stepMinutes} min from ${report.from} to ${report.to}, ${report.missing} of them missing`,
    '',
    ...aligned([headings, ...report.horizons.map(rowOf)]),
    '',
    'skill of the candidates (1 - MAE / MAE of persistence)',
    ...aligned(
      report.horizons.map(horizon => [
        horizon.horizon,
        ...horizon.candidates.map(each => `${each.method} ${each.skill.toFixed(3)}`),
      ]),
    ),
    ...(report.notes.length > 0 ? ['', ...report.notes.map(note => `- ${note}`)] : []),
  ]
  return `${lines.join('\n')}\n`
}

const rowOf = (horizon: HorizonJson): string[] => [
  horizon.horizon,
  horizon.used,
  figure(horizon.mae),
  figure(horizon.persistenceMae),
  figure(horizon.seasonalNaiveMae),
  horizon.skill.toFixed(3),
  horizon.interval90.coverage === null ? '-' : `${(100 * horizon.interval90.coverage).toFixed(1)} %`,
  figure(horizon.interval90.meanWidth),
  String(horizon.origins),
]

const figure = (value: number | null): string => (value === null ? '-' : String(Number(value.toPrecision(4))))

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, place) => Math.max(...rows.map(row => row[place]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, place) => cell.padEnd(widths[place] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
