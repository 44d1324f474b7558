import { featuresOf } from '#models/plant/components.ts'
import type { AirOutcome, HybridPredictor } from '#models/plant/hybrid/air.ts'
import { chilledLoop, economiserModes, type LoopOutcome } from '#models/plant/hybrid/chilledWater.ts'
import {
  type Hall,
  type HybridConditions,
  type HybridSettings,
  hallAtRest,
} from '#models/plant/hybrid/hall.ts'
import { guardedTargetC } from '#models/plant/hybrid/tower.ts'
import { factorOf } from '#models/plant/model.ts'
import type { CduOutcome } from '#models/plant/predict.ts'

export type HybridOutcome = {
  readonly cdus: readonly CduOutcome[]
  readonly air: AirOutcome
  readonly loop: LoopOutcome
  readonly itKw: number
  readonly cduPumpKw: number
  readonly lossesKw: number
  readonly facilityKw: number
  readonly unmetK: number
}

/** Flows and temperatures agree within this; a sensor errs by three times as much. */
const settledK = 0.03
/** Turns of the water before what is found stands as it is. */
const turnsMost = 12
/** Warmer than this over its setpoint no water gets before people act. */
const floatMostK = 25
/** The room's high limit: warmer air than may be asked for brings the loop back to its commissioning. */
const airLimitSlackK = 0.3
/** Supply air this much over its setpoint is met: its sensor errs by as much, and the high limit is as far again. */
const airMetK = 0.15

/** A state in which the plant may stand, and how likely it does where its past is not known: weights add up to 1. */
export type RestState = { readonly outcome: HybridOutcome; readonly weight: number }

/**
 * The plant at rest under these settings and conditions, as one member of the ensemble sees it. Where the economiser nearly
 * carries all there may be two states, with a chiller, whose heat warms the tower's water, and without one: a plant stays in
 * the one where it is. Where machines are told as measured, it is in that one.
 */
export function restStates(
  of: HybridPredictor,
  member: number,
  settings: HybridSettings,
  conditions: HybridConditions,
): RestState[] {
  const { areChillersOn } = conditions
  const mayBeAlone = settings.economiserMode >= economiserModes.auto
  const outcome = withAirLimit(of, member, { settings, conditions, mayBeAlone })
  const isAlone = outcome.loop.isEngaged && outcome.loop.running === 0
  if (!isAlone) {
    const restShare =
      areChillersOn === undefined ? cyclingRestShare(of, settings, outcome) : areChillersOn ? 0 : 1
    return weighed(outcome, 1 - restShare, () => withoutMachines(outcome))
  }
  if (areChillersOn === false) return [{ outcome, weight: 1 }]
  if (!areChillersOn && outcome.loop.couldLeaveC <= settings.chilledWaterC) return [{ outcome, weight: 1 }]
  const withMachine = withAirLimit(of, member, { settings, conditions, mayBeAlone: false })
  const loops = { alone: outcome.loop, withMachine: withMachine.loop }
  const weight = areChillersOn ? 1 : machineWeight(of, settings, loops, conditions.wereChillersOn)
  return weighed(outcome, 1 - weight, () => withMachine)
}

/** States that have a weight. */
function weighed(outcome: HybridOutcome, weight: number, other: () => HybridOutcome): RestState[] {
  if (weight === 1) return [{ outcome, weight }]
  const otherOne = { outcome: other(), weight: 1 - weight }
  return weight === 0 ? [otherOne] : [{ outcome, weight }, otherOne]
}

/**
 * A machine that is idle, with water that is cold enough behind the economiser, is sent home after its least time, and called
 * again when the water has stayed too warm for the changeover's: the share of the time in which it rests.
 */
function cyclingRestShare(
  { priors }: HybridPredictor,
  settings: HybridSettings,
  { loop }: HybridOutcome,
): number {
  const { chiller, economiser } = priors.site.nameplate
  const isSentHome =
    loop.isEngaged &&
    loop.running === 1 &&
    loop.isIdle &&
    loop.couldLeaveC < settings.chilledWaterC + economiser.changeoverBandK
  if (!isSentHome) return 0
  const onMin = Math.max(chiller.leastOnMin, economiser.changeoverHoldMin)
  const restMin = Math.max(chiller.leastOffMin, economiser.changeoverHoldMin)
  return restMin / (onMin + restMin)
}

/** Wet air and load move within the hour: a machine may be called this much before its border, or not until as much behind it. */
const calledWithinK = 1

/** Share of the hour that a resting machine is likely to be called for: none well before the border, all of its least time at it. */
function calledShare({ priors }: HybridPredictor, settings: HybridSettings, alone: LoopOutcome): number {
  const { chiller, economiser } = priors.site.nameplate
  const overBorderK = alone.couldLeaveC - settings.chilledWaterC - economiser.changeoverBandK
  const likely = Math.min(1, Math.max(0, 0.5 + overBorderK / (2 * calledWithinK)))
  const onMin = Math.max(chiller.leastOnMin, economiser.changeoverHoldMin)
  return likely * Math.min(1, onMin / 60)
}

/** While machines rest between two starts the water keeps what cold it has. */
function withoutMachines(outcome: HybridOutcome): HybridOutcome {
  const { loop, facilityKw } = outcome
  return {
    ...outcome,
    loop: { ...loop, running: 0, isIdle: false, chillersKw: 0 },
    facilityKw: facilityKw - loop.chillersKw,
  }
}

/** What the fit and a load that moves leave open of water temperatures: a border may be passed this much before or behind it. */
const borderK = 0.25

/**
 * How likely a machine runs. It is called when the economiser's water is the changeover's band too warm; it goes home when that
 * water is cold enough, the band over the setpoint if little is left for the machine, the band under it if not. One that
 * ran stays until it passes its border. One that did not, or of which nothing is known, is the likelier called the nearer to the
 * one border and the farther from the other: a load that moves calls it early, and then it stays.
 */
function machineWeight(
  of: HybridPredictor,
  settings: HybridSettings,
  { alone, withMachine }: { alone: LoopOutcome; withMachine: LoopOutcome },
  wasOn: boolean | undefined,
): number {
  const { changeoverBandK } = of.priors.site.nameplate.economiser
  const goesHomeC = settings.chilledWaterC + (withMachine.isIdle ? changeoverBandK : -changeoverBandK)
  const fromHomeK = withMachine.isEngaged ? withMachine.couldLeaveC - goesHomeC : 0
  const fromCallK = Math.max(0, settings.chilledWaterC + changeoverBandK - alone.couldLeaveC)
  if (wasOn === true) return shareBeyond(fromHomeK)
  const called = calledShare(of, settings, alone)
  return fromHomeK <= 0 ? called : Math.max(called, fromHomeK / (fromHomeK + fromCallK))
}

const shareBeyond = (byK: number): number => Math.min(1, Math.max(0, 0.5 + byK / (2 * borderK)))

type Asked = {
  readonly settings: HybridSettings
  readonly conditions: HybridConditions
  readonly mayBeAlone: boolean
}

/** With the room's high limit: too warm air brings back first the pressure, then the water, by as much as it needs. */
function withAirLimit(of: HybridPredictor, member: number, asked: Asked): HybridOutcome {
  const { settings } = asked
  const { bounds, design, nameplate } = of.priors.site
  const outcome = atRest(of, member, asked)
  const limitC = bounds.crahSupplyC.highest + airLimitSlackK
  if (outcome.air.inletC <= limitC) return outcome
  const pressureKpa = Math.max(0, design.facilityDpCommissionedKpa - settings.facilityDpKpa)
  const colderK = Math.max(0, settings.chilledWaterC - nameplate.commissioned.chilledWaterC)
  const limited = (share: number): HybridOutcome =>
    atRest(of, member, {
      ...asked,
      settings: {
        ...settings,
        facilityDpKpa: settings.facilityDpKpa + Math.min(1, share) * pressureKpa,
        chilledWaterC: settings.chilledWaterC - Math.max(0, share - 1) * colderK,
      },
    })
  let low = 0
  let high = 2
  let best = limited(high)
  if (best.air.inletC <= limitC)
    for (let halving = 0; halving < 5; halving++) {
      const share = (low + high) / 2
      const tried = limited(share)
      if (tried.air.inletC > limitC) low = share
      else {
        high = share
        best = tried
      }
    }
  // What was asked for stays unmet, though the plant has helped itself.
  return { ...best, unmetK: Math.max(best.unmetK, outcome.unmetK) }
}

/** What is found so far of the chilled water, the pressure across the hall and the tower's water. */
type Water = {
  readonly supplyC: number
  readonly dpKpa: number
  readonly basinC: number
  readonly isAlone: boolean
}

/** Flows and temperatures that agree: each turn warms the water, or leaves it. */
function atRest(
  of: HybridPredictor,
  member: number,
  { settings, conditions, mayBeAlone }: Asked,
): HybridOutcome {
  let water: Water = {
    supplyC: settings.chilledWaterC,
    dpKpa: settings.facilityDpKpa,
    basinC: guardedTargetC(settings.towerLeavingC, conditions.wetBulbC),
    isAlone: mayBeAlone,
  }
  let hall = hallAtRest(of, member, settings, conditions, water)
  let loop = loopFor(of, member, { settings, conditions, hall, water })
  for (let turn = 0; turn < turnsMost; turn++) {
    const next = nextWater(of, settings, { water, loop, isFirst: turn === 0 })
    const isHallSettled =
      Math.abs(next.supplyC - water.supplyC) < settledK && Math.abs(next.dpKpa - water.dpKpa) < 0.5
    const isSettled =
      isHallSettled && Math.abs(next.basinC - water.basinC) < settledK && next.isAlone === water.isAlone
    if (isSettled) break
    water = isHallSettled ? { ...water, basinC: next.basinC, isAlone: next.isAlone } : next
    if (!isHallSettled) hall = hallAtRest(of, member, settings, conditions, water)
    loop = loopFor(of, member, { settings, conditions, hall, water })
  }
  return outcomeOf(of, member, { settings, conditions, hall, loop, supplyC: water.supplyC })
}

/** The water that follows from what the loop made of it. */
function nextWater(
  of: HybridPredictor,
  settings: HybridSettings,
  now: { water: Water; loop: LoopOutcome; isFirst: boolean },
): Water {
  const { water, loop } = now
  const basinC = loop.tower.leavingC
  // At first guess the water is colder than where it floats: a kelvin and a half of patience, then the band decides.
  const { changeoverBandK } = of.priors.site.nameplate.economiser
  const toleratedK = changeoverBandK + (now.isFirst ? 1.5 : 0)
  if (water.isAlone && loop.isEngaged && loop.couldLeaveC > settings.chilledWaterC + toleratedK)
    return { supplyC: settings.chilledWaterC, dpKpa: water.dpKpa, basinC, isAlone: false }
  const floatsC = Math.min(settings.chilledWaterC + floatMostK, loop.supplyC)
  const heldKpa = Math.min(settings.facilityDpKpa, (water.dpKpa + heldPressure(of, loop, water.dpKpa)) / 2)
  return { ...water, supplyC: water.supplyC + 0.8 * (floatsC - water.supplyC), dpKpa: heldKpa, basinC }
}

const loopFor = (
  of: HybridPredictor,
  member: number,
  at: { settings: HybridSettings; conditions: HybridConditions; hall: Hall; water: Water },
): LoopOutcome =>
  chilledLoop(of, member, {
    setpointC: at.settings.chilledWaterC,
    towerLeavingC: at.settings.towerLeavingC,
    towerFlowPercent: at.settings.towerFlowPercent,
    economiserMode: at.settings.economiserMode,
    wetBulbC: at.conditions.wetBulbC,
    loadKw: at.hall.loadKw,
    loadLpm: at.hall.loadLpm,
    ...at.water,
  })

/** Pressure that the pumps can hold at this flow; more than was asked for counts as what was asked for. */
const heldPressure = ({ priors }: HybridPredictor, loop: LoopOutcome, dpKpa: number): number => {
  const most = priors.liquid.facilityDpMost(loop.pumpedLpm)
  return most >= dpKpa ? Number.POSITIVE_INFINITY : Math.max(1, most)
}

export function outcomeOf(
  of: HybridPredictor,
  member: number,
  at: {
    settings: HybridSettings
    conditions: HybridConditions
    hall: Hall
    loop: LoopOutcome
    supplyC: number
  },
): HybridOutcome {
  const { priors, model } = of
  const { hall, loop } = at
  const plant = { unit: 0, member }
  const itKw = hall.rackKw * factorOf(model.coldPlates, 'itMeter', plant, featuresOf.itMeter())
  const otherKw = loop.facilityPumpKw + loop.towerPumpKw + loop.tower.fanKw + loop.chillersKw + hall.air.fanKw
  const lossesKw =
    priors.losses(itKw, hall.cduPumpKw, otherKw) *
    factorOf(model.coldPlates, 'losses', plant, featuresOf.losses(priors.liquid, itKw))
  return {
    cdus: hall.cdus,
    air: hall.air,
    loop,
    itKw,
    cduPumpKw: hall.cduPumpKw,
    lossesKw,
    facilityKw: itKw + hall.cduPumpKw + otherKw + lossesKw,
    unmetK: unmetK(of, member, at),
  }
}

/** The largest miss of tower, chilled water, air and CDUs. Water that floats within the changeover's band is met. */
function unmetK(
  of: HybridPredictor,
  member: number,
  at: {
    settings: HybridSettings
    conditions: HybridConditions
    hall: Hall
    loop: LoopOutcome
    supplyC: number
  },
): number {
  const { settings, conditions, hall, loop } = at
  const bandK = loop.running === 0 ? of.priors.site.nameplate.economiser.changeoverBandK + 0.5 : 0
  const askedTowerC = guardedTargetC(settings.towerLeavingC, conditions.wetBulbC)
  let most = Math.max(
    0,
    Math.min(loop.tower.unmetK, loop.tower.leavingC - askedTowerC),
    at.supplyC - settings.chilledWaterC - bandK,
    hall.air.supplyC - settings.crahSupplyC - airMetK,
  )
  const { priors, model } = of
  for (const [unit, cdu] of hall.cdus.entries()) {
    if (cdu.valvePercent <= 100) continue
    const { liquid } = priors
    const plainKw = cdu.itKw
    const riseK =
      liquid.chipRise(plainKw, cdu.flowLpm) *
      factorOf(
        model.coldPlates,
        'chipRise',
        { unit, member },
        featuresOf.chipRise(liquid, plainKw, cdu.flowLpm),
      )
    most = Math.max(most, cdu.chipC - riseK - (settings.cduSupplyC[unit] as number))
  }
  return most
}
