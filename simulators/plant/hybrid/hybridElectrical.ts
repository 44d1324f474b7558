import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import type { Meter, Site } from '#contract/site/site.ts'
import { lossKw } from '#models/physics/electrical.ts'
import { countHottest, stepMeter } from '#simulators/plant/counting.ts'
import { meteredPower, towerFansKw } from '#simulators/plant/electricalStep.ts'
import type { HybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import type { HybridState } from '#simulators/plant/hybrid/hybridState.ts'

/** True power through a meter, kW. */
export type HybridMeteredPower = (state: HybridState) => number

type ElectricalPlant = {
  readonly site: HybridSite
  readonly sizing: HybridSizing
  readonly metered: readonly HybridMeteredPower[]
}

export const chillersKw = ({ chillers }: HybridState): number => sumOf(chillers, ({ powerKw }) => powerKw)
export const crahsKw = ({ crahs }: HybridState): number => sumOf(crahs, ({ fanKw }) => fanKw)
/** Everything that cools: pumps, fans, heaters, chillers, CRAHs. */
export const coolingKw = (state: HybridState): number =>
  state.electrical.cduPumpsKw +
  state.facility.pumpKw +
  towerFansKw(state) +
  state.tower.pumpKw +
  chillersKw(state) +
  crahsKw(state)

function sumOf<T>(parts: readonly T[], kwOf: (part: T) => number): number {
  let kw = 0
  for (const part of parts) kw += kwOf(part)
  return kw
}

/**
 * Power from racks up to the utility: PDU per CDU, UPS with CDU pumps, transformer with the rest. Chillers, CRAHs, loop and tower
 * hang on the transformer beside the UPS. Then energy and meters.
 */
export function stepHybridElectrical(state: HybridState, plant: ElectricalPlant, seconds: number): void {
  const { nameplate } = plant.site
  const { electrical } = nameplate
  const power = state.electrical
  const pduLossKw = stepPdus(state, plant.site)
  power.upsOutKw = power.itKw + pduLossKw + power.cduPumpsKw
  const upsLossKw = lossKw(electrical.ups, {
    outputKw: power.upsOutKw,
    ratingKw: plant.sizing.coldPlates.upsKw,
  })
  power.upsInKw = power.upsOutKw + upsLossKw
  const cooling = coolingKw(state)
  power.transformerOutKw = power.upsInKw + cooling - power.cduPumpsKw + power.lightingKw
  const transformerLossKw = lossKw(electrical.transformer, {
    outputKw: power.transformerOutKw,
    ratingKw: plant.sizing.transformerKw,
  })
  power.facilityKw = power.transformerOutKw + transformerLossKw
  power.lossesKw = pduLossKw + upsLossKw + transformerLossKw
  stepEnergy(state, cooling, seconds / 3600)
  stepTally(state, nameplate.chip.limitC, seconds / 3600)
  for (let i = 0; i < state.meters.length; i++)
    stepMeter(state.meters[i]!, plant.metered[i]!(state), seconds / 3600)
}

/** Racks with what they put into liquid and air; returns the PDUs' losses. */
function stepPdus(state: HybridState, { nameplate }: HybridSite): number {
  const power = state.electrical
  power.itKw = 0
  power.cduPumpsKw = 0
  let lossesKw = 0
  let index = 0
  for (const cdu of state.cdus) {
    let racksKw = 0
    for (const rack of cdu.racks) racksKw += rack.powerKw + state.rackAirKw[index++]!
    cdu.pduLossKw = lossKw(nameplate.electrical.pdu, { outputKw: racksKw, ratingKw: nameplate.itPerCduKw })
    lossesKw += cdu.pduLossKw
    power.itKw += racksKw
    power.cduPumpsKw += cdu.pumpKw
  }
  return lossesKw
}

function stepEnergy(state: HybridState, cooling: number, hours: number): void {
  const { energy, electrical } = state
  energy.itKwh += electrical.itKw * hours
  energy.facilityKwh += electrical.facilityKw * hours
  energy.coolingKwh += cooling * hours
  energy.lossesKwh += electrical.lossesKw * hours
  // Pumps are wet or close-coupled, compressors hermetic: all their power ends in water or air. Tower fans blow theirs out.
  energy.heatInKwh += (electrical.itKw + cooling - state.tower.fanKw) * hours
  energy.heatOutKwh += state.tower.rejectedKw * hours
}

/** What a backtest is judged by, as on a cold-plate plant, and what chillers and CRAHs take. */
function stepTally(state: HybridState, limitC: number, hours: number): void {
  const { tally, hybridTally } = state
  tally.hours += hours
  tally.cduPumpsKwh += state.electrical.cduPumpsKw * hours
  tally.facilityPumpsKwh += state.facility.pumpKw * hours
  tally.towerFansKwh += towerFansKw(state) * hours
  tally.towerPumpsKwh += state.tower.pumpKw * hours
  hybridTally.chillersKwh += chillersKw(state) * hours
  hybridTally.crahsKwh += crahsKw(state) * hours
  countHottest(state.cdus, tally, limitC, hours)
}

/** What passes through each meter of the site, by its role and by what it feeds. */
export function hybridMeteredPower(site: HybridSite, liquid: Site, meter: Meter): HybridMeteredPower {
  const fed = <T extends { readonly id: string }>(parts: readonly T[]): readonly T[] => {
    const named = parts.filter(({ id }) => meter.feeds.includes(id))
    return named.length > 0 ? named : parts
  }
  switch (meter.role) {
    case 'chillers':
      return state => sumOf(fed(state.chillers), ({ powerKw }) => powerKw)
    case 'crahs':
      return state => sumOf(fed(state.crahs), ({ fanKw }) => fanKw)
    case 'it':
      return racksPower(site, meter)
    default:
      return meteredPower(liquid, meter)
  }
}

function racksPower({ equipment, layout }: HybridSite, meter: Meter): HybridMeteredPower {
  const racks = equipment.filter(({ kind }) => kind === 'rack')
  const named = racks.flatMap(({ id }, index) => (meter.feeds.includes(id) ? [index] : []))
  const places = named.length > 0 ? named : [...racks.keys()]
  return state =>
    sumOf(
      places,
      index =>
        state.cdus[Math.floor(index / layout.racksPerCdu)]!.racks[index % layout.racksPerCdu]!.powerKw +
        state.rackAirKw[index]!,
    )
}
