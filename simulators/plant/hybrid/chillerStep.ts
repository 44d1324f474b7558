import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { electricEirChiller } from '#models/physics/chillers.ts'
import type { HybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import { chillersOn, type HybridState } from '#simulators/plant/hybrid/hybridState.ts'

/** Water is brought back to its setpoint within so long. */
export const correctionSOf = ({ nameplate }: HybridSite): number =>
  60 * nameplate.chiller.sequence.correctionMin

type ChillerPlant = { readonly site: HybridSite; readonly sizing: HybridSizing }

/** A chiller's vanes and drive follow what is asked in about a minute. */
const loadLagS = 60

/** Cooling that all running chillers can give at these temperatures, kW. */
export function availableKw(state: HybridState, { site, sizing }: ChillerPlant): number {
  const one = electricEirChiller(sizing.chiller, {
    evaporatorLeavingC: state.facility.supplyC,
    condenserEnteringC: state.chilled.condenserEnteringC,
    partLoadRatio: 1,
  }).availableW
  return (one / 1000) * site.nameplate.chiller.machine.partLoad.most
}

/** The next cooling of all chillers together: what brings the water to its setpoint, through the machines' own lag. */
export function stepCooling(
  state: HybridState,
  plant: ChillerPlant,
  loop: { setpointC: number; flowKwPerK: number; pumpKw: number; storeKjPerK: number; seconds: number },
): number {
  const { chilled, facility } = state
  const running = chillersOn(state)
  chilled.availableKw = availableKw(state, plant)
  if (running === 0) {
    chilled.wantedKw = 0
    chilled.coolingKw = 0
    return 0
  }
  chilled.wantedKw =
    loop.flowKwPerK * (chilled.economiserLeavingC - loop.setpointC) +
    loop.pumpKw +
    (loop.storeKjPerK * (facility.supplyC - loop.setpointC)) /
      Math.max(correctionSOf(plant.site), loop.seconds)
  const target = Math.max(0, Math.min(chilled.wantedKw, running * chilled.availableKw))
  chilled.coolingKw += (target - chilled.coolingKw) * (1 - Math.exp(-loop.seconds / loadLagS))
  // A machine that has just stopped took its share along.
  chilled.coolingKw = Math.max(0, Math.min(chilled.coolingKw, running * chilled.availableKw))
  return chilled.coolingKw
}

/**
 * Electrical power for the cooling that was given, by the maker's curves, inputs held inside them; the load is shared evenly.
 * Under the least part load the machine keeps its work (hot-gas bypass). Returns the power, all of which goes into the condenser.
 */
export function stepChillerPower(
  state: HybridState,
  plant: ChillerPlant,
  water: { beforeCondenserC: number; towerKwPerK: number },
): number {
  const { chilled } = state
  const { chiller, tower } = plant.site.nameplate
  const { design } = plant.site
  const running = chillersOn(state)
  // A mixing valve keeps the condenser from getting too cold for the machine.
  chilled.condenserEnteringC = Math.max(chiller.leastCondenserEnteringC, water.beforeCondenserC)
  const eachKw = running > 0 ? chilled.coolingKw / running : 0
  let powerKw = 0
  for (const machine of state.chillers) {
    machine.coolingKw = machine.isOn ? eachKw : 0
    machine.partLoad = machine.isOn && chilled.availableKw > 0 ? eachKw / chilled.availableKw : 0
    machine.powerKw = machine.isOn ? machinePowerKw(machine.partLoad) : 0
    powerKw += machine.powerKw
  }
  const heatKw = chilled.coolingKw + powerKw
  chilled.condenserLeavingC =
    chilled.condenserEnteringC + (running > 0 && water.towerKwPerK > 0 ? heatKw / water.towerKwPerK : 0)
  return powerKw

  function machinePowerKw(partLoad: number): number {
    const { most } = chiller.machine.partLoad
    return (
      electricEirChiller(plant.sizing.chiller, {
        evaporatorLeavingC: state.facility.supplyC,
        condenserEnteringC: curveEnteringC(),
        partLoadRatio: Math.max(chiller.leastPartLoad, partLoad * most),
      }).powerW / 1000
    )
  }

  /**
   * The curves were measured at design flow of the condenser. With less water the condenser is as warm as its leaving water
   * says: leaving less the warming that design flow would have had.
   */
  function curveEnteringC(): number {
    const designKwPerK = design.heatToTowerKw / tower.rangeK / chiller.units
    const eachKwPerK = Math.min(designKwPerK, water.towerKwPerK / Math.max(1, running))
    if (eachKwPerK <= 0) return Number.POSITIVE_INFINITY
    const heatKwEach = eachKw * (1 + 1 / chiller.machine.cop)
    return chilled.condenserEnteringC + heatKwEach * (1 / eachKwPerK - 1 / designKwPerK)
  }
}
