import type { HybridPredictor } from '#models/plant/hybrid/air.ts'
import {
  chillersFor,
  type LoopDuty,
  type LoopOutcome,
  loopFlows,
  towerTargetC,
} from '#models/plant/hybrid/chilledWater.ts'
import { type TowerDuty, type TowerOutcome, towerAtRest } from '#models/plant/hybrid/tower.ts'

/** Chilled water, its return and the tower's water where they stand. */
export type LoopCourse = LoopDuty & { readonly returnC: number }

/** One step of the loop with the machines as they stand, and what its controller sees at its end. */
export type LoopStep = {
  readonly loop: LoopOutcome
  readonly returnC: number
  readonly coolingKw: number
  readonly machineKw: number
}

const sequenceOf = ({ priors }: HybridPredictor) => priors.site.nameplate.chiller.sequence

const headerKjPerK = (of: HybridPredictor): number =>
  sequenceOf(of).headerMin * 60 * of.priors.site.design.facilityFlowLpm * of.priors.chilledKwPerKLpm

/** Returning water some seconds on: it follows the supply as the header is filled with what the hall has warmed. */
export function returnAfter(
  of: HybridPredictor,
  duty: Pick<LoopCourse, 'loadKw' | 'loadLpm' | 'supplyC' | 'returnC'>,
  seconds: number,
): number {
  const store = headerKjPerK(of) / seconds
  const flowKwPerK = duty.loadLpm * of.priors.chilledKwPerKLpm
  return (store * duty.returnC + duty.loadKw + flowKwPerK * duty.supplyC) / (store + flowKwPerK)
}

/** Chilled water and tower some seconds on. */
export function loopAfter(
  of: HybridPredictor,
  member: number,
  duty: LoopCourse,
  machines: { readonly running: number; readonly isEngaged: boolean },
  seconds: number,
): LoopStep {
  const { running, isEngaged } = machines
  const { returnC } = duty
  const { towerLpm, towerKwPerK, flowKwPerK, perK, pumpAt, towerPumpKw, pumpedLpm } = loopFlows(
    of,
    member,
    duty,
  )
  const storeKjPerK = headerKjPerK(of)
  const pumped = pumpedLpm(running)
  const facilityPumpKw = pumpAt(pumped)
  const overPlatesK = returnC - duty.basinC
  const wantedKw = Math.max(
    0,
    flowKwPerK * (returnC - duty.setpointC) +
      facilityPumpKw +
      (storeKjPerK * (duty.supplyC - duty.setpointC)) / (60 * sequenceOf(of).correctionMin),
  )
  const economiserKw = isEngaged ? Math.min(wantedKw, Math.max(0, perK * overPlatesK)) : 0
  const coolingKw = running > 0 ? wantedKw - economiserKw : 0
  const found = chillersFor(of, member, {
    coolingKw,
    leavingC: duty.supplyC,
    beforeCondenserC: duty.basinC + economiserKw / towerKwPerK,
    towerKwPerK,
    running: Math.max(1, running),
  })
  const chillersKw = running > 0 ? found.powerKw : 0
  const cooledKw = Math.min(coolingKw, running * found.capacityKw)
  const tower = towerAfter(
    of,
    member,
    {
      heatKw: economiserKw + cooledKw + chillersKw + towerPumpKw,
      targetC: towerTargetC(of, duty, isEngaged),
      wetBulbC: duty.wetBulbC,
      flowLpm: towerLpm,
    },
    duty.basinC,
    seconds,
  )
  return {
    loop: {
      supplyC:
        (storeKjPerK * duty.supplyC +
          (flowKwPerK * returnC + facilityPumpKw - economiserKw - cooledKw) * seconds) /
        (storeKjPerK + flowKwPerK * seconds),
      couldLeaveC: isEngaged ? returnC - (perK / flowKwPerK) * overPlatesK : returnC,
      isEngaged,
      running,
      isIdle: running > 0 && found.isIdle,
      chillersKw,
      facilityPumpKw,
      towerPumpKw,
      tower,
      pumpedLpm: pumped,
    },
    returnC: returnAfter(of, duty, seconds),
    coolingKw,
    machineKw: found.capacityKw,
  }
}

/** Tower water some seconds on: as asked, unless full air cannot cool the basin so far or its heat cannot warm it so far. */
function towerAfter(
  of: HybridPredictor,
  member: number,
  duty: TowerDuty,
  fromC: number,
  seconds: number,
): TowerOutcome {
  const { design } = of.priors.site
  const store = (of.model.basinMinutes * 60 * design.towerFlowLpm * of.priors.liquid.towerKwPerKLpm) / seconds
  const heatKw = Math.max(0, duty.heatKw - store * (duty.targetC - fromC))
  const held = towerAtRest(of, member, { ...duty, heatKw })
  const isHeld = held.unmetK === 0 && held.fanKw > 0
  if (isHeld) return held
  // At given air the water stands above the wet bulb nearly in proportion to the heat that it gives away.
  const rest =
    held.fanKw > 0
      ? towerAtRest(of, member, { ...duty, targetC: Math.min(duty.targetC, duty.wetBulbC + coldestK) })
      : towerAtRest(of, member, duty)
  const perK = duty.heatKw / Math.max(coldestK, rest.leavingC - duty.wetBulbC)
  const leavingC = (store * fromC + duty.heatKw + perK * duty.wetBulbC) / (store + perK)
  return held.fanKw > 0
    ? { fanKw: held.fanKw, leavingC, unmetK: Math.max(0, leavingC - duty.targetC) }
    : { fanKw: 0, leavingC: Math.min(leavingC, Math.max(duty.targetC, fromC)), unmetK: 0 }
}

/** No tower comes nearer to the wet bulb. */
const coldestK = 0.3
