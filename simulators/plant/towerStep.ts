import type { Site } from '#contract/site/site.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import {
  saturatedSlopeKjPerKgK,
  towerConductanceFactor,
  towerHeatPerK,
} from '#models/physics/coolingTowers.ts'
import { cyclingFan } from '#models/physics/pumpsAndFans.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { TowerState } from '#simulators/plant/state.ts'
import { stepTowerWater } from '#simulators/plant/towerWaterStep.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** Below this wet bulb the tower is guarded against frost (YARDSTICKS 1). */
const frostBelowWetBulbC = 2
/** Fans and bypass make ready 3 K before, so that the water is warm when frost comes. */
const readyBelowWetBulbC = 5
/** Water is to leave at 7 °C at least: fans hold 9 °C, then the bypass opens from 8.6 °C, all at 7.6 °C, stroke 60 s. */
const fansHoldC = 9
const bypassFromC = 8.6
const bypassAllC = 7.6
/** Basin heaters: none from 7.5 °C on, all at 7.1 °C. Only a tower without heat ever needs them. */
const heaterFromC = 7.5
const heaterAllC = 7.1
/** A basin loses 0.3 kW/K per MW of design to freezing air and wind; heaters carry that at 45 K. */
const basinLossKwPerKPerKw = 0.0003
const heaterSpanK = 45

type TowerPlant = { readonly site: Site; readonly sizing: Sizing }

/** Tower: heat into the open cells, basin, fans, water. */
export function stepTower(
  tower: TowerState,
  plant: TowerPlant,
  moment: { heatKw: number; air: OutdoorAir; seconds: number },
): void {
  const { air, seconds } = moment
  const isFrost = air.wetBulbC < frostBelowWetBulbC
  const isReady = air.wetBulbC < readyBelowWetBulbC
  stepFrostBypass(tower, isReady, seconds)
  const fill = openFill(tower, plant, air)
  const throughFillKw = stepBasin(tower, plant, { ...moment, fillKwPerK: fill.kwPerK, isFrost })
  // Half a step towards the new outlet state: the slope and the heat find each other over a few steps of time.
  const airKwPerK = fill.airKgPerS * fill.slopeKjPerKgK
  const outletC = air.wetBulbC + (airKwPerK > 0 ? throughFillKw / airKwPerK : 0)
  tower.outletWetBulbC += 0.5 * (Math.min(60, outletC) - tower.outletWetBulbC)
  stepTowerWater(tower.water, plant, {
    heatKw: throughFillKw,
    airKgPerS: fill.airKgPerS,
    air,
    flowLpm: fill.waterLpm,
    seconds,
  })
  stepFans(tower, isReady, seconds)
}

/** Opens cells for the water, moves their fans, and returns what the wetted fill takes per kelvin over the wet bulb. */
function openFill(
  tower: TowerState,
  { site, sizing }: TowerPlant,
  air: OutdoorAir,
): { kwPerK: number; airKgPerS: number; slopeKjPerKgK: number; waterLpm: number } {
  const { nameplate, design } = site
  const { cells, freeConvectionFraction } = nameplate.tower
  const waterLpm = tower.flowLpm * (1 - tower.frostBypassShare)
  const waterFraction = waterLpm / design.towerFlowLpm
  // A cell opens for every half of its design water: half flow wets all of them thinly, which lets the fans run slowly.
  const wetted = waterFraction * (cells / 0.5)
  tower.cellsOpen = tower.frostBypassShare >= 1 ? 0 : Math.max(1, Math.min(cells, Math.floor(wetted + 0.05)))
  // In frost the last cell opens and closes rather than being wetted too thinly: half its water for part of the time.
  const openCells = tower.frostBypassShare > 0 ? Math.min(wetted, tower.cellsOpen) : tower.cellsOpen
  const openShare = openCells / cells
  const fan = cyclingFan(tower.fanDemand, {
    leastSpeed: nameplate.tower.fanLeastSpeedFraction,
    freeConvection: freeConvectionFraction,
  })
  const fansShare = 1 - tower.fansLostShare
  tower.fanKw = fan.power * openShare * fansShare * design.fanPowerKw

  const slopeKjPerKgK = saturatedSlopeKjPerKgK({
    inWetBulbC: air.wetBulbC,
    outWetBulbC: tower.outletWetBulbC,
    pressurePa: air.pressurePa,
  })
  const waterKwPerK = (waterLpm * heatPerLitreKj('water', tower.basinC)) / 60
  const cellsKwPerK = (share: number, airFraction: number) =>
    share === 0
      ? 0
      : towerHeatPerK({
          uaKwPerK:
            sizing.towerUaKwPerK *
            openShare *
            share *
            towerConductanceFactor({
              wetBulbBelowDesignK: design.wetBulbC - air.wetBulbC,
              airFraction,
              waterFraction: openShare > 0 ? waterFraction / openShare : 0,
            }),
          waterKwPerK: waterKwPerK * share,
          airKgPerS: sizing.towerAirKgPerS * openShare * share * airFraction,
          slopeKjPerKgK,
        })
  return {
    // Cells whose fan has failed breathe by themselves.
    kwPerK: cellsKwPerK(fansShare, fan.air) + cellsKwPerK(tower.fansLostShare, freeConvectionFraction),
    airKgPerS:
      sizing.towerAirKgPerS *
      openShare *
      (fansShare * fan.air + tower.fansLostShare * freeConvectionFraction),
    slopeKjPerKgK,
    waterLpm,
  }
}

/** Heat into the basin, over the fill and into cold air, in one implicit step. Returns what left through the fill. */
function stepBasin(
  tower: TowerState,
  { sizing }: TowerPlant,
  moment: { heatKw: number; fillKwPerK: number; isFrost: boolean; air: OutdoorAir; seconds: number },
): number {
  const { air, fillKwPerK, isFrost } = moment
  // In milder air the loss of the basin is part of what the fill was measured with.
  const lossKwPerK = isFrost ? basinLossKwPerKPerKw * sizing.itKw : 0
  const heaterShare = Math.max(0, Math.min(1, (heaterFromC - tower.basinC) / (heaterFromC - heaterAllC)))
  tower.basinHeaterKw = heaterSpanK * lossKwPerK * heaterShare
  const waterKwPerK = (tower.flowLpm * heatPerLitreKj('water', tower.basinC)) / 60
  const intoWaterKw = moment.heatKw + tower.pumpKw
  const warmingK = waterKwPerK > 0 ? intoWaterKw / waterKwPerK : 0
  const store = sizing.basinKjPerK / moment.seconds
  tower.basinC =
    (store * tower.basinC +
      intoWaterKw +
      tower.basinHeaterKw -
      fillKwPerK * (warmingK - air.wetBulbC) +
      lossKwPerK * air.dryBulbC) /
    (store + fillKwPerK + lossKwPerK)
  tower.enteringC = tower.basinC + warmingK
  const throughFillKw = fillKwPerK * (tower.enteringC - air.wetBulbC)
  tower.rejectedKw = throughFillKw + lossKwPerK * (tower.basinC - air.dryBulbC)
  return throughFillKw
}

/**
 * In frost cells close and their water goes straight to the basin, so that what stays on the fill is never less than half the
 * design flow of an open cell. Fans stop first: the bypass opens only under what they hold.
 */
function stepFrostBypass(tower: TowerState, isReady: boolean, seconds: number): void {
  if (!isReady && tower.frostBypassShare === 0) return
  const wanted = isReady
    ? Math.max(0, Math.min(1, (bypassFromC - tower.basinC) / (bypassFromC - bypassAllC)))
    : 0
  const most = seconds / 60
  tower.frostBypassShare += Math.max(-most, Math.min(most, wanted - tower.frostBypassShare))
}

/** Fans hold the leaving temperature: 0.25 of the demand per kelvin, reset time 250 s; never under 9 °C near frost. */
function stepFans(tower: TowerState, isReady: boolean, seconds: number): void {
  const setpointC = isReady ? Math.max(fansHoldC, tower.leavingSpC) : tower.leavingSpC
  const errorK = tower.basinC - setpointC
  const change =
    Math.max(0.15, tower.fanDemand) * (0.25 * (errorK - tower.lastErrorK) + 0.001 * errorK * seconds)
  tower.lastErrorK = errorK
  // Drives take 60 s from rest to full.
  const most = seconds / 60
  tower.fanDemand = Math.max(0, Math.min(1, tower.fanDemand + Math.max(-most, Math.min(most, change))))
}
