import type { ImmersionSite } from '#contract/site/immersion.ts'
import type { Meter } from '#contract/site/site.ts'
import { lossKw } from '#models/physics/electrical.ts'
import { markNearLimit, stepMeter } from '#simulators/plant/counting.ts'
import type { ImmersionSizing } from '#simulators/plant/immersion/immersionSizing.ts'
import type { ImmersionState } from '#simulators/plant/immersion/immersionState.ts'

/** Power from tanks up to the utility: PDU per tank, UPS with circulation pumps, transformer with the rest; energy and meters. */
export function stepImmersionElectrical(
  state: ImmersionState,
  plant: { site: ImmersionSite; sizing: ImmersionSizing; metered: readonly ImmersionMetered[] },
  seconds: number,
): void {
  const { electrical, itPerTankKw } = plant.site.nameplate
  const { sizing } = plant
  const power = state.electrical
  power.itKw = 0
  power.tankPumpsKw = 0
  let pduLossKw = 0
  for (const tank of state.tanks) {
    tank.pduLossKw = lossKw(electrical.pdu, { outputKw: tank.itKw, ratingKw: itPerTankKw })
    pduLossKw += tank.pduLossKw
    power.itKw += tank.itKw
    power.tankPumpsKw += tank.pumpKw
  }
  power.upsOutKw = power.itKw + pduLossKw + power.tankPumpsKw
  const upsLossKw = lossKw(electrical.ups, { outputKw: power.upsOutKw, ratingKw: sizing.upsKw })
  power.upsInKw = power.upsOutKw + upsLossKw
  power.transformerOutKw = power.upsInKw + state.loop.pumpKw + coolersKw(state) + power.lightingKw
  const transformerLossKw = lossKw(electrical.transformer, {
    outputKw: power.transformerOutKw,
    ratingKw: sizing.transformerKw,
  })
  power.facilityKw = power.transformerOutKw + transformerLossKw
  power.lossesKw = pduLossKw + upsLossKw + transformerLossKw
  count(state, plant.site, seconds / 3600)
  for (let i = 0; i < state.meters.length; i++)
    stepMeter(state.meters[i]!, plant.metered[i]!(state), seconds / 3600)
}

/** Fans and pads together: what the meter of the dry coolers sees. */
export const coolersKw = ({ coolers }: ImmersionState): number => coolers.fanKw + coolers.padPumpKw

function count(state: ImmersionState, { nameplate, bounds }: ImmersionSite, hours: number): void {
  const { energy, electrical: power } = state
  energy.hours += hours
  energy.itKwh += power.itKw * hours
  energy.facilityKwh += power.facilityKw * hours
  energy.lossesKwh += power.lossesKw * hours
  energy.tankPumpsKwh += power.tankPumpsKw * hours
  energy.facilityPumpsKwh += state.loop.pumpKw * hours
  energy.dryCoolersKwh += coolersKw(state) * hours
  // Pumps are submerged or close-coupled: all their power ends in the liquid. Fans warm the outdoors.
  energy.heatInKwh += (power.itKw + power.tankPumpsKw + state.loop.pumpKw) * hours
  energy.heatOutKwh += state.coolers.rejectedKw * hours
  for (let index = 0; index < state.tanks.length; index++) {
    const tank = state.tanks[index]!
    const overK = Math.max(
      tank.hottestChipC - nameplate.chip.limitC,
      tank.supplyC - bounds.tankSupplyC.highest,
    )
    if (overK > 0) energy.overLimitDegreeMinutes += overK * hours * 60
    if (tank.hottestChipC > energy.hottestC) energy.hottestC = tank.hottestChipC
    markNearLimit(energy.nearLimit, index, overK)
  }
}

/** True power through a meter, kW. */
export type ImmersionMetered = (state: ImmersionState) => number

/** What passes through each meter of the site, by its role and by what it feeds. */
export function immersionMetered(site: ImmersionSite, meter: Meter): ImmersionMetered {
  switch (meter.role) {
    case 'facility':
      return state => state.electrical.facilityKw
    case 'upsInput':
      return state => state.electrical.upsInKw
    case 'upsOutput':
      return state => state.electrical.upsOutKw
    case 'facilityPumps':
      return state => state.loop.pumpKw
    case 'dryCoolers':
      return coolersKw
    case 'lighting':
      return state => state.electrical.lightingKw
    case 'it':
      return sumOver(tanksOf(site, meter), 'itKw')
    case 'cduPumps':
      return sumOver(tanksOf(site, meter), 'pumpKw')
    case 'towerFans':
    case 'towerPumps':
    case 'chillers':
    case 'crahs':
    case 'other':
      // An immersion site has none of these: such a meter reads nothing.
      return () => 0
    default:
      return meter.role satisfies never
  }
}

/** Positions of the tanks that a meter feeds; all of them where it names none. */
function tanksOf(site: ImmersionSite, meter: Meter): number[] {
  const tanks = site.equipment.filter(entry => entry.kind === 'immersionTank')
  const named = tanks.flatMap((entry, index) => (meter.feeds.includes(entry.id) ? [index] : []))
  return named.length > 0 ? named : tanks.map((_, index) => index)
}

const sumOver =
  (tanks: readonly number[], what: 'itKw' | 'pumpKw'): ImmersionMetered =>
  state => {
    let kw = 0
    for (const tank of tanks) kw += state.tanks[tank]![what]
    return kw
  }
