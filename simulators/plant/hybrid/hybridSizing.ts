import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import type { Site } from '#contract/site/site.ts'
import type { EirChiller } from '#models/physics/chillers.ts'
import { capacityFlowKwPerK } from '#models/physics/coolants.ts'
import { designTowerConductanceKwPerK } from '#models/physics/coolingTowers.ts'
import { designConductanceKwPerK } from '#models/physics/exchangers.ts'
import { hydraulicKw } from '#models/physics/pumpsAndFans.ts'
import { foulingAllowance, type Sizing, sizingOf } from '#simulators/plant/sizing.ts'

/** What an engineer's data sheet would say of the equipment of a hybrid site; equal for every seed. */
export type HybridSizing = {
  /** As the steps of CDUs, pumps and tower read it: chilled water is their facility loop. */
  readonly coldPlates: Sizing
  readonly chiller: EirChiller
  readonly coilUaKwPerK: number
  readonly hallKjPerK: number
  readonly transformerKw: number
}

/**
 * 2,000 kW hall: 2,400 m³ of air (2,900 kJ/K) and 24 racks with 1,000 kg of steel, copper and boards each at 0.5 kJ/(kg·K), half of
 * which the hot air washes: 6,000 kJ/K.
 */
const hallKjPerKPerItKw = 4.5
/** Transformers: IT with UPS losses, and plant at design together, with a tenth in reserve: about 1.5 × IT nameplate. */
const transformerPerItKw = 1.5

export function hybridSizing(site: HybridSite, liquid: Site): HybridSizing {
  const { nameplate, layout } = site
  const itKw = layout.cdus * nameplate.itPerCduKw
  return {
    coldPlates: coldPlateSizing(site, liquid),
    chiller: scaledChiller(site),
    coilUaKwPerK: coilUaKwPerK(site),
    hallKjPerK: hallKjPerKPerItKw * itKw,
    transformerKw: transformerPerItKw * itKw,
  }
}

function coldPlateSizing(site: HybridSite, liquid: Site): Sizing {
  const { nameplate, design, layout } = site
  const sizing = sizingOf(liquid)
  const itKw = layout.cdus * nameplate.itPerCduKw
  const liquidKw = liquid.nameplate.itPerCduKw
  const riseK =
    liquidKw / capacityFlowKwPerK(site.coolant.secondary, design.cduFlowLpm, design.cduSupplyC + 5)
  const coldInC = design.cduSupplyC - nameplate.cdu.approachK
  const { rangeK } = nameplate.facility
  const { chilledWaterC } = nameplate.commissioned
  const economiserColdInC = chilledWaterC - nameplate.economiser.approachK
  return {
    ...sizing,
    facilityReturnKjPerK: nameplate.chiller.sequence.headerMin * sizing.facilityReturnKjPerK,
    facilitySupplyKjPerK: nameplate.chiller.sequence.headerMin * sizing.facilitySupplyKjPerK,
    itKw,
    lightingKw: itKw * nameplate.electrical.lightingFraction,
    upsKw:
      itKw +
      layout.cdus *
        (hydraulicKw(design.cduFlowLpm * nameplate.commissionedFlowFraction, sizing.cduHeadKpa) /
          nameplate.cdu.wireToWater),
    /** As on the other sites: 4 K between CDU supply and facility water, fouled to the worst that a seed draws. */
    cduUaKwPerK:
      designConductanceKwPerK({
        heatKw: liquidKw,
        hotInC: design.cduSupplyC + riseK,
        hotOutC: design.cduSupplyC,
        coldInC,
        coldOutC: coldInC + rangeK,
      }) / foulingAllowance,
    /** Economiser: all of the IT heat at design flow of chilled water, 2 K between tower and chilled water. */
    exchangerUaKwPerK: designConductanceKwPerK({
      heatKw: itKw,
      hotInC: chilledWaterC + rangeK,
      hotOutC: chilledWaterC,
      coldInC: economiserColdInC,
      coldOutC: economiserColdInC + nameplate.tower.rangeK,
    }),
    towerUaKwPerK: designTowerConductanceKwPerK({
      heatKw: design.heatToTowerKw,
      waterKwPerK: capacityFlowKwPerK('water', design.towerFlowLpm, design.towerSizedLeavingC + 4),
      enteringC: design.towerSizedLeavingC + nameplate.tower.rangeK,
      wetBulbC: design.wetBulbC,
      airKgPerS: sizing.towerAirKgPerS,
      pressurePa: 101_325,
    }),
  }
}

/** The machine of the site's file in the form of the physics: 1,406.6 kW scaled to 1,250 kW keeps curves and COP. */
function scaledChiller(site: HybridSite): EirChiller {
  const { machine, ratedKw } = site.nameplate.chiller
  const kelvin = (bounds: { lowest: number; highest: number }) =>
    [bounds.lowest + 273.15, bounds.highest + 273.15] as const
  const [TEvaLvgMin, TEvaLvgMax] = kelvin(machine.evaporatorLeavingC)
  const [TConEntMin, TConEntMax] = kelvin(machine.condenserEnteringC)
  return {
    QEva_flow_nominal: -1000 * ratedKw,
    COP_nominal: machine.cop,
    PLRMin: machine.partLoad.least,
    PLRMinUnl: machine.partLoad.leastUnloaded,
    PLRMax: machine.partLoad.most,
    TEvaLvgMin,
    TEvaLvgMax,
    TConEntMin,
    TConEntMax,
    capFunT: machine.capacityByTemperature,
    EIRFunT: machine.inputByTemperature,
    EIRFunPLR: machine.inputByPartLoad,
  }
}

/**
 * Coil of one CRAH at design air: 131.9 kW (125 kW of air heat and its fan), air from 38 °C to 21.1 °C before the fan warms it to
 * 22, water 16 → 24 °C, 6 K under the supply air: 14.9 kW/K.
 */
function coilUaKwPerK({ nameplate, design }: HybridSite): number {
  const { air, commissioned, facility } = nameplate
  const waterInC = commissioned.crahSupplyC - air.coilApproachK
  return designConductanceKwPerK({
    heatKw: design.crahAirKwPerK * air.riseK * (1 + air.fanFraction),
    hotInC: commissioned.crahSupplyC + air.riseK,
    hotOutC: commissioned.crahSupplyC - air.riseK * air.fanFraction,
    coldInC: waterInC,
    coldOutC: waterInC + facility.rangeK,
  })
}
