import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { flagsOf, refused } from '#commands/flags.ts'
import { day, type Millis, minute, second } from '#contract/units.ts'
import { type ControllerName, controllerNames, usualControllers } from '#simulators/backtest/backtest.ts'
import { drawBetween } from '#simulators/plant/chance.ts'

export const usage = `Usage: npm run -s backtest -- [OPTIONS]
A plant and its controllers without a network, as fast as the processor allows. Prints JSON; with --json a short table instead.

  --site NAME|FILE    small (default), another that comes with the program, or an own site's YAML
  --weather FILE      EPW (.epw or .epw.gz) or builtin:CITY; default builtin:chicago
  --load FILE         CSV (.csv or .csv.gz), bench:CSV (scaled by day 0.90..1.05), or builtin:annual | builtin:ai | builtin:inference; default builtin:ai
  --from DATE         first instant that counts, such as 2025-07-14 (default) or 2025-07-14T06:00Z; UTC without a zone
  --days N            days that count (default 7); 0.5 is half a day
  --controller LIST   ${controllerNames.join(', ')}, several with commas,
                      or all (default; oracleProtected, which stays clear of the agent's protections, only by name)
  --seed N            of plant, built-in weather and load (default 1)
  --leakage K         IT leakage of the plant: a share per kelvin such as 0.0015 (default), per cent such as 0.15%,
                      or seed: drawn between 0.1 and 0.3 %/K by the seed
  --step S            seconds of the plant's step, a divisor of 60 (default 60)
  --scenario FILE     faults, as of npm run simulate; offsets count from --from; the oracles are left out
  --json FILE         write the JSON there
  --help

Table for the manual, two cases at a time, each row as it is ready:
  --table             one week of each season for every site, load and city: PUE and kWh by part
  --sites LIST        default small,warm-water    --loads LIST   default builtin:ai
  --cities LIST       default chicago,phoenix,san-francisco
  --epw DIR           folder of EPW files: a city found in a file's name is taken from there, the others are built in
  --weeks LIST        first days; default the second Monday of January, April, July, October 2025
  --jobs N            processes (default 2)

What plan captures of what oracle saves against reset, energies pooled over every case before dividing:
  --pooled            fixed, reset, plan and oracle for every site, load, city, week (lists as above) and seed; with --days, --leakage, --step, --jobs
  --seeds LIST        default 1,2,3
  --cases DIR         each case's JSON is kept there, and a case that is already there is not run again
  --json FILE         write rows and cases there as well
`

export type BacktestOptions = {
  readonly site: string
  readonly weather: string
  readonly load: string
  readonly fromAt: Millis
  readonly days: number
  readonly controllers: readonly ControllerName[]
  /** Whoever asked for all gets what the site can have; whoever asked for one by name gets it or a refusal. */
  readonly askedForAll: boolean
  readonly seed: number
  readonly leakagePerK: number
  readonly stepMs: number
  readonly scenario: string | undefined
  readonly json: string | undefined
}

export type TableOptions = {
  readonly sites: readonly string[]
  readonly loads: readonly string[]
  readonly cities: readonly string[]
  readonly epw: string | undefined
  readonly weeks: readonly string[]
  readonly days: number
  readonly jobs: number
  readonly seed: number
  readonly step: string
}

export type PooledOptions = Omit<TableOptions, 'seed'> & {
  readonly seeds: readonly number[]
  /** As given; every case reads it for itself. */
  readonly leakage: string | undefined
  readonly cases: string | undefined
  readonly json: string | undefined
}

export type Asked =
  | { readonly what: 'help' }
  | { readonly what: 'table'; readonly table: TableOptions }
  | { readonly what: 'pooled'; readonly pooled: PooledOptions }
  | { readonly what: 'backtest'; readonly backtest: BacktestOptions }

const leakageDefault = 0.0015

export function readOptions(args: readonly string[]): Asked {
  const flags = readFlags(args)
  if (flags.help) return { what: 'help' }
  if (flags.table) return { what: 'table', table: tableOptions(flags) }
  if (flags.pooled) return { what: 'pooled', pooled: pooledOptions(flags) }
  const load = existingOr('load', flags.load ?? 'builtin:ai')
  return {
    what: 'backtest',
    backtest: {
      site: flags.site ?? 'small',
      weather: existingOr('weather', flags.weather ?? 'builtin:chicago'),
      load,
      fromAt: instant(flags.from ?? '2025-07-14'),
      days: days(flags),
      ...controllersOf(flags.controller ?? 'all'),
      seed: seed(flags),
      leakagePerK: leakage(flags.leakage, seed(flags)),
      stepMs: stepSeconds(flags) * second,
      scenario: flags.scenario,
      json: flags.json === undefined ? undefined : resolve(flags.json),
    },
  }
}

type Flags = ReturnType<typeof readFlags>

function readFlags(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    site: text,
    weather: text,
    load: text,
    from: text,
    days: text,
    controller: text,
    seed: text,
    leakage: text,
    step: text,
    scenario: text,
    json: text,
    sites: text,
    loads: text,
    cities: text,
    epw: text,
    weeks: text,
    jobs: text,
    seeds: text,
    cases: text,
    table: { type: 'boolean' },
    pooled: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const
  return flagsOf({ args: [...args], options }).values
}

function numberOf(
  name: string,
  given: string,
  allowed: { lowest: number; highest: number; whole?: true },
): number {
  const value = Number(given)
  const fits =
    given.trim() !== '' &&
    value >= allowed.lowest &&
    value <= allowed.highest &&
    (!allowed.whole || Number.isInteger(value))
  if (!fits)
    throw refused(
      `--${name} ${given}: allowed is a ${allowed.whole ? 'whole ' : ''}number from ${allowed.lowest} to ${allowed.highest}`,
    )
  return value
}

const seedOf = (name: string, given: string) =>
  numberOf(name, given, { lowest: 0, highest: 4_294_967_295, whole: true })
const seed = (flags: Flags) => seedOf('seed', flags.seed ?? '1')

/** Whole minutes: controllers live from minute to minute. */
const days = (flags: Flags) =>
  (Math.round((numberOf('days', flags.days ?? '7', { lowest: 0.01, highest: 366 }) * day) / minute) *
    minute) /
  day

function stepSeconds(flags: Flags): number {
  const step = numberOf('step', flags.step ?? '60', { lowest: 1, highest: 60, whole: true })
  if (60 % step !== 0) throw refused(`--step ${step}: allowed is a divisor of 60, such as 5, 20 or 60`)
  return step
}

/** Shares per kelvin between which tests draw (YARDSTICKS 1). */
const leakageDrawn = { lowest: 0.001, highest: 0.003 } as const

/** A share per kelvin, or per cent: with its sign, or so large (0.02 and more) that it can be nothing else; or drawn by the seed. */
function leakage(given: string | undefined, seedGiven: number): number {
  if (given === undefined) return leakageDefault
  if (given === 'seed')
    return Number(drawBetween(seedGiven, 'leakage', leakageDrawn.lowest, leakageDrawn.highest).toFixed(6))
  const number = Number(given.replace(/%$/, ''))
  const value = given.endsWith('%') || number >= 0.02 ? number / 100 : number
  if (/^\s*%?$/.test(given) || !(value >= 0 && value <= 0.01))
    throw refused(`--leakage ${given}: allowed is a share per kelvin from 0 to 0.01, or 0% to 1%, or seed`)
  return value
}

function existingOr(name: 'weather' | 'load', given: string): string {
  if (given.startsWith('builtin:')) return given
  if (!existsSync(given.replace(/^bench:/, ''))) throw refused(`--${name} ${given}: there is no such file`)
  return given
}

function controllersOf(given: string): Pick<BacktestOptions, 'controllers' | 'askedForAll'> {
  const asked = given.split(',').map(name => name.trim())
  if (asked.includes('all')) return { controllers: usualControllers, askedForAll: true }
  for (const name of asked)
    if (!controllerNames.some(known => known === name))
      throw refused(`--controller ${name}: allowed are ${controllerNames.join(', ')} and all`)
  return { controllers: controllerNames.filter(name => asked.includes(name)), askedForAll: false }
}

function instant(given: string): Millis {
  const zoned = /T/.test(given) && !/(Z|[+-]\d\d:?\d\d)$/i.test(given) ? `${given}Z` : given
  const at = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(zoned) : Number.NaN
  if (!Number.isFinite(at) || at % minute !== 0)
    throw refused(
      `--from ${given}: allowed is a date such as 2025-07-14, or a full minute such as 2025-07-14T06:00Z`,
    )
  return at
}

const list = (given: string) =>
  given
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')

function pooledOptions(flags: Flags): PooledOptions {
  const seeds = list(flags.seeds ?? '1,2,3').map(given => seedOf('seeds', given))
  for (const one of seeds) leakage(flags.leakage, one)
  const { seed: _one, ...table } = tableOptions(flags)
  return {
    ...table,
    seeds,
    leakage: flags.leakage,
    cases: flags.cases === undefined ? undefined : resolve(flags.cases),
    json: flags.json === undefined ? undefined : resolve(flags.json),
  }
}

function tableOptions(flags: Flags): TableOptions {
  const weeks = list(flags.weeks ?? '2025-01-13,2025-04-14,2025-07-14,2025-10-13')
  for (const week of weeks) instant(week)
  if (flags.epw !== undefined && !existsSync(flags.epw))
    throw refused(`--epw ${flags.epw}: there is no such folder`)
  return {
    sites: list(flags.sites ?? 'small,warm-water'),
    loads: list(flags.loads ?? 'builtin:ai').map(load => existingOr('load', load)),
    cities: list(flags.cities ?? 'chicago,phoenix,san-francisco'),
    epw: flags.epw === undefined ? undefined : resolve(flags.epw),
    weeks,
    days: days(flags),
    jobs: numberOf('jobs', flags.jobs ?? '2', { lowest: 1, highest: 64, whole: true }),
    seed: seed(flags),
    step: String(stepSeconds(flags)),
  }
}
