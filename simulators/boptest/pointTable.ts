import { boundsOf, steeredPoint } from '#contract/control/bounds.ts'
import { type EquipmentKind, type PointSpec, pointsOf } from '#contract/points.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { siUnit, toSi } from '#simulators/boptest/siUnits.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

/** What BOPTEST tells of a point. */
export type PointMetadata = {
  readonly Unit: string | null
  readonly Description: string
  readonly Minimum: number | null
  readonly Maximum: number | null
}

export type Measurement = {
  /** Ends in `_y`. */
  readonly name: string
  readonly metadata: PointMetadata
  /** What the sensors say now, in SI; null where they cannot. */
  read(plant: SimulatedPlant): number | null
}

export type Input = {
  /** Without `_u` and `_activate`. */
  readonly name: string
  readonly key: string
  readonly equipment: string
  readonly spec: PointSpec
  /** What any controller may ask for, in the point's own unit. */
  readonly lowest: number
  readonly highest: number
  readonly metadata: PointMetadata
}

/** `cdu-1.supplyTemperature` → `cdu_1_supplyTemperature`; the unit that an energy register has in its name is not ours here. */
export const pointName = (key: string): string => key.replace(/Kwh$/, '').replaceAll(/[^A-Za-z0-9]/g, '_')
/** Texts of the catalogue speak of per cent; SI has shares. */
const textOf = (equipment: string, spec: PointSpec): string =>
  `${equipment}: ${spec.text.replaceAll('per cent', 'share')}`

/**
 * Racks, trays, single pumps and ropes stay out: a plant-wide controller does not steer by them, and a large site has
 * thousands. Chips come as the hottest of each CDU.
 */
const servedKinds: ReadonlySet<EquipmentKind> = new Set([
  'weatherStation',
  'room',
  'coolingTower',
  'dryCooler',
  'heatExchanger',
  'chiller',
  'facilityLoop',
  'cdu',
  'immersionTank',
  'crah',
  'tank',
  'transformer',
  'ups',
  'pdu',
  'powerMeter',
])

const isMeasured = (point: string, spec: PointSpec): boolean =>
  !spec.writable && spec.quantity !== 'leak' && !spec.fast && point !== 'watchdogHealthy'

/** Setpoints; commands, states and requests belong to protection, not to a benchmark of energy. */
const isInput = (spec: PointSpec): boolean =>
  spec.writable && spec.quantity !== 'command' && spec.quantity !== 'status' && spec.quantity !== 'leak'

export function measurementsOf(site: AnySite): readonly Measurement[] {
  const served = site.equipment
    .filter(entry => servedKinds.has(entry.kind))
    .flatMap(({ id, kind, name }) =>
      pointsOf(kind)
        .filter(([point, spec]) => isMeasured(point, spec))
        .map(([point, spec]) => measurement(`${id}.${point}`, spec, name)),
    )
  return [...served, ...hottestChips(site)]
}

function measurement(key: string, spec: PointSpec, equipment: string): Measurement {
  return {
    name: `${pointName(key)}_y`,
    metadata: {
      Unit: siUnit(spec.unit),
      Description: textOf(equipment, spec),
      Minimum: toSi(spec.range[0], spec.unit),
      Maximum: toSi(spec.range[1], spec.unit),
    },
    read: plant => {
      const { value } = plant.read(key)
      return value === null ? null : toSi(value, spec.unit)
    },
  }
}

/** The hottest chip behind each CDU, of what the trays report. */
function hottestChips(site: AnySite): Measurement[] {
  const feeder = new Map(
    site.feeds.filter(feed => feed.medium === 'coolant').map(feed => [feed.to, feed.from]),
  )
  const chips = new Map<string, string[]>()
  const cdus = new Set(site.equipment.filter(entry => entry.kind === 'cdu').map(entry => entry.id))
  for (const tray of site.equipment.filter(entry => entry.kind === 'tray')) {
    let place: string | undefined = tray.partOf
    while (place !== undefined && !cdus.has(place)) place = feeder.get(place)
    if (place !== undefined) chips.set(place, [...(chips.get(place) ?? []), `${tray.id}.chipTemperature`])
  }
  return [...chips].map(([cdu, keys]) => ({
    name: `${pointName(cdu)}_hottestChip_y`,
    metadata: {
      Unit: 'K',
      Description: `Hottest of ${keys.length} trays behind ${cdu}.`,
      Minimum: null,
      Maximum: null,
    },
    read: plant => {
      const seen = keys.flatMap(key => plant.read(key).value ?? [])
      return seen.length === 0 ? null : toSi(Math.max(...seen), 'C')
    },
  }))
}

/**
 * The setpoints that a controller may overwrite. Their range is the narrowest of the catalogue's, the device's own (asked
 * by writing both ends, so `probe` must be a plant that nobody else uses) and what the site allows any controller.
 */
export function inputsOf(probe: SimulatedPlant): readonly Input[] {
  const { site } = probe
  return site.equipment.flatMap(({ id, kind, name }) =>
    pointsOf(kind)
      .filter(([, spec]) => isInput(spec))
      .flatMap(([point, spec]): Input | [] => {
        const key = `${id}.${point}`
        const device = deviceRange(probe, key, spec)
        if (!device) return []
        const allowed = siteRange(site, kind, point)
        const lowest = Math.max(spec.range[0], device.lowest, allowed?.lowest ?? Number.NEGATIVE_INFINITY)
        const highest = Math.min(spec.range[1], device.highest, allowed?.highest ?? Number.POSITIVE_INFINITY)
        return {
          name: pointName(key),
          key,
          equipment: id,
          spec,
          lowest,
          highest,
          metadata: {
            Unit: siUnit(spec.unit),
            Description: textOf(name, spec),
            Minimum: toSi(lowest, spec.unit),
            Maximum: toSi(highest, spec.unit),
          },
        }
      }),
  )
}

type Range = { readonly lowest: number; readonly highest: number }

/** Undefined where this plant does not take the point, though its kind of equipment could. */
function deviceRange(probe: SimulatedPlant, key: string, spec: PointSpec): Range | undefined {
  const lowest = probe.write(key, spec.range[0])
  const highest = probe.write(key, spec.range[1])
  return lowest.taken && highest.taken ? { lowest: lowest.held, highest: highest.held } : undefined
}

/** Bounds of the site's file by the point that they hold for. */
const boundsByPoint: Readonly<Record<string, string>> = {
  'cdu.supplyTemperatureSp': 'cduSupplyC',
  'facilityLoop.supplyTemperatureSp': 'facilitySupplyC',
  'immersionTank.supplyTemperatureSp': 'tankSupplyC',
  'chiller.leavingTemperatureSp': 'chilledWaterC',
  'crah.supplyAirTemperatureSp': 'crahSupplyC',
  'crah.airFlowSp': 'crahAirPercent',
  'coolingTower.leavingTemperatureSp': 'towerLeavingC',
  'coolingTower.waterFlowSp': 'towerFlowPercent',
}

function siteRange(site: AnySite, kind: EquipmentKind, point: string): Range | undefined {
  const steered = steeredPoint(kind, point)
  if (site.cooling === 'coldPlateTower') return steered && boundsOf(site, steered)
  const bounds: Readonly<Record<string, Range>> = site.bounds
  const name = boundsByPoint[`${kind}.${point}`]
  return name === undefined ? undefined : bounds[name]
}
