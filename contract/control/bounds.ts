import type { EquipmentKind } from '#contract/points.ts'
import type { Site } from '#contract/site/site.ts'

/**
 * The points that a plan, a person or `reset` may steer. `economising` is the direction that saves energy and eats
 * margin: warmer water, less pressure, less flow. `design` is what a ramp in per cent refers to.
 */
export const steeredPoints = [
  { kind: 'cdu', point: 'supplyTemperatureSp', quantity: 'temperature', economising: 'up' },
  { kind: 'cdu', point: 'differentialPressureSp', quantity: 'pressure', economising: 'down' },
  { kind: 'facilityLoop', point: 'supplyTemperatureSp', quantity: 'temperature', economising: 'up' },
  { kind: 'facilityLoop', point: 'differentialPressureSp', quantity: 'pressure', economising: 'down' },
  { kind: 'coolingTower', point: 'leavingTemperatureSp', quantity: 'temperature', economising: 'up' },
  { kind: 'coolingTower', point: 'waterFlowSp', quantity: 'flow', economising: 'down' },
] as const satisfies ReadonlyArray<{
  kind: EquipmentKind
  point: string
  quantity: 'temperature' | 'pressure' | 'flow'
  economising: 'up' | 'down'
}>
export type SteeredPoint = (typeof steeredPoints)[number]

export type Bounds = { readonly lowest: number; readonly highest: number }

export const steeredPoint = (kind: EquipmentKind, point: string): SteeredPoint | undefined =>
  steeredPoints.find(entry => entry.kind === kind && entry.point === point)

/** The site facts that the rules need; a `Site` is one. */
export type ControlSite = Pick<Site, 'bounds' | 'design' | 'nameplate' | 'coolant' | 'layout'>

/**
 * Pressure across a rack at half of its design flow, where no chip may run drier:
 * 100 kPa × 0.5^1.75 = 29.7 kPa.
 */
export function rackPressureFloorKpa(site: ControlSite): number {
  const { rackDpKpa, rackDpExponent, minimumFlowFraction } = site.nameplate.cdu
  return rackDpKpa * minimumFlowFraction ** rackDpExponent
}

/** Hard limits of a steered point (YARDSTICKS 1). They come from the site alone: no message can widen them. */
export function boundsOf(site: ControlSite, steered: SteeredPoint): Bounds {
  switch (steered.kind) {
    case 'cdu':
      return steered.point === 'supplyTemperatureSp'
        ? site.bounds.cduSupplyC
        : { lowest: rackPressureFloorKpa(site), highest: site.design.cduDpCommissionedKpa }
    case 'facilityLoop':
      return steered.point === 'supplyTemperatureSp'
        ? site.bounds.facilitySupplyC
        : {
            lowest: site.nameplate.facility.leastDpFraction * site.nameplate.facility.cduDpKpa,
            highest: site.design.facilityDpCommissionedKpa,
          }
    case 'coolingTower':
      return steered.point === 'leavingTemperatureSp'
        ? site.bounds.towerLeavingC
        : site.bounds.towerFlowPercent
    default:
      return steered satisfies never
  }
}

/** What 100 % means for a ramp in per cent: design pressure, or design tower flow (its unit is per cent already). */
export function designOf(site: ControlSite, steered: SteeredPoint): number {
  if (steered.quantity === 'pressure')
    return steered.kind === 'cdu' ? site.nameplate.cdu.rackDpKpa : site.nameplate.facility.cduDpKpa
  return 100
}

/** As commissioned (`fixed`, YARDSTICKS 3): the relinquish default of each output, and the safe choice when nothing is known. */
export function commissionedValue(site: ControlSite, steered: SteeredPoint): number {
  const bounds = boundsOf(site, steered)
  const { design } = site
  const values: Readonly<Record<string, number>> = {
    'cdu.supplyTemperatureSp': design.cduSupplyC,
    'cdu.differentialPressureSp': design.cduDpCommissionedKpa,
    'facilityLoop.supplyTemperatureSp': design.facilitySupplyC,
    'facilityLoop.differentialPressureSp': design.facilityDpCommissionedKpa,
    'coolingTower.leavingTemperatureSp': design.towerLeavingC,
    'coolingTower.waterFlowSp': 100,
  }
  const value = values[`${steered.kind}.${steered.point}`]
  if (value === undefined) throw new Error(`no commissioned value for ${steered.kind}.${steered.point}`)
  return clamp(value, bounds)
}

export const clamp = (value: number, bounds: Bounds): number =>
  Math.min(bounds.highest, Math.max(bounds.lowest, value))

/** true when going from `from` to `to` saves energy and eats margin. */
export const isEconomising = (
  steered: SteeredPoint,
  move: { readonly from: number; readonly to: number },
): boolean => (steered.economising === 'up' ? move.to > move.from : move.to < move.from)

/** Two values of one output that a device and a person would call the same: 0.05 K, 0.3 kPa, 0.3 %. */
export const sameWithin = (steered: SteeredPoint): number => (steered.quantity === 'temperature' ? 0.05 : 0.3)
