import type { Site } from '#contract/site/site.ts'
import { coldPlateTally } from '#simulators/plant/coldPlateParts.ts'
import { energyTruthOf } from '#simulators/plant/counting.ts'
import type { HybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import type { HybridState } from '#simulators/plant/hybrid/hybridState.ts'
import type { EnergyTruth, PlantTally } from '#simulators/plant/plant.ts'
import { storedHeatKj } from '#simulators/plant/state.ts'

/** Heat in water, metal and room air above 0 °C, kJ. */
export const hybridStoredKj = (state: HybridState, sizing: HybridSizing): number =>
  storedHeatKj(state, sizing.coldPlates) + state.hall.returnC * sizing.hallKjPerK

export const hybridEnergy = (state: HybridState, sizing: HybridSizing): EnergyTruth =>
  energyTruthOf(state.energy, {
    at: state.at,
    coolingKwh: state.energy.coolingKwh,
    storedKj: hybridStoredKj(state, sizing),
  })

/** As on a cold-plate plant, with chillers and room air beside. */
export function hybridTally(state: HybridState, liquid: Site): PlantTally {
  const { chillersKwh, crahsKwh, chillerStarts } = state.hybridTally
  const tally = coldPlateTally(state, liquid)
  return {
    ...tally,
    partsKwh: { ...tally.partsKwh, chillers: chillersKwh, crahs: crahsKwh },
    chillerStarts,
  }
}
