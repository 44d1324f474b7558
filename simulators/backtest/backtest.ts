import { kindOf } from '#contract/control/levers/kinds.ts'
import type { CoolingKind } from '#contract/control/levers/lever.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { day, hour, type Millis } from '#contract/units.ts'
import type { Course } from '#simulators/backtest/course.ts'
import { type ControllerFigures, figuresOf } from '#simulators/backtest/figures.ts'
import { driveOracle } from '#simulators/backtest/oracle.ts'
import type { SweepReport } from '#simulators/backtest/planDriver.ts'
import { type Commissioning, commissioningOf, planSpan, runPlan } from '#simulators/backtest/planRun.ts'
import { driveFixed, resetDriver } from '#simulators/backtest/rules.ts'
import { type Run, startRun } from '#simulators/backtest/run.ts'
import { type ControllerSavings, savingsOf } from '#simulators/backtest/savings.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import type { Load } from '#simulators/load/load.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** In the order in which they run: each may need those before it. */
export const controllerNames = [
  'fixed',
  'reset',
  'plan',
  'oracle',
  'oracleProtected',
  'oracleNoRamps',
] as const
export type ControllerName = (typeof controllerNames)[number]
/** Run when all are asked for; the ceiling under the agent's protections is asked for by name. */
export const usualControllers = controllerNames.filter(name => name !== 'oracleProtected')

export type BacktestCase = {
  readonly site: AnySite
  readonly weather: Weather
  readonly load: Load
  readonly seed: number
  readonly fromAt: Millis
  readonly days: number
  readonly stepMs: number
  /** IT leakage of the plant, share per kelvin. */
  readonly leakagePerK: number
  readonly controllers: readonly ControllerName[]
  /** What breaks in every plant alike. Perfect foresight of a fault is nobody's yardstick: no oracle then. */
  readonly faults?: readonly Fault[]
  /** Days before `from` over which `reset` chooses its a and `plan` learns; 21 unless a test is in a hurry. */
  readonly trainingDays?: number
  readonly settling?: Settling
  readonly onProgress?: (what: string, share: number) => void
}

export type BacktestResult = {
  readonly controllers: Readonly<Partial<Record<ControllerName, ControllerFigures>>>
  readonly savings: Readonly<Record<string, ControllerSavings>>
  /** The a of `reset`, and what each a took over the training weeks. */
  readonly reset?: ResetChoice
  /** What the sweep took from which `plan` learned; absent: the training time is too short for one. */
  readonly commissioning?: Commissioning
  readonly notes: readonly string[]
}

export type ResetChoice = {
  readonly approachK: number
  readonly trainingFacilityKwh: Readonly<Record<string, number>>
}

/** The time before `from` that belongs to no controller's figures. */
export type Settling = {
  /** Every plant is built this long before `from` and runs under its own controller, or under `reset` where one takes over from it. */
  readonly ms: number
  /** Of that, `plan` and `oracle` drive the last part themselves. */
  readonly takenOverMs: number
}
/** A day, which the planner learns from, and six hours, which are twelve kelvins at the ramp. */
export const settlingUsual: Settling = { ms: 30 * hour, takenOverMs: 6 * hour }
export const trainingDaysUsual = 21
const trainingMsOf = (asked: BacktestCase): number => (asked.trainingDays ?? trainingDaysUsual) * day

export async function backtest(asked: BacktestCase): Promise<BacktestResult> {
  if (asked.faults && asked.controllers.some(name => name.startsWith('oracle')))
    throw new Error('no oracle with faults: rollouts would trigger them early')
  const kind = kindOf(asked.site)
  const notes: string[] = []
  const figures: Partial<Record<ControllerName, ControllerFigures>> = {}
  const courses: Partial<Record<ControllerName, Course>> = {}
  const needsReset = asked.controllers.some(name => name !== 'fixed')
  const choice = needsReset ? chooseApproach(asked, kind) : undefined
  const names = controllerNames.filter(
    name => asked.controllers.includes(name) || (name === 'reset' && needsReset),
  )
  let commissioning: Commissioning | undefined
  const onSweep = (report: SweepReport) => {
    const settlingMs = (asked.settling ?? settlingUsual).ms
    const reset = resetDriver(kind, (choice as ResetChoice).approachK)
    commissioning = commissioningOf(report, plantOf(asked, report.fromAt - settlingMs), reset)
  }
  for (const name of names) {
    const run = await runOf(asked, { name, kind, choice, courses, notes, onSweep })
    courses[name] = run.course
    figures[name] = figuresOf(run.counted())
  }
  for (const name of ['oracleProtected', 'oracle', 'oracleNoRamps'] as const)
    keepBetterCourse(name, figures, notes)
  return {
    controllers: figures,
    savings: savingsOf(figures, asked.leakagePerK),
    ...(choice ? { reset: choice } : {}),
    ...(commissioning ? { commissioning } : {}),
    notes,
  }
}

function plantOf(asked: BacktestCase, startAt: Millis): Run {
  const { site, weather, load, seed, stepMs, leakagePerK } = asked
  return startRun(createPlant({ site, weather, load, seed, stepMs, leakagePerK, startAt }))
}

async function runOf(
  asked: BacktestCase,
  how: {
    name: ControllerName
    kind: CoolingKind
    choice: ResetChoice | undefined
    courses: Partial<Record<ControllerName, Course>>
    notes: string[]
    onSweep: (report: SweepReport) => void
  },
): Promise<Run> {
  const { name, kind } = how
  const { fromAt } = asked
  const toAt = fromAt + asked.days * day
  const settling = asked.settling ?? settlingUsual
  const span = planSpan({ fromAt, toAt, settling, trainingMs: trainingMsOf(asked) })
  const startAt = name === 'plan' ? span.startAt : fromAt - settling.ms
  const run = plantOf(asked, startAt)
  for (const fault of asked.faults ?? []) run.plant.inject(fault)
  const tell = () => asked.onProgress?.(name, (run.plant.siteNow() - startAt) / (toAt - startAt))
  if (name === 'fixed') return byTheDay(run, { fromAt, toAt, tell }, driveFixed)
  const approachK = (how.choice as ResetChoice).approachK
  const reset = resetDriver(kind, approachK)
  if (name === 'reset') return byTheDay(run, { fromAt, toAt, tell }, reset)
  if (name === 'plan')
    return runPlan(run, span, { ...how, site: asked.site, seed: asked.seed, approachK, onHour: tell })
  reset(run, span.takesOverAt)
  const options = {
    kind,
    ramps: name === 'oracleNoRamps' ? 'none' : 'asPinned',
    courses: candidatesFor(name, how.courses),
    keepsClear: name === 'oracleProtected',
    onHour: tell,
  } as const
  driveOracle(run, fromAt, options)
  run.startCounting()
  driveOracle(run, toAt, options)
  return run
}

/** Without ramps everything is allowed that is allowed with them. */
const candidatesFor = (
  name: ControllerName,
  { reset, plan, oracle }: Partial<Record<ControllerName, Course>>,
): Course[] =>
  [reset, plan, name === 'oracleNoRamps' ? oracle : undefined].filter(course => course !== undefined)

/** In pieces of a day, so that progress can be told. */
function byTheDay(
  run: Run,
  span: { fromAt: Millis; toAt: Millis; tell: () => void },
  drive: (run: Run, toAt: Millis) => void,
): Run {
  drive(run, span.fromAt)
  run.startCounting()
  for (let at = span.fromAt; at < span.toAt; ) {
    at = Math.min(at + day, span.toAt)
    drive(run, at)
    span.tell()
  }
  return run
}

/** The a that takes least facility energy over the training weeks; where there is nothing to choose, the one there is. */
function chooseApproach(asked: BacktestCase, kind: CoolingKind): ResetChoice {
  const [only] = kind.approachesK
  if (kind.approachesK.length === 1) return { approachK: only as number, trainingFacilityKwh: {} }
  const trainingMs = trainingMsOf(asked)
  const took = kind.approachesK.map((approachK, index) => {
    const run = plantOf(asked, asked.fromAt - trainingMs - day)
    const drive = resetDriver(kind, approachK)
    byTheDay(run, { fromAt: asked.fromAt - trainingMs, toAt: asked.fromAt, tell: () => undefined }, drive)
    asked.onProgress?.('reset, choosing a', (index + 1) / kind.approachesK.length)
    return { approachK, facilityKwh: figuresOf(run.counted()).facilityKwh }
  })
  const best = took.reduce((least, one) => (one.facilityKwh < least.facilityKwh ? one : least))
  return {
    approachK: best.approachK,
    trainingFacilityKwh: Object.fromEntries(took.map(one => [one.approachK, one.facilityKwh])),
  }
}

/** Greedy by the hour can lose over the week: a whole course that took less, and was no hotter, is the oracle's too. */
function keepBetterCourse(
  name: 'oracleProtected' | 'oracle' | 'oracleNoRamps',
  figures: Partial<Record<ControllerName, ControllerFigures>>,
  notes: string[],
): void {
  const others = ['fixed', 'reset', 'plan', 'oracleProtected', 'oracle'] as const
  // With what the protections let nobody do, the ceiling under them is not raised.
  for (const other of name === 'oracleProtected' ? others.slice(0, 3) : others) {
    const own = figures[name]
    const candidate = figures[other]
    if (!own || !candidate || other === name) continue
    const isBetter =
      candidate.facilityKwh < own.facilityKwh &&
      candidate.overLimitDegreeMinutes <= own.overLimitDegreeMinutes
    if (!isBetter) continue
    figures[name] = candidate
    notes.push(`${name}: the whole course of ${other} took less than the hourly search and stands for it`)
  }
}
