import type { HybridDesign, HybridSite, HybridSiteFile } from '#contract/site/chilledHybrid.ts'
import { coldPlateFileOf, expandHybrid } from '#contract/site/expandHybrid.ts'
import { flowForHeatLpm } from '#models/physics/coolants.ts'
import { designAirM3PerS, designOf } from '#simulators/sites/coldPlateDesign.ts'
import type { Climate } from '#simulators/sites/sites.ts'

/** A hybrid site in its climate: file, design and the expanded graph. */
export const hybridSiteOf = (file: HybridSiteFile, climate: Pick<Climate, 'designWetBulbC'>): HybridSite =>
  expandHybrid(file, hybridDesignOf(file, climate))

/**
 * Design state for the climate. chilled-hybrid in Chicago (0.4 % wet bulb 25.6 °C): tower sized for 30 °C leaving with 2,331 kW and
 * 4,208 L/min, commissioned at 29.6 °C; 3,635 L/min of chilled water at 12 °C for CDUs and CRAHs together; fans 24.3 kW.
 */
function hybridDesignOf(file: HybridSiteFile, climate: Pick<Climate, 'designWetBulbC'>): HybridDesign {
  const { nameplate, layout, coolant } = file
  const { air, chiller, commissioned } = nameplate
  const liquid = designOf(coldPlateFileOf(file), climate)
  const itKw = layout.cdus * nameplate.itPerCduKw
  const heatToTowerKw = itKw * (1 + 1 / chiller.machine.cop)
  const crahHeatKw = (itKw * (1 - nameplate.liquidShare)) / air.crahs
  const flowLpm = (kw: number, warmingK: number) =>
    flowForHeatLpm({
      coolant: coolant.facility,
      kw,
      warmingK,
      meanC: commissioned.chilledWaterC + warmingK / 2,
    })
  const { rangeK } = nameplate.facility
  const cduPrimaryFlowLpm = flowLpm(nameplate.itPerCduKw * nameplate.liquidShare, rangeK)
  // The coils take their fans' heat too.
  const crahWaterFlowLpm = flowLpm(crahHeatKw * (1 + air.fanFraction), rangeK)
  return {
    ...liquid,
    towerSizedLeavingC: liquid.towerLeavingC,
    towerLeavingC: liquid.wetBulbC + commissioned.towerOverWetBulbK,
    facilitySupplyC: commissioned.chilledWaterC,
    cduSupplyC: commissioned.cduSupplyC,
    cduPrimaryFlowLpm,
    crahWaterFlowLpm,
    facilityFlowLpm: cduPrimaryFlowLpm * layout.cdus + crahWaterFlowLpm * air.crahs,
    evaporatorFlowLpm: flowLpm(chiller.ratedKw, chiller.rangeK),
    crahAirKwPerK: crahHeatKw / air.riseK,
    heatToTowerKw,
    towerFlowLpm: flowForHeatLpm({
      coolant: 'water',
      kw: heatToTowerKw,
      warmingK: nameplate.tower.rangeK,
      meanC: liquid.towerLeavingC + nameplate.tower.rangeK / 2,
    }),
    fanPowerKw:
      (designAirM3PerS(heatToTowerKw) * nameplate.tower.fanPressurePa) / 1000 / nameplate.tower.fanWireToAir,
  }
}
