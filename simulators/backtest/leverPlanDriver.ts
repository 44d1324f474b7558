import { clamp } from '#contract/control/bounds.ts'
import { guardLimits } from '#contract/control/guard.ts'
import type { CoolingKind, Lever } from '#contract/control/levers/lever.ts'
import { walkLever } from '#contract/control/levers/leverRamp.ts'
import { hour, type Millis, minute } from '#contract/units.ts'
import { familyOf, isSwept, sweepSigns, sweepTarget } from '#models/commissioning/sweep.ts'
import { type LeverRole, leverRoles } from '#models/planning/levers/roles.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { type LeverSite, learnPlant } from '#simulators/backtest/learnPlant.ts'
import { type LeverPlanOptions, leverPlanner } from '#simulators/backtest/leverPlanner.ts'
import { type LeverProtection, leverProtection } from '#simulators/backtest/leverProtection.ts'
import { type LeverTelemetry, leverTelemetry } from '#simulators/backtest/leverTelemetry.ts'
import type { Run } from '#simulators/backtest/run.ts'
import { type SweepReport, sweepMeter } from '#simulators/backtest/sweepMeter.ts'

export type LeverPlanDriverOptions = {
  readonly site: LeverSite
  readonly kind: CoolingKind
  readonly approachK: number
  readonly seed: number
  /** When the commissioning sweep begins; absent: there is none. */
  readonly sweepFromAt?: Millis | undefined
  readonly onSweep?: (report: SweepReport) => void
  /** How a plant is learned from telemetry; usually by its kind. */
  readonly learn?: (table: TelemetryTable) => Promise<LearnedPlant>
  readonly onHour?: () => void
  readonly onDecision?: LeverPlanOptions['onDecision']
  /** A planner that failed costs its hour: `reset` drives; told what it said. */
  readonly onPlannerFailure?: (error: unknown, at: Millis) => void
}

/**
 * `plan` through a plant's levers: `reset` drives while telemetry is gathered, with one commissioning sweep; then each hour a
 * decision from telemetry alone, each minute ramps, floors and protections, `reset` alive beside it and in charge whenever no
 * plan holds.
 */
export function leverPlanDriver(options: LeverPlanDriverOptions) {
  const { site, kind, seed } = options
  const { levers } = kind
  const roles = leverRoles(site, levers)
  const reset = kind.startReset(options.approachK)
  const planner = leverPlanner({
    site,
    seed,
    learn: options.learn ?? (table => learnPlant(site, table, { seed })),
    ...(options.onDecision ? { onDecision: options.onDecision } : {}),
  })
  const families = [...new Set(levers.filter(isSwept).map(familyOf))]
  const meter = sweepMeter(options.sweepFromAt, options.onSweep)
  const resetWishes = new Map<string, number>()
  let held = levers.map(lever => lever.commissioned)
  let wanted: readonly number[] | undefined
  let sensors: { readonly telemetry: LeverTelemetry; readonly protection: LeverProtection } | undefined

  return async (run: Run, toAt: Millis, mode: 'learn' | 'steer'): Promise<void> => {
    const telemetry = sensors?.telemetry ?? leverTelemetry(run.plant)
    sensors ??= { telemetry, protection: leverProtection(site, levers, telemetry.value) }
    const { protection } = sensors
    while (run.plant.siteNow() < toAt) {
      const now = run.plant.siteNow()
      if (mode === 'steer' && now % hour === 0) {
        wanted = await plannedValues(telemetry, now)
        options.onHour?.()
      }
      const eyes = { read: run.plant.read, now, isHeldByPlan: wanted !== undefined }
      for (const [key, value] of reset.look(eyes)) resetWishes.set(key, value)
      if (protection.look(held, now).dropPlan) wanted = undefined
      meter(run.plant)
      const targets = wanted ?? sweepTargets(protection, now)
      if (targets) walk(targets, telemetry, protection)
      else held = levers.map(wishedByReset)
      write(run, targets !== undefined)
      run.minute()
      telemetry.note()
    }
  }

  async function plannedValues(
    telemetry: LeverTelemetry,
    now: Millis,
  ): Promise<readonly number[] | undefined> {
    try {
      const decision = await planner({
        now,
        table: telemetry.table,
        held,
        wetBulbC: telemetry.value('weather.wetBulb'),
        dryBulbC: telemetry.value('weather.dryBulb'),
        dewPointC: telemetry.value('hall.dewPoint'),
      })
      return decision?.values
    } catch (error) {
      options.onPlannerFailure?.(error, now)
      return undefined
    }
  }

  /** Mean of what `reset` has written to the lever's points. */
  function wishedByReset(lever: Lever): number {
    const wishes = lever.keys.map(key => resetWishes.get(key) ?? lever.commissioned)
    return wishes.reduce((sum, value) => sum + value, 0) / wishes.length
  }

  function sweepTargets(protection: LeverProtection, now: Millis): number[] | undefined {
    const fromAt = options.sweepFromAt
    const signs = fromAt === undefined ? undefined : sweepSigns(families, now - fromAt)
    if (!signs) return undefined
    // A chip that nobody sees counts as one at its limit.
    const marginK = Math.min(...protection.chipMarginsK().map(known => (Number.isFinite(known) ? known : 0)))
    return levers.map(lever => {
      const sign = signs[familyOf(lever)]
      const base = wishedByReset(lever)
      return sign === undefined ? base : sweepTarget(lever, base, sign, marginK)
    })
  }

  /** One minute toward the targets, as the guard would let it. */
  function walk(targets: readonly number[], telemetry: LeverTelemetry, protection: LeverProtection): void {
    const marginsK = protection.chipMarginsK()
    const areValvesSeen = protection.valves().every(Number.isFinite)
    const dewPointC = telemetry.value('hall.dewPoint')
    const walked = levers.map((lever, index) => {
      const before = held[index] as number
      const role = roles[index] as LeverRole
      const isSeen = role.place < 0 ? areValvesSeen : Number.isFinite(marginsK[role.place])
      const target = isSeen
        ? (targets[index] as number)
        : towardCooling(lever, targets[index] as number, before)
      const next = walkLever(lever, { held: before, target, elapsedMs: minute })
      const floorC = dewPointFloor(role, before, dewPointC)
      const dry = Math.max(next, Math.min(floorC, before + guardLimits.raisePerMs * minute))
      return clamp(Math.max(dry, protection.floorOf(index)), lever)
    })
    const facilityC = walked[roles.findIndex(role => role.sets === 'facilitySupply')]
    held = walked.map((value, index) =>
      facilityC !== undefined && roles[index]?.sets === 'placeSupply'
        ? clamp(
            Math.max(value, Math.min(facilityC + guardLimits.cduOverFacilityK, held[index] as number)),
            levers[index] as Lever,
          )
        : value,
    )
  }

  function dewPointFloor(role: LeverRole, before: number, dewPointC: number): number {
    if (role.pipe === undefined || site.coolant.insulatedPipes.includes(role.pipe))
      return Number.NEGATIVE_INFINITY
    return Number.isFinite(dewPointC) ? dewPointC + guardLimits.dewPointMarginK : before
  }

  function write(run: Run, isSteered: boolean): void {
    for (const [index, lever] of levers.entries())
      for (const key of lever.keys)
        run.write(
          key,
          isSteered ? (held[index] as number) : (resetWishes.get(key) ?? (held[index] as number)),
        )
  }
}

const towardCooling = (lever: Lever, target: number, before: number): number =>
  lever.economising === 'up' ? Math.min(target, before) : Math.max(target, before)
