import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { CduRow, PlantRow } from '#models/plant/row.ts'

/** A point's value at the instant of the row; NaN: not known. */
export type ReadPoint = (equipment: string, point: string) => number

/** Which points of a cold-plate site on towers make a row: hub, backtest and learning all read them here. */
export function plantRowReader(site: Site): (at: Millis, read: ReadPoint) => PlantRow {
  const places = placesIn(site)
  return (at, read) => ({
    at,
    cdus: places.cdus.map(cdu => cduRow(cdu, read)),
    facility: {
      supplyC: read(places.facility, 'supplyTemperature'),
      returnC: read(places.facility, 'returnTemperature'),
      flowLpm: read(places.facility, 'flow'),
      dpKpa: read(places.facility, 'differentialPressure'),
      pumpKw: read(places.facility, 'power'),
      supplySpC: read(places.facility, 'supplyTemperatureSp'),
      dpSpKpa: read(places.facility, 'differentialPressureSp'),
    },
    tower: {
      leavingC: read(places.tower, 'leavingTemperature'),
      enteringC: read(places.tower, 'enteringTemperature'),
      flowLpm: read(places.tower, 'waterFlow'),
      fanKw: read(places.tower, 'fanPower'),
      pumpKw: read(places.tower, 'pumpPower'),
      leavingSpC: read(places.tower, 'leavingTemperatureSp'),
      flowSpPercent: read(places.tower, 'waterFlowSp'),
    },
    wetBulbC: read(places.weather, 'wetBulb'),
    roomDewPointC: read(places.room, 'dewPoint'),
    facilityKw: metersKw(site, 'facility', read),
    itKw: metersKw(site, 'it', read),
  })
}

export type CduPlaces = {
  readonly id: string
  readonly racks: readonly string[]
  readonly trays: readonly string[]
}

/** Racks and trays behind each CDU, in the order of the site's CDUs. */
export function cduPlacesOf(site: Site): readonly CduPlaces[] {
  const graph = siteGraph(site)
  return graph.ofKind('cdu').map(cdu => ({
    id: cdu.id,
    racks: graph.racksOf(cdu.id),
    trays: graph.racksOf(cdu.id).flatMap(rack =>
      graph
        .partsOf(rack)
        .filter(part => part.kind === 'tray')
        .map(tray => tray.id),
    ),
  }))
}

function placesIn(site: Site) {
  const graph = siteGraph(site)
  const single = (kind: 'facilityLoop' | 'coolingTower' | 'weatherStation' | 'room') =>
    graph.ofKind(kind)[0]?.id ?? ''
  return {
    cdus: cduPlacesOf(site),
    facility: single('facilityLoop'),
    tower: single('coolingTower'),
    weather: single('weatherStation'),
    room: single('room'),
  }
}

function cduRow(cdu: CduPlaces, read: ReadPoint): CduRow {
  return {
    itKw: racksKwOf(cdu, read),
    supplyC: read(cdu.id, 'supplyTemperature'),
    returnC: read(cdu.id, 'returnTemperature'),
    flowLpm: read(cdu.id, 'flow'),
    dpKpa: read(cdu.id, 'differentialPressure'),
    primarySupplyC: read(cdu.id, 'primarySupplyTemperature'),
    primaryReturnC: read(cdu.id, 'primaryReturnTemperature'),
    primaryFlowLpm: read(cdu.id, 'primaryFlow'),
    valvePercent: read(cdu.id, 'valvePosition'),
    pumpKw: read(cdu.id, 'power'),
    chipC: hottestChipC(cdu, read),
    supplySpC: read(cdu.id, 'supplyTemperatureSp'),
    dpSpKpa: read(cdu.id, 'differentialPressureSp'),
  }
}

/** A rack that does not tell makes the sum unknown: NaN. */
export const racksKwOf = ({ racks }: CduPlaces, read: ReadPoint): number =>
  racks.reduce((sum, rack) => sum + read(rack, 'power'), 0)

/** Of the trays that tell; NaN: none does. */
export function hottestChipC({ trays }: CduPlaces, read: ReadPoint): number {
  const known = trays.map(tray => read(tray, 'chipTemperature')).filter(Number.isFinite)
  return known.length === 0 ? Number.NaN : Math.max(...known)
}

/** Power of all meters of a role, less what passes through them without being of it; NaN when one does not tell. */
function metersKw(site: Site, role: 'it' | 'facility', read: ReadPoint): number {
  const meters = site.meters.filter(meter => meter.role === role)
  if (meters.length === 0) return Number.NaN
  const kw = (id: string) => read(id, 'activePower')
  return meters.reduce(
    (sum, meter) => sum + kw(meter.id) - meter.subtract.reduce((less, id) => less + kw(id), 0),
    0,
  )
}
