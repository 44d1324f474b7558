import { asText, doubtChart, expectedChart } from '#commands/audit/chart.ts'
import { type AuditFacts, type AuditJson, auditJson } from '#commands/audit/result.ts'
import type { Measure } from '#models/audit/potential.ts'

/** The paper has room for so many lines; the rest stands in the JSON form. */
const doubtsMost = 25

/** Self-contained, no script, black on white: for a screen, a printer and a file. */
export function auditHtml(facts: AuditFacts): string {
  const json = auditJson(facts)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit · ${asText(json.title)}</title>
<style>${style}</style>
<body><main>
<header><b>coldloop</b><span>Audit of a plant's own history</span></header>
<h1>${asText(json.title)}</h1>
<p class="quiet">${asText(json.target)}: learned from ${count(json.train.rows)} rows, ${day(json.train.from)} to ${day(json.train.to)}; judged on ${count(json.test.rows)} rows, ${day(json.test.from)} to ${day(json.test.to)}.</p>
${claim(json)}
<section><h2>Measured and expected</h2>${expectedChart(facts)}${accuracyTable(json)}</section>
<section><h2>Doubtful sensors</h2>${doubts(facts, json)}</section>
<section><h2>What drives the consumption</h2>${drivers(json)}</section>
<section><h2>What could be saved</h2>${measures(json)}</section>
<section><h2>Worth knowing</h2><ul>${[...json.notes, ...json.potential.notes].map(note => `<li>${asText(note)}</li>`).join('')}</ul></section>
<footer><span>From ${asText(
    facts.files.history
      .concat(facts.files.test, facts.files.join)
      .map(path => path.split('/').at(-1)!)
      .join(', '),
  )}</span></footer>
</main></body>
</html>
`
}

function claim({ potential }: AuditJson): string {
  if (potential.confidence === 'none')
    return `<div class="claim"><p class="figure">No saving<br>proven</p><p>This history does not prove that any lever saves${potential.high > 0 ? `; no single one more than ${share(potential.high)}` : ''}. That is no statement that the plant is good: it says what its past can teach.</p></div>`
  return `<div class="claim"><p class="figure">${share(potential.share)}<br><small>${share(potential.low)} to ${share(potential.high)}</small></p><p>Potential saving of the consumption, with its 90 % interval; confidence ${potential.confidence}.${potential.kwhPerYear === null ? '' : ` ${count(potential.kwhPerYear)} kWh in a year like this history.`} A ceiling from the past, not a verified saving.</p></div>`
}

function accuracyTable({ test }: AuditJson): string {
  const line = (name: string, figures: AuditJson['test']['trusted']) =>
    `<tr><td>${name}</td><td>${count(figures.rows)}</td><td>${figures.cvRmse.toFixed(2)}</td><td>${signed(figures.nmbe)}</td><td>${figures.mape.toFixed(2)}</td></tr>`
  return `<table><thead><tr><th></th><th>Rows</th><th>CV(RMSE), %</th><th>NMBE, %</th><th>MAPE, %</th></tr></thead><tbody>${line('This model, all rows', test)}${test.trusted.rows < test.rows ? line('… where all inputs are sound', test.trusted) : ''}${test.leastSquares ? line('Ordinary least squares', test.leastSquares) : ''}</tbody></table><p class="quiet">${(100 * test.coverage90).toFixed(0)} % of the rows lie within the 90 % interval.</p>`
}

function doubts(facts: AuditFacts, { doubtfulSensors }: AuditJson): string {
  if (doubtfulSensors.length === 0) return '<p>None found.</p>'
  const rows = doubtfulSensors
    .slice(0, doubtsMost)
    .map(
      ({ column, finding, from, to, rows, reason, evidence }) =>
        `<tr${evidence ? ' class="inset"' : ''}><td>${asText(column)}</td><td class="left">${finding}</td><td class="left">${minuteOf(from)}</td><td class="left">${minuteOf(to)}</td><td>${count(rows)}</td><td class="left wide">${asText(reason)}</td></tr>`,
    )
    .join('')
  const more = doubtfulSensors.length - doubtsMost
  return `${doubtChart(facts)}<table><thead><tr><th>Column</th><th class="left">Finding</th><th class="left">From</th><th class="left">To</th><th>Rows</th><th class="left">Why</th></tr></thead><tbody>${rows}</tbody></table>${more > 0 ? `<p class="quiet">${more} more in the JSON form.</p>` : ''}`
}

function drivers({ drivers: list }: AuditJson): string {
  if (list.length === 0) return '<p>None of the mapped columns explains the consumption.</p>'
  const most = list[0]!.importance
  return `<table><thead><tr><th>Input</th><th>Error without it, points</th><th class="left"></th><th class="left">Effect</th></tr></thead><tbody>${list
    .map(
      ({ columns, importance, words }) =>
        `<tr><td>${asText(columns.join(' + ').slice(0, 40))}</td><td>${importance.toFixed(1)}</td><td class="left"><svg width="90" height="9" aria-hidden="true"><rect class="bar" width="${Math.max(1, (90 * importance) / most).toFixed(1)}" height="9"/></svg></td><td class="left wide">${asText(words)}</td></tr>`,
    )
    .join('')}</tbody></table>`
}

function measures({ potential }: AuditJson): string {
  const line = (measure: Measure, proven: boolean) =>
    `<tr${proven ? '' : ' class="inset"'}><td>${asText(measure.what)}</td><td>${proven ? share(measure.share) : 'not proven'}</td><td>${share(measure.low)} to ${share(measure.high)}</td><td class="left wide">${asText(measure.why)}</td></tr>`
  const rows = [
    ...potential.measures.map(measure => line(measure, true)),
    ...potential.unproven.map(measure => line(measure, false)),
  ]
  if (rows.length === 0) return ''
  return `<table><thead><tr><th>Lever</th><th>Saving</th><th>90 % interval</th><th class="left">Why</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

const count = (value: number): string => value.toLocaleString('en-US')
const share = (value: number): string => `${value < 0 ? '−' : ''}${Math.abs(100 * value).toFixed(1)} %`
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
const day = (time: string): string => time.slice(0, 10)
const minuteOf = (time: string): string => time.slice(0, 16).replace('T', ' ')

const style = `
@page { size: A4; margin: 14mm 16mm }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { font: 10pt/1.4 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; color: #111; background: #999; font-variant-numeric: tabular-nums }
main { max-width: 210mm; margin: 5mm auto; padding: 14mm 16mm; background: #fff }
header, footer { display: flex; justify-content: space-between; gap: 6mm; font-size: 8.5pt; color: #444 }
header { border-bottom: 1pt solid #111; padding-bottom: 2mm } header b { color: #111 }
footer { border-top: .5pt solid #bbb; padding-top: 2mm; margin-top: 6mm; overflow-wrap: anywhere }
h1 { font-size: 18pt; line-height: 1.2; margin: 6mm 0 1mm } h2 { font-size: 10.5pt; margin-bottom: 1mm }
section { margin-top: 5mm } .quiet { color: #444; font-size: 9pt }
.claim { display: grid; grid-template-columns: auto 1fr; gap: 8mm; align-items: center; border: .75pt solid #111; padding: 4mm 5mm; margin-top: 4mm; break-inside: avoid }
.figure { font-size: 15pt; line-height: 1.15; font-weight: 650 } .figure small { font-size: 9pt; font-weight: 400 }
table { width: 100%; border-collapse: collapse; font-size: 9pt; margin-top: 2mm } tr, svg { break-inside: avoid }
th { font-weight: 400; color: #444; border-bottom: .75pt solid #111; vertical-align: bottom } th, td { text-align: right; padding: .8mm 0 .8mm 3mm; vertical-align: top; white-space: nowrap }
td { border-bottom: .5pt solid #ccc } th:first-child, td:first-child { text-align: left; padding-left: 0 } th.left, td.left { text-align: left } td.wide, td:first-child { white-space: normal }
tr.inset td { color: #444 } tr.inset td:first-child { padding-left: 4mm }
ul { padding-left: 4mm; font-size: 9pt }
svg text { font-size: 9px; fill: #444 } svg .grid { stroke: #ddd } svg .axis { stroke: #111 } svg .bar { fill: #aaa } svg .band { fill: #ddd }
svg .measured { fill: none; stroke: #111; stroke-width: .9 } svg .expected { fill: none; stroke: #555; stroke-width: .9; stroke-dasharray: 3 2 } svg .split { stroke: #111; stroke-dasharray: 2 2 }
svg .frozen, svg .dropout, svg .impossible, svg .drift { fill: #333 }
@media print { html { background: #fff } main { margin: 0; padding: 0; max-width: none } }
@media screen and (max-width: 700px) { main { margin: 0; padding: 16px; overflow-x: auto } .claim { grid-template-columns: 1fr } }
`
