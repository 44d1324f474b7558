import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { plantIds } from '#contract/site/expand.ts'
import { chillerId, coldPlateSiteOf, crahId } from '#contract/site/expandHybrid.ts'
import { plantRowsOf } from '#models/plant/learned/plantRows.ts'
import type { PumpRow } from '#models/plant/learned/pumpStages.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { meanOfKnown } from '#models/plant/meanOf.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** Half an hour of a hybrid plant: means, NaN where telemetry has none. */
export type HybridRow = {
  readonly at: number
  /** CDUs, pumps and tower; `itKw` of a CDU is all that its racks draw. */
  readonly coldPlates: PlantRow
  readonly air: {
    /** Means over the units, power their sum. */
    readonly supplySpC: number
    readonly supplyC: number
    readonly returnC: number
    readonly airSpPercent: number
    readonly fanPercent: number
    readonly valvePercent: number
    readonly fanKw: number
    readonly inletC: number
  }
  readonly economiser: {
    readonly mode: number
    /** 0..1: share of the half hour in which it was engaged. */
    readonly engaged: number
    readonly hotInC: number
    readonly hotOutC: number
    readonly coldInC: number
    readonly valvePercent: number
  }
  readonly chillers: {
    /** Whole while no machine started or stopped. */
    readonly running: number
    readonly coolingKw: number
    readonly powerKw: number
    readonly condenserEnteringC: number
    /** Of the machines that run, per cent of what they could cool. */
    readonly partLoadPercent: number
    readonly evaporatorsLpm: number
  }
  readonly heatOfCdusKw: number
  readonly facilityPumpsRunning: number
  /** How fast the tower's water warms, from the first half of the row to the second, K/s. */
  readonly basinWarmingKPerS: number
  /** Load, machines and economiser stood still: heat was carried away as it came. */
  readonly isSteady: boolean
}

/** Half hours: long against the plant's water and the hall's metal, short against the weather. */
const slotMs = 1_800_000
/** More than this adds cost and no knowledge: every second of three weeks. */
export const hybridRowsMost = 600
/** Fewer five-minute rows are no half hour. */
const rowsLeast = 3
/** Spread of the IT power within a half hour, of its mean: more is heat on its way into metal and water. */
const steadySpread = 0.12

/** What of the table is learned from: half hours, thinned steadily to a bounded number. */
export function hybridRowsOf(site: HybridSite, table: TelemetryTable): HybridRow[] {
  const read = hybridReader(site, table)
  const slots = slotsOf(table.rows)
  const stride = Math.max(1, Math.ceil(slots.length / hybridRowsMost))
  // The newest half hour is always among them.
  return slots
    .filter((_, index) => (slots.length - 1 - index) % stride === 0)
    .map(rows => rowOf(rows.map(read), rows[0]!.at))
}

/** What five-minute rows say of the chilled-water pumps; the meter in the main does not see the evaporators' bypass. */
export function pumpRowsOf({ nameplate }: HybridSite, { keys, rows }: TelemetryTable): PumpRow[] {
  const column = (key: string) => keys.indexOf(key)
  const [running, main] = [
    column(`${plantIds.facility}.pumpsRunning`),
    column(`${plantIds.facility}.flow`),
  ] as const
  const evaporators = Array.from({ length: nameplate.chiller.units }, (_, index) =>
    column(`${chillerId(index + 1)}.evaporatorFlow`),
  )
  return rows.map(({ values }) => {
    const value = (place: number) => values[place] ?? Number.NaN
    const evaporatorsLpm = evaporators.reduce((sum, place) => sum + value(place), 0)
    return { running: value(running), flowLpm: Math.max(value(main), evaporatorsLpm) }
  })
}

function slotsOf(rows: readonly TelemetryRow[]): TelemetryRow[][] {
  const slots: TelemetryRow[][] = []
  let slot = Number.NaN
  for (const row of rows) {
    const number = Math.floor(row.at / slotMs)
    if (number !== slot) slots.push([])
    slot = number
    slots.at(-1)!.push(row)
  }
  return slots.filter(({ length }) => length >= rowsLeast)
}

type Instant = Omit<HybridRow, 'at' | 'isSteady' | 'basinWarmingKPerS'>

function rowOf(rows: readonly Instant[], at: number): HybridRow {
  const totals = rows.map(({ coldPlates }) => coldPlates.cdus.reduce((sum, { itKw }) => sum + itKw, 0))
  const [lowest, highest] = [Math.min(...totals), Math.max(...totals)]
  const mean = meanOfKnown(rows)
  const isWhole = (value: number) => Math.abs(value - Math.round(value)) < 0.01
  return {
    ...mean,
    at,
    basinWarmingKPerS: warmingOf(rows.map(({ coldPlates }) => coldPlates.tower.leavingC)),
    isSteady:
      highest - lowest < steadySpread * highest &&
      isWhole(mean.chillers.running) &&
      isWhole(mean.economiser.engaged),
  }
}

function warmingOf(temperatures: readonly number[]): number {
  const middle = Math.floor(temperatures.length / 2)
  const apartS = ((temperatures.length / 2) * rowMs) / 1000
  return (meanOfKnown(temperatures.slice(-middle)) - meanOfKnown(temperatures.slice(0, middle))) / apartS
}

/** Reads one five-minute row of the table. */
function hybridReader(site: HybridSite, table: TelemetryTable) {
  const columns = new Map(table.keys.map((key, column) => [key, column]))
  const toPlantRow = plantRowsOf(coldPlateSiteOf(site), table.keys)
  const { chiller, air } = site.nameplate
  const chillers = Array.from({ length: chiller.units }, (_, index) => chillerId(index + 1))
  const crahs = Array.from({ length: air.crahs }, (_, index) => crahId(index + 1))
  const cdus = site.equipment.filter(({ kind }) => kind === 'cdu').map(({ id }) => id)
  return (row: TelemetryRow): Instant => {
    const value = (key: string): number => row.values[columns.get(key) ?? -1] ?? Number.NaN
    const sum = (ids: readonly string[], point: string) =>
      ids.reduce((total, id) => total + value(`${id}.${point}`), 0)
    const crahMean = (point: string) => sum(crahs, point) / crahs.length
    const states = chillers.map(id => value(`${id}.status`))
    const on = chillers.filter((_, index) => states[index] === 1)
    return {
      coldPlates: toPlantRow(row),
      air: {
        supplySpC: crahMean('supplyAirTemperatureSp'),
        supplyC: crahMean('supplyAirTemperature'),
        returnC: crahMean('returnAirTemperature'),
        airSpPercent: crahMean('airFlowSp'),
        fanPercent: crahMean('fanSpeed'),
        valvePercent: crahMean('valvePosition'),
        fanKw: sum(crahs, 'power'),
        inletC: value(`${plantIds.room}.airTemperature`),
      },
      economiser: {
        mode: value(`${chillers[0]}.economiserMode`),
        engaged: value(`${chillers[0]}.economiserEngaged`),
        hotInC: value(`${plantIds.exchanger}.hotInletTemperature`),
        hotOutC: value(`${plantIds.exchanger}.hotOutletTemperature`),
        coldInC: value(`${plantIds.exchanger}.coldInletTemperature`),
        valvePercent: value(`${plantIds.exchanger}.valvePosition`),
      },
      chillers: {
        running: states.some(Number.isNaN) ? Number.NaN : on.length,
        coolingKw: sum(chillers, 'cooling'),
        powerKw: sum(chillers, 'power'),
        condenserEnteringC: sum(chillers, 'condenserEnteringTemperature') / chillers.length,
        partLoadPercent: on.length === 0 ? 0 : sum(on, 'partLoad') / on.length,
        evaporatorsLpm: sum(chillers, 'evaporatorFlow'),
      },
      heatOfCdusKw: sum(cdus, 'heat'),
      facilityPumpsRunning: value(`${plantIds.facility}.pumpsRunning`),
    }
  }
}
