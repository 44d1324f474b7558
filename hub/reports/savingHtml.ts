import type { SavingFigure, SavingPart } from '#contract/api.ts'
import type { ReportedSaving } from '#hub/reports/saving.ts'
import { asText, decimalsOf, number, percent } from '#hub/reports/texts.ts'

const claimNames = { ceiling: 'Ceiling', rampLimited: 'Ramp-limited', verified: 'Verified' } as const

/** The level of the claim stands before its figure: what is not verified is not to be read as if it were. */
export function claimBox({ claim, why }: ReportedSaving): string {
  const level =
    claim === null || claim === 'none' ? 'No claim<br>for this period' : `${claimNames[claim]}<br>saving`
  return `<div class="claim"><p class="figure">${level}</p><p>${asText(why)}</p></div>`
}

const partNames: Readonly<Record<SavingPart['what'], string>> = {
  cooling: 'Cooling',
  losses: 'Losses of UPS, PDU and transformer',
  itLeakage: 'IT leakage of warmer or cooler chips',
  water: 'Water',
}

const methods = {
  switchback:
    'Switchback: blocks of 48 h from 00:00 standard time in pairs of random order, written to the audit log before the start; the first 24 h of each are discarded. Analysis of covariance on IT energy and wet bulb; the intervals hold every saving that random orders of the arms cannot refute. Aborted blocks count as assigned.',
  adjustedBaseline:
    'Adjusted baseline: hourly energy on IT energy and wet bulb with change points, fitted on the time before the period only. It passed stricter limits than ASHRAE Guideline 14-2014 asks of hourly CV(RMSE) and NMBE, also on a last quarter that it had not seen. The intervals come from placebo periods as long as this one, in which nothing was done.',
} as const

const valuations = {
  switchback:
    'Cost and carbon: the same analysis, each hour at what a kWh is worth in it. Both blocks of a pair are valued at the same prices, hour by hour the mean of their two days.',
  adjustedBaseline:
    "Cost and carbon: each hour's saving at what a kWh is worth in it; the intervals are those of the energy at the mean worth.",
} as const

/** The page of a saving; only where one was judged. */
export function savingPage({ method, parts, notes }: ReportedSaving): string | undefined {
  if (method === null || parts.length === 0) return undefined
  const rows = parts.flatMap(part => [
    figureRow(`<td>${partNames[part.what]}</td><td class="left">${part.basis}</td>`, part),
    ...(part.cost ? [figureRow('<td>its cost</td><td></td>', part.cost, 'inset')] : []),
    ...(part.carbon ? [figureRow('<td>its carbon</td><td></td>', part.carbon, 'inset')] : []),
  ])
  return `<section><h2>Saving by source</h2><table><thead><tr><th></th><th class="left">Basis</th><th>Saved</th><th>Share</th><th>68 % interval</th><th>90 % interval</th></tr></thead><tbody>${rows.join('')}</tbody></table>${notes.map(note => `<p class="quiet">${asText(note)}</p>`).join('')}<p class="quiet">Verified may be said of what is metered only. Of what is modelled both intervals are the range of 0.1 to 0.3 % of IT power per kelvin of the chips.</p></section>
<section><h2>How the saving was found</h2><p>${methods[method]}</p>${parts.some(part => part.cost ?? part.carbon) ? `<p>${valuations[method]}</p>` : ''}</section>`
}

function figureRow(head: string, figure: SavingFigure, look = ''): string {
  const digits = decimalsOf(figure.interval90)
  const range = ([low, high]: SavingFigure['interval90']) =>
    `${number(low, digits)} to ${number(high, digits)}`
  return `<tr class="${look}">${head}<td>${number(figure.saved, digits)} ${asText(figure.unit)}</td><td>${percent(figure.share)}</td><td>${range(figure.interval68)}</td><td>${range(figure.interval90)}</td></tr>`
}
