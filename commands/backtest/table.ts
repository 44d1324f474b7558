import type { TableOptions } from '#commands/backtest/options.ts'
import { inParallel, row, runCase, weatherOf } from '#commands/backtest/runCase.ts'
import type { BacktestJson } from '#commands/backtest.ts'

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
  await inParallel(cases, options.jobs, async (one, index) => {
    results[index] = await runCase({
      site: one.site,
      weather: weatherOf(one.city, options.epw),
      load: one.load,
      from: one.week,
      days: String(options.days),
      seed: String(options.seed),
      step: options.step,
      controller: shown.join(','),
    })
    printDone()
  })
  process.stdout.write(`\n${pooledTable(cases, results as BacktestJson[])}`)
}

const partsOf = (result: BacktestJson): string[] => [
  ...new Set(Object.values(result.controllers).flatMap(figures => Object.keys(figures.parts))),
]

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
