import type { Answer } from '#contract/query/question.ts'
import { type Reading, seriesKey } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { SensorDoubts } from '#hub/planning/believed.ts'
import { rowStartOf, type Span } from '#hub/planning/remembered.ts'
import { isSetpoint, setpointHoldsMs, valueHoldsMs } from '#hub/planning/rowQuestions.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import { cduPlacesOf, plantRowReader } from '#models/plant/rowAt.ts'

/** Power always moves: rows without a fresh power value are an outage, not a calm. */
const powerFreshMs = 4 * rowMs

export type RowOptions = {
  readonly site: Site
  /** A point that has not changed since its birth may stand in no row of the store; its live reading still knows. */
  readonly live: (equipment: string, point: string) => Reading | undefined
  /** What is in doubt is not learned from. */
  readonly sensors?: Pick<SensorDoubts, 'isDoubtful'>
}

type Value = { readonly at: Millis; readonly value: number }

/** What the store said, by `equipment.point`: five-minute values of a span, and the newest one before it. */
export type Heard = {
  readonly inSpan: Map<string, Map<Millis, number>>
  readonly before: Map<string, Value>
}

export const nothingHeard = (): Heard => ({ inSpan: new Map(), before: new Map() })

/** Takes an answer in; what is older than the span only as far as it may hold into it. */
export function hear(heard: Heard, answer: Answer, fromAt: Millis): void {
  for (const one of answer.series) {
    const key = seriesKey(one.equipment, one.point)
    const values = heard.inSpan.get(key) ?? new Map<Millis, number>()
    one.at.forEach((at, index) => {
      const value = one.value[index]
      if (value === null || value === undefined) return
      const rowAt = rowStartOf(at)
      if (rowAt >= fromAt) values.set(rowAt, value)
      else keepNewest(heard, key, { at: rowAt, value })
    })
    if (values.size > 0) heard.inSpan.set(key, values)
  }
}

/** The span begins later now. */
export function moveOn(heard: Heard, fromAt: Millis): void {
  for (const [key, values] of heard.inSpan)
    for (const [at, value] of values) {
      if (at >= fromAt) continue
      keepNewest(heard, key, { at, value })
      values.delete(at)
    }
}

function keepNewest({ before }: Heard, key: string, value: Value): void {
  if (value.at >= (before.get(key)?.at ?? Number.NEGATIVE_INFINITY)) before.set(key, value)
}

/** When meters and racks had both spoken last: what is newer is still on its way. */
export function spokenAtOf(site: Site, heard: Heard): Millis {
  const newest = (keys: readonly string[]) => {
    let newestAt = Number.NEGATIVE_INFINITY
    for (const key of keys)
      for (const at of heard.inSpan.get(key)?.keys() ?? []) newestAt = Math.max(newestAt, at)
    return newestAt
  }
  const graph = siteGraph(site)
  const meters = site.meters.filter(meter => meter.role === 'facility')
  const racks = graph.ofKind('cdu').flatMap(cdu => graph.racksOf(cdu.id))
  return Math.min(
    newest(meters.map(meter => seriesKey(meter.id, 'activePower'))),
    newest(racks.map(rack => seriesKey(rack, 'power'))),
  )
}

/** The rows of a span, oldest first, one by one: a row of 25 CDUs takes a millisecond. Undefined where there is a gap. */
export function* rowsIn(
  options: RowOptions,
  heard: Heard,
  span: Span & { readonly spokenAt: Millis },
): Generator<PlantRow | undefined> {
  const { site } = options
  const cdus = cduPlacesOf(site)
  const rowAt = plantRowReader(site)
  const keeper = carryForward(options, heard)
  for (let at = Math.max(span.fromAt, firstAtOf(heard, span)); at < span.toAt; at += rowMs) {
    const read = (equipment: string, point: string) => {
      const value = keeper.read(equipment, point, at)
      return options.sensors?.isDoubtful(seriesKey(equipment, point), at) ? Number.NaN : value
    }
    const isAlive = cdus.some(cdu =>
      cdu.racks.some(rack => at - keeper.lastAt(rack, 'power') <= powerFreshMs),
    )
    // Every series must still be walked at this instant, or carrying forward would skip it.
    const row = rowAt(at, read)
    yield isAlive && at <= span.spokenAt ? row : undefined
  }
}

/** What is known from before holds from the start; otherwise there is nothing before the first value. */
function firstAtOf(heard: Heard, span: Span): Millis {
  if (heard.before.size > 0) return span.fromAt
  let firstAt = span.toAt
  for (const values of heard.inSpan.values()) for (const at of values.keys()) firstAt = Math.min(firstAt, at)
  return firstAt
}

/** The last value of each series at an instant, walking forward in time; NaN where there is none yet or it is too old. */
function carryForward(options: RowOptions, heard: Heard) {
  const last = new Map(heard.before)
  const read = (equipment: string, point: string, at: Millis): number => {
    const key = seriesKey(equipment, point)
    const values = heard.inSpan.get(key)
    const own = values?.get(at)
    if (own !== undefined) {
      last.set(key, { at, value: own })
      return own
    }
    const kept = last.get(key)
    if (kept)
      return at - kept.at <= (isSetpoint(point) ? setpointHoldsMs : valueHoldsMs) ? kept.value : Number.NaN
    if (values) return Number.NaN
    const reading = options.live(equipment, point)
    return reading?.quality === 'good' && reading.at <= at + rowMs ? reading.value : Number.NaN
  }
  return {
    read,
    lastAt: (equipment: string, point: string) =>
      last.get(seriesKey(equipment, point))?.at ?? Number.NEGATIVE_INFINITY,
  }
}
