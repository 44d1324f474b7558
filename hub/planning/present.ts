import { type Mode, modeNames } from '#contract/points.ts'
import { goodValue, type Reading } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import type { Settings } from '#models/plant/predict.ts'

/** The plant as it stands now, from live readings: what a plan starts from and what it may touch. */
export type Present = {
  readonly held: Settings | undefined
  readonly wetBulbC: number | undefined
  readonly dewPointC: number | undefined
  /** Readings that a plan needs and that are not good, in words. */
  readonly missing: readonly string[]
  readonly plantIsFree: boolean
  readonly cduIsFree: readonly boolean[]
}

export type LiveLookup = (equipment: string, point: string) => Reading | undefined

export type Places = {
  readonly cdus: readonly string[]
  readonly facility: string
  readonly tower: string
  readonly weather: string
  readonly room: string
}

export function placesOf(site: Site): Places {
  const ofKind = (kind: string) => site.equipment.filter(item => item.kind === kind).map(item => item.id)
  return {
    cdus: ofKind('cdu'),
    facility: ofKind('facilityLoop')[0] ?? '',
    tower: ofKind('coolingTower')[0] ?? '',
    weather: ofKind('weatherStation')[0] ?? '',
    room: ofKind('room')[0] ?? '',
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
  const wetBulbC = needed(places.weather, 'wetBulb')
  const isOurs = (equipment: string) =>
    // Unknown permission is none: only what says 0 maintenance, 1 enable, 2 authority is touched. A device without these points is.
    [
      ['maintenance', 0],
      ['remoteEnable', 1],
      ['authority', 2],
    ].every(([point, wanted]) => {
      const reading = live(equipment, point as string)
      return reading === undefined || goodValue(reading) === wanted
    })
  const cduIsFree = places.cdus.map(cdu => may.cdu(cdu) && isOurs(cdu))
  return {
    held: missing.length === 0 ? held : undefined,
    wetBulbC: Number.isFinite(wetBulbC) ? wetBulbC : undefined,
    dewPointC: goodValue(live(places.room, 'dewPoint')),
    missing,
    plantIsFree: may.plant && cduIsFree.some(Boolean) && isOurs(places.facility) && isOurs(places.tower),
    cduIsFree,
  }
}

/** The mode that a CDU's agent reports; undefined while it is not known. */
export function reportedMode(live: LiveLookup, cdu: string): Mode | undefined {
  const value = goodValue(live(cdu, 'mode'))
  return value === undefined ? undefined : modeNames[value]
}
