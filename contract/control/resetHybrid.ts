import { clamp } from '#contract/control/bounds.ts'
import {
  nextCduPressure,
  nextFacilityPressure,
  resetEveryMs,
  resetRules,
  roundUp,
} from '#contract/control/reset.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import type { Millis } from '#contract/units.ts'

/**
 * Good present practice on a hybrid site (YARDSTICKS 3, `reset`, hybrid): chilled water floats up until a valve or the air asks,
 * tower follows the wet bulb, economiser integrated, air follows the load; pressures and tower pumps by the general rules.
 */
export const hybridResetRules = {
  chilledWater: { lowestC: 12, highestC: 18, lowerK: 0.6, raiseK: 0.1 },
  towerOverWetBulbK: 4,
  cduSupplyC: 30,
  crahSupplyC: 24,
  /** Air over load, per cent of design. */
  air: { perLoad: 1.1, lowest: 50, highest: 115 },
  /** Supply air this much over its setpoint. */
  unmetAirK: 0.5,
  economiserMode: 2,
} as const

export type HybridResetInputs = {
  readonly wetBulbC: number | undefined
  /** IT heat over nameplate, 0..1. */
  readonly heatFraction: number | undefined
  readonly cdus: ReadonlyArray<{
    readonly id: string
    /** Limit minus hottest chip; undefined: not known. */
    readonly chipMarginK: number | undefined
    readonly valvePercent: number | undefined
  }>
  readonly crahs: ReadonlyArray<{
    readonly id: string
    readonly valvePercent: number | undefined
    readonly supplyAirC: number | undefined
  }>
  /**
   * A plan holds these outputs: trims wait, and pressures go on responding, so that hand-back does not start from the floor. The
   * chilled water waits altogether: a plan's wide valves and warm air are no call for colder water, which takes hours to undo.
   */
  readonly heldByPlan?: boolean
}

export type HybridResetSetpoints = {
  readonly chilledWaterC: number
  readonly facilityDpKpa: number
  readonly towerLeavingC: number
  readonly towerFlowPercent: number
  readonly economiserMode: number
  readonly crahSupplyC: number
  readonly crahAirPercent: number
  readonly cduSupplyC: number
  readonly cduDpKpa: Readonly<Record<string, number>>
}

export type HybridResetMemory = {
  readonly steppedAt: Millis | null
  readonly cduPressurePercent: Readonly<Record<string, number>>
  readonly facilityPressurePercent: number
  readonly setpoints: HybridResetSetpoints
}

/** The site facts that the rules need; a `HybridSite` is one. */
export type HybridControlSite = Pick<HybridSite, 'bounds' | 'design'>

/** Before the first step: pressures as pinned (60 and 50 %), water as commissioned, air as commissioned. */
export function startHybridReset(
  site: HybridControlSite,
  cduIds: readonly string[],
  commissioned: { readonly chilledWaterC: number; readonly crahAirPercent: number },
): HybridResetMemory {
  const { cduPressure, facilityPressure, towerFlow } = resetRules
  const rules = hybridResetRules
  return {
    steppedAt: null,
    cduPressurePercent: Object.fromEntries(cduIds.map(id => [id, cduPressure.start])),
    facilityPressurePercent: facilityPressure.start,
    setpoints: {
      chilledWaterC: clampChilled(commissioned.chilledWaterC),
      facilityDpKpa: (facilityPressure.start / 100) * site.design.facilityDpCommissionedKpa,
      towerLeavingC: site.design.towerLeavingC,
      towerFlowPercent: towerFlow.highest,
      economiserMode: rules.economiserMode,
      crahSupplyC: rules.crahSupplyC,
      crahAirPercent: commissioned.crahAirPercent,
      cduSupplyC: rules.cduSupplyC,
      cduDpKpa: Object.fromEntries(
        cduIds.map(id => [id, (cduPressure.start / 100) * site.design.cduDpCommissionedKpa]),
      ),
    },
  }
}

/** One look at the plant; moves only when five minutes have passed. */
export function hybridResetStep(
  site: HybridControlSite,
  memory: HybridResetMemory,
  inputs: HybridResetInputs,
  now: Millis,
): HybridResetMemory {
  const elapsedMs = memory.steppedAt === null ? resetEveryMs : now - memory.steppedAt
  if (elapsedMs < resetEveryMs) return memory
  const steps = Math.floor(elapsedMs / resetEveryMs)
  // After a long cycle (accelerated site time) the steps that were due are made up, at most an hour's worth.
  const due = Math.min(12, steps)
  const held = inputs.heldByPlan ?? false
  const cduPressurePercent = { ...memory.cduPressurePercent }
  for (const { id, chipMarginK } of inputs.cdus) {
    const percent = cduPressurePercent[id] ?? resetRules.cduPressure.start
    cduPressurePercent[id] = nextCduPressure(percent, chipMarginK, due, held)
  }
  const facilityPressurePercent = nextFacilityPressure(
    memory.facilityPressurePercent,
    { cdus: [...inputs.cdus, ...inputs.crahs], pressuresHeldByPlan: held },
    due,
  )
  const { facilityDpCommissionedKpa, cduDpCommissionedKpa } = site.design
  return {
    steppedAt: memory.steppedAt === null ? now : memory.steppedAt + resetEveryMs * steps,
    cduPressurePercent,
    facilityPressurePercent,
    setpoints: {
      ...memory.setpoints,
      ...followed(site, memory.setpoints, inputs),
      chilledWaterC: nextChilledWaterC(memory.setpoints.chilledWaterC, inputs, due),
      facilityDpKpa: (facilityPressurePercent / 100) * facilityDpCommissionedKpa,
      cduDpKpa: Object.fromEntries(
        Object.entries(cduPressurePercent).map(([id, percent]) => [
          id,
          (percent / 100) * cduDpCommissionedKpa,
        ]),
      ),
    },
  }
}

/** What follows weather and load; held where they are not known. */
function followed(
  site: HybridControlSite,
  held: HybridResetSetpoints,
  { wetBulbC, heatFraction }: HybridResetInputs,
): Pick<HybridResetSetpoints, 'towerLeavingC' | 'towerFlowPercent' | 'crahAirPercent'> {
  const rules = hybridResetRules
  const { towerFlow } = resetRules
  return {
    towerLeavingC:
      wetBulbC === undefined
        ? held.towerLeavingC
        : clamp(wetBulbC + rules.towerOverWetBulbK, site.bounds.towerLeavingC),
    towerFlowPercent:
      heatFraction === undefined
        ? held.towerFlowPercent
        : clamp(roundUp(100 * heatFraction, towerFlow.stepPercent), towerFlow),
    crahAirPercent:
      heatFraction === undefined
        ? held.crahAirPercent
        : clamp(100 * rules.air.perLoad * heatFraction, rules.air),
  }
}

/** Colder as soon as one valve or the air of one unit is unmet; warmer only when all are seen and met. */
function nextChilledWaterC(heldC: number, inputs: HybridResetInputs, due: number): number {
  if (inputs.heldByPlan) return heldC
  const { chilledWater, unmetAirK, crahSupplyC } = hybridResetRules
  const { valveOpenPercent } = resetRules.facilityPressure
  const valves = [...inputs.cdus, ...inputs.crahs].map(({ valvePercent }) => valvePercent)
  const airC = inputs.crahs.map(({ supplyAirC }) => supplyAirC)
  if (
    valves.some(percent => percent !== undefined && percent > valveOpenPercent) ||
    airC.some(supplyC => supplyC !== undefined && supplyC > crahSupplyC + unmetAirK)
  )
    return clampChilled(heldC - chilledWater.lowerK)
  if (valves.includes(undefined) || airC.includes(undefined)) return heldC
  return clampChilled(heldC + chilledWater.raiseK * due)
}

const clampChilled = (chilledC: number): number =>
  clamp(chilledC, {
    lowest: hybridResetRules.chilledWater.lowestC,
    highest: hybridResetRules.chilledWater.highestC,
  })
