import { clamp } from '#contract/control/bounds.ts'
import { nextCduPressure, nextFacilityPressure, resetEveryMs, resetRules } from '#contract/control/reset.ts'
import type { ImmersionSite, Pads } from '#contract/site/immersion.ts'
import type { Millis } from '#contract/units.ts'

/**
 * Good present practice on an immersion site (YARDSTICKS 3, `reset`): the coolers follow the air after the pads, the tanks
 * follow the coolers; pressure across tanks and in the facility loop is trimmed by the same rules as on a site of CDUs.
 */
export type ImmersionControlSite = Pick<ImmersionSite, 'bounds' | 'design' | 'nameplate'>

export const immersionResetRules = {
  /** Facility = air after pads + a + this. */
  facilityOverApproachK: 2,
  facilityLowestC: 25,
  tankOverFacilityK: 5,
  tankLowestC: 30,
  padsBelowDesignK: 8,
} as const

/** Air onto the coils: 70 % of the wet-bulb depression while wet. 35 °C with 22 °C wet bulb gives 25.9 °C; dry below 5 °C. */
export const airAfterPadsC = (
  pads: Pick<Pads, 'effectiveness' | 'dryBelowC'>,
  air: { readonly dryBulbC: number; readonly wetBulbC: number; readonly padsOn: boolean },
): number =>
  air.padsOn && air.dryBulbC >= pads.dryBelowC
    ? air.dryBulbC - pads.effectiveness * Math.max(0, air.dryBulbC - air.wetBulbC)
    : air.dryBulbC

export type ImmersionResetInputs = {
  readonly dryBulbC: number | undefined
  readonly wetBulbC: number | undefined
  /** Coolant as it leaves the coolers, measured. */
  readonly facilitySupplyC: number | undefined
  readonly tanks: ReadonlyArray<{
    readonly id: string
    /** Limit minus hottest chip; undefined: not known. */
    readonly chipMarginK: number | undefined
    readonly valvePercent: number | undefined
  }>
  /** A plan holds these outputs: trims wait, responses go on, so that hand-back does not start from the floor. */
  readonly heldByPlan?: boolean
}

export type ImmersionResetMemory = {
  readonly steppedAt: Millis | null
  readonly tankPressurePercent: Readonly<Record<string, number>>
  readonly facilityPressurePercent: number
  readonly setpoints: ImmersionSetpoints
}

export type ImmersionSetpoints = {
  readonly facilitySupplyC: number
  readonly padsAboveC: number
  readonly facilityDpKpa: number
  readonly tanks: Readonly<Record<string, { readonly supplyC: number; readonly dpKpa: number }>>
}

/** Before the first step: pressures as pinned (60 and 50 %), temperatures as commissioned. */
export function startImmersionReset(
  site: ImmersionControlSite,
  tankIds: readonly string[],
): ImmersionResetMemory {
  const percent = resetRules.cduPressure.start
  return {
    steppedAt: null,
    tankPressurePercent: Object.fromEntries(tankIds.map(id => [id, percent])),
    facilityPressurePercent: resetRules.facilityPressure.start,
    setpoints: {
      facilitySupplyC: site.design.facilitySupplyC,
      padsAboveC: padsAboveC(site),
      facilityDpKpa: (resetRules.facilityPressure.start / 100) * site.design.facilityDpCommissionedKpa,
      tanks: Object.fromEntries(
        tankIds.map(id => [
          id,
          {
            supplyC: site.design.tankSupplyC,
            dpKpa: (percent / 100) * site.design.tankDpCommissionedKpa,
          },
        ]),
      ),
    },
  }
}

/** One look at the plant; moves only when five minutes have passed. `approachK` is the site's a: 4, 6 or 8 K. */
export function immersionResetStep(
  site: ImmersionControlSite,
  memory: ImmersionResetMemory,
  inputs: ImmersionResetInputs,
  at: { readonly now: Millis; readonly approachK: number },
): ImmersionResetMemory {
  const { now } = at
  if (memory.steppedAt !== null && now - memory.steppedAt < resetEveryMs) return memory
  // After a long cycle (accelerated site time) the steps that were due are made up, at most an hour's worth.
  const passed = memory.steppedAt === null ? 1 : Math.floor((now - memory.steppedAt) / resetEveryMs)
  const due = Math.min(12, passed)
  const held = inputs.heldByPlan ?? false
  const tankPressurePercent = { ...memory.tankPressurePercent }
  for (const { id, chipMarginK } of inputs.tanks)
    tankPressurePercent[id] = nextCduPressure(
      tankPressurePercent[id] ?? resetRules.cduPressure.start,
      chipMarginK,
      due,
      held,
    )
  const pressures = {
    tankPressurePercent,
    facilityPressurePercent: nextFacilityPressure(
      memory.facilityPressurePercent,
      { cdus: inputs.tanks, pressuresHeldByPlan: held },
      due,
    ),
  }
  return {
    ...pressures,
    steppedAt: memory.steppedAt === null ? now : memory.steppedAt + resetEveryMs * passed,
    setpoints: setpointsOf(site, { held: memory.setpoints, inputs, approachK: at.approachK, ...pressures }),
  }
}

/** Pads above design air - 8 K, inside their bounds: Chicago above 19.4 °C. */
export const padsAboveC = (site: ImmersionControlSite): number =>
  clamp(site.design.airC - immersionResetRules.padsBelowDesignK, site.bounds.padsAboveC)

function setpointsOf(
  site: ImmersionControlSite,
  now: {
    readonly held: ImmersionSetpoints
    readonly inputs: ImmersionResetInputs
    readonly approachK: number
    readonly tankPressurePercent: Readonly<Record<string, number>>
    readonly facilityPressurePercent: number
  },
): ImmersionSetpoints {
  const { inputs } = now
  const { design, bounds, nameplate } = site
  const facilitySupplyC =
    inputs.dryBulbC === undefined || inputs.wetBulbC === undefined
      ? now.held.facilitySupplyC
      : followedC(site, { dryBulbC: inputs.dryBulbC, wetBulbC: inputs.wetBulbC }, now.approachK)
  // Tanks follow the coolant that they really get: a setpoint that it cannot reach would open every valve. 0.5 K is left to sensors.
  const comesC =
    inputs.facilitySupplyC === undefined
      ? facilitySupplyC
      : Math.max(facilitySupplyC, inputs.facilitySupplyC - 0.5)
  const supplyC = clamp(
    Math.max(immersionResetRules.tankLowestC, comesC + immersionResetRules.tankOverFacilityK),
    bounds.tankSupplyC,
  )
  const leastKpa = nameplate.tank.dpKpa * nameplate.tank.minimumFlowFraction ** nameplate.tank.dpExponent
  return {
    facilitySupplyC,
    padsAboveC: padsAboveC(site),
    facilityDpKpa: (now.facilityPressurePercent / 100) * design.facilityDpCommissionedKpa,
    tanks: Object.fromEntries(
      inputs.tanks.map(({ id }) => {
        const percent = now.tankPressurePercent[id] ?? resetRules.cduPressure.start
        return [id, { supplyC, dpKpa: Math.max(leastKpa, (percent / 100) * design.tankDpCommissionedKpa) }]
      }),
    ),
  }
}

/** 20 °C air, pads dry, a = 6: coolers at 28 °C, tanks at 33 °C. */
function followedC(
  site: ImmersionControlSite,
  air: { readonly dryBulbC: number; readonly wetBulbC: number },
  approachK: number,
): number {
  const coilC = airAfterPadsC(site.nameplate.cooler.pads, {
    ...air,
    padsOn: air.dryBulbC > padsAboveC(site),
  })
  return clamp(coilC + approachK + immersionResetRules.facilityOverApproachK, {
    lowest: immersionResetRules.facilityLowestC,
    highest: Math.max(immersionResetRules.facilityLowestC, site.design.facilitySupplyC),
  })
}
