import type { ImmersionSite } from '#contract/site/immersion.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import { designConductanceKwPerK } from '#models/physics/exchangers.ts'
import { hydraulicKw } from '#models/physics/pumpsAndFans.ts'
import { drawBetween } from '#simulators/plant/chance.ts'
import { foulingAllowance } from '#simulators/plant/sizing.ts'
import { airKjPerKgK } from '#simulators/sites/immersionDesign.ts'

/** What an engineer's data sheet would say of the equipment: computed once from site file and design, equal for every seed. */
export type ImmersionSizing = ReturnType<typeof immersionSizingOf>

export function immersionSizingOf(site: ImmersionSite) {
  const { nameplate, design, layout, coolant } = site
  const { tank, facility, cooler } = nameplate
  const margin = nameplate.commissionedFlowFraction
  const itKw = layout.tanks * nameplate.itPerTankKw
  const dielectricLitreKj = tank.dielectric.densityKgPerL * tank.dielectric.heatCapacityKjPerKgK
  const loopLitreKj = heatPerLitreKj(coolant.facility, design.facilitySupplyC + facility.rangeK / 2)
  const tankHeadKpa =
    design.tankDpCommissionedKpa + tank.internalDpKpa * margin ** tank.internalDpExponent + tank.staticKpa
  const loopHeadKpa =
    design.facilityDpCommissionedKpa + (facility.mainsDpKpa + facility.coolerDpKpa) * margin ** 2
  const tankRatedHydraulicKw = hydraulicKw(design.tankFlowLpm * margin, tankHeadKpa)
  const fillKjPerK = tank.volumeL * dielectricLitreKj
  return {
    itKw,
    /** kW per K that one L/min of dielectric carries. */
    dielectricKwPerKPerLpm: dielectricLitreKj / 60,
    tankHeadKpa,
    tankRatedHydraulicKw,
    /** The device holds at least the pressure of half the design flow: 29.7 kPa. */
    tankDpFloorKpa: tank.dpKpa * tank.minimumFlowFraction ** tank.dpExponent,
    tankDpCeilingKpa: design.tankDpCommissionedKpa * 1.2,
    /** Clean exchanger: bought to hold its approach when fouled to the worst that a seed may draw. */
    tankUaKwPerK:
      designConductanceKwPerK({
        heatKw: nameplate.itPerTankKw,
        hotInC: design.tankSupplyC + tank.rangeK,
        hotOutC: design.tankSupplyC,
        coldInC: design.facilitySupplyC,
        coldOutC: design.facilitySupplyC + facility.rangeK,
      }) / foulingAllowance,
    loopHeadKpa,
    loopRatedHydraulicKw: hydraulicKw(design.facilityFlowLpm * margin, loopHeadKpa),
    loopDpFloorKpa: facility.tankDpKpa * facility.leastDpFraction,
    loopDpCeilingKpa: design.facilityDpCommissionedKpa * 1.2,
    leastLoopLpm: facility.leastFlowFraction * design.facilityFlowLpm,
    coilAirKwPerK: design.airKgPerS * airKjPerKgK,
    /** Heat stores, kJ/K: a tenth of the dielectric is on its way through pump, exchanger and inlet plenum. */
    tankKjPerK: 0.9 * fillKjPerK + tank.hardwareKjPerK,
    tankSupplyKjPerK: 0.1 * fillKjPerK,
    /** A minute of design flow in each header; the coils' content stands on the supply side. */
    loopReturnKjPerK: design.facilityFlowLpm * loopLitreKj,
    loopSupplyKjPerK: (design.facilityFlowLpm + cooler.contentL) * loopLitreKj,
    upsKw: itKw + (layout.tanks * tankRatedHydraulicKw) / tank.wireToWater,
    /** 20 % above IT nameplate: losses, pumps and fans at design take about 12 %. */
    transformerKw: itKw * 1.2,
  }
}

/** What nobody outside the plant knows of one tank: drawn from the seed, written in no file (YARDSTICKS 1). */
export type TankTruth = {
  readonly fouling: number
  readonly loopResistance: number
  readonly hotChipFactor: number
}
export type ImmersionTruth = { readonly leakagePerK: number; readonly tanks: readonly TankTruth[] }

export const drawImmersionTruth = (
  site: ImmersionSite,
  seed: number,
  leakagePerK = 0.0015,
): ImmersionTruth => ({
  leakagePerK,
  tanks: Array.from({ length: site.layout.tanks }, (_, index) => ({
    fouling: drawBetween(seed, `tank/${index}/fouling`, foulingAllowance, 1),
    loopResistance: drawBetween(seed, `tank/${index}/resistance`, 0.96, 1.04),
    hotChipFactor: drawBetween(seed, `tank/${index}/hotChip`, 1, 1.04),
  })),
})
