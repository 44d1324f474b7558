import type { Answer, Question } from '#contract/query/question.ts'
import { coolingRoles, type Meter, type MeterRole, type Site } from '#contract/site/site.ts'
import { day, hour, type Millis, minute } from '#contract/units.ts'
import type { MeteredHour } from '#models/savings/hours.ts'

export type MeteredAsk = {
  readonly site: Pick<Site, 'meters' | 'equipment'>
  readonly ask: (question: Question) => Promise<Answer>
  /** Full hours of UTC. */
  readonly fromAt: Millis
  readonly toAt: Millis
}

/** A year of hours of 200 meters in one answer would be too much: asked for in pieces. */
const pieceMs = 28 * day
/** A register that falls from the last tenth of its range has begun again; any other fall is none of energy. */
const rolloverFrom = 0.9

/** Whose make-up is the water that cooling takes; that of a CDU only fills its loop. */
const makeupKinds = ['coolingTower', 'dryCooler'] as const

/** What meters, make-up and weather station said of each hour. Registers are differences between the last readings of two hours. */
export async function meteredHours({ site, ask, fromAt, toAt }: MeteredAsk): Promise<MeteredHour[]> {
  const hours: MeteredHour[] = []
  for (let from = fromAt; from < toAt; from += pieceMs) {
    const span = { fromAt: from, toAt: Math.min(toAt, from + pieceMs) }
    const registers = await byHour(ask, {
      kind: 'powerMeter',
      equipment: site.meters.map(meter => meter.id),
      points: ['activeEnergyKwh'],
      fromAt: Math.max(0, span.fromAt - hour),
      toAt: span.toAt,
      aggregate: 'last',
      everyMs: hour,
    })
    const wetBulbs = await byHour(ask, {
      kind: 'weatherStation',
      points: ['wetBulb'],
      ...span,
      aggregate: 'mean',
      everyMs: hour,
    })
    const [wetBulb] = wetBulbs.values()
    const makeups = await makeupsOf(site, ask, span)
    for (let at = span.fromAt; at < span.toAt; at += hour)
      hours.push({
        ...energiesOf(site.meters, registers, at),
        ...waterOf(makeups, at),
        at,
        wetBulbC: wetBulb?.get(at) ?? Number.NaN,
      })
  }
  return hours
}

/** Mean make-up of each hour, L/min, one of each tower and cooler, whether it was heard or not. */
async function makeupsOf(
  { equipment }: MeteredAsk['site'],
  ask: MeteredAsk['ask'],
  span: { readonly fromAt: Millis; readonly toAt: Millis },
): Promise<ReadonlyArray<ReadonlyMap<Millis, number> | undefined>> {
  const makeups: Array<ReadonlyMap<Millis, number> | undefined> = []
  for (const kind of makeupKinds) {
    const ids = equipment.filter(one => one.kind === kind).map(one => one.id)
    if (ids.length === 0) continue
    const heard = await byHour(ask, {
      kind,
      equipment: ids,
      points: ['makeupFlow'],
      ...span,
      aggregate: 'mean',
      everyMs: hour,
    })
    makeups.push(...ids.map(id => heard.get(id)))
  }
  return makeups
}

/** With one of them silent the hour's water is not known. */
const waterOf = (makeups: Awaited<ReturnType<typeof makeupsOf>>, at: Millis): { waterL?: number } =>
  makeups.length === 0
    ? {}
    : { waterL: makeups.reduce((sum, one) => sum + (one?.get(at) ?? Number.NaN) * (hour / minute), 0) }

type ByHour = ReadonlyMap<string, ReadonlyMap<Millis, number>>

async function byHour(ask: MeteredAsk['ask'], question: Question): Promise<ByHour> {
  const { series } = await ask(question)
  return new Map(
    series.map(({ equipment, at, value }) => [
      equipment,
      new Map(at.map((instant, place): [Millis, number] => [instant, value[place] ?? Number.NaN])),
    ]),
  )
}

function energiesOf(
  meters: readonly Meter[],
  registers: ByHour,
  at: Millis,
): Pick<MeteredHour, 'coolingKwh' | 'itKwh' | 'lossesKwh'> {
  const passed = new Map(meters.map(meter => [meter.id, passedKwh(meter, registers.get(meter.id), at)]))
  const ofMeter = (id: string): number => passed.get(id) ?? Number.NaN
  const ofRoles = (roles: readonly MeterRole[]): number =>
    meters
      .filter(meter => roles.includes(meter.role))
      .reduce(
        (sum, meter) => sum + ofMeter(meter.id) - meter.subtract.reduce((less, id) => less + ofMeter(id), 0),
        0,
      )
  const itRole: MeterRole = meters.some(meter => meter.role === 'it') ? 'it' : 'upsOutput'
  const coolingKwh = ofRoles(coolingRoles)
  const itKwh = ofRoles([itRole])
  const hasFacility = meters.some(meter => meter.role === 'facility')
  return {
    coolingKwh,
    itKwh,
    ...(hasFacility
      ? { lossesKwh: ofRoles(['facility']) - itKwh - coolingKwh - ofRoles(['lighting', 'other']) }
      : {}),
  }
}

function passedKwh(meter: Meter, register: ReadonlyMap<Millis, number> | undefined, at: Millis): number {
  const before = register?.get(at - hour) ?? Number.NaN
  const after = register?.get(at) ?? Number.NaN
  if (after >= before) return after - before
  return before > rolloverFrom * meter.rolloverKwh ? after + meter.rolloverKwh - before : Number.NaN
}
