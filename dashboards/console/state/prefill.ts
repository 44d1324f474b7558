import type { AnswerSeries } from '#contract/query/question.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import { day } from '#contract/units.ts'
import { coolingRoles } from '../rules/roles.ts'
import { askPast, curveTick, fill, oneDay, type Span, seriesCurve, twoHours } from './curves.ts'
import { chipMarginCurve, figureCurve, riseCurve } from './figures.ts'
import { hub } from './hub.ts'
import { energyDay } from './plant.ts'

/** Fills the short curves from the store, once, when the site is known. */

/** Adds or takes the least of several series bucket by bucket; where one of the `parts` is missing, the bucket is left out. */
export function joinSeries(
  series: readonly AnswerSeries[],
  join: (values: readonly number[]) => number,
  parts: number = series.length,
): { at: number[]; value: number[] } {
  const buckets = new Map<number, number[]>()
  for (const { at, value } of series) {
    at.forEach((instant, index) => {
      const point = value[index]
      if (point === null || point === undefined) return
      const bucket = buckets.get(instant)
      if (bucket) bucket.push(point)
      else buckets.set(instant, [point])
    })
  }
  const whole = [...buckets].filter(([, values]) => values.length === parts).sort(([a], [b]) => a - b)
  return { at: whole.map(([at]) => at), value: whole.map(([, values]) => join(values)) }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const least = (values: readonly number[]) => Math.min(...values)

async function fillPlain(
  kind: 'cdu' | 'facilityLoop' | 'coolingTower',
  points: readonly string[],
  graph: SiteGraph,
  now: number,
  span: Span,
): Promise<readonly AnswerSeries[]> {
  const equipment = graph.ofKind(kind).map(item => item.id)
  const answer = await askPast({ kind, points, equipment, span, aggregate: 'mean' }, now)
  for (const series of answer)
    fill(seriesCurve(`${series.equipment}.${series.point}`, span), series.at, series.value)
  return answer
}

async function fillKeyFigures(graph: SiteGraph, now: number): Promise<void> {
  const meters = graph.site.meters
  const ofRoles = (roles: readonly string[]) =>
    meters.filter(meter => roles.includes(meter.role)).map(meter => meter.id)
  const power = (equipment: readonly string[]) =>
    askPast({ kind: 'powerMeter', points: ['activePower'], equipment, span: oneDay, aggregate: 'mean' }, now)
  const cdus = graph.ofKind('cdu').map(item => item.id)
  const heat = joinSeries(
    await askPast({ kind: 'cdu', points: ['heat'], equipment: cdus, span: oneDay, aggregate: 'mean' }, now),
    sum,
    cdus.length,
  )
  fill(figureCurve('heat'), heat.at, heat.value)
  const it = joinSeries(await power(ofRoles(['it'])), sum, ofRoles(['it']).length)
  fill(figureCurve('it'), it.at, it.value)
  const facility = joinSeries(await power(ofRoles(['facility'])), sum, ofRoles(['facility']).length)
  const itAt = new Map(it.at.map((at, index) => [at, it.value[index] as number]))
  const ratios = facility.at.flatMap((at, index) => {
    const itKw = itAt.get(at)
    return itKw === undefined || itKw < 1 ? [] : [{ at, ratio: (facility.value[index] as number) / itKw }]
  })
  fill(
    figureCurve('pue'),
    ratios.map(point => point.at),
    ratios.map(point => point.ratio),
  )
  const cooling = joinSeries(await power(ofRoles(coolingRoles)), sum, ofRoles(coolingRoles).length)
  fill(figureCurve('cooling'), cooling.at, cooling.value)
  const pipes = (['cdu', 'facilityLoop'] as const).filter(
    kind => !graph.site.coolant.insulatedPipes.includes(kind === 'cdu' ? 'cdu' : 'facility'),
  )
  const supplies = await Promise.all(
    pipes.map(kind =>
      askPast(
        {
          kind,
          points: ['supplyTemperature'],
          equipment: graph.ofKind(kind).map(item => item.id),
          span: oneDay,
          aggregate: 'mean',
        },
        now,
      ),
    ),
  )
  const supply = joinSeries(supplies.flat(), least)
  const dew = joinSeries(
    await askPast(
      {
        kind: 'room',
        points: ['dewPoint'],
        equipment: graph.ofKind('room').map(item => item.id),
        span: oneDay,
        aggregate: 'mean',
      },
      now,
    ),
    least,
  )
  const dewAt = new Map(dew.at.map((at, index) => [at, dew.value[index] as number]))
  const both = supply.at.map((at, index) => ({
    at,
    margin: dewAt.has(at) ? (supply.value[index] as number) - (dewAt.get(at) as number) : null,
  }))
  fill(
    figureCurve('dewMargin'),
    both.map(point => point.at),
    both.map(point => point.margin),
  )
}

async function fillChipMargins(graph: SiteGraph, now: number): Promise<void> {
  const limitC = graph.site.nameplate.chip.limitC
  for (const span of [twoHours, oneDay]) {
    const trays = graph.ofKind('tray')
    const series = await askPast(
      {
        kind: 'tray',
        points: ['chipTemperature'],
        equipment: trays.map(tray => tray.id),
        span,
        aggregate: 'max',
      },
      now,
    )
    const margin = (these: readonly AnswerSeries[]) =>
      joinSeries(these, values => limitC - Math.max(...values))
    if (series.length === 0) continue
    if (span === oneDay) {
      const all = margin(series)
      fill(figureCurve('chipMargin'), all.at, all.value)
      continue
    }
    for (const cdu of graph.ofKind('cdu')) {
      const one = margin(series.filter(item => graph.cduOf(item.equipment) === cdu.id))
      fill(chipMarginCurve(cdu.id), one.at, one.value)
    }
  }
}

/** The rise is the return less the supply, as everywhere. */
function fillRises(series: readonly AnswerSeries[]): void {
  for (const back of series.filter(item => item.point === 'returnTemperature')) {
    const supply = series.find(
      item => item.equipment === back.equipment && item.point === 'supplyTemperature',
    )
    if (!supply) continue
    const rise = joinSeries([back, supply], ([warm = 0, cold = 0]) => warm - cold)
    fill(riseCurve(back.equipment), rise.at, rise.value)
  }
}

export async function prefill(graph: SiteGraph, now: number): Promise<void> {
  const ofCdus = await fillPlain(
    'cdu',
    ['supplyTemperature', 'returnTemperature', 'flow', 'differentialPressure', 'staticPressure'],
    graph,
    now,
    twoHours,
  )
  fillRises(ofCdus)
  curveTick.value += 1
  await fillPlain(
    'facilityLoop',
    ['supplyTemperature', 'returnTemperature', 'flow', 'differentialPressure'],
    graph,
    now,
    twoHours,
  )
  await fillPlain(
    'coolingTower',
    ['leavingTemperature', 'enteringTemperature', 'waterFlow', 'fanSpeed'],
    graph,
    now,
    twoHours,
  )
  await fillKeyFigures(graph, now)
  await fillChipMargins(graph, now)
  curveTick.value += 1
}

/** The day's energy behind the key figure, or since the start; the hub computes it, the page only shows it. */
export async function refreshEnergyDay(startedAt: number, now: number): Promise<void> {
  const fromAt = Math.round(Math.max(startedAt, now - day))
  if (Math.round(now) > fromAt) energyDay.value = await hub.energy(fromAt, Math.round(now))
}
