import type { Answer, Question } from '#contract/query/question.ts'
import { type Reading, seriesKey } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { day, hour } from '#contract/units.ts'
import type { SensorDoubts } from '#hub/planning/believed.ts'
import { type CduRow, type PlantRow, rowMs } from '#models/plant/row.ts'

/** What the planner remembers of the plant: five-minute rows of the last day, fetched piece by piece from the store. */
export type History = {
  /** Fetches what is new (and the last half hour again: late samples), and returns the rows in order of time. */
  refresh(now: number): Promise<readonly PlantRow[]>
}

/** Beyond a day, other weather; 288 rows are what a fit takes. */
const rememberedMs = day
/** Samples may be this late (uplink, commit, accelerated time) and still get into their row. */
const lateMs = hour / 2
/** Dead-banded points that do not change are not sent: a value holds this long without a word. */
const holdsMs = 6 * hour
/** A setpoint holds until the next one. */
const setpointHoldsMs = day
/** Power always moves: rows without a fresh power value are an outage, not a calm. */
const powerFreshMs = 4 * rowMs

const asked: ReadonlyArray<Pick<Question, 'kind' | 'points' | 'aggregate'>> = [
  {
    kind: 'cdu',
    aggregate: 'mean',
    points: [
      'supplyTemperature',
      'returnTemperature',
      'flow',
      'differentialPressure',
      'primarySupplyTemperature',
      'primaryReturnTemperature',
      'primaryFlow',
      'valvePosition',
      'power',
      'supplyTemperatureSp',
      'differentialPressureSp',
    ],
  },
  {
    kind: 'facilityLoop',
    aggregate: 'mean',
    points: [
      'supplyTemperature',
      'returnTemperature',
      'flow',
      'differentialPressure',
      'power',
      'supplyTemperatureSp',
      'differentialPressureSp',
    ],
  },
  {
    kind: 'coolingTower',
    aggregate: 'mean',
    points: [
      'leavingTemperature',
      'enteringTemperature',
      'waterFlow',
      'fanPower',
      'pumpPower',
      'leavingTemperatureSp',
      'waterFlowSp',
    ],
  },
  { kind: 'powerMeter', aggregate: 'mean', points: ['activePower'] },
  { kind: 'rack', aggregate: 'mean', points: ['power'] },
  { kind: 'tray', aggregate: 'max', points: ['chipTemperature'] },
  { kind: 'weatherStation', aggregate: 'mean', points: ['wetBulb'] },
  { kind: 'room', aggregate: 'mean', points: ['dewPoint'] },
]

export type HistoryOptions = {
  readonly site: Site
  readonly ask: (question: Question) => Promise<Answer>
  /** A point that has not changed since its birth may stand in no row of the store; its live reading still knows. */
  readonly live: (equipment: string, point: string) => Reading | undefined
  /** What is in doubt is not learned from. */
  readonly sensors?: Pick<SensorDoubts, 'isDoubtful'>
}

export function createHistory(options: HistoryOptions): History {
  const series = new Map<string, Map<number, number>>()
  let fetchedToAt = 0

  const fetch = async (fromAt: number, toAt: number): Promise<void> => {
    // One question at a time: eight at once would stand in the way of the screens' questions.
    for (const part of asked) {
      const answer = await options.ask({ ...part, points: [...part.points], fromAt, toAt, everyMs: rowMs })
      for (const one of answer.series) {
        const key = `${one.equipment}.${one.point}`
        const values = series.get(key) ?? new Map<number, number>()
        series.set(key, values)
        one.at.forEach((at, index) => {
          const value = one.value[index]
          if (value !== null && value !== undefined) values.set(at - (at % rowMs), value)
        })
      }
    }
  }

  return {
    async refresh(now) {
      const toAt = now - (now % rowMs)
      const oldestAt = toAt - rememberedMs
      const fromAt = Math.max(oldestAt, fetchedToAt === 0 ? oldestAt : fetchedToAt - lateMs)
      if (toAt <= fromAt) return []
      await fetch(Math.max(0, fromAt), toAt)
      fetchedToAt = toAt
      for (const values of series.values())
        for (const at of values.keys()) if (at < oldestAt) values.delete(at)
      return rowsOf(options, series, { fromAt: oldestAt, toAt })
    },
  }
}

function rowsOf(
  options: HistoryOptions,
  series: ReadonlyMap<string, ReadonlyMap<number, number>>,
  span: { fromAt: number; toAt: number },
): PlantRow[] {
  const { site } = options
  const graph = siteGraph(site)
  const cdus = graph.ofKind('cdu').map(cdu => ({
    id: cdu.id,
    racks: graph.racksOf(cdu.id),
    trays: graph.racksOf(cdu.id).flatMap(rack =>
      graph
        .partsOf(rack)
        .filter(part => part.kind === 'tray')
        .map(tray => tray.id),
    ),
  }))
  const single = (kind: 'facilityLoop' | 'coolingTower' | 'weatherStation' | 'room') =>
    graph.ofKind(kind)[0]?.id ?? ''
  const ids = {
    facility: single('facilityLoop'),
    tower: single('coolingTower'),
    weather: single('weatherStation'),
    room: single('room'),
  }
  const keeper = carryForward(options, series)
  const firstAt = Math.min(...[...series.values()].map(values => Math.min(...values.keys())))
  // The newest samples are still on their way: a row counts once its meters and racks have spoken in it or after it.
  const newest = (keys: readonly string[]) =>
    Math.max(...keys.flatMap(key => [...(series.get(key)?.keys() ?? [])]))
  const facilityMeters = site.meters.filter(meter => meter.role === 'facility')
  const spokenAt = Math.min(
    newest(facilityMeters.map(meter => `${meter.id}.activePower`)),
    newest(cdus.flatMap(cdu => cdu.racks.map(rack => `${rack}.power`))),
  )
  const rows: PlantRow[] = []
  for (
    let at = Math.max(span.fromAt, Number.isFinite(firstAt) ? firstAt : span.toAt);
    at < span.toAt;
    at += rowMs
  ) {
    const read = (equipment: string, point: string) => {
      const value = keeper.read(equipment, point, at)
      return options.sensors?.isDoubtful(seriesKey(equipment, point), at) ? Number.NaN : value
    }
    const itKw = meterRole(site, 'it', id => read(id, 'activePower'))
    const facilityKw = meterRole(site, 'facility', id => read(id, 'activePower'))
    const isAlive = cdus.some(cdu =>
      cdu.racks.some(rack => at - keeper.lastAt(rack, 'power') <= powerFreshMs),
    )
    // Every series must still be walked at this instant, or carrying forward would skip it.
    const row: PlantRow = {
      at,
      cdus: cdus.map(cdu => cduRow(cdu, read)),
      facility: {
        supplyC: read(ids.facility, 'supplyTemperature'),
        returnC: read(ids.facility, 'returnTemperature'),
        flowLpm: read(ids.facility, 'flow'),
        dpKpa: read(ids.facility, 'differentialPressure'),
        pumpKw: read(ids.facility, 'power'),
        supplySpC: read(ids.facility, 'supplyTemperatureSp'),
        dpSpKpa: read(ids.facility, 'differentialPressureSp'),
      },
      tower: {
        leavingC: read(ids.tower, 'leavingTemperature'),
        enteringC: read(ids.tower, 'enteringTemperature'),
        flowLpm: read(ids.tower, 'waterFlow'),
        fanKw: read(ids.tower, 'fanPower'),
        pumpKw: read(ids.tower, 'pumpPower'),
        leavingSpC: read(ids.tower, 'leavingTemperatureSp'),
        flowSpPercent: read(ids.tower, 'waterFlowSp'),
      },
      wetBulbC: read(ids.weather, 'wetBulb'),
      roomDewPointC: read(ids.room, 'dewPoint'),
      facilityKw,
      itKw,
    }
    if (isAlive && at <= spokenAt) rows.push(row)
  }
  return rows
}

function cduRow(
  cdu: { id: string; racks: readonly string[]; trays: readonly string[] },
  read: (equipment: string, point: string) => number,
): CduRow {
  const chips = cdu.trays.map(tray => read(tray, 'chipTemperature')).filter(Number.isFinite)
  return {
    // A rack that does not tell makes the sum unknown: NaN.
    itKw: cdu.racks.reduce((sum, rack) => sum + read(rack, 'power'), 0),
    supplyC: read(cdu.id, 'supplyTemperature'),
    returnC: read(cdu.id, 'returnTemperature'),
    flowLpm: read(cdu.id, 'flow'),
    dpKpa: read(cdu.id, 'differentialPressure'),
    primarySupplyC: read(cdu.id, 'primarySupplyTemperature'),
    primaryReturnC: read(cdu.id, 'primaryReturnTemperature'),
    primaryFlowLpm: read(cdu.id, 'primaryFlow'),
    valvePercent: read(cdu.id, 'valvePosition'),
    pumpKw: read(cdu.id, 'power'),
    chipC: chips.length === 0 ? Number.NaN : Math.max(...chips),
    supplySpC: read(cdu.id, 'supplyTemperatureSp'),
    dpSpKpa: read(cdu.id, 'differentialPressureSp'),
  }
}

/** Power of all meters of a role, less what passes through them without being of it; NaN when one does not tell. */
function meterRole(site: Site, role: 'it' | 'facility', read: (id: string) => number): number {
  const meters = site.meters.filter(meter => meter.role === role)
  if (meters.length === 0) return Number.NaN
  return meters.reduce(
    (sum, meter) => sum + read(meter.id) - meter.subtract.reduce((less, id) => less + read(id), 0),
    0,
  )
}

/** The last value of each series at an instant, walking forward in time; NaN where there is none yet or it is too old. */
function carryForward(options: HistoryOptions, series: ReadonlyMap<string, ReadonlyMap<number, number>>) {
  const last = new Map<string, { at: number; value: number }>()
  const read = (equipment: string, point: string, at: number): number => {
    const key = `${equipment}.${point}`
    const own = series.get(key)?.get(at)
    if (own !== undefined) {
      last.set(key, { at, value: own })
      return own
    }
    const kept = last.get(key)
    if (kept)
      return at - kept.at <= (point.endsWith('Sp') ? setpointHoldsMs : holdsMs) ? kept.value : Number.NaN
    if (series.has(key)) return Number.NaN
    const reading = options.live(equipment, point)
    return reading?.quality === 'good' && reading.at <= at + rowMs ? reading.value : Number.NaN
  }
  return {
    read,
    lastAt: (equipment: string, point: string) =>
      last.get(`${equipment}.${point}`)?.at ?? Number.NEGATIVE_INFINITY,
  }
}
