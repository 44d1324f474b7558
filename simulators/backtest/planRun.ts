import type { CoolingKind } from '#contract/control/levers/lever.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { day, hour, type Millis } from '#contract/units.ts'
import { sweepMs } from '#models/commissioning/sweep.ts'
import { figuresOf } from '#simulators/backtest/figures.ts'
import { leverPlanDriver } from '#simulators/backtest/leverPlanDriver.ts'
import { planDriver, type SweepReport } from '#simulators/backtest/planDriver.ts'
import type { resetDriver } from '#simulators/backtest/rules.ts'
import type { Run } from '#simulators/backtest/run.ts'

export type Commissioning = {
  readonly hours: number
  readonly facilityKwh: number
  /** What the sweep took above `reset` over the same hours. */
  readonly againstResetKwh: number
  readonly overLimitDegreeMinutes: number
}

/** When `plan` learns, when it is swept, when it takes over. */
export type PlanSpan = {
  readonly startAt: Millis
  readonly sweepFromAt: Millis | undefined
  readonly takesOverAt: Millis
  readonly fromAt: Millis
  readonly toAt: Millis
}

/** The sweep ends this long before `plan` takes over: what it stirred up has settled. */
const afterSweepMs = 7 * day

/** The training days with one of settling before them; a sweep a week before `plan` takes over, or as late as fits, or none. */
export function planSpan(asked: {
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly trainingMs: number
  readonly settling: { readonly ms: number; readonly takenOverMs: number }
}): PlanSpan {
  const { fromAt, toAt, settling } = asked
  const startAt = fromAt - Math.max(asked.trainingMs + day, settling.ms)
  const takesOverAt = fromAt - settling.takenOverMs
  const freeMs = takesOverAt - startAt - sweepMs
  const afterMs = Math.min(afterSweepMs, Math.floor(freeMs / 2 / hour) * hour)
  const sweepFromAt = freeMs < 2 * hour ? undefined : takesOverAt - sweepMs - afterMs
  return { startAt, sweepFromAt, takesOverAt, fromAt, toAt }
}

/** `plan` from its first row of telemetry to the end of the judged days, on one plant. */
export async function runPlan(
  run: Run,
  span: PlanSpan,
  how: {
    readonly site: AnySite
    readonly kind: CoolingKind
    readonly approachK: number
    readonly seed: number
    readonly notes: string[]
    readonly onSweep: (report: SweepReport) => void
    readonly onHour: () => void
  },
): Promise<Run> {
  const { site, kind, notes, approachK, seed, onSweep, onHour } = how
  const { sweepFromAt } = span
  const common = {
    approachK,
    seed,
    onSweep,
    onHour,
    ...(sweepFromAt === undefined ? {} : { sweepFromAt }),
  }
  const drive: (run: Run, toAt: Millis, mode: 'learn' | 'steer') => Promise<unknown> =
    site.cooling === 'coldPlateTower'
      ? planDriver({ site, ...common })
      : leverPlanDriver({
          site,
          kind,
          ...common,
          onPlannerFailure: (error, at) =>
            notes.push(`plan: no decision at ${new Date(at).toISOString()}: ${(error as Error).message}`),
        })
  await drive(run, span.takesOverAt, 'learn')
  await drive(run, span.fromAt, 'steer')
  run.startCounting()
  await drive(run, span.toAt, 'steer')
  return run
}

/** A sweep beside what `reset` takes over the same hours; `run` is a plant of its own that begins a while before. */
export function commissioningOf(
  report: SweepReport,
  run: Run,
  reset: ReturnType<typeof resetDriver>,
): Commissioning {
  reset(run, report.fromAt)
  run.startCounting()
  reset(run, report.toAt)
  const resetKwh = figuresOf(run.counted()).facilityKwh
  return {
    hours: (report.toAt - report.fromAt) / hour,
    facilityKwh: rounded(report.facilityKwh),
    againstResetKwh: rounded(report.facilityKwh - resetKwh),
    overLimitDegreeMinutes: rounded(report.overLimitDegreeMinutes),
  }
}

const rounded = (value: number): number => Number(value.toFixed(3))
