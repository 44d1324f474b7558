import type { SiteDesign, SiteFile } from '#contract/site/site.ts'
import { flowForHeatLpm } from '#models/physics/coolants.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** Mean of design supply and return for the facility flow, °C: 32 and 40 on a warm-water site. */
const facilityMeanC = 36

/**
 * Design state for the climate. Warm-water in Chicago (0.4 % wet bulb 25.6 °C): tower leaving 30, facility 32, CDU supply
 * 36 °C, 1,800 L/min secondary and 2,168 L/min primary per CDU, fans 313 kW.
 */
export function designOf(file: SiteFile, weather: Pick<Weather, 'designWetBulbC'>): SiteDesign {
  const { nameplate, layout } = file
  // Towers are sized for at least 24 °C: a cooler place would leave no reserve for a hot spell.
  const wetBulbC = Math.max(24, weather.designWetBulbC)
  const towerLeavingC = Math.max(30, wetBulbC + 3.5)
  const facilitySupplyC = towerLeavingC + nameplate.tower.exchangerApproachK
  const heatKw = layout.cdus * nameplate.itPerCduKw
  const cduPrimaryFlowLpm = flowForHeatLpm({
    coolant: file.coolant.facility,
    kw: nameplate.itPerCduKw,
    warmingK: nameplate.facility.rangeK,
    meanC: facilityMeanC,
  })
  const margin = nameplate.commissionedFlowFraction
  return {
    wetBulbC,
    towerLeavingC,
    facilitySupplyC,
    cduSupplyC: facilitySupplyC + nameplate.cdu.approachK,
    cduFlowLpm: nameplate.chip.designFlowLpmPerKw * nameplate.itPerCduKw,
    cduPrimaryFlowLpm,
    facilityFlowLpm: cduPrimaryFlowLpm * layout.cdus,
    towerFlowLpm: flowForHeatLpm({
      coolant: 'water',
      kw: heatKw,
      warmingK: nameplate.tower.rangeK,
      meanC: towerLeavingC + 4,
    }),
    cduDpCommissionedKpa: nameplate.cdu.rackDpKpa * margin ** nameplate.cdu.rackDpExponent,
    facilityDpCommissionedKpa: nameplate.facility.cduDpKpa * margin ** 2,
    fanPowerKw:
      (designAirM3PerS(heatKw) * nameplate.tower.fanPressurePa) / 1000 / nameplate.tower.fanWireToAir,
  }
}

/** Air of the tower at design: 652 m³/s for 30 MW, so that 240 Pa at 0.50 take 313 kW (YARDSTICKS 1). */
export const designAirM3PerS = (heatKw: number): number => heatKw * (652 / 30_000)
