import type { EnergyView, SavingFigure } from '#contract/api.ts'
import type { ReportFacts } from '#hub/reports/report.ts'

const columns = [
  'from',
  'to',
  'period',
  'what',
  'name',
  'value',
  'unit',
  'average_kw',
  'coverage',
  'method',
  'agreement_percent',
  'class_percent',
  'note',
] as const
type Row = Partial<Record<(typeof columns)[number], string | number | null>>

/** One line for each figure, for the whole period and each day: easy to filter in a spreadsheet. Instants are UTC; empty is unknown. */
export function reportCsv(facts: ReportFacts): string {
  const lines = [columns.join(',')]
  const add = (energy: EnergyView, period: string) => {
    for (const row of rowsOf(energy)) {
      const whole: Row = {
        from: new Date(energy.fromAt).toISOString(),
        to: new Date(energy.toAt).toISOString(),
        period,
        ...row,
      }
      lines.push(columns.map(column => cell(whole[column])).join(','))
    }
  }
  add(facts.energy, 'whole')
  for (const period of facts.periods) add(period.energy, period.label)
  const span = {
    from: new Date(facts.fromAt).toISOString(),
    to: new Date(facts.toAt).toISOString(),
    period: 'whole',
  }
  for (const row of savingRows(facts.saving))
    lines.push(columns.map(column => cell({ ...span, ...row }[column])).join(','))
  return `${lines.join('\r\n')}\r\n`
}

/** The claim, and each source with both intervals; none without evidence but the sentence that says so. */
function savingRows({ claim, method, why, parts, notes }: ReportFacts['saving']): Row[] {
  return [
    { what: 'saving', name: 'claim', method: method ?? 'none', note: `${claim ?? 'no claim'}: ${why}` },
    ...notes.map(note => ({ what: 'saving', name: 'note', note })),
    ...parts.flatMap(part => [
      ...figureRows(part.what, part.basis, part),
      ...(part.cost ? figureRows(`${part.what}Cost`, part.basis, part.cost) : []),
      ...(part.carbon ? figureRows(`${part.what}Carbon`, part.basis, part.carbon) : []),
    ]),
  ]
}

function figureRows(name: string, method: string, figure: SavingFigure): Row[] {
  const line = (end: string, value: number): Row => ({
    what: 'saving',
    name: `${name}${end}`,
    value,
    unit: figure.unit,
    method,
  })
  return [
    line('', figure.saved),
    line('Low68', figure.interval68[0]),
    line('High68', figure.interval68[1]),
    line('Low90', figure.interval90[0]),
    line('High90', figure.interval90[1]),
  ]
}

function rowsOf(energy: EnergyView): Row[] {
  const whole = (name: string, value: number | null, unit: string): Row => ({
    what: 'figure',
    name,
    value,
    unit,
    coverage: energy.coverage,
  })
  return [
    whole(energy.kind === 'interim' ? 'interimPue' : 'pue', energy.pue, '1'),
    whole('puePlusMinus95', energy.puePlusMinus, '1'),
    whole('pueCategory', energy.category, '1'),
    whole('liquidLoopPue', energy.liquidLoopPue, '1'),
    whole('facility', energy.facilityKwh, 'kWh'),
    whole('it', energy.itKwh, 'kWh'),
    whole('cooling', energy.coolingKwh, 'kWh'),
    whole('losses', energy.lossesKwh, 'kWh'),
    ...energy.parts.map(part => ({
      what: 'role',
      name: part.role,
      value: part.kwh,
      unit: 'kWh',
      average_kw: part.averageKw,
    })),
    ...energy.meters.map(meter => ({
      what: 'meter',
      name: meter.id,
      value: meter.kwh,
      unit: 'kWh',
      coverage: meter.coverage,
      method: meter.method,
      agreement_percent: meter.agreementPercent,
      class_percent: meter.classPercent,
      note: meter.note,
    })),
  ]
}

/** RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
