import { goodValue, type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { day } from '#contract/units.ts'
import { meanOf } from '#models/plant/meanOf.ts'
import type { Settings } from '#models/plant/predict.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import { cduPlacesOf, hottestChipC, plantRowReader, type ReadPoint, racksKwOf } from '#models/plant/rowAt.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

/** What a store would hold of the plant for the planner: sensors read each minute, means of five in a row. Telemetry only. */
export type Telemetry = {
  /** Rows of the last three weeks, oldest first: what the model learns from. */
  readonly rows: readonly PlantRow[]
  /** Reads the sensors after a minute has passed, with the setpoints that stood in it. */
  note(held: Settings, swept: boolean): void
  /** Limit minus hottest chip of each CDU; NaN: no tray tells. */
  chipMarginsK(): readonly number[]
  racksKw(): number
  value(key: string): number
}

const minutesPerRow = 5
const rowsKept = (21 * day) / rowMs

export function telemetryOf(plant: SimulatedPlant<Site>): Telemetry {
  const { site } = plant
  const value = (key: SeriesKey): number => goodValue(plant.read(key)) ?? Number.NaN
  const read: ReadPoint = (equipment, point) => value(seriesKey(equipment, point))
  const cdus = cduPlacesOf(site)
  const rowAt = plantRowReader(site)
  const rows: PlantRow[] = []
  let minutes: PlantRow[] = []
  return {
    rows,
    value,
    chipMarginsK: () => cdus.map(cdu => site.nameplate.chip.limitC - hottestChipC(cdu, read)),
    racksKw: () => cdus.reduce((sum, cdu) => sum + racksKwOf(cdu, read), 0),
    note(held, swept) {
      minutes.push(withSetpoints(rowAt(0, read), held))
      if (minutes.length < minutesPerRow) return
      rows.push({ ...meanOf(minutes), at: plant.siteNow() - rowMs, ...(swept ? { swept } : {}) })
      if (rows.length > rowsKept) rows.shift()
      minutes = []
    },
  }
}

/** Setpoints as they stood in the minute: what a device reads back is one message behind. */
const withSetpoints = (row: PlantRow, held: Settings): PlantRow => ({
  ...row,
  cdus: row.cdus.map((cdu, place) => ({
    ...cdu,
    supplySpC: held.cduSupplyC[place] as number,
    dpSpKpa: held.cduDpKpa[place] as number,
  })),
  facility: { ...row.facility, supplySpC: held.facilitySupplyC, dpSpKpa: held.facilityDpKpa },
  tower: { ...row.tower, leavingSpC: held.towerLeavingC, flowSpPercent: held.towerFlowPercent },
})
