import type { Site } from '#contract/site/site.ts'
import { evaporationKgPerS } from '#models/physics/towerWater.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { TowerWaterState } from '#simulators/plant/state.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** Heat of vaporization near 32 °C, kJ/kg. */
const vapourKjPerKg = 2_425
/** The balance of the air is slow to work out and slow to change: once a minute of site time. */
const vapourShareS = 60
/** Drift eliminators let 0.001 % of the water go. */
const driftShare = 1e-5
/** Four cycles of concentration: 450 µS/cm come in, 1,800 go out. The blow-down valve opens over 40 µS/cm around that. */
const makeupUsPerCm = 450
const blowDownFromUsPerCm = 1_780
const blowDownAllUsPerCm = 1_820
/** The float valve opens over 2 % of the basin, all at 79 %, shut at 81 %; the basin's design volume stands at 80 %. */
const floatShutPercent = 81
const floatSpanPercent = 2
const designPercent = 80

/** Level of the basin, % of what it holds to the brim. */
export const basinPercent = (water: TowerWaterState, basinL: number): number =>
  Math.max(0, Math.min(100, (designPercent * water.basinL) / basinL))

/** A basin at its working level and concentration. */
export const restingTowerWater = (basinL: number): TowerWaterState => ({
  basinL,
  saltUsL: 1_800 * basinL,
  makeupLpm: 0,
  blowDownLpm: 0,
  vapourShare: 0.85,
  vapourAgeS: vapourShareS,
  basinAtStartL: basinL,
  madeUpL: 0,
  evaporatedL: 0,
  driftL: 0,
  blowDownL: 0,
})

/** Evaporation, drift and blow-down leave the basin, make-up fills it: what came less what went is what stands there. */
export function stepTowerWater(
  water: TowerWaterState,
  plant: { site: Pick<Site, 'design'>; sizing: Pick<Sizing, 'basinL' | 'itKw'> },
  moment: { heatKw: number; airKgPerS: number; air: OutdoorAir; flowLpm: number; seconds: number },
): void {
  const minutes = moment.seconds / 60
  water.vapourAgeS += moment.seconds
  if (water.vapourAgeS >= vapourShareS) {
    water.vapourAgeS = 0
    const kgPerS = evaporationKgPerS({ ...moment.air, heatKw: moment.heatKw, airKgPerS: moment.airKgPerS })
    // Dry air takes water up even without heat: 1.5 of the heat at most, or a tower at rest would dry out on paper.
    if (moment.heatKw > 0) water.vapourShare = Math.min(1.5, (kgPerS * vapourKjPerKg) / moment.heatKw)
  }
  // A litre of basin water at 32 °C is 0.995 kg: within what a water meter reads.
  const evaporatedLpm = (Math.max(0, moment.heatKw) * water.vapourShare * 60) / vapourKjPerKg
  const driftLpm = driftShare * moment.flowLpm
  // Valves are sized for three times what evaporates at design: 30 MW evaporate about 740 L/min.
  const valveLpm = (3 * plant.sizing.itKw * 60) / vapourKjPerKg
  const level = basinPercent(water, plant.sizing.basinL)
  water.makeupLpm = valveLpm * Math.max(0, Math.min(1, (floatShutPercent - level) / floatSpanPercent))
  const usPerCm = water.basinL > 0 ? water.saltUsL / water.basinL : 0
  const blowDownShare = (usPerCm - blowDownFromUsPerCm) / (blowDownAllUsPerCm - blowDownFromUsPerCm)
  water.blowDownLpm = (valveLpm / 3) * Math.max(0, Math.min(1, blowDownShare))

  const evaporatedL = evaporatedLpm * minutes
  const leavesL = (driftLpm + water.blowDownLpm) * minutes
  water.basinL += water.makeupLpm * minutes - evaporatedL - leavesL
  water.saltUsL += makeupUsPerCm * water.makeupLpm * minutes - usPerCm * leavesL
  water.madeUpL += water.makeupLpm * minutes
  water.evaporatedL += evaporatedL
  water.driftL += driftLpm * minutes
  water.blowDownL += water.blowDownLpm * minutes
}
