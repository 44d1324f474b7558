import type { EnergyView } from '#contract/api.ts'
import { coolingRoles, type MeterRole } from '#contract/site/site.ts'
import { hour, minute } from '#contract/units.ts'
import { periodChart } from '#hub/reports/chart.ts'
import type { ReportFacts } from '#hub/reports/report.ts'
import { claimBox, savingPage } from '#hub/reports/savingHtml.ts'
import { siteTimeText } from '#hub/reports/siteDays.ts'
import { reportStyle } from '#hub/reports/style.ts'
import { asText, number, percent } from '#hub/reports/texts.ts'

/** The sheet has room for so many lines of meters; more are put together by role. */
const meterLinesMax = 16

/** Two A4 pages, a third where a saving was judged; black on white, readable in grey, no script: filed, mailed and printed without the console. */
export function reportHtml(facts: ReportFacts): string {
  const title = `Energy, ${periodText(facts)}`
  const pages = [firstPage(facts, title), secondPage(facts), savingPage(facts.saving)].filter(
    page => page !== undefined,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asText(title)} · ${asText(facts.site.title)}</title>
<style>${reportStyle}</style>
<body>
${pages.map((page, index) => sheet(facts, `${index + 1} / ${pages.length}`, page)).join('\n')}
</body>
</html>
`
}

function sheet(facts: ReportFacts, page: string, content: string): string {
  const kind =
    facts.energy.kind === 'interim'
      ? 'Interim (iPUE): under twelve months, or under 99 % coverage.'
      : 'Annual figure.'
  return `<div class="page"><header><b>coldloop</b><span>${asText(facts.site.title)}${facts.site.simulated ? ' · simulated plant' : ''}</span></header>
${content}
<footer><span>PUE after ${asText(facts.energy.edition)}, category ${facts.energy.category}. ${kind}</span><span>${page}</span></footer></div>`
}

function firstPage(facts: ReportFacts, title: string): string {
  const { energy } = facts
  return `<h1>${asText(title)}</h1>
<p class="quiet">${siteTimeText(facts.fromAt, facts.site.timeZone)} to ${siteTimeText(facts.toAt, facts.site.timeZone)}, ${asText(facts.site.timeZone)}.</p>
${claimBox(facts.saving)}
<section><h2>Energy, kWh</h2>${energyTable(energy)}<p class="quiet">Sums are of unrounded values. A dash is unknown, never nothing.</p></section>
<section class="two"><div><h2>PUE</h2>${pairs([
    [energy.kind === 'interim' ? 'iPUE' : 'PUE', withPlusMinus(energy)],
    ['pPUE of the liquid loop', number(energy.liquidLoopPue, 3)],
    ['Category', String(energy.category)],
    ['Coverage, worst meter', percent(energy.coverage)],
  ])}</div><div><h2>Plans of the period</h2>${planPairs(facts)}</div></section>
<section><h2>${facts.periods.length > 1 ? 'PUE and cooling by period' : 'PUE and cooling'}</h2>${periodChart(facts.periods)}</section>`
}

function secondPage(facts: ReportFacts): string {
  const { energy } = facts
  return `<section><h2>How the figures were found</h2><p>Energy is the difference of meter registers, met at both ends of the period by interpolation between the nearest readings. Where a register cannot be used, power is integrated by straight lines between readings. Silences of over 15 minutes count as gaps: they are filled by the register, or bridged by a straight line, and lower the coverage. What flows through an IT feed but cools is taken off IT. The ± is 95 %, from the meters' accuracy classes.</p></section>
<section><h2>Meters behind the numbers</h2>${meterTable(energy)}</section>
<section><h2>Worth knowing</h2><ul>${noteLines(energy)}</ul></section>
<section><h2>To check it yourself</h2><p><code>npm run -s report -- --from ${new Date(facts.fromAt).toISOString()} --to ${new Date(facts.toAt).toISOString()} --format csv</code></p><p class="quiet">The same figures for each ${facts.periods[0]?.label.length === 7 ? 'month' : 'day'}, role and meter.</p></section>
<section class="two signatures"><div>Energy manager, date</div><div>Auditor, date</div></section>`
}

const roleNames: Readonly<Record<MeterRole, string>> = {
  facility: 'Facility',
  it: 'IT, at PDU output',
  upsInput: 'UPS input',
  upsOutput: 'UPS output',
  cduPumps: 'CDU pumps',
  facilityPumps: 'Facility pumps',
  towerFans: 'Tower fans',
  towerPumps: 'Tower pumps',
  chillers: 'Chillers',
  crahs: 'Room air units',
  dryCoolers: 'Dry coolers',
  lighting: 'Light and controls',
  other: 'Other',
}

function energyTable(energy: EnergyView): string {
  const hours = (energy.toAt - energy.fromAt) / hour
  const coverageOf = (roles: readonly string[]) =>
    energy.meters
      .filter(meter => roles.includes(meter.role))
      .reduce<number | null>((least, meter) => Math.min(least ?? 1, meter.coverage), null)
  const line = (
    name: string,
    kwh: number | null,
    options: { sum?: boolean; inset?: boolean; roles?: readonly string[] },
  ) => {
    const share = kwh === null || !energy.facilityKwh ? null : kwh / energy.facilityKwh
    const coverage = options.roles ? coverageOf(options.roles) : null
    return `<tr class="${options.sum ? 'sum' : ''}${options.inset ? 'inset' : ''}"><td>${asText(name)}</td><td>${number(kwh, 1)}</td><td>${number(kwh === null ? null : kwh / hours, 1)}</td><td>${percent(share)}</td><td>${coverage === null ? '' : percent(coverage)}</td></tr>`
  }
  const part = (role: MeterRole, inset: boolean) =>
    energy.parts
      .filter(item => item.role === role)
      .map(item => line(roleNames[role], item.kwh, { inset, roles: [role] }))
  const itRole: MeterRole = energy.category === 2 ? 'it' : 'upsOutput'
  return `<table><thead><tr><th></th><th>Energy, kWh</th><th>Mean, kW</th><th>Of facility</th><th>Coverage</th></tr></thead><tbody>${[
    ...coolingRoles.flatMap(role => part(role, true)),
    line('Cooling', energy.coolingKwh, { sum: true, roles: coolingRoles }),
    line(roleNames[itRole], energy.itKwh, { roles: [itRole] }),
    ...part('lighting', false),
    ...part('other', false),
    line('Losses of UPS, PDU and transformer', energy.lossesKwh, {}),
    line('Facility', energy.facilityKwh, { sum: true, roles: ['facility'] }),
  ].join('')}</tbody></table>`
}

function meterTable(energy: EnergyView): string {
  const methods = { register: 'register', integratedPower: 'integrated power', none: 'no readings' } as const
  const roleOf = (role: string) => roleNames[role as MeterRole] ?? role
  const rows =
    energy.meters.length <= meterLinesMax
      ? energy.meters.map(meter => ({ ...meter, name: meter.id, from: methods[meter.method] as string }))
      : [...new Set(energy.meters.map(meter => meter.role))].map(role => {
          const own = energy.meters.filter(meter => meter.role === role)
          return {
            name: own.length === 1 ? (own[0]?.id ?? '') : `${own.length} meters`,
            role,
            from: [...new Set(own.map(meter => methods[meter.method]))].join(', '),
            classPercent: Math.max(...own.map(meter => meter.classPercent)),
            coverage: Math.min(...own.map(meter => meter.coverage)),
            longestGapMs: Math.max(...own.map(meter => meter.longestGapMs)),
            agreementPercent: own.reduce<number | null>(
              (worst, { agreementPercent }) =>
                agreementPercent !== null && Math.abs(agreementPercent) >= Math.abs(worst ?? 0)
                  ? agreementPercent
                  : worst,
              null,
            ),
          }
        })
  return `<table><thead><tr><th>Meter</th><th class="left">Measures</th><th class="left">Energy from</th><th>Class, %</th><th>Coverage</th><th>Longest gap, min</th><th>Power against register, %</th></tr></thead><tbody>${rows
    .map(
      row =>
        `<tr><td>${asText(row.name)}</td><td class="left">${asText(roleOf(row.role))}</td><td class="left">${asText(row.from)}</td><td>${row.classPercent}</td><td>${percent(row.coverage)}</td><td>${number(row.longestGapMs / minute, 0)}</td><td>${signed(row.agreementPercent)}</td></tr>`,
    )
    .join('')}</tbody></table>`
}

/** The page has room for so many; the rest stands in CSV and JSON. */
const noteLinesMax = 12

function noteLines(energy: EnergyView): string {
  const shown = energy.notes.slice(0, noteLinesMax)
  const more = energy.notes.length - shown.length
  return [...shown, ...(more > 0 ? [`${more} more in the CSV and JSON forms`] : [])]
    .map(note => `<li>${asText(note)}</li>`)
    .join('')
}

const stateNames: Readonly<Record<string, string>> = {
  learning: 'learning',
  advice: 'advice only',
  sent: 'sent',
  applied: 'applied',
  held: 'kept as it was',
  handedBack: 'handed back',
  failed: 'failed',
}

function planPairs({ plans }: ReportFacts): string {
  if (plans === null)
    return '<p class="quiet">Known to a running hub only; this report was made from its stored data.</p>'
  return pairs([
    ['Plans made', String(plans.made)],
    ...Object.entries(plans.byState).map(
      ([state, count]) => [`… ${stateNames[state] ?? state}`, String(count)] as const,
    ),
    ['Setpoints requested, applied', `${plans.setpointsRequested}, ${plans.setpointsApplied}`],
    ['Cut by the guard', String(plans.setpointsCut)],
  ])
}

const pairs = (list: ReadonlyArray<readonly [string, string]>): string =>
  `<dl>${list.map(([name, value]) => `<dt>${asText(name)}</dt><dd>${value}</dd>`).join('')}</dl>`

function periodText(facts: ReportFacts): string {
  const [first, last] = [facts.periods[0]?.label, facts.periods.at(-1)?.label]
  return first === undefined ? '' : first === last ? first : `${first} to ${last}`
}

const withPlusMinus = (energy: EnergyView): string =>
  energy.pue === null
    ? '–'
    : `${number(energy.pue, 3)}${energy.puePlusMinus === null ? '' : ` ± ${energy.puePlusMinus.toFixed(3)}`}`
const signed = (value: number | null): string =>
  value === null ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`
