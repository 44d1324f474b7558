import { type Mode, modeNames } from '#contract/points.ts'
import { goodValue, type Reading } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import type { Settings } from '#models/plant/predict.ts'

/** The plant as it stands now, from live readings: what a plan starts from and what it may touch. */
export type Present = {
  readonly held: Settings | undefined
  readonly wetBulbC: number | undefined
  readonly dewPointC: number | undefined
  /** Readings that every plan needs and that are not good, in words. */
  readonly missing: readonly string[]
  readonly plantIsFree: boolean
  readonly cduIsFree: readonly boolean[]
}

/** The same setpoints may be moved. */
export const isFreeAlike = (one: Present, other: Present): boolean =>
  one.plantIsFree === other.plantIsFree && one.cduIsFree.every((free, cdu) => free === other.cduIsFree[cdu])

export type LiveLookup = (equipment: string, point: string) => Reading | undefined

export type Places = {
  readonly cdus: readonly string[]
  readonly facility: string
  readonly tower: string
  readonly weather: string
  readonly room: string
  /** Racks and trays of each CDU, in the order of `cdus`. */
  readonly racks: ReadonlyArray<readonly string[]>
  readonly trays: ReadonlyArray<readonly string[]>
}

export function placesOf(site: Site): Places {
  const graph = siteGraph(site)
  const ofKind = (kind: string) => site.equipment.filter(item => item.kind === kind).map(item => item.id)
  const cdus = ofKind('cdu')
  const racks = cdus.map(cdu => graph.racksOf(cdu))
  return {
    cdus,
    facility: ofKind('facilityLoop')[0] ?? '',
    tower: ofKind('coolingTower')[0] ?? '',
    weather: ofKind('weatherStation')[0] ?? '',
    room: ofKind('room')[0] ?? '',
    racks,
    trays: racks.map(own =>
      own
        .flatMap(rack => graph.partsOf(rack))
        .filter(part => part.kind === 'tray')
        .map(tray => tray.id),
    ),
  }
}

export function presentOf(
  places: Places,
  live: LiveLookup,
  may: { readonly cdu: (id: string) => boolean; readonly plant: boolean },
): Present {
  const missing: string[] = []
  const needed = (equipment: string, point: string): number => {
    const value = goodValue(live(equipment, point))
    if (value === undefined) missing.push(`${equipment}.${point}`)
    return value ?? Number.NaN
  }
  const held: Settings = {
    towerLeavingC: needed(places.tower, 'leavingTemperatureSp'),
    towerFlowPercent: needed(places.tower, 'waterFlowSp'),
    facilitySupplyC: needed(places.facility, 'supplyTemperatureSp'),
    facilityDpKpa: needed(places.facility, 'differentialPressureSp'),
    cduSupplyC: places.cdus.map(cdu => needed(cdu, 'supplyTemperatureSp')),
    cduDpKpa: places.cdus.map(cdu => needed(cdu, 'differentialPressureSp')),
  }
  needed(places.tower, 'leavingTemperature')
  needed(places.facility, 'supplyTemperature')
  const wetBulbC = needed(places.weather, 'wetBulb')
  const isFree = (equipment: string) => !isTakenBy(live, equipment)
  const cduIsFree = places.cdus.map(cdu => may.cdu(cdu) && isFree(cdu))
  return {
    held: missing.length === 0 ? held : undefined,
    wetBulbC: Number.isFinite(wetBulbC) ? wetBulbC : undefined,
    dewPointC: goodValue(live(places.room, 'dewPoint')),
    missing,
    plantIsFree: may.plant && cduIsFree.some(Boolean) && isFree(places.facility) && isFree(places.tower),
    cduIsFree,
  }
}

/**
 * Why a device is not ours to steer, in words; empty: it is. Unknown permission is none: only what says 0 maintenance,
 * 1 enable, 2 authority is touched. A device without these points is ours.
 */
export function isTakenBy(live: LiveLookup, equipment: string): string {
  const stands = (point: string, wanted: number) => {
    const reading = live(equipment, point)
    return reading === undefined || goodValue(reading) === wanted
  }
  if (!stands('maintenance', 0)) return `${equipment} is in maintenance`
  if (!stands('remoteEnable', 1)) return `${equipment} is not enabled for remote setpoints`
  if (!stands('authority', 2)) return `${equipment} is under another authority`
  return ''
}

/**
 * What a CDU's own plan cannot do without and does not see now: its load, its valve, its water, a chip (CS-18). The agents
 * mark a point stale when its path has been silent for three of its periods.
 */
export function unseenOf(places: Places, live: LiveLookup, cdu: number): readonly string[] {
  const id = places.cdus[cdu] as string
  const isUnseen = (key: readonly [string, string]) => goodValue(live(...key)) === undefined
  const keys: Array<readonly [string, string]> = [
    [id, 'supplyTemperature'],
    [id, 'valvePosition'],
    ...(places.racks[cdu] ?? []).map(rack => [rack, 'power'] as const),
  ]
  const unseen = keys.filter(isUnseen).map(([equipment, point]) => `${equipment}.${point}`)
  const trays = places.trays[cdu] ?? []
  const noChip = trays.length > 0 && trays.every(tray => isUnseen([tray, 'chipTemperature']))
  return noChip ? [...unseen, `every chip of ${id}`] : unseen
}

/** Least distance of a CDU's chips from their limit; undefined: none is seen. */
export function chipMarginOf(
  places: Places,
  live: LiveLookup,
  cdu: number,
  limitC: number,
): number | undefined {
  const seen = (places.trays[cdu] ?? [])
    .map(tray => goodValue(live(tray, 'chipTemperature')))
    .filter(chipC => chipC !== undefined)
  return seen.length === 0 ? undefined : limitC - Math.max(...seen)
}

/** The mode that a CDU's agent reports; undefined while it is not known. */
export function reportedMode(live: LiveLookup, cdu: string): Mode | undefined {
  const value = goodValue(live(cdu, 'mode'))
  return value === undefined ? undefined : modeNames[value]
}
