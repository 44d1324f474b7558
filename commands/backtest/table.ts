import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TableOptions } from '#commands/backtest/options.ts'
import type { BacktestJson } from '#commands/backtest.ts'
import { Failure } from '#contract/failure.ts'

type Case = { readonly site: string; readonly load: string; readonly city: string; readonly week: string }

const shown = ['fixed', 'reset', 'oracle'] as const

/** Markdown rows, one per case and controller, each case printed when it and all before it are done. */
export async function printTable(options: TableOptions): Promise<void> {
  const cases = options.sites.flatMap(site =>
    options.loads.flatMap(load =>
      options.cities.flatMap(city => options.weeks.map(week => ({ site, load, city, week }))),
    ),
  )
  const results: Array<BacktestJson | undefined> = cases.map(() => undefined)
  let next = 0
  let printed = 0
  let header = ''
  const printDone = () => {
    for (; printed < cases.length && results[printed]; printed++) {
      const result = results[printed] as BacktestJson
      const parts = partsOf(result)
      const head = headerOf(parts)
      if (head !== header) process.stdout.write(`${header === '' ? '' : '\n'}${head}`)
      header = head
      process.stdout.write(rowsOf(cases[printed] as Case, result, parts))
    }
  }
  const work = async (): Promise<void> => {
    while (next < cases.length) {
      const index = next++
      results[index] = await runCase(cases[index] as Case, options)
      printDone()
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  process.stdout.write(`\n${pooledTable(cases, results as BacktestJson[])}`)
}

function runCase(one: Case, options: TableOptions): Promise<BacktestJson> {
  const args = [
    join(import.meta.dirname, '..', 'run.mjs'),
    'backtest',
    ...['--site', one.site, '--weather', weatherOf(one.city, options.epw), '--load', one.load],
    ...['--from', one.week, '--days', String(options.days), '--seed', String(options.seed)],
    ...['--step', options.step, '--controller', shown.join(',')],
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      said += part
    })
    child.on('error', reject)
    child.on('close', code =>
      code === 0
        ? resolve(JSON.parse(text) as BacktestJson)
        : reject(new Failure(code === 2 ? 'CONFIG_INVALID' : 'CHILD_FAILED', said.trim())),
    )
  })
}

/** A file whose name has every word of the city's, or the built-in year of that name. */
function weatherOf(city: string, folder: string | undefined): string {
  if (folder === undefined) return `builtin:${city}`
  const words = city.toLowerCase().split('-')
  const file = readdirSync(folder)
    .filter(name => /\.epw(\.gz)?$/i.test(name))
    .find(name => words.every(word => name.toLowerCase().includes(word)))
  return file === undefined ? `builtin:${city}` : join(folder, file)
}

const partsOf = (result: BacktestJson): string[] => [
  ...new Set(Object.values(result.controllers).flatMap(figures => Object.keys(figures.parts))),
]

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`

const headerOf = (parts: readonly string[]): string => {
  const names = [
    'site, load',
    'place',
    'week',
    'controller',
    'PUE',
    'facility MWh',
    ...parts.map(part => `${part} MWh`),
  ]
  return row(names) + row(names.map((_, index) => (index < 4 ? '---' : '--:')))
}

function rowsOf(one: Case, result: BacktestJson, parts: readonly string[]): string {
  const megawattHours = (kwh: number | undefined) => ((kwh ?? 0) / 1000).toFixed(2)
  return shown
    .map(name => {
      const figures = result.controllers[name]
      if (!figures) return ''
      const place = result.weather.startsWith('builtin:') ? `${one.city} (built in)` : `${one.city} (EPW)`
      return row([
        `${one.site} ${one.load.replace('builtin:', '')}`,
        place,
        one.week,
        name === 'reset' ? `reset, a ${result.reset?.approachK}` : name,
        figures.pue.toFixed(4),
        megawattHours(figures.facilityKwh),
        ...parts.map(part => megawattHours(figures.parts[part])),
      ])
    })
    .join('')
}

/** Energies of the weeks pooled before dividing: the table of YARDSTICKS 5. */
function pooledTable(cases: readonly Case[], results: readonly BacktestJson[]): string {
  const groups = new Map<string, BacktestJson[]>()
  cases.forEach((one, index) => {
    const name = row([`${one.site} ${one.load.replace('builtin:', '')}`, one.city]).slice(2, -3)
    groups.set(name, [...(groups.get(name) ?? []), results[index] as BacktestJson])
  })
  const names = [
    'site, load',
    'place',
    'oracle against reset',
    'net',
    'PUE fixed',
    'PUE reset',
    'PUE oracle',
    'K·min over: fixed, reset, oracle',
  ]
  const lines = [...groups].map(([name, weeks]) => {
    const sum = (
      controller: (typeof shown)[number],
      what: 'facilityKwh' | 'coolingKwh' | 'itKwh' | 'overLimitDegreeMinutes',
    ) => weeks.reduce((total, week) => total + (week.controllers[controller]?.[what] ?? 0), 0)
    const saved = sum('reset', 'facilityKwh') - sum('oracle', 'facilityKwh')
    const pue = (controller: (typeof shown)[number]) =>
      (sum(controller, 'facilityKwh') / sum(controller, 'itKwh')).toFixed(4)
    return row([
      name,
      `${((100 * saved) / sum('reset', 'facilityKwh')).toFixed(2)} %`,
      `${((100 * saved) / sum('reset', 'coolingKwh')).toFixed(0)} %`,
      ...shown.map(pue),
      shown.map(controller => sum(controller, 'overLimitDegreeMinutes').toFixed(1)).join(', '),
    ])
  })
  return row(names) + row(names.map((_, index) => (index < 2 ? '---' : '--:'))) + lines.join('')
}
