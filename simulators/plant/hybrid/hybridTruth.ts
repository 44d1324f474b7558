import type { Site } from '#contract/site/site.ts'
import { coolantOf } from '#simulators/plant/coldPlateParts.ts'
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

export function hybridTally(state: HybridState, liquid: Site): PlantTally {
  const { tally, electrical, energy } = state
  const { water } = state.tower
  return {
    partsKwh: {
      cduPumps: tally.cduPumpsKwh,
      facilityPumps: tally.facilityPumpsKwh,
      towerFans: tally.towerFansKwh,
      towerPumps: tally.towerPumpsKwh,
      chillers: state.hybridTally.chillersKwh,
      crahs: state.hybridTally.crahsKwh,
      it: energy.itKwh,
      lighting: electrical.lightingKw * tally.hours,
    },
    waterL: water.madeUpL,
    towerWaterL: {
      basinAtStart: water.basinAtStartL,
      madeUp: water.madeUpL,
      evaporated: water.evaporatedL,
      drift: water.driftL,
      blowDown: water.blowDownL,
      basin: water.basinL,
    },
    coolantL: coolantOf(state, liquid),
    overLimitDegreeMinutes: tally.overLimitDegreeMinutes,
    hottestC: tally.hottestC,
    chillerStarts: state.hybridTally.chillerStarts,
  }
}
