import { writeFileSync } from 'node:fs'
import { type BacktestOptions, readOptions, usage } from '#commands/backtest/options.ts'
import { runPooled } from '#commands/backtest/pooled.ts'
import { progressLine } from '#commands/backtest/progress.ts'
import { summaryOf } from '#commands/backtest/summary.ts'
import { printTable } from '#commands/backtest/table.ts'
import { systemClock } from '#contract/clock.ts'
import { Failure, failureCodes, isFailure } from '#contract/failure.ts'
import { second } from '#contract/units.ts'
import { type BacktestResult, backtest, type ControllerName } from '#simulators/backtest/backtest.ts'
import { readScenario } from '#simulators/faults/scenario.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

/** What the command prints (issue 3, point 6). */
export type BacktestJson = {
  readonly site: string
  readonly weather: string
  readonly load: string
  readonly from: string
  readonly days: number
  readonly seed: number
  readonly leakagePerK: number
  readonly stepSeconds: number
} & BacktestResult & { readonly wallSeconds: number; readonly speed: number }

const machine = systemClock()

async function main(): Promise<void> {
  const asked = readOptions(process.argv.slice(2))
  if (asked.what === 'help') process.stdout.write(usage)
  else if (asked.what === 'table') await printTable(asked.table)
  else if (asked.what === 'pooled') await runPooled(asked.pooled)
  else await runBacktest(asked.backtest)
}

async function runBacktest(options: BacktestOptions): Promise<void> {
  const startedMs = machine.machineNow()
  const weather = openWeather(options.weather, options.seed)
  const site = resolveAnySite(options.site, weather)
  const { controllers, notes } = runnable(options)
  const load = openLoad(options.load, { site, seed: options.seed, startAt: options.fromAt })
  const progress = progressLine()
  const result = await backtest({
    site,
    weather,
    load,
    seed: options.seed,
    fromAt: options.fromAt,
    days: options.days,
    stepMs: options.stepMs,
    leakagePerK: options.leakagePerK,
    controllers,
    ...(options.scenario === undefined ? {} : { faults: readScenario(options.scenario, options.fromAt) }),
    onProgress: progress.tell,
  })
  progress.end()
  const wallSeconds = (machine.machineNow() - startedMs) / second
  const judgedDays = options.days * Object.keys(result.controllers).length
  const json: BacktestJson = {
    site: options.site,
    weather: options.weather,
    load: options.load,
    from: new Date(options.fromAt).toISOString(),
    days: options.days,
    seed: options.seed,
    leakagePerK: options.leakagePerK,
    stepSeconds: options.stepMs / second,
    ...result,
    notes: [...notes, ...load.notes, ...result.notes],
    wallSeconds: Number(wallSeconds.toFixed(2)),
    speed: Math.round((judgedDays * 86_400) / wallSeconds),
  }
  const text = `${JSON.stringify(json, null, 2)}\n`
  if (options.json === undefined) process.stdout.write(text)
  else {
    writeFileSync(options.json, text)
    process.stdout.write(summaryOf(json))
  }
}

/** What a scenario cannot have is left out of `all` with a note, and refused when asked for by name. */
function runnable(options: BacktestOptions): Pick<BacktestOptions, 'controllers'> & { notes: string[] } {
  const cannot = (name: ControllerName): string | undefined => {
    if (name.startsWith('oracle') && options.scenario !== undefined)
      return 'with --scenario there is no oracle: it would foresee the faults'
    return undefined
  }
  const notes: string[] = []
  const controllers = options.controllers.filter(name => {
    const why = cannot(name)
    if (why === undefined) return true
    if (!options.askedForAll) throw new Failure('CONFIG_INVALID', `--controller ${name}: ${why}`)
    notes.push(`${name} left out: ${why}`)
    return false
  })
  return { controllers, notes }
}

main().catch(error => {
  process.stderr.write(`${isFailure(error) ? error.message : (error as Error).stack}\n`)
  process.exitCode = isFailure(error) ? failureCodes[error.code].exit : 1
})
