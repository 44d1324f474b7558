import type { ImmersionSite } from '#contract/site/immersion.ts'
import { hottestChipFraction } from '#models/physics/coldPlates.ts'
import { capacityFlowKwPerK } from '#models/physics/coolants.ts'
import { lossKw } from '#models/physics/electrical.ts'
import { designConductanceKwPerK, plateConductanceKwPerK } from '#models/physics/exchangers.ts'
import { hydraulicKw, pumpPowerKw, systemCurveKpa } from '#models/physics/pumpsAndFans.ts'
import { coolerPriors } from '#models/plant/immersion/coolerPriors.ts'

/**
 * Component equations with the numbers of the nameplate (YARDSTICKS 1, immersion): where the model stands before it has seen
 * anything. What a plant really does differs by fouling, wear and efficiency; components.ts says which factors are learned.
 */
export type ImmersionPriors = ReturnType<typeof immersionPriors>

/** Loops run between 20 and 50 °C; over that range the heat capacity of glycol moves by 2 %. */
const loopMeanC = 35

/** Ratings of the electrical chain over what it carries: not on a plate that we read, so a usual reserve; the fit corrects it. */
const upsReserve = 1.03
const transformerReserve = 1.15

export function immersionPriors(site: ImmersionSite) {
  const { nameplate, design, layout, coolant } = site
  const { dielectric } = nameplate.tank
  const itPlateKw = nameplate.itPerTankKw * layout.tanks
  const facilityKwPerKLpm = capacityFlowKwPerK(coolant.facility, 1, loopMeanC)
  const dielectricKwPerKLpm = (dielectric.densityKgPerL * dielectric.heatCapacityKjPerKgK) / 60
  return {
    site,
    itPlateKw,
    facilityKwPerKLpm,
    dielectricKwPerKLpm,
    tankKjPerK: tankKjPerK(site),
    /** Coolant in the coils; what stands in the headers no plate says. */
    coilsKjPerK: 60 * facilityKwPerKLpm * nameplate.cooler.contentL,
    ...tankPriors(site),
    ...loopPriors(site),
    ...coolerPriors(site, facilityKwPerKLpm * design.facilityFlowLpm),
    losses: lossPrior(site, itPlateKw),
  }
}

/** Dielectric and hardware of one tank. */
export function tankKjPerK({ nameplate: { tank } }: ImmersionSite): number {
  return (
    tank.volumeL * tank.dielectric.densityKgPerL * tank.dielectric.heatCapacityKjPerKgK + tank.hardwareKjPerK
  )
}

function tankPriors({ nameplate, design }: ImmersionSite) {
  const { tank, chip, facility } = nameplate
  const head = (flowLpm: number, dpKpa: number) =>
    dpKpa +
    systemCurveKpa(
      { staticKpa: tank.staticKpa, dynamicKpa: tank.internalDpKpa, exponent: tank.internalDpExponent },
      flowLpm / design.tankFlowLpm,
    )
  const ratedLpm = design.tankFlowLpm * nameplate.commissionedFlowFraction
  const ratedHydraulicKw = hydraulicKw(ratedLpm, head(ratedLpm, design.tankDpCommissionedKpa))
  const uaDesign = designConductanceKwPerK({
    heatKw: nameplate.itPerTankKw,
    hotInC: design.tankSupplyC + tank.rangeK,
    hotOutC: design.tankSupplyC,
    coldInC: design.tankSupplyC - tank.approachK,
    coldOutC: design.tankSupplyC - tank.approachK + facility.rangeK,
  })
  return {
    tankFlow: (dpKpa: number): number =>
      design.tankFlowLpm * Math.max(0, dpKpa / tank.dpKpa) ** (1 / tank.dpExponent),
    tankPump: (flowLpm: number, dpKpa: number): number =>
      pumpPowerKw({
        hydraulicKw: hydraulicKw(flowLpm, head(flowLpm, dpKpa)),
        ratedHydraulicKw,
        wireToWater: tank.wireToWater,
        runningFraction: 1,
      }),
    tankUa: (flowLpm: number, primaryLpm: number): number =>
      plateConductanceKwPerK(uaDesign, {
        hotFraction: flowLpm / design.tankFlowLpm,
        coldFraction: primaryLpm / design.tankPrimaryFlowLpm,
        exponent: tank.heatTransferExponent,
      }),
    /** Primary flow of one tank with its valve fully open at this facility pressure. */
    primaryFullOpen: (facilityDpKpa: number): number =>
      tank.valveFlowFraction *
      design.tankPrimaryFlowLpm *
      Math.sqrt(Math.max(facilityDpKpa, 0) / facility.tankDpKpa),
    /** How far the hottest chip stands above the tank's supply: R = 0.038 (V/Vd)^-0.35 + 0.03 K/W times its power. */
    chipRise: (itKw: number, flowLpm: number): number => {
      const chipKw = chip.ratedChipKw * hottestChipFraction(itKw / nameplate.itPerTankKw)
      const convection = chip.convectionKPerKw * (flowLpm / design.tankFlowLpm) ** -chip.convectionExponent
      return chipKw * (convection + chip.junctionKPerKw)
    },
    /** Mean chip's power over the hottest one's: 85 % load, 0.85. */
    meanOverHottest: (itKw: number): number => {
      const load = itKw / nameplate.itPerTankKw
      return load / hottestChipFraction(load)
    },
  }
}

function loopPriors({ nameplate, design }: ImmersionSite) {
  const { facility } = nameplate
  const margin = nameplate.commissionedFlowFraction
  const head = (flowLpm: number, dpKpa: number) =>
    dpKpa + (facility.mainsDpKpa + facility.coolerDpKpa) * (flowLpm / design.facilityFlowLpm) ** 2
  const ratedLpm = design.facilityFlowLpm * margin
  const ratedHeadKpa = head(ratedLpm, design.facilityDpCommissionedKpa)
  const ratedHydraulicKw = hydraulicKw(ratedLpm, ratedHeadKpa)
  return {
    /** A bypass at the far end keeps the least flow moving. */
    loopFlow: (primaryLpm: number): number =>
      Math.max(primaryLpm, facility.leastFlowFraction * design.facilityFlowLpm),
    /** Share of the pumps that run, on average over their hysteresis: as many as the flow needs. */
    facilityStages: (flowLpm: number): number => flowLpm / design.facilityFlowLpm,
    leastRunning: 1 / facility.pumps,
    facilityPumps: { pumps: facility.pumps, ratedLpm },
    facilityPump: (flowLpm: number, dpKpa: number, runningFraction: number): number =>
      pumpPowerKw({
        hydraulicKw: hydraulicKw(flowLpm, head(flowLpm, dpKpa)),
        ratedHydraulicKw,
        wireToWater: facility.wireToWater,
        runningFraction,
      }),
    /**
     * Pressure across the tanks with all pumps at full speed: shut-off head 1.3 × rated, commissioned point at 95 % speed, as
     * drives are set by habit.
     */
    facilityDpMost: (flowLpm: number): number =>
      ratedHeadKpa * (1.3 / 0.95 ** 2 - 0.3 * (flowLpm / ratedLpm) ** 2) - head(flowLpm, 0),
  }
}

/** Everything between the facility meter and IT that does not cool: transformer, UPS, PDU, lighting and controls. */
function lossPrior({ nameplate: { electrical } }: ImmersionSite, itPlateKw: number) {
  const upsRatingKw = itPlateKw * upsReserve
  const transformerRatingKw = itPlateKw * transformerReserve
  const lightingKw = itPlateKw * electrical.lightingFraction
  return (itKw: number, tankPumpKw: number, otherKw: number): number => {
    const pduKw = lossKw(electrical.pdu, { outputKw: itKw, ratingKw: itPlateKw })
    const upsKw = lossKw(electrical.ups, { outputKw: itKw + pduKw + tankPumpKw, ratingKw: upsRatingKw })
    const outputKw = itKw + pduKw + tankPumpKw + upsKw + otherKw + lightingKw
    return (
      pduKw + upsKw + lightingKw + lossKw(electrical.transformer, { outputKw, ratingKw: transformerRatingKw })
    )
  }
}
