import { boundsOf, type ControlSite, clamp, steeredPoint } from '#contract/control/bounds.ts'
import { type Millis, minute } from '#contract/units.ts'

/**
 * Good present practice (YARDSTICKS 3, `reset`): temperatures follow the wet bulb, pressures are trimmed until a chip
 * or a valve asks for more. It runs every five minutes on the agent whenever no lease holds, and in a backtest.
 */
export const resetEveryMs = 5 * minute

/**
 * The site's a: 8 K unless it says otherwise. With 4 or 6 K a tower at 80 % heat and 15 °C wet bulb runs its fans flat out
 * and still misses, the facility water comes 3 K too warm, and every valve and pump opens after it: PUE 1.11 instead of 1.08.
 */
export const resetApproachOf = (site: { readonly resetApproachK?: 4 | 6 | 8 | undefined }): number =>
  site.resetApproachK ?? 8

export const resetRules = {
  facilityOverTowerK: 2,
  cduOverFacilityK: 4,
  facilityLowestC: 18,
  cduLowestC: 22,
  cduOverDesignK: 4,
  /** Percentage points of commissioned pressure per step. */
  cduPressure: { start: 60, trim: 1.5, respond: 12, respondHard: 24, floor: 30, nearK: 10, veryNearK: 5 },
  facilityPressure: { start: 50, trim: 2, respond: 6, floor: 25, valveOpenPercent: 90 },
  towerFlow: { stepPercent: 10, lowest: 40, highest: 100 },
} as const

export type ResetInputs = {
  readonly wetBulbC: number | undefined
  /** IT heat over nameplate, 0..1. */
  readonly heatFraction: number | undefined
  /** Facility water as measured; used for the CDU's rule when the tower's rule cannot be evaluated here. */
  readonly facilitySupplyC: number | undefined
  /** Tower water as measured; undefined: not known. */
  readonly towerLeavingC?: number | undefined
  readonly cdus: ReadonlyArray<{
    readonly id: string
    /** Limit minus hottest chip; undefined: not known. */
    readonly chipMarginK: number | undefined
    readonly valvePercent: number | undefined
    readonly facilitySupplyC?: number | undefined
  }>
  /** A plan holds these outputs: trims wait, responses go on, so that hand-back does not start from the floor. */
  readonly pressuresHeldByPlan?: boolean
}

export type ResetMemory = {
  readonly steppedAt: Millis | null
  readonly cduPressurePercent: Readonly<Record<string, number>>
  readonly facilityPressurePercent: number
  readonly setpoints: ResetSetpoints
}

export type ResetSetpoints = {
  readonly towerLeavingC: number
  readonly towerFlowPercent: number
  readonly facilitySupplyC: number
  readonly facilityDpKpa: number
  readonly cdus: Readonly<Record<string, { readonly supplyC: number; readonly dpKpa: number }>>
}

/** Before the first step: pressures as pinned (60 and 50 %), temperatures as commissioned. */
export function startReset(site: ControlSite, cduIds: readonly string[]): ResetMemory {
  const cduPressurePercent = Object.fromEntries(cduIds.map(id => [id, resetRules.cduPressure.start]))
  const facilityPressurePercent = resetRules.facilityPressure.start
  return {
    steppedAt: null,
    cduPressurePercent,
    facilityPressurePercent,
    setpoints: {
      towerLeavingC: site.design.towerLeavingC,
      towerFlowPercent: resetRules.towerFlow.highest,
      facilitySupplyC: site.design.facilitySupplyC,
      facilityDpKpa: (facilityPressurePercent / 100) * site.design.facilityDpCommissionedKpa,
      cdus: Object.fromEntries(
        cduIds.map(id => [
          id,
          {
            supplyC: site.design.cduSupplyC,
            dpKpa: (resetRules.cduPressure.start / 100) * site.design.cduDpCommissionedKpa,
          },
        ]),
      ),
    },
  }
}

/** One look at the plant; moves only when five minutes have passed. `approachK` is the site's a: 4, 6 or 8 K. */
export function resetStep(
  site: ControlSite,
  memory: ResetMemory,
  inputs: ResetInputs,
  now: Millis,
  approachK: number,
): ResetMemory {
  if (memory.steppedAt !== null && now - memory.steppedAt < resetEveryMs) return memory
  // After a long cycle (accelerated site time) the steps that were due are made up, at most an hour's worth.
  const due =
    memory.steppedAt === null ? 1 : Math.min(12, Math.floor((now - memory.steppedAt) / resetEveryMs))
  const cduPressurePercent = { ...memory.cduPressurePercent }
  for (const cdu of inputs.cdus) {
    const start = cduPressurePercent[cdu.id] ?? resetRules.cduPressure.start
    cduPressurePercent[cdu.id] = nextCduPressure(
      start,
      cdu.chipMarginK,
      due,
      inputs.pressuresHeldByPlan ?? false,
    )
  }
  const facilityPressurePercent = nextFacilityPressure(memory.facilityPressurePercent, inputs, due)
  return {
    steppedAt:
      memory.steppedAt === null
        ? now
        : memory.steppedAt + resetEveryMs * Math.floor((now - memory.steppedAt) / resetEveryMs),
    cduPressurePercent,
    facilityPressurePercent,
    setpoints: setpointsOf(site, memory, inputs, approachK, cduPressurePercent, facilityPressurePercent),
  }
}

/** Unknown margin never trims: it holds. */
export function nextCduPressure(
  percent: number,
  marginK: number | undefined,
  due: number,
  held: boolean,
): number {
  const rule = resetRules.cduPressure
  if (marginK === undefined) return percent
  if (marginK <= rule.veryNearK) return Math.min(100, percent + rule.respondHard)
  if (marginK <= rule.nearK) return Math.min(100, percent + rule.respond)
  return held ? percent : Math.max(rule.floor, percent - rule.trim * due)
}

/** A valve that cannot be seen might be fully open: no trim until every CDU's valve is read. */
export function nextFacilityPressure(
  percent: number,
  inputs: {
    readonly cdus: ReadonlyArray<{ readonly valvePercent: number | undefined }>
    readonly pressuresHeldByPlan?: boolean
  },
  due: number,
): number {
  const rule = resetRules.facilityPressure
  const valves = inputs.cdus.map(cdu => cdu.valvePercent)
  if (valves.some(valve => valve !== undefined && valve > rule.valveOpenPercent))
    return Math.min(100, percent + rule.respond)
  if (valves.length === 0 || valves.includes(undefined) || inputs.pressuresHeldByPlan) return percent
  return Math.max(rule.floor, percent - rule.trim * due)
}

function setpointsOf(
  site: ControlSite,
  memory: ResetMemory,
  inputs: ResetInputs,
  approachK: number,
  cduPressurePercent: Readonly<Record<string, number>>,
  facilityPressurePercent: number,
): ResetSetpoints {
  const held = memory.setpoints
  const towerLeavingC =
    inputs.wetBulbC === undefined ? held.towerLeavingC : clamp(inputs.wetBulbC + approachK, towerBounds(site))
  const facilitySupplyC = clamp(
    asItComes(towerLeavingC, inputs.towerLeavingC) + resetRules.facilityOverTowerK,
    {
      lowest: resetRules.facilityLowestC,
      highest: Math.max(resetRules.facilityLowestC, site.design.facilitySupplyC),
    },
  )
  const towerFlowPercent =
    inputs.heatFraction === undefined
      ? held.towerFlowPercent
      : clamp(roundUp(100 * inputs.heatFraction, resetRules.towerFlow.stepPercent), resetRules.towerFlow)
  const cduSupplyOver = (facilityC: number) =>
    clamp(facilityC + resetRules.cduOverFacilityK, {
      lowest: resetRules.cduLowestC,
      highest: site.design.cduSupplyC + resetRules.cduOverDesignK,
    })
  return {
    towerLeavingC,
    towerFlowPercent,
    facilitySupplyC,
    facilityDpKpa: (facilityPressurePercent / 100) * site.design.facilityDpCommissionedKpa,
    cdus: Object.fromEntries(
      inputs.cdus.map(cdu => {
        const measuredC = cdu.facilitySupplyC ?? inputs.facilitySupplyC
        const facilityC =
          inputs.wetBulbC === undefined
            ? (measuredC ?? facilitySupplyC)
            : asItComes(facilitySupplyC, measuredC)
        const percent = cduPressurePercent[cdu.id] ?? resetRules.cduPressure.start
        return [
          cdu.id,
          { supplyC: cduSupplyOver(facilityC), dpKpa: (percent / 100) * site.design.cduDpCommissionedKpa },
        ]
      }),
    ),
  }
}

/**
 * Each loop follows the water that it really gets: a setpoint below what tower or exchanger can make would open every
 * valve, the pumps would follow the valves, and more flow makes the exchanger warmer still. 0.5 K is left to sensors.
 */
const asItComes = (setC: number, measuredC: number | undefined): number =>
  measuredC === undefined ? setC : Math.max(setC, measuredC - 0.5)

/** Down to what facility water of 18 °C can use: a tower that chased a frosty wet bulb would spin its fans for nothing. */
function towerBounds(site: ControlSite) {
  const steered = steeredPoint('coolingTower', 'leavingTemperatureSp')
  if (!steered) throw new Error('the tower has no leaving setpoint in the list of steered points')
  const bounds = boundsOf(site, steered)
  const usefulC = resetRules.facilityLowestC - resetRules.facilityOverTowerK
  return { lowest: Math.min(bounds.highest, Math.max(bounds.lowest, usefulC)), highest: bounds.highest }
}

/** 0.43 of nameplate asks for 50 % of tower flow; a hair above a step (rounding noise) stays on it. */
export const roundUp = (value: number, step: number): number => Math.ceil(value / step - 1e-9) * step

/** The setpoint that `reset` holds for one output. */
export function resetValue(
  setpoints: ResetSetpoints,
  equipment: string,
  kind: string,
  point: string,
): number | undefined {
  if (kind === 'coolingTower')
    return point === 'waterFlowSp' ? setpoints.towerFlowPercent : setpoints.towerLeavingC
  if (kind === 'facilityLoop')
    return point === 'supplyTemperatureSp' ? setpoints.facilitySupplyC : setpoints.facilityDpKpa
  const cdu = setpoints.cdus[equipment]
  return point === 'supplyTemperatureSp' ? cdu?.supplyC : cdu?.dpKpa
}
