import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import type { Site } from '#contract/site/site.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import { counterFlowHeatPerK, plateConductanceKwPerK } from '#models/physics/exchangers.ts'
import { stepFacilityPumps, stepTowerPumps } from '#simulators/plant/facilityStep.ts'
import { correctionSOf, stepChillerPower, stepCooling } from '#simulators/plant/hybrid/chillerStep.ts'
import type { HybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import {
  chilledSetpointC,
  chillersOn,
  economiserModes,
  type HybridState,
} from '#simulators/plant/hybrid/hybridState.ts'
import { stepStaging } from '#simulators/plant/hybrid/stagingStep.ts'
import { stepTower } from '#simulators/plant/towerStep.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

export type LoopPlant = {
  readonly site: HybridSite
  readonly liquid: Site
  readonly sizing: HybridSizing
}

/** What CDUs and CRAHs take from the loop and give back to it. */
export type LoopLoad = { readonly heatKw: number; readonly lpm: number }

/** The economiser's valve goes from end to end in 90 s, as the exchanger's on the other sites. */
const strokeS = 90

/** Slack for loops and sensors over the highest supply air that a controller may ask for. */
const airLimitSlackK = 0.3
/** One kelvin too warm moves the limit from nothing to full pressure, or from there to commissioned water, in 20 minutes. */
const airLimitS = 1200

/** Chilled water, chillers, economiser and tower, in the order in which heat flows. */
export function stepChilledLoop(
  state: HybridState,
  plant: LoopPlant,
  moment: { load: LoopLoad; air: OutdoorAir; seconds: number },
): void {
  const { facility, tower, chilled } = state
  const { load, air, seconds } = moment
  const coldPlates = { site: plant.liquid, sizing: plant.sizing.coldPlates }
  stepAirLimit(state, plant.site, seconds)
  const { setpointC, dpKpa } = loopTargets(state, plant.site)
  stepStaging(state, plant.site, { setpointC, air, seconds })
  chilled.bypassLpm = bypassLpm(state, plant.site, load.lpm)
  // Setpoints from outside stand as they are; the plant's own limits act beside them.
  const [heldKpa, heldC] = [facility.dpSpKpa, tower.leavingSpC]
  facility.dpSpKpa = dpKpa
  stepFacilityPumps(facility, coldPlates, { lpm: load.lpm + chilled.bypassLpm, seconds })
  facility.dpSpKpa = heldKpa
  stepTowerPumps(tower, coldPlates, { heatKw: load.heatKw, seconds })
  const towerKwPerK = (tower.flowLpm * heatPerLitreKj('water', tower.basinC)) / 60
  stepLoopHeat(state, plant, { load, setpointC, towerKwPerK, seconds })
  // Economiser and condensers lie in series in the tower's water.
  const beforeCondenserC = tower.basinC + (towerKwPerK > 0 ? chilled.economiserKw / towerKwPerK : 0)
  const chillersKw = stepChillerPower(state, plant, { beforeCondenserC, towerKwPerK })
  const heatKw = chilled.economiserKw + chilled.coolingKw + chillersKw
  tower.leavingSpC = towerTargetC(state, plant.site, setpointC)
  stepTower(tower, coldPlates, { heatKw, air, seconds })
  tower.leavingSpC = heldC
}

/**
 * The high limit of the room, which every hall has: while servers draw air above 27 °C the loop goes back towards its commissioning,
 * pressure first, then water, in 20 minutes for each per kelvin. Otherwise a starved coil would save at the servers' expense.
 */
function stepAirLimit({ chilled, hall }: HybridState, { bounds }: HybridSite, seconds: number): void {
  const overK = hall.inletC - bounds.crahSupplyC.highest - airLimitSlackK
  chilled.airLimitShare = Math.max(0, Math.min(2, chilled.airLimitShare + (overK * seconds) / airLimitS))
}

function loopTargets(state: HybridState, site: HybridSite): { setpointC: number; dpKpa: number } {
  const { airLimitShare } = state.chilled
  const { facilityDpCommissionedKpa } = site.design
  const writtenC = chilledSetpointC(state)
  const writtenKpa = state.facility.dpSpKpa
  const colderK = Math.max(0, writtenC - site.nameplate.commissioned.chilledWaterC)
  return {
    setpointC: writtenC - Math.max(0, airLimitShare - 1) * colderK,
    dpKpa: writtenKpa + Math.min(1, airLimitShare) * Math.max(0, facilityDpCommissionedKpa - writtenKpa),
  }
}

/** Commissioned at 29 °C tower water no economiser would carry anything: in `auto` it asks for its design approach. */
function towerTargetC({ chilled, tower }: HybridState, { nameplate }: HybridSite, setpointC: number): number {
  const isAlone = chilled.economiserIsEngaged && chilled.economiserMode === economiserModes.auto
  return isAlone ? Math.min(tower.leavingSpC, setpointC - nameplate.economiser.approachK) : tower.leavingSpC
}

/** What evaporators need beyond what the hall draws; it returns before them, so the economiser sees warm water only. */
function bypassLpm(state: HybridState, { nameplate, design }: HybridSite, loadLpm: number): number {
  const running = chillersOn(state)
  if (running === 0 || state.facility.dpKpa <= 0) return 0
  const leastLpm = running * nameplate.chiller.leastEvaporatorFlowFraction * design.evaporatorFlowLpm
  return Math.max(0, leastLpm - loadLpm)
}

/**
 * Return header, economiser, evaporators and supply header in one implicit step: both header temperatures are straight lines of
 * each other, so the ring closes without iteration and no heat is lost at any step length. The bypass turns in the supply
 * header alone.
 */
function stepLoopHeat(
  state: HybridState,
  plant: LoopPlant,
  moment: { load: LoopLoad; setpointC: number; towerKwPerK: number; seconds: number },
): void {
  const { facility, tower, chilled } = state
  const { load, setpointC, seconds } = moment
  const sizing = plant.sizing.coldPlates
  const flowKwPerK = (load.lpm * heatPerLitreKj(plant.site.coolant.facility, facility.returnC)) / 60
  const fullPerK = economiserPerK(state, plant, {
    flowKwPerK,
    loadLpm: load.lpm,
    towerKwPerK: moment.towerKwPerK,
  })
  stepEconomiserValve(state, {
    fullPerK,
    flowKwPerK,
    setpointC,
    storeKjPerK: sizing.facilitySupplyKjPerK,
    correctionS: correctionSOf(plant.site),
    seconds,
  })
  const heatPerK = fullPerK * facility.exchangerValve
  const leaving = (perK: number) =>
    flowKwPerK > 0
      ? facility.returnC - (perK / flowKwPerK) * (facility.returnC - tower.basinC)
      : facility.returnC
  chilled.economiserCouldLeaveC = leaving(fullPerK)
  chilled.economiserLeavingC = leaving(heatPerK)
  const coolingKw = stepCooling(state, plant, {
    setpointC,
    flowKwPerK,
    pumpKw: facility.pumpKw,
    storeKjPerK: sizing.facilitySupplyKjPerK,
    seconds,
  })
  const returnStore = sizing.facilityReturnKjPerK / seconds
  const supplyStore = sizing.facilitySupplyKjPerK / seconds
  const returnFixed = (returnStore * facility.returnC + load.heatKw) / (returnStore + flowKwPerK)
  const returnPerSupply = flowKwPerK / (returnStore + flowKwPerK)
  facility.supplyC =
    (supplyStore * facility.supplyC +
      (flowKwPerK - heatPerK) * returnFixed +
      heatPerK * tower.basinC +
      facility.pumpKw -
      coolingKw) /
    (supplyStore + flowKwPerK - (flowKwPerK - heatPerK) * returnPerSupply)
  facility.returnC = returnFixed + returnPerSupply * facility.supplyC
  facility.heatKw = load.heatKw
  chilled.economiserKw = heatPerK * (facility.returnC - tower.basinC)
  facility.exchangerColdOutC =
    moment.towerKwPerK > 0 ? tower.basinC + chilled.economiserKw / moment.towerKwPerK : tower.basinC
}

/** Heat that the plates pass per kelvin between returning water and tower water with the valve wide open. */
function economiserPerK(
  state: HybridState,
  { site, sizing }: LoopPlant,
  flow: { flowKwPerK: number; loadLpm: number; towerKwPerK: number },
): number {
  const uaKwPerK = plateConductanceKwPerK(
    sizing.coldPlates.exchangerUaKwPerK * state.facility.exchangerConductanceShare,
    {
      hotFraction: flow.loadLpm / site.design.facilityFlowLpm,
      coldFraction: state.tower.flowLpm / site.design.towerFlowLpm,
      exponent: site.nameplate.cdu.heatTransferExponent,
    },
  )
  return counterFlowHeatPerK({ uaKwPerK, hotKwPerK: flow.flowKwPerK, coldKwPerK: flow.towerKwPerK })
}

/** Mixing valve: as much of the water passes the plates as brings the supply to its setpoint, none when that would warm it. */
function stepEconomiserValve(
  { facility, tower, chilled }: HybridState,
  loop: {
    fullPerK: number
    flowKwPerK: number
    setpointC: number
    storeKjPerK: number
    correctionS: number
    seconds: number
  },
): void {
  const { setpointC, seconds } = loop
  const possibleKw = loop.fullPerK * (facility.returnC - tower.basinC)
  const wantedKw =
    loop.flowKwPerK * (facility.returnC - setpointC) +
    facility.pumpKw +
    (loop.storeKjPerK * (facility.supplyC - setpointC)) / Math.max(loop.correctionS, seconds)
  const target =
    chilled.economiserIsEngaged && possibleKw > 0 ? Math.max(0, Math.min(1, wantedKw / possibleKw)) : 0
  if (facility.exchangerValveIsStuck) return
  const most = seconds / strokeS
  facility.exchangerValve += Math.max(-most, Math.min(most, target - facility.exchangerValve))
}
