/** A sheet of A4 for ink: no fills that cost toner, greys that survive a copier. */
export const reportStyle = `
@page { size: A4; margin: 0 }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { font: 10pt/1.4 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; color: #111; background: #999; font-variant-numeric: tabular-nums }
.page { width: 210mm; height: 297mm; margin: 0 auto 5mm; padding: 15mm 18mm 12mm; background: #fff; display: flex; flex-direction: column; overflow: hidden }
header, footer { display: flex; justify-content: space-between; gap: 6mm; font-size: 8.5pt; color: #444 }
header { border-bottom: 1pt solid #111; padding-bottom: 2mm } header b { color: #111 }
footer span:last-child { white-space: nowrap } th:first-child, td:first-child { white-space: nowrap }
footer { border-top: .5pt solid #bbb; padding-top: 2mm; margin-top: auto }
h1 { font-size: 18pt; line-height: 1.2; margin: 6mm 0 1mm } h2 { font-size: 10.5pt; margin-bottom: 1mm }
section { margin-top: 5mm } .quiet { color: #444; font-size: 9pt }
.claim { display: grid; grid-template-columns: auto 1fr; gap: 8mm; align-items: center; border: .75pt solid #111; padding: 4mm 5mm; margin-top: 4mm }
.figure { font-size: 15pt; line-height: 1.15; font-weight: 650 }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 9mm }
table { width: 100%; border-collapse: collapse; font-size: 9pt }
th { font-weight: 400; color: #444; border-bottom: .75pt solid #111; vertical-align: bottom } th, td { text-align: right; padding: .8mm 0 .8mm 3mm }
td { border-bottom: .5pt solid #ccc } th:first-child, td:first-child { text-align: left; padding-left: 0 } th.left, td.left { text-align: left }
tr.sum td { font-weight: 650; border-bottom: .75pt solid #111 } tr.inset td:first-child { padding-left: 4mm }
dl { display: grid; grid-template-columns: 1fr auto; font-size: 9.5pt } dt, dd { border-bottom: .5pt solid #ccc; padding: .8mm 0 } dd { text-align: right; font-weight: 600 }
ul { padding-left: 4mm; font-size: 9pt } code { font: 8.5pt ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
svg text { font-size: 9px; fill: #444 } svg .grid { stroke: #ddd } svg .axis { stroke: #111 } svg .bar { fill: #aaa } svg circle { fill: #111 }
.signatures { margin-top: auto; padding: 8mm 0 4mm } .signatures div { border-top: .5pt solid #111; padding-top: 1mm; font-size: 9pt; color: #444 }
@media print { html { background: #fff } .page { margin: 0 } .page + .page { break-before: page } }
@media screen and (max-width: 700px) { .page { width: auto; height: auto; padding: 16px; overflow-x: auto } .two, .claim { grid-template-columns: 1fr } }
`
