import type { ReportFacts } from '#hub/reports/report.ts'

const width = 640
const height = 150
const left = 44
const bottom = 24
const top = 10

/** Bars of cooling as a share of IT, by period, and a dot for PUE above them: both are drawn from zero or said not to be. */
export function periodChart(periods: ReportFacts['periods']): string {
  const shares = periods.map(({ energy }) =>
    energy.coolingKwh !== null && energy.itKwh ? (energy.coolingKwh / energy.itKwh) * 100 : null,
  )
  const excess = periods.map(({ energy }) => (energy.pue === null ? null : (energy.pue - 1) * 100))
  const highest = Math.max(1, ...[...shares, ...excess].flatMap(value => value ?? []))
  const step = niceStep(highest)
  const axisTop = Math.ceil(highest / step) * step
  const y = (value: number) => top + (height - top - bottom) * (1 - value / axisTop)
  const slot = (width - left) / Math.max(1, periods.length)
  const grid = Array.from({ length: Math.round(axisTop / step) + 1 }, (_, index) => index * step)
    .map(
      value =>
        `<line x1="${left}" x2="${width}" y1="${y(value)}" y2="${y(value)}" class="${value === 0 ? 'axis' : 'grid'}"/><text x="${left - 6}" y="${y(value) + 3}" text-anchor="end">${tidy(value)}</text>`,
    )
    .join('')
  const marks = periods
    .map((period, index) => {
      const [share, over] = [shares[index], excess[index]]
      const middle = left + slot * (index + 0.5)
      const barWidth = Math.min(26, slot * 0.6)
      const bar =
        share === null || share === undefined
          ? ''
          : `<rect x="${(middle - barWidth / 2).toFixed(1)}" y="${y(share).toFixed(1)}" width="${barWidth.toFixed(1)}" height="${(y(0) - y(share)).toFixed(1)}" class="bar"/>`
      const dot =
        over === null || over === undefined
          ? ''
          : `<circle cx="${middle.toFixed(1)}" cy="${y(over).toFixed(1)}" r="3"/>`
      const every = Math.ceil(periods.length / 8)
      const label =
        index % every === 0
          ? `<text x="${middle.toFixed(1)}" y="${height - 8}" text-anchor="middle">${period.label.slice(period.label.length > 7 ? 5 : 0)}</text>`
          : ''
      return bar + dot + label
    })
    .join('')
  return `<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="Cooling and all overhead by period, per cent of IT energy">${grid}${marks}</svg><p class="quiet">Per cent of IT energy: bars cooling, dots all overhead (PUE less 1). A period without either is unknown.</p>`
}

/** About four lines of grid at 1, 2 or 5 times a power of ten. */
function niceStep(highest: number): number {
  const rough = highest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5, 10].find(times => times * power >= rough) ?? 10) * power
}

const tidy = (value: number): string => String(Number(value.toPrecision(3)))
