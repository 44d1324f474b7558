import type { Site } from '#contract/site/site.ts'
import type { HybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import type { HybridState } from '#simulators/plant/hybrid/hybridState.ts'
import { startReservoirL } from '#simulators/plant/initialState.ts'
import { facilityVesselL } from '#simulators/plant/leakStep.ts'
import type { EnergyTruth, PlantTally } from '#simulators/plant/plant.ts'
import { storedHeatKj } from '#simulators/plant/state.ts'

/** Heat in water, metal and room air above 0 °C, kJ. */
export const hybridStoredKj = (state: HybridState, sizing: HybridSizing): number =>
  storedHeatKj(state, sizing.coldPlates) + state.hall.returnC * sizing.hallKjPerK

export function hybridEnergy(state: HybridState, sizing: HybridSizing): EnergyTruth {
  const { energy } = state
  const storedKwh = (hybridStoredKj(state, sizing) - energy.storedAtStartKj) / 3600
  return {
    fromAt: energy.fromAt,
    toAt: state.at,
    itKwh: energy.itKwh,
    facilityKwh: energy.facilityKwh,
    coolingKwh: energy.coolingKwh,
    lossesKwh: energy.lossesKwh,
    pue: energy.itKwh > 0 ? energy.facilityKwh / energy.itKwh : 1,
    energyBalanceError:
      energy.heatInKwh > 0
        ? Math.abs(energy.heatInKwh - energy.heatOutKwh - storedKwh) / energy.heatInKwh
        : 0,
  }
}

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
    coolantL: coolantL(state, liquid),
    overLimitDegreeMinutes: tally.overLimitDegreeMinutes,
    hottestC: tally.hottestC,
    chillerStarts: state.hybridTally.chillerStarts,
  }
}

/** Reservoirs of all CDUs and the chilled-water loop's vessel together. */
function coolantL({ cdus, facility }: HybridState, liquid: Site): NonNullable<PlantTally['coolantL']> {
  const coolant = {
    atStart: facilityVesselL(liquid) + cdus.length * startReservoirL(liquid),
    madeUp: facility.madeUpL,
    leaked: facility.leakedL,
    now: facility.vesselL,
  }
  for (const cdu of cdus) {
    coolant.madeUp += cdu.loop.madeUpL
    coolant.leaked += cdu.loop.leakedL
    coolant.now += cdu.reservoirL
  }
  return coolant
}
