import type { Site } from '#contract/site/site.ts'
import { capacityFlowKwPerK, heatPerLitreKj } from '#models/physics/coolants.ts'
import { designTowerConductanceKwPerK } from '#models/physics/coolingTowers.ts'
import { designConductanceKwPerK } from '#models/physics/exchangers.ts'
import { hydraulicKw } from '#models/physics/pumpsAndFans.ts'

/** What an engineer's data sheet would say of the equipment: computed once from site file and design, equal for every seed. */
export type Sizing = ReturnType<typeof sizingOf>

/** Share of clean conductance that a fouled exchanger keeps: fouling is drawn from 0.88 to 1 (YARDSTICKS 1). */
export const foulingAllowance = 0.88
/** Air near saturation at 35 °C, kg/m³. */
const towerAirKgPerM3 = 1.15

export function sizingOf(site: Site) {
  const { nameplate, design, layout, coolant } = site
  const margin = nameplate.commissionedFlowFraction
  const itKw = layout.cdus * nameplate.itPerCduKw
  const cduWaterKwPerK = capacityFlowKwPerK(coolant.secondary, design.cduFlowLpm, design.cduSupplyC + 5)
  const secondaryRiseK = nameplate.itPerCduKw / cduWaterKwPerK
  const cduHeadKpa =
    design.cduDpCommissionedKpa +
    nameplate.cdu.internalDpKpa * margin ** nameplate.cdu.internalDpExponent +
    nameplate.cdu.staticKpa
  const facilityHeadKpa =
    design.facilityDpCommissionedKpa +
    (nameplate.facility.mainsDpKpa + nameplate.facility.exchangerDpKpa) * margin ** 2
  const towerHeadKpa = nameplate.tower.pumpStaticKpa + nameplate.tower.pumpDynamicKpa
  const towerWaterKwPerK = capacityFlowKwPerK('water', design.towerFlowLpm, design.towerLeavingC + 4)
  // The fans' own figures say how much air they move: 313 kW × 0.50 ÷ 240 Pa = 652 m³/s for 30 MW.
  const towerAirKgPerS =
    ((design.fanPowerKw * 1000 * nameplate.tower.fanWireToAir) / nameplate.tower.fanPressurePa) *
    towerAirKgPerM3
  const litreKj = heatPerLitreKj(coolant.secondary, 40)
  const facilityLitreKj = heatPerLitreKj(coolant.facility, 36)
  return {
    itKw,
    rackKw: nameplate.itPerCduKw / layout.racksPerCdu,
    rackFlowLpm: design.cduFlowLpm / layout.racksPerCdu,
    /** Clean exchanger: bought to hold its approach with the fouling allowance, the worst that a seed may draw. */
    cduUaKwPerK:
      designConductanceKwPerK({
        heatKw: nameplate.itPerCduKw,
        hotInC: design.cduSupplyC + secondaryRiseK,
        hotOutC: design.cduSupplyC,
        coldInC: design.facilitySupplyC,
        coldOutC: design.facilitySupplyC + nameplate.facility.rangeK,
      }) / foulingAllowance,
    cduHeadKpa,
    cduRatedHydraulicKw: hydraulicKw(design.cduFlowLpm * margin, cduHeadKpa),
    /** The device holds at least the pressure of half the design flow. */
    cduDpFloorKpa:
      nameplate.cdu.rackDpKpa * nameplate.cdu.minimumFlowFraction ** nameplate.cdu.rackDpExponent,
    /** Pumps reach 20 % more pressure than commissioned: 153 kPa. */
    cduDpCeilingKpa: design.cduDpCommissionedKpa * 1.2,
    facilityHeadKpa,
    facilityRatedHydraulicKw: hydraulicKw(design.facilityFlowLpm * margin, facilityHeadKpa),
    facilityDpFloorKpa: nameplate.facility.cduDpKpa * nameplate.facility.leastDpFraction,
    facilityDpCeilingKpa: design.facilityDpCommissionedKpa * 1.2,
    towerRatedHydraulicKw: hydraulicKw(design.towerFlowLpm, towerHeadKpa),
    exchangerUaKwPerK: designConductanceKwPerK({
      heatKw: itKw,
      hotInC: design.facilitySupplyC + nameplate.facility.rangeK,
      hotOutC: design.facilitySupplyC,
      coldInC: design.towerLeavingC,
      coldOutC: design.towerLeavingC + nameplate.tower.rangeK,
    }),
    towerAirKgPerS,
    towerUaKwPerK: designTowerConductanceKwPerK({
      heatKw: itKw,
      waterKwPerK: towerWaterKwPerK,
      enteringC: design.towerLeavingC + nameplate.tower.rangeK,
      wetBulbC: design.wetBulbC,
      airKgPerS: towerAirKgPerS,
      pressurePa: 101_325,
    }),
    /** Heat stores, kJ/K. Loop split: racks with their metal 35 %, return side 30 %, supply side with exchanger 35 %. */
    rackKjPerK: (nameplate.cdu.loopVolumeL * 0.35 * litreKj) / layout.racksPerCdu,
    returnKjPerK: nameplate.cdu.loopVolumeL * 0.3 * litreKj,
    supplyKjPerK: nameplate.cdu.loopVolumeL * 0.35 * litreKj,
    /** A minute of design flow in each facility header, three minutes in the tower's basin. */
    facilityReturnKjPerK: design.facilityFlowLpm * facilityLitreKj,
    facilitySupplyKjPerK: design.facilityFlowLpm * facilityLitreKj,
    basinKjPerK: 3 * design.towerFlowLpm * heatPerLitreKj('water', 32),
    basinL: 3 * design.towerFlowLpm,
    upsKw:
      itKw + layout.cdus * (hydraulicKw(design.cduFlowLpm * margin, cduHeadKpa) / nameplate.cdu.wireToWater),
    /** 20 % above IT nameplate: losses, pumps and fans at design take about 12 %. */
    transformerKw: itKw * 1.2,
    lightingKw: itKw * nameplate.electrical.lightingFraction,
  }
}
