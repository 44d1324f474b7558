import type { SavingPart } from '#contract/api.ts'
import type { ReportedSaving } from '#hub/reports/saving.ts'
import { asText, number, percent } from '#hub/reports/texts.ts'

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

/** The page of a saving; only where one was judged. */
export function savingPage({ method, parts }: ReportedSaving): string | undefined {
  if (method === null || parts.length === 0) return undefined
  const range = ([low, high]: SavingPart['interval90']) => `${number(low, 1)} to ${number(high, 1)}`
  const rows = parts.map(
    part =>
      `<tr><td>${partNames[part.what]}</td><td class="left">${part.basis}</td><td>${number(part.saved, 1)} ${part.unit}</td><td>${percent(part.share)}</td><td>${range(part.interval68)}</td><td>${range(part.interval90)}</td></tr>`,
  )
  return `<section><h2>Saving by source</h2><table><thead><tr><th></th><th class="left">Basis</th><th>Saved</th><th>Share</th><th>68 % interval</th><th>90 % interval</th></tr></thead><tbody>${rows.join('')}</tbody></table><p class="quiet">Verified may be said of what is metered only. Of what is modelled both intervals are the range of 0.1 to 0.3 % of IT power per kelvin of the chips.</p></section>
<section><h2>How the saving was found</h2><p>${methods[method]}</p></section>`
}
