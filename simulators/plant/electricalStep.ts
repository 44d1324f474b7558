import type { Meter, Site } from '#contract/site/site.ts'
import { lossKw } from '#models/physics/electrical.ts'
import { countHottest, stepMeter } from '#simulators/plant/counting.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { PlantState } from '#simulators/plant/state.ts'

/** Fans and, in frost, basin heaters: one feeder, one meter, one part of the cooling. */
export const towerFansKw = ({ tower }: PlantState): number => tower.fanKw + tower.basinHeaterKw

/** Power from racks up to the utility: PDU per CDU, UPS with CDU pumps, transformer with the rest; then energy and meters. */
export function stepElectrical(
  state: PlantState,
  plant: { site: Site; sizing: Sizing; metered: readonly MeteredPower[] },
  seconds: number,
): void {
  const { nameplate } = plant.site
  const { sizing } = plant
  const power = state.electrical
  power.itKw = 0
  power.cduPumpsKw = 0
  let pduLossKw = 0
  for (const cdu of state.cdus) {
    let racksKw = 0
    for (const rack of cdu.racks) racksKw += rack.powerKw
    cdu.pduLossKw = lossKw(nameplate.electrical.pdu, { outputKw: racksKw, ratingKw: nameplate.itPerCduKw })
    pduLossKw += cdu.pduLossKw
    power.itKw += racksKw
    power.cduPumpsKw += cdu.pumpKw
  }
  power.upsOutKw = power.itKw + pduLossKw + power.cduPumpsKw
  const upsLossKw = lossKw(nameplate.electrical.ups, { outputKw: power.upsOutKw, ratingKw: sizing.upsKw })
  power.upsInKw = power.upsOutKw + upsLossKw
  power.transformerOutKw =
    power.upsInKw + state.facility.pumpKw + towerFansKw(state) + state.tower.pumpKw + power.lightingKw
  const transformerLossKw = lossKw(nameplate.electrical.transformer, {
    outputKw: power.transformerOutKw,
    ratingKw: sizing.transformerKw,
  })
  power.facilityKw = power.transformerOutKw + transformerLossKw
  power.lossesKw = pduLossKw + upsLossKw + transformerLossKw

  const hours = seconds / 3600
  const energy = state.energy
  energy.itKwh += power.itKw * hours
  energy.facilityKwh += power.facilityKw * hours
  energy.coolingKwh +=
    (power.cduPumpsKw + state.facility.pumpKw + towerFansKw(state) + state.tower.pumpKw) * hours
  energy.lossesKwh += power.lossesKw * hours
  // Pumps are wet or close-coupled: all their power ends in the liquid, as the heaters' does.
  energy.heatInKwh +=
    (power.itKw + power.cduPumpsKw + state.facility.pumpKw + state.tower.pumpKw + state.tower.basinHeaterKw) *
    hours
  energy.heatOutKwh += state.tower.rejectedKw * hours
  stepTally(state, plant.site.nameplate.chip.limitC, hours)
  for (let i = 0; i < state.meters.length; i++) stepMeter(state.meters[i]!, plant.metered[i]!(state), hours)
}

/** What a backtest is judged by: parts, water, and how far and long the hottest chip of each CDU was over its limit. */
function stepTally(state: PlantState, limitC: number, hours: number): void {
  const { tally } = state
  tally.hours += hours
  tally.cduPumpsKwh += state.electrical.cduPumpsKw * hours
  tally.facilityPumpsKwh += state.facility.pumpKw * hours
  tally.towerFansKwh += towerFansKw(state) * hours
  tally.towerPumpsKwh += state.tower.pumpKw * hours
  countHottest(state.cdus, tally, limitC, hours)
}

/** True power through a meter, kW. */
export type MeteredPower = (state: PlantState) => number

/** What passes through each meter of the site, by its role and by what it feeds. */
export function meteredPower(site: Site, meter: Meter): MeteredPower {
  switch (meter.role) {
    case 'facility':
      return state => state.electrical.facilityKw
    case 'upsInput':
      return state => state.electrical.upsInKw
    case 'upsOutput':
      return state => state.electrical.upsOutKw
    case 'facilityPumps':
      return state => state.facility.pumpKw
    case 'towerFans':
      return towerFansKw
    case 'towerPumps':
      return state => state.tower.pumpKw
    case 'lighting':
      return state => state.electrical.lightingKw
    case 'it':
      return it(site, meter)
    case 'cduPumps':
      return cduPumps(site, meter)
    case 'chillers':
    case 'crahs':
    case 'dryCoolers':
    case 'other':
      // A tower site has none of these: such a meter reads nothing.
      return () => 0
    default:
      return meter.role satisfies never
  }
}

function it(site: Site, meter: Meter): MeteredPower {
  const racks = placesOf(site, meter, 'rack')
  const perCdu = site.layout.racksPerCdu
  const places = racks.map(index => [Math.floor(index / perCdu), index % perCdu] as const)
  return state => {
    let kw = 0
    for (const [cdu, rack] of places) kw += state.cdus[cdu]!.racks[rack]!.powerKw
    return kw
  }
}

function cduPumps(site: Site, meter: Meter): MeteredPower {
  const cdus = placesOf(site, meter, 'cdu')
  return state => {
    let kw = 0
    for (const cdu of cdus) kw += state.cdus[cdu]!.pumpKw
    return kw
  }
}

/** Positions, among the equipment of a kind, of what a meter feeds; all of them where it names none. */
function placesOf(site: Site, meter: Meter, kind: 'rack' | 'cdu'): number[] {
  const all = site.equipment.filter(entry => entry.kind === kind)
  const named = all.flatMap((entry, index) => (meter.feeds.includes(entry.id) ? [index] : []))
  return named.length > 0 ? named : all.map((_, index) => index)
}
