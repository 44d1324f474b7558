import { hour } from '#contract/units.ts'
import { computedWetBulb } from '#models/sanity/drift.ts'
import { carriedKw } from '#models/sanity/impossible.ts'
import type { Sensor, SensorRole, SensorTable } from '#models/sanity/sensors.ts'

/** What a model of consumption may look at, each with the sensors it comes from; NaN where none of them can be trusted. */
export const channelNames = [
  'load',
  'itPower',
  'running',
  'flow',
  'supply',
  'return',
  'condenserEntering',
  'condenserLeaving',
  'condenserFlow',
  'wetBulb',
  'dryBulb',
  'humidity',
  'speed',
  'pressure',
] as const
export type ChannelName = (typeof channelNames)[number]

export type Channel = {
  readonly name: ChannelName
  /** The columns behind it, for people. */
  readonly columns: readonly string[]
  readonly unit: string
  readonly values: Float64Array
}

export type Conditions = {
  readonly rows: number
  readonly channels: ReadonlyMap<ChannelName, Channel>
  /** Hour of the day by the site's clock, 0 to 24, and days of the week, 0 Sunday. */
  readonly hourOfDay: Float64Array
  readonly weekday: Uint8Array
  readonly notes: readonly string[]
}

/** A sensor whose doubtful rows exceed this share of history or test gives way to a redundant one altogether. */
const doubtfulShareMost = 0.2

/** Sensors as channels: sums over machines, doubtful rows left out, redundant sensors in the place of doubtful ones. */
export function conditionsOf(
  table: SensorTable,
  doubtful: ReadonlyMap<string, Uint8Array>,
  options: { readonly testFrom: number; readonly zoneMs: number },
): Conditions {
  const notes: string[] = []
  const trusted = table.sensors.map(sensor => withoutDoubtful(sensor, doubtful.get(sensor.column)))
  const channels = new Map<ChannelName, Channel>()
  const put = (name: ChannelName, unit: string, columns: readonly string[], values: Float64Array) => {
    if (values.some(Number.isFinite)) channels.set(name, { name, columns, unit, values })
  }
  const of = (role: SensorRole) => trusted.filter(sensor => sensor.role === role)
  for (const [name, role, unit] of summed) {
    const parts = of(role)
    if (parts.length > 0) put(name, unit, columnsOf(parts), rowSum(parts, table.at.length))
  }
  for (const [name, role, unit] of averaged) {
    const parts = of(role)
    if (parts.length > 0) put(name, unit, columnsOf(parts), rowMean(parts, table.at.length))
  }
  for (const [name, role, unit] of weather) {
    const candidates = weatherCandidates(role, of)
    const chosen = bestWitness(candidates, options.testFrom, notes)
    if (chosen) put(name, unit, [chosen.column], chosen.values)
  }
  if (!channels.has('load')) {
    const carried = carriedLoad(of)
    if (carried) put('load', 'kW', carried.columns, carried.values)
  }
  const local = table.at.map(at => at + options.zoneMs)
  return {
    rows: table.at.length,
    channels,
    hourOfDay: local.map(at => (at / hour) % 24),
    weekday: Uint8Array.from(local, at => (Math.floor(at / (24 * hour)) + 4) % 7),
    notes,
  }
}

const summed = [
  ['load', 'load', 'kW'],
  ['itPower', 'itPower', 'kW'],
  ['running', 'status', 'machines'],
  ['flow', 'chilledWaterFlow', 'L/min'],
  ['condenserFlow', 'condenserWaterFlow', 'L/min'],
] as const
const averaged = [
  ['supply', 'chilledWaterSupplyTemperature', '°C'],
  ['return', 'chilledWaterReturnTemperature', '°C'],
  ['condenserEntering', 'condenserWaterEnteringTemperature', '°C'],
  ['condenserLeaving', 'condenserWaterLeavingTemperature', '°C'],
  ['speed', 'speed', '%'],
  ['pressure', 'differentialPressure', 'kPa'],
] as const
const weather = [
  ['wetBulb', 'wetBulb', '°C'],
  ['dryBulb', 'dryBulb', '°C'],
  ['humidity', 'relativeHumidity', '%'],
] as const

const columnsOf = (sensors: readonly Sensor[]) => sensors.map(({ column }) => column)

const withoutDoubtful = (sensor: Sensor, flags: Uint8Array | undefined): Sensor => ({
  ...sensor,
  values: sensor.values.map((value, row) => (flags?.[row] ? Number.NaN : value)),
})

const rowSum = (parts: readonly Sensor[], rows: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => parts.reduce((sum, part) => sum + part.values[row]!, 0))

/** Mean of those that have a value: one thermometer of four may be away. */
function rowMean(parts: readonly Sensor[], rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const present = parts.map(part => part.values[row]!).filter(Number.isFinite)
    return present.reduce((sum, value) => sum + value, 0) / present.length
  })
}

function weatherCandidates(role: SensorRole, of: (role: SensorRole) => readonly Sensor[]): Sensor[] {
  const direct = [...of(role)].sort((a, b) => Number(a.joined) - Number(b.joined))
  const [dryBulb, humidity] = [of('dryBulb')[0], of('relativeHumidity')[0]]
  if (role !== 'wetBulb' || !dryBulb || !humidity) return direct
  return [
    ...direct,
    {
      ...dryBulb,
      role,
      column: `wet bulb of ${dryBulb.column} and ${humidity.column}`,
      values: computedWetBulb(dryBulb, humidity),
    },
  ]
}

/** The first whose doubtful or missing rows are few in both parts; else the one with the fewest. One instrument for all rows. */
function bestWitness(candidates: readonly Sensor[], testFrom: number, notes: string[]): Sensor | undefined {
  const missing = candidates.map(({ values }) =>
    Math.max(missingShare(values.subarray(0, testFrom)), missingShare(values.subarray(testFrom))),
  )
  const good = missing.findIndex(share => share <= doubtfulShareMost)
  const chosen = candidates[good >= 0 ? good : missing.indexOf(Math.min(...missing))]
  if (chosen && chosen !== candidates[0])
    notes.push(`${chosen.column} stands in for ${candidates[0]!.column}, which is doubtful for too long`)
  return chosen
}

const missingShare = (values: Float64Array): number =>
  values.length === 0 ? 0 : values.filter(Number.isNaN).length / values.length

/** Heat from flow and warming, where no heat meter is mapped. */
function carriedLoad(of: (role: SensorRole) => readonly Sensor[]) {
  const [supply] = of('chilledWaterSupplyTemperature')
  const [back] = of('chilledWaterReturnTemperature')
  const [flow] = of('chilledWaterFlow')
  if (!supply || !back || !flow) return undefined
  return { columns: columnsOf([flow, back, supply]), values: carriedKw({ supply, back, flow }) }
}
