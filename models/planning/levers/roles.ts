import type { Lever } from '#contract/control/levers/lever.ts'
import type { EquipmentKind } from '#contract/points.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { placesOf } from '#models/plant/learned/places.ts'

/** What a lever is to the plant, read from the equipment and point that it writes. */
export type LeverRole = {
  /** Index of the CDU or tank whose own lever it is; -1: the plant's. */
  readonly place: number
  /** Pipe whose water takes this temperature and may sweat. */
  readonly pipe: 'cdu' | 'facility' | undefined
  /** Sets the water that a place gives, or the water that all places get. */
  readonly sets: 'placeSupply' | 'facilitySupply' | 'placePressure' | 'facilityPressure' | undefined
}

const setsOf: Readonly<Partial<Record<`${EquipmentKind}.${string}`, LeverRole['sets']>>> = {
  'cdu.supplyTemperatureSp': 'placeSupply',
  'immersionTank.supplyTemperatureSp': 'placeSupply',
  'cdu.differentialPressureSp': 'placePressure',
  'immersionTank.differentialPressureSp': 'placePressure',
  'facilityLoop.supplyTemperatureSp': 'facilitySupply',
  'chiller.leavingTemperatureSp': 'facilitySupply',
  'facilityLoop.differentialPressureSp': 'facilityPressure',
}

export function leverRoles(site: AnySite, levers: readonly Lever[]): LeverRole[] {
  const kinds = new Map(site.equipment.map(({ id, kind }) => [id, kind]))
  const places = placesOf(site).map(({ id }) => id)
  return levers.map(({ keys }) => {
    const [equipment = '', point = ''] = (keys[0] ?? '').split('.')
    const sets = setsOf[`${kinds.get(equipment) as EquipmentKind}.${point}`]
    return {
      place: places.indexOf(equipment),
      pipe: sets === 'placeSupply' ? 'cdu' : sets === 'facilitySupply' ? 'facility' : undefined,
      sets,
    }
  })
}
