import type { Site } from '#contract/site/site.ts'
import { coldPlateResistanceKPerKw, hottestChipFraction } from '#models/physics/coldPlates.ts'
import { capacityFlowKwPerK } from '#models/physics/coolants.ts'
import { lossKw } from '#models/physics/electrical.ts'
import { counterFlowNtu, plateConductanceKwPerK } from '#models/physics/exchangers.ts'
import { hydraulicKw, pumpPowerKw, systemCurveKpa } from '#models/physics/pumpsAndFans.ts'
import { towerPriors } from '#models/plant/towerPriors.ts'

/**
 * Component equations with the numbers of the nameplate: where the model stands before it has seen anything. What a
 * plant really does differs by fouling, wear and efficiency; components.ts says which of those factors are learned.
 */
export type Priors = ReturnType<typeof nameplatePriors>

/** Loops run between 20 and 50 °C; over that range their heat capacity moves by 0.5 %. */
const loopMeanC = 35

/** Ratings of the electrical chain over what it carries: not on a plate that we read, so a usual reserve; the fit corrects it. */
const upsReserve = 1.03
const transformerReserve = 1.15

export function nameplatePriors(site: Site) {
  const { nameplate, layout } = site
  const itPlateKw = nameplate.itPerCduKw * layout.cdus
  const secondaryKwPerKLpm = capacityFlowKwPerK(site.coolant.secondary, 1, loopMeanC)
  const facilityKwPerKLpm = capacityFlowKwPerK(site.coolant.facility, 1, loopMeanC)
  const towerKwPerKLpm = capacityFlowKwPerK('water', 1, loopMeanC)
  const capacities = { itPlateKw, secondaryKwPerKLpm, facilityKwPerKLpm, towerKwPerKLpm }
  return {
    site,
    ...capacities,
    ...cduPriors(site, capacities),
    ...plantPumpPriors(site, capacities),
    losses: lossPrior(site, itPlateKw),
    cduLoopKjPerK: 60 * secondaryKwPerKLpm * nameplate.cdu.loopVolumeL,
    /** No plate says it: a minute of design flow in each header. */
    headersKjPerK: 2 * 60 * facilityKwPerKLpm * site.design.facilityFlowLpm,
    /** A minute of the tower's design flow; how many of them its basin holds is learned. */
    basinMinuteKjPerK: 60 * towerKwPerKLpm * site.design.towerFlowLpm,
    ...towerPriors(site, capacities),
  }
}

export type Capacities = {
  readonly itPlateKw: number
  readonly secondaryKwPerKLpm: number
  readonly facilityKwPerKLpm: number
  readonly towerKwPerKLpm: number
}

function cduPriors(site: Site, capacities: Capacities) {
  const { nameplate, design } = site
  const { cdu, chip } = nameplate
  const head = (flowLpm: number, dpKpa: number) =>
    dpKpa +
    systemCurveKpa(
      { staticKpa: cdu.staticKpa, dynamicKpa: cdu.internalDpKpa, exponent: cdu.internalDpExponent },
      flowLpm / design.cduFlowLpm,
    )
  const ratedLpm = design.cduFlowLpm * nameplate.commissionedFlowFraction
  const ratedHydraulicKw = hydraulicKw(ratedLpm, head(ratedLpm, design.cduDpCommissionedKpa))
  const uaDesign = uaFromApproach({
    heatKw: nameplate.itPerCduKw,
    hot: capacities.secondaryKwPerKLpm * design.cduFlowLpm,
    cold: capacities.facilityKwPerKLpm * design.cduPrimaryFlowLpm,
    approachK: cdu.approachK,
  })
  return {
    cduFlow: (dpKpa: number): number =>
      design.cduFlowLpm * Math.max(0, dpKpa / cdu.rackDpKpa) ** (1 / cdu.rackDpExponent),
    cduPump: (flowLpm: number, dpKpa: number): number =>
      pumpPowerKw({
        hydraulicKw: hydraulicKw(flowLpm, head(flowLpm, dpKpa)),
        ratedHydraulicKw,
        wireToWater: cdu.wireToWater,
        runningFraction: 1,
      }),
    cduUa: (flowLpm: number, primaryLpm: number): number =>
      plateConductanceKwPerK(uaDesign, {
        hotFraction: flowLpm / design.cduFlowLpm,
        coldFraction: primaryLpm / design.cduPrimaryFlowLpm,
        exponent: cdu.heatTransferExponent,
      }),
    /** Primary flow with the valve fully open at this facility pressure. */
    primaryFullOpen: (facilityDpKpa: number): number =>
      cdu.valveFlowFraction *
      design.cduPrimaryFlowLpm *
      Math.sqrt(Math.max(facilityDpKpa, 0) / nameplate.facility.cduDpKpa),
    /** How far the hottest chip stands above the supply: plate and junction resistance times its power. */
    chipRise: (itKw: number, flowLpm: number): number => {
      const chipKw = chip.ratedChipKw * hottestChipFraction(itKw / nameplate.itPerCduKw)
      const plateLpm = chip.designFlowLpmPerKw * chip.ratedChipKw * (flowLpm / design.cduFlowLpm)
      return chipKw * (coldPlateResistanceKPerKw(chip.coldPlate, plateLpm) + chip.junctionResistanceKPerKw)
    },
    /** Mean chip's power over the hottest one's: 31 % load, 0.37. */
    meanOverHottest: (itKw: number): number => {
      const load = itKw / nameplate.itPerCduKw
      return load / hottestChipFraction(load)
    },
  }
}

function plantPumpPriors(site: Site, capacities: Capacities) {
  const { nameplate, design } = site
  const { facility, tower } = nameplate
  const margin = nameplate.commissionedFlowFraction
  const facilityHead = (flowLpm: number, dpKpa: number) =>
    dpKpa + (facility.mainsDpKpa + facility.exchangerDpKpa) * (flowLpm / design.facilityFlowLpm) ** 2
  const towerHead = (flowLpm: number) =>
    tower.pumpStaticKpa + tower.pumpDynamicKpa * (flowLpm / design.towerFlowLpm) ** 2
  const facilityRated = hydraulicKw(
    design.facilityFlowLpm * margin,
    facilityHead(design.facilityFlowLpm * margin, design.facilityDpCommissionedKpa),
  )
  const towerRated = hydraulicKw(design.towerFlowLpm, towerHead(design.towerFlowLpm))
  const exchangerUaDesign = uaFromApproach({
    heatKw: capacities.itPlateKw,
    hot: capacities.facilityKwPerKLpm * design.facilityFlowLpm,
    cold: capacities.towerKwPerKLpm * design.towerFlowLpm,
    approachK: tower.exchangerApproachK,
  })
  const ratedHeadKpa = facilityHead(design.facilityFlowLpm * margin, design.facilityDpCommissionedKpa)
  return {
    facilityPumps: { pumps: facility.pumps, ratedLpm: design.facilityFlowLpm * margin },
    /**
     * Pressure across the CDUs with all facility pumps at full speed: shut-off head 1.3 × rated, commissioned point at
     * 95 % speed, as drives are set by habit. Beyond the commissioned flow it falls fast.
     */
    facilityDpMost: (flowLpm: number): number => {
      const x = flowLpm / (design.facilityFlowLpm * margin)
      return ratedHeadKpa * (1.3 / 0.95 ** 2 - 0.3 * x * x) - facilityHead(flowLpm, 0)
    },
    /** `running`: how many pumps run, where that is known. */
    facilityPump: (flowLpm: number, dpKpa: number, running?: number): number =>
      pumpPowerKw({
        hydraulicKw: hydraulicKw(flowLpm, facilityHead(flowLpm, dpKpa)),
        ratedHydraulicKw: facilityRated,
        wireToWater: facility.wireToWater,
        // Pumps are staged: as many whole ones as the flow needs run, so that the next one to start costs a step.
        runningFraction:
          (running ??
            Math.min(
              facility.pumps,
              Math.max(1, Math.ceil((facility.pumps * flowLpm) / design.facilityFlowLpm - 1e-9)),
            )) / facility.pumps,
      }),
    towerPump: (flowLpm: number): number =>
      pumpPowerKw({
        hydraulicKw: hydraulicKw(flowLpm, towerHead(flowLpm)),
        ratedHydraulicKw: towerRated,
        wireToWater: tower.pumpWireToWater,
        runningFraction: Math.min(1, Math.max(1 / tower.pumps, flowLpm / design.towerFlowLpm)),
      }),
    exchangerUa: (facilityLpm: number, towerLpm: number): number =>
      plateConductanceKwPerK(exchangerUaDesign, {
        hotFraction: facilityLpm / design.facilityFlowLpm,
        coldFraction: towerLpm / design.towerFlowLpm,
        exponent: nameplate.cdu.heatTransferExponent,
      }),
  }
}

/** Everything between the facility meter and IT that does not cool: transformer, UPS, PDU, lighting and controls. */
export function lossPrior(site: Site, itPlateKw: number) {
  const { electrical } = site.nameplate
  const upsRatingKw = itPlateKw * upsReserve
  const transformerRatingKw = itPlateKw * transformerReserve
  const lightingKw = itPlateKw * electrical.lightingFraction
  return (itKw: number, cduPumpKw: number, otherKw: number): number => {
    const pduKw = lossKw(electrical.pdu, { outputKw: itKw, ratingKw: itPlateKw })
    const upsKw = lossKw(electrical.ups, { outputKw: itKw + pduKw + cduPumpKw, ratingKw: upsRatingKw })
    const outputKw = itKw + pduKw + cduPumpKw + upsKw + otherKw + lightingKw
    return (
      pduKw + upsKw + lightingKw + lossKw(electrical.transformer, { outputKw, ratingKw: transformerRatingKw })
    )
  }
}

/** Conductance, kW/K, that leaves `approachK` between cold inlet and hot outlet. */
function uaFromApproach(at: { heatKw: number; hot: number; cold: number; approachK: number }): number {
  const least = Math.min(at.hot, at.cold)
  const inletSpreadK = at.approachK + at.heatKw / at.hot
  return (
    counterFlowNtu(Math.min(0.98, at.heatKw / (least * inletSpreadK)), least / Math.max(at.hot, at.cold)) *
    least
  )
}
