import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PooledOptions } from '#commands/backtest/options.ts'
import { inParallel, row, runCase, weatherOf } from '#commands/backtest/runCase.ts'
import type { BacktestJson } from '#commands/backtest.ts'
import { Failure } from '#contract/failure.ts'
import { type NearLimit, type PooledCase, type PooledRow, pooledRows } from '#simulators/backtest/pooling.ts'

type Case = {
  readonly site: string
  readonly load: string
  readonly city: string
  readonly week: string
  readonly seed: number
}

/** Every case in a process of its own, then the rows; a case that was kept is read instead of run. */
export async function runPooled(options: PooledOptions): Promise<void> {
  const cases = options.sites.flatMap(site =>
    options.loads.flatMap(load =>
      options.cities.flatMap(city =>
        options.weeks.flatMap(week => options.seeds.map(seed => ({ site, load, city, week, seed }))),
      ),
    ),
  )
  if (options.cases !== undefined) mkdirSync(options.cases, { recursive: true })
  const results: BacktestJson[] = []
  await inParallel(cases, options.jobs, async (one, index) => {
    results[index] = await resultOf(one, options)
    process.stderr.write(`${nameOf(one)}: ${shortly(results[index])}\n`)
  })
  const named = cases.map((one, index) => ({ one, result: results[index] as BacktestJson }))
  const poolBy = (rowOf: (one: Case) => string): PooledRow[] =>
    pooledRows(
      named.map(
        ({ one, result }): PooledCase => ({
          row: rowOf(one),
          name: nameOf(one),
          controllers: result.controllers,
        }),
      ),
    )
  const rows = poolBy(plantOf)
  const byCity = poolBy(one => `${plantOf(one)} ${one.city}`)
  const [all] = poolBy(() => 'all') as [PooledRow]
  process.stdout.write(
    `${pooledTable(rows)}\n${pooledTable(byCity)}\nplan: hours above limit - 1.5 K: ${nearLimitText(all.nearLimit.plan)}\n`,
  )
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ rows, byCity, all, cases: named.map(({ one, result }) => ({ ...one, ...result })) }, null, 2)}\n`,
    )
}

const plantOf = ({ site, load }: Case): string =>
  `${lastPart(site)} ${lastPart(load.replace('builtin:', ''))}`
const nameOf = (one: Case): string => `${plantOf(one)} ${one.city} ${one.week} seed ${one.seed}`
const lastPart = (path: string): string => path.split(/[\\/]/).at(-1) as string

async function resultOf(one: Case, options: PooledOptions): Promise<BacktestJson> {
  const asked = {
    site: one.site,
    weather: weatherOf(one.city, options.epw),
    load: one.load,
    from: one.week,
    days: String(options.days),
    seed: String(one.seed),
    step: options.step,
    controller: 'fixed,reset,plan,oracle',
    ...(options.leakage === undefined ? {} : { leakage: options.leakage }),
  }
  if (options.cases === undefined) return runCase(asked)
  const file = join(options.cases, `${nameOf(one).replaceAll(/[^A-Za-z0-9-]+/g, '_')}.json`)
  if (existsSync(file)) return readKept(file, asked)
  const result = await runCase(asked)
  // Whole or not at all: a run that is stopped here leaves no half a case.
  writeFileSync(`${file}.part`, JSON.stringify({ asked, result }))
  renameSync(`${file}.part`, file)
  return result
}

/** A kept case counts for the same question only: other days or leakage are another case. */
function readKept(file: string, asked: Readonly<Record<string, string>>): BacktestJson {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { asked: object; result: BacktestJson }
  if (JSON.stringify(kept.asked) !== JSON.stringify(asked))
    throw new Failure(
      'CONFIG_INVALID',
      `--cases: ${file} was run with other options; allowed is a folder of the same question, or an empty one`,
    )
  return kept.result
}

function shortly({ controllers, savings }: BacktestJson): string {
  const { fixed, plan } = controllers
  const saving = savings.plan
  return `plan saves ${percent(saving?.againstReset?.facility)} against reset, captures ${percent(saving?.capturedOfOracle ?? undefined, 1)}; K·min over ${plan?.overLimitDegreeMinutes}, fixed ${fixed?.overLimitDegreeMinutes}`
}

/** Cases of a version that did not count the hours leave them unknown. */
const nearLimitText = ({ hours, of, share }: NearLimit): string =>
  Number.isNaN(share)
    ? 'unknown'
    : `${hours.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} CDU-hours, ${percent(share, 3)}`

const percent = (share: number | undefined, digits = 2): string =>
  share === undefined ? '-' : `${(100 * share).toFixed(digits)} %`

function pooledTable(rows: readonly PooledRow[]): string {
  const heads = [
    'site, load',
    'cases',
    'captured',
    'facility',
    'net',
    'oracle facility',
    'PUE fixed → plan',
    'worst case, plan ÷ reset',
    'K·min over: fixed, plan',
    'above limit - 1.5 K: plan',
  ]
  const lines = rows.map(one =>
    row([
      one.row,
      String(one.cases),
      percent(one.captured, 1),
      percent(one.facilitySaving, 3),
      percent(one.netSaving, 1),
      percent(one.oracleFacilitySaving, 3),
      `${one.pue.fixed.toFixed(4)} → ${one.pue.plan.toFixed(4)}`,
      `${one.worst.planOverReset.toFixed(5)} (${one.worst.name})`,
      `${one.overLimitDegreeMinutes.fixed.toFixed(1)}, ${one.overLimitDegreeMinutes.plan.toFixed(1)}${one.hotterThanFixed.length === 0 ? '' : ` (more in ${one.hotterThanFixed.length})`}`,
      nearLimitText(one.nearLimit.plan),
    ]),
  )
  return row(heads) + row(heads.map((_, index) => (index === 0 ? '---' : '--:'))) + lines.join('')
}
