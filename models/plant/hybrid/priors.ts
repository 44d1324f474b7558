import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { coldPlateSiteOf } from '#contract/site/expandHybrid.ts'
import { type EirChiller, electricEirChiller } from '#models/physics/chillers.ts'
import { capacityFlowKwPerK } from '#models/physics/coolants.ts'
import {
  counterFlowHeatPerK,
  designConductanceKwPerK,
  filmsConductanceKwPerK,
  plateConductanceKwPerK,
} from '#models/physics/exchangers.ts'
import { hydraulicKw, pumpPowerKw } from '#models/physics/pumpsAndFans.ts'
import { lossPrior, nameplatePriors } from '#models/plant/priors.ts'

/**
 * A hybrid plant as its nameplate says: cold plates, pumps and tower by the equations of a cold-plate site whose facility water
 * is the chilled water; beside them the air side, the economiser and the chillers.
 */
export type HybridPriors = ReturnType<typeof hybridPriors>

/** Chilled water lives between 8 and 24 °C; over that range its heat capacity moves by 0.3 %. */
const chilledMeanC = 16

/** Films of a finned coil: air 0.8, water 0.85, the air's two thirds of the water's (Modelica Buildings, DryCoil*). */
const coilFilms = { air: 0.8, water: 0.85, airToWater: 2 / 3 } as const

export function hybridPriors(site: HybridSite) {
  const { nameplate, design, layout } = site
  const asColdPlates = coldPlateSiteOf(site)
  const liquid = nameplatePriors({
    ...asColdPlates,
    // Commissioned is one thing; the tower was bought for another.
    design: { ...design, towerLeavingC: design.towerSizedLeavingC },
  })
  const itPlateKw = nameplate.itPerCduKw * layout.cdus
  const chilledKwPerKLpm = capacityFlowKwPerK(site.coolant.facility, 1, chilledMeanC)
  const { chilledWaterC } = nameplate.commissioned
  const coldInC = chilledWaterC - nameplate.economiser.approachK
  const economiserUaKwPerK = designConductanceKwPerK({
    heatKw: itPlateKw,
    hotInC: chilledWaterC + nameplate.facility.rangeK,
    hotOutC: chilledWaterC,
    coldInC,
    coldOutC: coldInC + nameplate.tower.rangeK,
  })
  return {
    site,
    liquid,
    itPlateKw,
    chilledKwPerKLpm,
    ...chilledPumpPriors(site),
    losses: lossPrior(asColdPlates, itPlateKw),
    /** Heat that the plates pass per kelvin between returning water and tower water, all of it through them. */
    economiserHeatPerK: (chilledLpm: number, towerLpm: number): number =>
      counterFlowHeatPerK({
        uaKwPerK: plateConductanceKwPerK(economiserUaKwPerK, {
          hotFraction: chilledLpm / design.facilityFlowLpm,
          coldFraction: towerLpm / design.towerFlowLpm,
          exponent: nameplate.cdu.heatTransferExponent,
        }),
        hotKwPerK: chilledLpm * chilledKwPerKLpm,
        coldKwPerK: towerLpm * liquid.towerKwPerKLpm,
      }),
    ...airPriors(site, chilledKwPerKLpm),
    ...chillerPriors(site),
  }
}

/** The chilled-water pumps at the number that runs: two or three of them carry the same flow at different efficiency. */
function chilledPumpPriors({ nameplate, design }: HybridSite) {
  const { facility, commissionedFlowFraction } = nameplate
  const ratedLpm = design.facilityFlowLpm * commissionedFlowFraction
  const headKpa = (flowLpm: number, dpKpa: number) =>
    dpKpa + (facility.mainsDpKpa + facility.exchangerDpKpa) * (flowLpm / design.facilityFlowLpm) ** 2
  const ratedHydraulicKw = hydraulicKw(ratedLpm, headKpa(ratedLpm, design.facilityDpCommissionedKpa))
  return {
    facilityPumps: { pumps: facility.pumps, ratedLpm },
    facilityPump: (flowLpm: number, dpKpa: number, running: number): number =>
      pumpPowerKw({
        hydraulicKw: hydraulicKw(flowLpm, headKpa(flowLpm, dpKpa)),
        ratedHydraulicKw,
        wireToWater: facility.wireToWater,
        runningFraction: running / facility.pumps,
      }),
  }
}

function airPriors(site: HybridSite, chilledKwPerKLpm: number) {
  const { nameplate, design } = site
  const { air, commissioned, facility } = nameplate
  const designAirKwPerK = air.crahs * design.crahAirKwPerK
  const designHeatKw = designAirKwPerK * air.riseK
  const designWaterLpm = air.crahs * design.crahWaterFlowLpm
  const waterInC = commissioned.crahSupplyC - air.coilApproachK
  const coilUaKwPerK = designConductanceKwPerK({
    heatKw: designHeatKw * (1 + air.fanFraction),
    hotInC: commissioned.crahSupplyC + air.riseK,
    hotOutC: commissioned.crahSupplyC - air.riseK * air.fanFraction,
    coldInC: waterInC,
    coldOutC: waterInC + facility.rangeK,
  })
  return {
    /** All units together, at design. */
    designAirKwPerK,
    designWaterLpm,
    /** Air over design: as asked, but never so little that the room returns more than its rise over supply. */
    airFraction: (setPercent: number, airHeatKw: number): number =>
      Math.max(0.2, setPercent / 100, airHeatKw / designHeatKw),
    crahFan: (airFraction: number): number =>
      air.fanFraction * designHeatKw * Math.max(0, airFraction) ** air.fanExponent,
    coilUa: (airFraction: number, waterLpm: number): number =>
      filmsConductanceKwPerK(coilUaKwPerK, {
        hot: { fraction: airFraction, exponent: coilFilms.air },
        cold: { fraction: waterLpm / designWaterLpm, exponent: coilFilms.water },
        hotToCold: coilFilms.airToWater,
      }),
    /** Heat per kelvin between returning air and chilled water of all coils. */
    coilHeatPerK: (uaKwPerK: number, airFraction: number, waterLpm: number): number =>
      counterFlowHeatPerK({
        uaKwPerK,
        hotKwPerK: airFraction * designAirKwPerK,
        coldKwPerK: waterLpm * chilledKwPerKLpm,
      }),
    /** Chilled water of all coils with their valves wide open. */
    coilFullOpen: (dpKpa: number): number =>
      nameplate.cdu.valveFlowFraction * designWaterLpm * Math.sqrt(Math.max(dpKpa, 0) / facility.cduDpKpa),
    /** Growth of the air heat by server fans that draw warmer air. */
    serverFans: (inletC: number): number =>
      1 + air.serverFanFraction * air.serverFanPerK * Math.max(0, inletC - air.serverFanFromC),
  }
}

function chillerPriors(site: HybridSite) {
  const { chiller, tower } = site.nameplate
  const record = chillerRecord(site)
  const designKwPerK = site.design.heatToTowerKw / tower.rangeK / chiller.units
  return {
    /** Cooling of one machine at its most, kW. */
    chillerCapacity: (leavingC: number, condenserC: number): number =>
      (chiller.machine.partLoad.most *
        electricEirChiller(record, {
          evaporatorLeavingC: leavingC,
          condenserEnteringC: condenserC,
          partLoadRatio: 1,
        }).availableW) /
      1000,
    /** Electrical power of one machine, kW; `partLoad` of its most. Under the least part load it keeps its work. */
    chillerPower: (at: { leavingC: number; condenserC: number; partLoad: number }): number =>
      electricEirChiller(record, {
        evaporatorLeavingC: at.leavingC,
        condenserEnteringC: at.condenserC,
        partLoadRatio: Math.max(chiller.leastPartLoad, at.partLoad * chiller.machine.partLoad.most),
      }).powerW / 1000,
    /**
     * The maker measured with design flow through the condenser. With less water the condenser is as warm as its leaving water
     * says: leaving less the warming that design flow would have had.
     */
    condenserAsMeasuredC: (at: { enteringC: number; coolingKw: number; waterKwPerK: number }): number =>
      at.enteringC +
      at.coolingKw *
        (1 + 1 / chiller.machine.cop) *
        (1 / Math.min(designKwPerK, at.waterKwPerK) - 1 / designKwPerK),
  }
}

/** The maker's machine at the size of the site's. */
function chillerRecord(site: HybridSite): EirChiller {
  const { machine, ratedKw } = site.nameplate.chiller
  return {
    QEva_flow_nominal: -1000 * ratedKw,
    COP_nominal: machine.cop,
    PLRMin: machine.partLoad.least,
    PLRMinUnl: machine.partLoad.leastUnloaded,
    PLRMax: machine.partLoad.most,
    TEvaLvgMin: machine.evaporatorLeavingC.lowest + 273.15,
    TEvaLvgMax: machine.evaporatorLeavingC.highest + 273.15,
    TConEntMin: machine.condenserEnteringC.lowest + 273.15,
    TConEntMax: machine.condenserEnteringC.highest + 273.15,
    capFunT: machine.capacityByTemperature,
    EIRFunT: machine.inputByTemperature,
    EIRFunPLR: machine.inputByPartLoad,
  }
}
