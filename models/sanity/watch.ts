import type { EquipmentKind } from '#contract/points.ts'
import { day, hour, minute } from '#contract/units.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { findDoubts } from '#models/sanity/findDoubts.ts'
import {
  type Doubt,
  type Sensor,
  type SensorRole,
  type SensorTable,
  sensorRoles,
} from '#models/sanity/sensors.ts'

/** What a running site's sensors have shown lately, and what is held against them. */
export type SanityMemory = {
  readonly keys: readonly string[]
  readonly rows: readonly TelemetryRow[]
  /** Rows that came since the last judgement. */
  readonly unjudged: number
  readonly standing: readonly Doubt[]
}

export type SanityStep = {
  readonly memory: SanityMemory
  /** Doubts that are new with these rows: one maintenance alarm for each `cause`. */
  readonly opened: readonly Doubt[]
  /** Doubts that are over: the sensor has been sound again for an hour. */
  readonly closed: readonly Doubt[]
}

export const freshSanityMemory: SanityMemory = { keys: [], rows: [], unjudged: 0, standing: [] }

/** Two weeks: enough for a habit and for a drift; 4,032 rows of five minutes. */
export const watchWindowMs = 14 * day
/** No sensor is called frozen before its habit of so many days is known. */
const habitMs = 3 * day
/** Width of a row. */
export const watchRowMs = 5 * minute
/** Sensors are judged once an hour of new rows is there: before the hourly plan, not at every row. */
const rowsToJudge = 12
/** A doubt ends when an hour has passed without it. */
const soundAgainMs = hour

/**
 * Judges the sensors of a running site from its five-minute rows (`equipment.point` keys). `kindOf` tells the kind of an
 * equipment; points of kinds and names that no law knows are left alone.
 */
export function sanityStep(
  memory: SanityMemory,
  telemetry: TelemetryTable,
  kindOf: (equipment: string) => EquipmentKind | undefined,
): SanityStep {
  const known =
    memory.keys.length === telemetry.keys.length && memory.keys.every((key, at) => key === telemetry.keys[at])
  const lastAt = known ? (memory.rows.at(-1)?.at ?? Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY
  const fresh = telemetry.rows.filter(({ at }) => at > lastAt)
  const all = known ? [...memory.rows, ...fresh] : fresh
  const newestAt = all.at(-1)?.at ?? 0
  const rows = all.filter(({ at }) => at > newestAt - watchWindowMs)
  const unjudged = (known ? memory.unjudged : 0) + fresh.length
  if (unjudged < rowsToJudge)
    return { memory: { ...memory, keys: telemetry.keys, rows, unjudged }, opened: [], closed: [] }
  // A habit takes days to know; and a pump of steady speed gives a steady flow, which no mapped point of its group contradicts.
  const habitIsKnown = newestAt - (rows[0]?.at ?? newestAt) >= habitMs
  const mayRest = ({ role }: Sensor) => !habitIsKnown || sensorRoles[role].point.quantity === 'flow'
  const found = groupsOf(telemetry.keys, kindOf).flatMap(
    group => findDoubts(tableOf(group, rows), { mayRest }).doubts,
  )
  const standing = continued(
    memory.standing,
    found.filter(
      doubt =>
        !doubt.evidence &&
        doubt.toAt > newestAt - soundAgainMs &&
        !isPathLost(doubt, { keys: telemetry.keys, rows }),
    ),
  )
  const isHeld = (list: readonly Doubt[], doubt: Doubt) => list.some(other => sameDoubt(other, doubt))
  return {
    memory: { keys: telemetry.keys, rows, unjudged: 0, standing },
    opened: standing.filter(doubt => !isHeld(memory.standing, doubt)),
    closed: memory.standing.filter(doubt => !isHeld(standing, doubt)),
  }
}

/** A cause that one hour calls frozen and the next impossible is still one. */
const sameDoubt = (a: Doubt, b: Doubt): boolean => a.column === b.column || a.cause === b.cause

/** One doubt for a sensor, the earliest found, with the beginning and the cause that an older judgement gave it. */
function continued(before: readonly Doubt[], found: readonly Doubt[]): Doubt[] {
  const standing: Doubt[] = []
  for (const doubt of [...found].sort((a, b) => a.fromAt - b.fromAt)) {
    if (standing.some(other => other.column === doubt.column)) continue
    const earlier = before.find(other => other.column === doubt.column)
    standing.push({
      ...doubt,
      fromAt: Math.min(doubt.fromAt, earlier?.fromAt ?? doubt.fromAt),
      cause: (earlier ?? relatedTo(doubt, before, found))?.cause ?? doubt.cause,
    })
  }
  return standing
}

/**
 * A doubt of an older judgement that has the cause of a new one: a sensor that stopped together with the new one and was told first;
 * or one that a law accused until it was known who lied, and that nobody accuses any more.
 */
function relatedTo(doubt: Doubt, before: readonly Doubt[], found: readonly Doubt[]): Doubt | undefined {
  const nowFound = (column: string) => found.find(other => other.column === column)
  return before.find(
    earlier =>
      nowFound(earlier.column)?.cause === doubt.cause ||
      (earlier.finding === 'impossible' &&
        !nowFound(earlier.column) &&
        equipmentOf(earlier.column) === equipmentOf(doubt.column) &&
        doubt.fromAt <= earlier.toAt),
  )
}

const equipmentOf = (key: string): string => key.slice(0, key.lastIndexOf('.'))

/** A piece of equipment of which no sensor speaks has lost its path: that is known without us, and no fault of a sensor. */
function isPathLost({ finding, column, toAt }: Doubt, { keys, rows }: TelemetryTable): boolean {
  const row = finding === 'dropout' ? rows.findLast(({ at }) => at === toAt) : undefined
  if (!row) return false
  const equipment = equipmentOf(column)
  return keys.every((key, place) => equipmentOf(key) !== equipment || Number.isNaN(row.values[place]))
}

type Member = { readonly key: string; readonly place: number; readonly role: SensorRole }

/** Roles of points by kind of equipment: which law may speak of them. */
const rolesByKind: Readonly<Partial<Record<EquipmentKind, Readonly<Record<string, SensorRole>>>>> = {
  cdu: {
    supplyTemperature: 'chilledWaterSupplyTemperature',
    returnTemperature: 'chilledWaterReturnTemperature',
    flow: 'chilledWaterFlow',
    heat: 'load',
  },
  facilityLoop: {
    supplyTemperature: 'chilledWaterSupplyTemperature',
    returnTemperature: 'chilledWaterReturnTemperature',
    flow: 'chilledWaterFlow',
    heat: 'load',
  },
  coolingTower: {
    leavingTemperature: 'condenserWaterEnteringTemperature',
    enteringTemperature: 'condenserWaterLeavingTemperature',
    waterFlow: 'condenserWaterFlow',
  },
  chiller: {
    leavingTemperature: 'chilledWaterSupplyTemperature',
    condenserEnteringTemperature: 'condenserWaterEnteringTemperature',
    condenserLeavingTemperature: 'condenserWaterLeavingTemperature',
    evaporatorFlow: 'chilledWaterFlow',
    cooling: 'load',
    power: 'totalPower',
    status: 'status',
  },
  weatherStation: { wetBulb: 'wetBulb', dryBulb: 'dryBulb', relativeHumidity: 'relativeHumidity' },
}

/** Points of a kind of equipment that are judged; none where no law speaks of it. */
export const watchedPoints = (kind: EquipmentKind): readonly string[] => Object.keys(rolesByKind[kind] ?? {})

/** One group for each piece of equipment; towers and the weather stand together, because one law binds them. */
function groupsOf(
  keys: readonly string[],
  kindOf: (equipment: string) => EquipmentKind | undefined,
): Member[][] {
  const groups = new Map<string, Member[]>()
  keys.forEach((key, place) => {
    const equipment = equipmentOf(key)
    const kind = kindOf(equipment)
    const role = kind && rolesByKind[kind]?.[key.slice(equipment.length + 1)]
    if (!role) return
    const group = kind === 'coolingTower' || kind === 'weatherStation' ? 'outdoors' : equipment
    const list = groups.get(group)
    if (list) list.push({ key, place, role })
    else groups.set(group, [{ key, place, role }])
  })
  return [...groups.values()]
}

function tableOf(members: readonly Member[], rows: readonly TelemetryRow[]): SensorTable {
  const sensors = members.map(
    ({ key, place, role }): Sensor => ({
      column: key,
      role,
      values: Float64Array.from(rows, row => row.values[place] ?? Number.NaN),
      joined: false,
      // 0 °C is weather, and a dead transmitter of anything else.
      sentinels: [0],
    }),
  )
  return { at: Float64Array.from(rows, row => row.at), intervalMs: watchRowMs, sensors }
}
