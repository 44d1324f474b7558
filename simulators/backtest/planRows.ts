import { goodValue } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { day } from '#contract/units.ts'
import type { Settings } from '#models/plant/predict.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
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
  const graph = siteGraph(site)
  const value = (key: string): number => goodValue(plant.read(key)) ?? Number.NaN
  const cdus = graph.ofKind('cdu').map(({ id }) => {
    const racks = graph.racksOf(id)
    return {
      id,
      racks: racks.map(rack => `${rack}.power`),
      trays: racks
        .flatMap(rack => graph.partsOf(rack))
        .filter(part => part.kind === 'tray')
        .map(tray => `${tray.id}.chipTemperature`),
    }
  })
  const hottestC = (trays: readonly string[]): number => {
    const known = trays.map(value).filter(Number.isFinite)
    return known.length === 0 ? Number.NaN : Math.max(...known)
  }
  const rows: PlantRow[] = []
  let minutes: PlantRow[] = []
  const meters = (role: 'facility' | 'it') =>
    site.meters
      .filter(meter => meter.role === role)
      .reduce(
        (sum, meter) =>
          sum +
          value(`${meter.id}.activePower`) -
          meter.subtract.reduce((less, id) => less + value(`${id}.activePower`), 0),
        0,
      )
  const rowNow = (held: Settings): PlantRow => ({
    at: 0,
    cdus: cdus.map(({ id, racks, trays }, cdu) => ({
      itKw: racks.reduce((sum, rack) => sum + value(rack), 0),
      supplyC: value(`${id}.supplyTemperature`),
      returnC: value(`${id}.returnTemperature`),
      flowLpm: value(`${id}.flow`),
      dpKpa: value(`${id}.differentialPressure`),
      primarySupplyC: value(`${id}.primarySupplyTemperature`),
      primaryReturnC: value(`${id}.primaryReturnTemperature`),
      primaryFlowLpm: value(`${id}.primaryFlow`),
      valvePercent: value(`${id}.valvePosition`),
      pumpKw: value(`${id}.power`),
      chipC: hottestC(trays),
      supplySpC: held.cduSupplyC[cdu] as number,
      dpSpKpa: held.cduDpKpa[cdu] as number,
    })),
    facility: {
      supplyC: value('facility.supplyTemperature'),
      returnC: value('facility.returnTemperature'),
      flowLpm: value('facility.flow'),
      dpKpa: value('facility.differentialPressure'),
      pumpKw: value('facility.power'),
      supplySpC: held.facilitySupplyC,
      dpSpKpa: held.facilityDpKpa,
    },
    tower: {
      leavingC: value('tower.leavingTemperature'),
      enteringC: value('tower.enteringTemperature'),
      flowLpm: value('tower.waterFlow'),
      fanKw: value('tower.fanPower'),
      pumpKw: value('tower.pumpPower'),
      leavingSpC: held.towerLeavingC,
      flowSpPercent: held.towerFlowPercent,
    },
    wetBulbC: value('weather.wetBulb'),
    roomDewPointC: value('hall.dewPoint'),
    facilityKw: meters('facility'),
    itKw: meters('it'),
  })
  return {
    rows,
    value,
    chipMarginsK: () => cdus.map(cdu => site.nameplate.chip.limitC - hottestC(cdu.trays)),
    racksKw: () => cdus.reduce((sum, cdu) => sum + cdu.racks.reduce((own, rack) => own + value(rack), 0), 0),
    note(held, swept) {
      minutes.push(rowNow(held))
      if (minutes.length < minutesPerRow) return
      rows.push({ ...meanOf(minutes), at: plant.siteNow() - rowMs, ...(swept ? { swept } : {}) })
      if (rows.length > rowsKept) rows.shift()
      minutes = []
    },
  }
}

/** Mean of rows, leaf by leaf. */
function meanOf<T>(rows: readonly T[]): T {
  const first = rows[0] as T
  if (typeof first === 'number')
    return ((rows as readonly number[]).reduce((sum, value) => sum + value, 0) / rows.length) as T
  if (Array.isArray(first))
    return first.map((_, place) => meanOf(rows.map(row => (row as unknown[])[place]))) as T
  return Object.fromEntries(
    Object.keys(first as object).map(key => [
      key,
      meanOf(rows.map(row => (row as Record<string, unknown>)[key])),
    ]),
  ) as T
}
