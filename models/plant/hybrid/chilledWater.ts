import { featuresOf } from '#models/plant/components.ts'
import type { HybridPredictor } from '#models/plant/hybrid/air.ts'
import { hybridFeatures } from '#models/plant/hybrid/components.ts'
import { hybridFactor } from '#models/plant/hybrid/model.ts'
import { guardedTargetC, type TowerOutcome, towerAtRest } from '#models/plant/hybrid/tower.ts'
import { pumpsAtRest } from '#models/plant/learned/pumpStages.ts'
import { factorOf } from '#models/plant/model.ts'

/** Use of the economiser as a chiller's point says it: not, only when it carries all, ahead of running chillers too. */
export const economiserModes = { off: 0, auto: 1, integrated: 2 } as const

/** What is asked of the chilled water, the heat that comes to it, and the state that was found so far. */
export type LoopDuty = {
  readonly setpointC: number
  readonly towerLeavingC: number
  readonly towerFlowPercent: number
  readonly economiserMode: number
  readonly wetBulbC: number
  readonly dpKpa: number
  /** From CDUs and CRAHs. */
  readonly loadKw: number
  readonly loadLpm: number
  /** Chilled water and tower water as found so far. */
  readonly supplyC: number
  readonly basinC: number
  /** No chiller runs while the economiser does what it can. */
  readonly isAlone: boolean
  /** Chilled-water pumps that run, where it is known. */
  readonly pumpsRunning?: number
}

export type LoopOutcome = {
  readonly supplyC: number
  /** Water behind the economiser with all of it through the plates. */
  readonly couldLeaveC: number
  readonly isEngaged: boolean
  readonly running: number
  /** The machine that runs has less than its least part load: it may go home as soon as the water allows. */
  readonly isIdle: boolean
  readonly chillersKw: number
  readonly facilityPumpKw: number
  readonly towerPumpKw: number
  readonly tower: TowerOutcome
  readonly pumpedLpm: number
}

/** What flows in both loops, and what plates and pumps make of it. */
export function loopFlows(of: HybridPredictor, member: number, duty: LoopDuty) {
  const { priors, model } = of
  const plant = { unit: 0, member }
  const towerLpm = towerFlow(of, member, duty.towerFlowPercent)
  return {
    towerLpm,
    towerKwPerK: towerLpm * priors.liquid.towerKwPerKLpm,
    flowKwPerK: Math.max(1e-6, duty.loadLpm * priors.chilledKwPerKLpm),
    /** Heat of the economiser per kelvin between returning water and tower water, all of it through the plates. */
    perK:
      priors.economiserHeatPerK(duty.loadLpm, towerLpm) *
      hybridFactor(model, 'economiser', member, hybridFeatures.economiser(priors, duty.loadLpm, towerLpm)),
    pumpAt: (lpm: number): number =>
      priors.facilityPump(
        lpm,
        duty.dpKpa,
        duty.pumpsRunning ?? pumpsAtRest(model.pumpStages, priors.facilityPumps, lpm),
      ) * factorOf(model.coldPlates, 'facilityPump', plant, featuresOf.facilityPump(priors.liquid, lpm)),
    towerPumpKw:
      priors.liquid.towerPump(towerLpm) *
      factorOf(model.coldPlates, 'towerPump', plant, featuresOf.towerPump(priors.liquid, towerLpm)),
    /** What evaporators need beyond the hall's water turns in the supply header. */
    pumpedLpm: (running: number): number => {
      const leastFraction = priors.site.nameplate.chiller.leastEvaporatorFlowFraction
      return Math.max(duty.loadLpm, running * leastFraction * priors.site.design.evaporatorFlowLpm)
    },
  }
}

/** Pumps, economiser, chillers and tower for one guess of the water's temperatures. */
export function chilledLoop(of: HybridPredictor, member: number, duty: LoopDuty): LoopOutcome {
  const flows = loopFlows(of, member, duty)
  const { towerLpm, towerKwPerK, flowKwPerK, perK, pumpAt, towerPumpKw } = flows
  const isEngaged = economiserIsEngaged(of, duty, duty.supplyC + duty.loadKw / flowKwPerK)
  const cooled = isEngaged && duty.isAlone ? alone() : withChillers()
  const tower = towerAtRest(of, member, {
    heatKw: duty.loadKw + cooled.facilityPumpKw + cooled.chillersKw + towerPumpKw,
    targetC: towerTargetC(of, duty, isEngaged),
    wetBulbC: duty.wetBulbC,
    flowLpm: towerLpm,
  })
  return { ...cooled, isEngaged, towerPumpKw, tower }

  /** The plates carry all; the water floats where they cannot hold it. */
  function alone() {
    const facilityPumpKw = pumpAt(duty.loadLpm)
    const allKw = duty.loadKw + facilityPumpKw
    const returnC = duty.basinC + allKw / perK
    const couldLeaveC = returnC - allKw / flowKwPerK
    return {
      supplyC: Math.max(duty.setpointC, couldLeaveC + facilityPumpKw / flowKwPerK),
      couldLeaveC,
      running: 0,
      isIdle: false,
      chillersKw: 0,
      facilityPumpKw,
      pumpedLpm: duty.loadLpm,
    }
  }

  function withChillers() {
    const returnC = duty.supplyC + duty.loadKw / flowKwPerK
    const couldLeaveC = isEngaged ? returnC - (perK / flowKwPerK) * (returnC - duty.basinC) : returnC
    const guess = coolingFor(pumpAt(duty.loadLpm))
    const pumpedLpm = flows.pumpedLpm(guess.running)
    const facilityPumpKw = pumpAt(pumpedLpm)
    const found = pumpedLpm > duty.loadLpm ? coolingFor(facilityPumpKw) : guess
    return {
      // Machines at full load leave the water warmer, until less is asked of them or the plates take more.
      supplyC: Math.max(
        duty.setpointC,
        duty.supplyC + found.lackKw / flowKwPerK - found.spareKw / flowKwPerK,
      ),
      couldLeaveC,
      running: found.running,
      isIdle: found.isIdle,
      chillersKw: found.powerKw,
      facilityPumpKw,
      pumpedLpm,
    }

    function coolingFor(pumpKw: number) {
      const allKw = duty.loadKw + pumpKw
      const economiserKw = isEngaged ? Math.min(allKw, Math.max(0, perK * (returnC - duty.basinC))) : 0
      return chillersFor(of, member, {
        coolingKw: allKw - economiserKw,
        leavingC: duty.supplyC,
        beforeCondenserC: duty.basinC + economiserKw / towerKwPerK,
        towerKwPerK,
      })
    }
  }
}

/**
 * Machines that carry a cooling, their power, and what they lack or have left in kW against it. As many as `running` says, where it is
 * known; else as many as are needed.
 */
export function chillersFor(
  { priors, model }: HybridPredictor,
  member: number,
  at: {
    coolingKw: number
    leavingC: number
    beforeCondenserC: number
    towerKwPerK: number
    running?: number
  },
): {
  running: number
  isIdle: boolean
  powerKw: number
  lackKw: number
  spareKw: number
  /** Most that one machine can cool. */
  capacityKw: number
} {
  const { chiller } = priors.site.nameplate
  const enteringC = Math.max(chiller.leastCondenserEnteringC, at.beforeCondenserC)
  const plateKw = priors.chillerCapacity(at.leavingC, enteringC)
  const capacityKw =
    plateKw * hybridFactor(model, 'chillerCapacity', member, hybridFeatures.chillerCapacity(enteringC))
  // Between the load at which one is added and the load under which one goes home.
  const stagingLoad = (chiller.sequence.helpAtLoad + chiller.sequence.restBelowLoad) / 2
  const needed = Math.max(1, Math.ceil(at.coolingKw / (stagingLoad * capacityKw)))
  const running = at.running ?? Math.min(chiller.units, needed)
  const eachKw = Math.min(capacityKw, at.coolingKw / running)
  const condenserC = priors.condenserAsMeasuredC({
    enteringC,
    coolingKw: eachKw,
    waterKwPerK: at.towerKwPerK / running,
  })
  const partLoad = Math.max(chiller.leastPartLoad / chiller.machine.partLoad.most, eachKw / plateKw)
  const powerKw =
    running *
    priors.chillerPower({ leavingC: at.leavingC, condenserC, partLoad }) *
    hybridFactor(model, 'chillerPower', member, hybridFeatures.chillerPower(partLoad, condenserC))
  const overKw = at.coolingKw - running * capacityKw
  return {
    running,
    isIdle: at.coolingKw < chiller.leastPartLoad * capacityKw,
    powerKw,
    lackKw: Math.max(0, overKw),
    spareKw: Math.max(0, -overKw),
    capacityKw,
  }
}

/** At rest, in the middle of the changeover's band. */
function economiserIsEngaged({ priors }: HybridPredictor, duty: LoopDuty, returnC: number): boolean {
  const mode = Math.round(duty.economiserMode)
  if (mode === economiserModes.integrated)
    return duty.basinC < returnC - priors.site.nameplate.chiller.sequence.worthPassingK
  return (
    mode === economiserModes.auto && duty.wetBulbC < priors.site.nameplate.economiser.carriesAllBelowWetBulbC
  )
}

/** In `auto` the economiser asks the tower for its own approach under the chilled water. */
export function towerTargetC({ priors }: HybridPredictor, duty: LoopDuty, isEngaged: boolean): number {
  const isAuto = Math.round(duty.economiserMode) === economiserModes.auto
  const askedC =
    isAuto && isEngaged
      ? Math.min(duty.towerLeavingC, duty.setpointC - priors.site.nameplate.economiser.approachK)
      : duty.towerLeavingC
  return guardedTargetC(askedC, duty.wetBulbC)
}

const towerFlow = ({ priors, model }: HybridPredictor, member: number, percent: number): number =>
  (priors.site.design.towerFlowLpm *
    percent *
    factorOf(model.coldPlates, 'towerFlow', { unit: 0, member }, featuresOf.towerFlow(percent))) /
  100
