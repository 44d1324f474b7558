import { boundsOf, type SteeredPoint } from '#contract/control/bounds.ts'
import { cooledBy, coolerTower, noCeiling } from '#contract/control/coolerTower.ts'
import { boostRules, facilityBoost, noBoost } from '#contract/control/facilityBoost.ts'
import { guard } from '#contract/control/guard.ts'
import { type ResetSetpoints, resetStep, startReset } from '#contract/control/reset.ts'
import { type SafetyMemory, safetyAtRest, safetyStep } from '#contract/control/safetySequence.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, type Millis, minute } from '#contract/units.ts'
import { sweepOf } from '#models/commissioning/coldPlateSweep.ts'
import { type MoveName, moveNames, steeredOf } from '#models/planning/limits.ts'
import { settingAt, withValue } from '#models/planning/planHour.ts'
import type { Settings } from '#models/plant/predict.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { type Telemetry, telemetryOf } from '#simulators/backtest/planRows.ts'
import { hourlyPlanner } from '#simulators/backtest/planWork.ts'
import type { Run } from '#simulators/backtest/run.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

type Sight = { readonly eyes: Telemetry; seen(cdu: number): boolean }

/** What the commissioning sweep took, on the plant's truth: told beside every saving that was learned from it. */
export type SweepReport = {
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly itKwh: number
  readonly facilityKwh: number
  readonly overLimitDegreeMinutes: number
}

/**
 * `plan` as hub and agent drive it: each hour a decision from telemetry, each minute the guard's ramps and floors, `reset`
 * alive beside it and in charge whenever no plan holds. Answers with what it has seen: rows of the last three weeks.
 */
export function planDriver(options: {
  readonly site: Site
  readonly approachK: number
  readonly seed: number
  /** While it learns the driver sweeps for 48 h from here on; absent: it learns from `reset` alone. */
  readonly sweepFromAt?: Millis
  readonly onSweep?: (report: SweepReport) => void
  readonly onHour?: () => void
}) {
  const { site, approachK } = options
  const cduIds = siteGraph(site)
    .ofKind('cdu')
    .map(cdu => cdu.id)
  const planner = hourlyPlanner(options)
  const sweep = sweepOf(site, options.sweepFromAt)
  const facilityDpBounds = boundsOf(site, steeredOf.facilityDpKpa)
  let memory = startReset(site, cduIds)
  let held = settingsOf(memory.setpoints, cduIds)
  let wanted: Settings | undefined
  let safety: SafetyMemory[] = cduIds.map(() => safetyAtRest)
  let boost = noBoost
  let ceiling = noCeiling
  let telemetry: Telemetry | undefined
  let before: ({ readonly fromAt: Millis } & Truth) | undefined

  return async (run: Run, toAt: Millis, mode: 'learn' | 'steer'): Promise<readonly PlantRow[]> => {
    const plant = run.plant as SimulatedPlant<Site>
    telemetry ??= telemetryOf(plant)
    const eyes = telemetry
    while (plant.siteNow() < toAt) {
      const now = plant.siteNow()
      if (mode === 'steer' && now % hour === 0) {
        const dewPointC = eyes.value('hall.dewPoint')
        wanted = (
          await planner({
            now,
            rows: eyes.rows,
            held,
            wetBulbC: eyes.value('weather.wetBulb'),
            dewPointC: Number.isFinite(dewPointC) ? dewPointC : undefined,
          })
        )?.settings
        options.onHour?.()
      }
      const swept = mode === 'learn' && sweep.isOn(now)
      if (swept && before === undefined) before = { fromAt: now, ...truthOf(plant) }
      stepMinute(eyes, now, swept)
      write(run)
      run.minute()
      eyes.note(held, swept)
      if (before && !sweep.isOn(plant.siteNow())) {
        options.onSweep?.(sweepReport(before, { toAt: plant.siteNow(), ...truthOf(plant) }))
        before = undefined
        wanted = undefined
      }
    }
    return eyes.rows
  }

  function stepMinute(eyes: Telemetry, now: Millis, swept: boolean): void {
    const marginsK = eyes.chipMarginsK()
    const valves = cduIds.map(id => eyes.value(`${id}.valvePosition`))
    const known = (value: number) => (Number.isFinite(value) ? value : undefined)
    memory = resetStep(
      site,
      memory,
      {
        wetBulbC: known(eyes.value('weather.wetBulb')),
        heatFraction: known(eyes.racksKw() / (site.nameplate.itPerCduKw * site.layout.cdus)),
        facilitySupplyC: known(eyes.value('facility.supplyTemperature')),
        towerLeavingC: known(eyes.value('tower.leavingTemperature')),
        cdus: cduIds.map((id, cdu) => ({
          id,
          chipMarginK: known(marginsK[cdu] as number),
          valvePercent: known(valves[cdu] as number),
        })),
        pressuresHeldByPlan: wanted !== undefined && !swept,
      },
      now,
      approachK,
    )
    const highestKpa = boundsOf(site, steeredOf.cduDpKpa).highest
    ceiling = coolerTower(ceiling, {
      cdus: marginsK.map((marginK, cdu) => ({
        marginK: known(marginK),
        atHighest: (held.cduDpKpa[cdu] as number) >= 0.98 * highestKpa,
      })),
      askedC: memory.setpoints.towerLeavingC,
      designC: site.design.towerLeavingC,
      now,
    })
    const reset = settingsOf(cooledBy(ceiling, memory.setpoints), cduIds)
    if (swept) wanted = sweep.settings(reset, now, Math.min(...marginsK))
    safety = safety.map((one, cdu) => {
      const step = safetyStep(
        one,
        known(marginsK[cdu] as number),
        held.cduDpKpa[cdu] as number,
        boundsOf(site, steeredOf.cduDpKpa),
        now,
      )
      if (step.dropLease) wanted = undefined
      return step.next
    })
    boost = facilityBoost(boost, {
      // A valve that cannot be seen is looked after by the guard, which then allows nothing towards less cooling.
      widestPercent: Math.max(-1, ...valves.filter(Number.isFinite)),
      facilityOverK: known(eyes.value('facility.supplyTemperature') - held.facilitySupplyC),
      heldKpa: held.facilityDpKpa,
      bounds: facilityDpBounds,
      now,
      waitMs: boostRules.waitMs,
    })
    const target = wanted ?? reset
    const sight: Sight = {
      eyes,
      // Toward less cooling only with eyes open: chips for a CDU, every CDU's valve for the plant.
      seen: cdu => (cdu < 0 ? valves.every(Number.isFinite) : Number.isFinite(marginsK[cdu])),
    }
    for (const name of moveNames) moveAll(name, target, sight)
    if (wanted) holdAboveFloors()
  }

  function moveAll(name: MoveName, target: Settings, sight: Sight): void {
    const isOfCdu = name === 'cduSupplyC' || name === 'cduDpKpa'
    for (const cdu of isOfCdu ? cduIds.keys() : [-1]) {
      const value = wanted ? guarded({ name, cdu, target }, sight) : settingAt(target, name, cdu)
      held = withValue(held, { name, cdu, value })
    }
  }

  function guarded(move: { name: MoveName; cdu: number; target: Settings }, sight: Sight): number {
    const { name, cdu, target } = move
    const { eyes } = sight
    const dewPointC = eyes.value('hall.dewPoint')
    const steered: SteeredPoint = steeredOf[name]
    return guard({
      site,
      steered,
      asker: 'plan',
      requested: settingAt(target, name, cdu),
      held: settingAt(held, name, cdu),
      elapsedMs: minute,
      dewPointC: Number.isFinite(dewPointC) ? dewPointC : undefined,
      ...(cdu < 0
        ? {}
        : {
            facilitySupplyC: held.facilitySupplyC,
            flowFraction: eyes.value(`${cduIds[cdu]}.flow`) / site.design.cduFlowLpm,
          }),
      inputsFresh: sight.seen(cdu),
    }).allowed
  }

  /** The agent's own protections under a plan: warm chips get pressure, wide valves get facility pressure. */
  function holdAboveFloors(): void {
    safety.forEach(({ dpKpa }, cdu) => {
      if (dpKpa !== null && dpKpa > (held.cduDpKpa[cdu] as number))
        held = withValue(held, { name: 'cduDpKpa', cdu, value: dpKpa })
    })
    if (boost.dpKpa !== null && boost.dpKpa > held.facilityDpKpa)
      held = withValue(held, { name: 'facilityDpKpa', cdu: -1, value: boost.dpKpa })
  }

  function write(run: Run): void {
    run.write('tower.leavingTemperatureSp', held.towerLeavingC)
    run.write('tower.waterFlowSp', held.towerFlowPercent)
    run.write('facility.supplyTemperatureSp', held.facilitySupplyC)
    run.write('facility.differentialPressureSp', held.facilityDpKpa)
    cduIds.forEach((id, cdu) => {
      run.write(`${id}.supplyTemperatureSp`, held.cduSupplyC[cdu] as number)
      run.write(`${id}.differentialPressureSp`, held.cduDpKpa[cdu] as number)
    })
  }
}

function settingsOf(setpoints: ResetSetpoints, cduIds: readonly string[]): Settings {
  const cdu = (id: string) => setpoints.cdus[id] as { supplyC: number; dpKpa: number }
  return {
    towerLeavingC: setpoints.towerLeavingC,
    towerFlowPercent: setpoints.towerFlowPercent,
    facilitySupplyC: setpoints.facilitySupplyC,
    facilityDpKpa: setpoints.facilityDpKpa,
    cduSupplyC: cduIds.map(id => cdu(id).supplyC),
    cduDpKpa: cduIds.map(id => cdu(id).dpKpa),
  }
}

type Truth = Pick<SweepReport, 'itKwh' | 'facilityKwh' | 'overLimitDegreeMinutes'>

function truthOf(plant: SimulatedPlant): Truth {
  const { itKwh, facilityKwh } = plant.energy()
  return { itKwh, facilityKwh, overLimitDegreeMinutes: plant.tally().overLimitDegreeMinutes }
}

const sweepReport = (
  before: Truth & { readonly fromAt: Millis },
  after: Truth & { readonly toAt: Millis },
): SweepReport => ({
  fromAt: before.fromAt,
  toAt: after.toAt,
  itKwh: after.itKwh - before.itKwh,
  facilityKwh: after.facilityKwh - before.facilityKwh,
  overLimitDegreeMinutes: after.overLimitDegreeMinutes - before.overLimitDegreeMinutes,
})
