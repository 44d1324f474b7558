import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { flagsOf, refused } from '#commands/flags.ts'
import type { Millis } from '#contract/units.ts'
import type { NonRoutineEvent } from '#models/savings/events.ts'

export const usage = `Usage: npm run -s savings -- placebo [OPTIONS]
       npm run -s savings -- --history FILE --from DATE [OPTIONS]
Savings by the adjusted-baseline method. Prints a summary with --json FILE, else the JSON itself.

placebo: simulated sites are left alone under reset; what the method finds in them should be nothing.
  --periods N         periods to judge (default 200)
  --weeks N           weeks of each (default 4)
  --baseline-weeks N  weeks before each that it is judged from (default 52)
  --inject LIST       shares of cooling taken off the meter, 0 being none (default 0,0.05,0.10)
  --site NAME|FILE    small (default), another that comes with the program, or an own site's YAML
  --seed N            of plants, weather, loads and injected savings (default 1)
  --jobs N            threads (default 2)

history: a site's own hours, and what was done from a date on.
  --history FILE      CSV (plain or gzip) of hours: time, coolingKwh, itKwh, wetBulbC; lossesKwh, waterL, chipC where there are
  --column NAME=COL   the file's own name of a column, such as coolingKwh=kWh_cooling; several times
  --from DATE         start of the reporting period; everything before it is the baseline. UTC without a zone
  --to DATE           its end (default the file's)
  --event "FROM TO WHAT"  a non-routine event whose hours are left out; several times
  --price FILE        hourly CSV of a tariff, such as eur_per_MWh    --carbon FILE  hourly CSV, such as gCO2_per_kWh

  --json FILE         write the JSON there
  --help
`

export type PlaceboOptions = {
  readonly periods: number
  readonly weeks: number
  readonly baselineWeeks: number
  readonly shares: readonly number[]
  readonly site: string
  readonly seed: number
  readonly jobs: number
  readonly json: string | undefined
}

export type HistoryOptions = {
  readonly history: string
  /** The file's column for each name of ours. */
  readonly columns: Readonly<Record<string, string>>
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly events: readonly NonRoutineEvent[]
  readonly price: string | undefined
  readonly carbon: string | undefined
  readonly json: string | undefined
}

export type Asked =
  | { readonly what: 'help' }
  | { readonly what: 'placebo'; readonly placebo: PlaceboOptions }
  | { readonly what: 'history'; readonly history: HistoryOptions }

export const historyColumns = ['coolingKwh', 'itKwh', 'wetBulbC', 'lossesKwh', 'waterL', 'chipC'] as const

export function readOptions(args: readonly string[]): Asked {
  const { values, positionals } = parsed(args)
  if (values.help) return { what: 'help' }
  const [first, ...more] = positionals
  if ((first !== undefined && first !== 'placebo') || more.length > 0)
    throw refused(
      `"${positionals.join(' ')}": allowed is placebo, or --history FILE; --help lists the options`,
    )
  if (first === 'placebo' && values.history !== undefined)
    throw refused('placebo runs on simulated sites: leave out --history, or the word placebo')
  if (first === 'placebo') return { what: 'placebo', placebo: placeboOptions(values) }
  if (values.history === undefined)
    throw refused('placebo or --history FILE is needed; --help lists the options')
  return { what: 'history', history: historyOptions(values, values.history) }
}

type Values = ReturnType<typeof parsed>['values']

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const many = { type: 'string', multiple: true } as const
  const options = {
    periods: text,
    weeks: text,
    'baseline-weeks': text,
    inject: text,
    site: text,
    seed: text,
    jobs: text,
    history: text,
    column: many,
    from: text,
    to: text,
    event: many,
    price: text,
    carbon: text,
    json: text,
    help: { type: 'boolean' },
  } as const
  return flagsOf({ args: [...args], options, allowPositionals: true })
}

function whole(name: string, given: string, highest: number, lowest = 1): number {
  const value = Number(given)
  if (given.trim() === '' || !Number.isInteger(value) || value < lowest || value > highest)
    throw refused(`--${name} ${given}: allowed is a whole number from ${lowest} to ${highest}`)
  return value
}

function placeboOptions(values: Values): PlaceboOptions {
  const shares = (values.inject ?? '0,0.05,0.10').split(',').map(text => {
    const share = Number(text)
    if (text.trim() === '' || !(share >= 0 && share <= 0.5))
      throw refused(
        `--inject ${values.inject}: allowed are shares of cooling from 0 to 0.5, parted by commas`,
      )
    return share
  })
  return {
    periods: whole('periods', values.periods ?? '200', 10_000),
    weeks: whole('weeks', values.weeks ?? '4', 52),
    baselineWeeks: whole('baseline-weeks', values['baseline-weeks'] ?? '52', 520),
    shares,
    site: values.site ?? 'small',
    seed: whole('seed', values.seed ?? '1', 1_000_000, 0),
    jobs: whole('jobs', values.jobs ?? '2', 64),
    json: values.json === undefined ? undefined : resolve(values.json),
  }
}

function historyOptions(values: Values, history: string): HistoryOptions {
  for (const [name, path] of [
    ['history', history],
    ['price', values.price],
    ['carbon', values.carbon],
  ] as const)
    if (path !== undefined && !existsSync(path)) throw refused(`--${name} ${path}: there is no such file`)
  const fromAt = instant('--from', values.from)
  const toAt = values.to === undefined ? Number.POSITIVE_INFINITY : instant('--to', values.to)
  if (fromAt >= toAt) throw refused(`--from ${values.from} must lie before --to ${values.to}`)
  return {
    history,
    columns: columnsOf(values.column ?? []),
    fromAt,
    toAt,
    events: (values.event ?? []).map(eventOf),
    price: values.price,
    carbon: values.carbon,
    json: values.json === undefined ? undefined : resolve(values.json),
  }
}

function columnsOf(given: readonly string[]): Record<string, string> {
  const columns: Record<string, string> = Object.fromEntries(historyColumns.map(name => [name, name]))
  for (const text of given) {
    const [name, column] = text.split(/=(.*)/s)
    if (!historyColumns.some(known => known === name) || !column)
      throw refused(`--column ${text}: allowed is NAME=COLUMN with NAME one of ${historyColumns.join(', ')}`)
    columns[name as string] = column
  }
  return columns
}

function eventOf(text: string): NonRoutineEvent {
  const [from, to, ...words] = text.trim().split(/\s+/)
  if (words.length === 0)
    throw refused(
      `--event "${text}": allowed is "FROM TO WHAT", such as "2025-07-01 2025-07-03 pump repaired"`,
    )
  const [fromAt, toAt] = [instant('--event', from), instant('--event', to)]
  if (fromAt >= toAt) throw refused(`--event "${text}": ${from} must lie before ${to}`)
  return { fromAt, toAt, what: words.join(' '), by: 'command line' }
}

function instant(name: string, text: string | undefined): Millis {
  const zoned = text !== undefined && /T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? `${text}Z` : text
  const at = zoned !== undefined && /^\d{4}-\d\d-\d\d/.test(zoned) ? Date.parse(zoned) : Number.NaN
  if (Number.isNaN(at))
    throw refused(
      `${name} ${text ?? 'is missing: it'} must be a date such as 2025-07-01 or 2025-07-01T06:00Z`,
    )
  return at
}
