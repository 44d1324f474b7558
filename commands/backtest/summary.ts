import type { BacktestJson } from '#commands/backtest.ts'

/** A few lines for a person; everything else is in the JSON. */
export function summaryOf(json: BacktestJson): string {
  const lines = [
    `${json.site}, ${json.weather}, ${json.load}, ${json.days} days from ${json.from}, seed ${json.seed}`,
    columns([
      '',
      'facility kWh',
      'cooling kWh',
      'PUE',
      'against fixed',
      'against reset',
      'net',
      'K·min over',
      'CDU-h near',
    ]),
  ]
  for (const [name, figures] of Object.entries(json.controllers)) {
    const saving = json.savings[name]
    lines.push(
      columns([
        name,
        figures.facilityKwh.toFixed(0),
        figures.coolingKwh.toFixed(0),
        figures.pue.toFixed(4),
        percent(saving?.againstFixed?.facility),
        percent(saving?.againstReset?.facility),
        percent(saving?.againstReset?.net, 1),
        figures.overLimitDegreeMinutes.toFixed(1),
        `${figures.cduHoursNearLimit} of ${figures.cduHours}`,
      ]),
    )
  }
  const captured = json.savings.plan?.capturedOfOracle
  if (typeof captured === 'number')
    lines.push(`plan captures ${percent(captured, 1)} of what the oracle saves against reset`)
  const underProtection = json.savings.plan?.capturedOfOracleProtected
  if (typeof underProtection === 'number')
    lines.push(
      `plan captures ${percent(underProtection, 1)} of what the oracle saves where the agent's protections never step in`,
    )
  if (json.reset) lines.push(`reset with a = ${json.reset.approachK} K`)
  lines.push(...json.notes, `${json.wallSeconds.toFixed(1)} s, ${json.speed} × real time`)
  return `${lines.join('\n')}\n`
}

const columns = (cells: readonly string[]): string =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(15) : cell.padStart(14))).join('')

const percent = (share: number | undefined, digits = 3): string =>
  share === undefined ? '' : `${(100 * share).toFixed(digits)} %`
