import type { EnergyView } from '#contract/api.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, minute } from '#contract/units.ts'
import { energyOf, gapLimitDefaultMs } from '#hub/energy/energyOf.ts'
import type { MeterReadings } from '#hub/energy/meterEnergy.ts'

export { energyOf } from '#hub/energy/energyOf.ts'

export type EnergyAsk = {
  readonly site: Pick<Site, 'meters'>
  readonly ask: (question: Question) => Promise<Answer>
  readonly fromAt: number
  readonly toAt: number
  readonly gapLimitMs?: number
}

/** Looked for outside the span, so that an idle meter that repeats itself seldom still meets both edges. */
const marginMs = hour
/** Up to here every reading is looked at; beyond, only the edges, and buckets in between. */
const allReadingsMs = 3 * hour
/** Readings within this of an edge are looked at one by one. */
const edgeMs = 30 * minute
/** Registers telescope: between the edges any reading of each bucket will do. */
const bucketMs = 5 * minute
/** Two months of five-minute buckets are 17,280 for each meter; longer spans take quarter hours. */
const fineBucketsMs = 60 * 24 * hour
const wideBucketMs = 15 * minute

/** Energy of a site over a span, asked of the store. */
export async function energyOver({ site, ask, fromAt, toAt, gapLimitMs }: EnergyAsk): Promise<EnergyView> {
  const span = { fromAt: Math.floor(fromAt), toAt: Math.ceil(toAt) }
  const readings = new Map<string, { register: Column; power: Column }>(
    site.meters.map(({ id }) => [id, { register: emptyColumn(), power: emptyColumn() }]),
  )
  for (const question of questionsFor(
    span,
    site.meters.map(meter => meter.id),
  )) {
    const { series } = await ask(question)
    const halfMs = (question.everyMs ?? 0) / 2
    for (const { equipment, point, at, value } of series) {
      const column = readings.get(equipment)?.[point === 'activeEnergyKwh' ? 'register' : 'power']
      at.forEach((instant, index) => {
        column?.at.push(instant + halfMs)
        column?.value.push(value[index] ?? null)
      })
    }
  }
  return energyOf({
    site,
    readings: readings as ReadonlyMap<string, MeterReadings>,
    ...span,
    gapLimitMs: gapLimitMs ?? gapLimitDefaultMs,
  })
}

type Column = { readonly at: number[]; readonly value: Array<number | null> }
const emptyColumn = (): Column => ({ at: [], value: [] })

/** Meters of one question: 100 with both points for five hours of seconds stay below what an answer may hold. */
const metersAtOnceMax = 100

/** In order of time for each meter, so that answers only need to be put behind each other. */
function questionsFor(span: { fromAt: number; toAt: number }, meters: readonly string[]): Question[] {
  if (meters.length > metersAtOnceMax)
    return [
      ...questionsFor(span, meters.slice(0, metersAtOnceMax)),
      ...questionsFor(span, meters.slice(metersAtOnceMax)),
    ]
  if (meters.length === 0) return []
  const common = { kind: 'powerMeter' as const, equipment: [...meters] }
  const raw = (fromAt: number, toAt: number): Question => ({
    ...common,
    points: ['activeEnergyKwh', 'activePower'],
    fromAt: Math.max(0, fromAt),
    toAt,
    aggregate: 'raw',
  })
  if (span.toAt - span.fromAt <= allReadingsMs) return [raw(span.fromAt - marginMs, span.toAt + marginMs)]
  const everyMs = span.toAt - span.fromAt > fineBucketsMs ? wideBucketMs : bucketMs
  const innerFromAt = Math.ceil((span.fromAt + edgeMs) / everyMs) * everyMs
  const innerToAt = Math.floor((span.toAt - edgeMs) / everyMs) * everyMs
  const inner = { ...common, fromAt: innerFromAt, toAt: innerToAt, everyMs }
  return [
    raw(span.fromAt - marginMs, innerFromAt),
    { ...inner, points: ['activeEnergyKwh'], aggregate: 'last' },
    { ...inner, points: ['activePower'], aggregate: 'mean' },
    raw(innerToAt, span.toAt + marginMs),
  ]
}
