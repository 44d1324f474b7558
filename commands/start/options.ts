import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '#contract/clock.ts'
import { Failure } from '#contract/failure.ts'
import { hour, type Millis } from '#contract/units.ts'
import { builtinLoads } from '#simulators/load/builtinLoad.ts'
import { builtinCities } from '#simulators/weather/builtinWeather.ts'

export const usage = `Usage: npm start [-- OPTIONS]
Runs a whole site on this machine: brokers, plant, agents, hub and console; prints the console's address.

  --site NAME|FILE   small (default), warm-water, or an own site's YAML
  --weather FILE     EPW weather (.epw or .epw.gz), or builtin:CITY; default builtin:chicago. Cities:
                     ${builtinCities.slice(0, 8).join(', ')},
                     ${builtinCities.slice(8).join(', ')}
  --load FILE        load CSV (.csv or .csv.gz), bench:FILE for a CSV whose days differ by 90..105 %, or
                     ${builtinLoads.map(load => `builtin:${load}`).join(' | ')}; default builtin:ai
  --from ISO         first instant of site time (default 2025-07-01T00:00Z)
  --speed N          site seconds per second, 1 to 1000 (default 60)
  --hours H          run H site hours, drain, stop with exit 0; default: until stopped
  --store KIND       duckdb (default) or influx
  --influx URL       InfluxDB 1.6 or later, with --store influx
  --broker URL       uplink broker, such as mqtt://127.0.0.1:1883; default: an embedded one
  --data DIR         data folder (default: ./data; with --hours a fresh temporary one)
  --port N           console's port (default 8080; 0: a free one)
  --seed N           seed of plant, weather and load (default 1)
  --json FILE        write a summary of the run
  --help
`

export type StartOptions = {
  readonly site: string
  readonly weather: string | undefined
  readonly load: string
  readonly fromAt: Millis | undefined
  readonly speed: number
  readonly hours: number | undefined
  readonly store: 'duckdb' | 'influx'
  readonly influx: string | undefined
  readonly broker: string | undefined
  readonly dataDir: string
  readonly dataIsTemporary: boolean
  readonly port: number
  readonly seed: number
  readonly json: string | undefined
}

const machine = systemClock()

export const fromAtDefault = Date.UTC(2025, 6, 1)

/** `--seed -3` means seed -3: without this a negative number would pass for another flag. */
const joined = (args: readonly string[]): string[] =>
  args.flatMap((arg, index) => {
    if (/^-\d/.test(arg) && args[index - 1]?.startsWith('--')) return []
    const next = args[index + 1]
    return arg.startsWith('--') && next !== undefined && /^-\d/.test(next) ? [`${arg}=${next}`] : [arg]
  })

/** Command-line flags, checked one by one: each refusal names the flag, the value and what is allowed. */
export function readOptions(args: readonly string[]): StartOptions | 'help' {
  let flags: Record<string, string | boolean | undefined>
  try {
    const text = { type: 'string' } as const
    flags = parseArgs({
      args: joined(args),
      options: {
        site: text,
        weather: text,
        load: text,
        from: text,
        speed: text,
        hours: text,
        store: text,
        influx: text,
        broker: text,
        data: text,
        port: text,
        seed: text,
        json: text,
        help: { type: 'boolean' },
      },
    }).values
  } catch (cause) {
    throw new Failure(
      'CONFIG_INVALID',
      `${(cause as Error).message.split(/[.\n]\s?/)[0]}; npm start -- --help lists what is allowed`,
      { cause },
    )
  }
  if (flags.help) return 'help'
  const text = (name: string): string | undefined => flags[name] as string | undefined
  const number = (
    name: string,
    fallback: number | undefined,
    allowed: { lowest: number; highest: number; whole?: true },
  ): number | undefined => {
    const given = text(name)
    if (given === undefined) return fallback
    const value = Number(given)
    if (
      given.trim() === '' ||
      !Number.isFinite(value) ||
      value < allowed.lowest ||
      value > allowed.highest ||
      (allowed.whole && !Number.isInteger(value))
    )
      throw new Failure(
        'CONFIG_INVALID',
        `--${name} ${given}: allowed is a ${allowed.whole ? 'whole ' : ''}number from ${allowed.lowest} to ${allowed.highest}`,
      )
    return value
  }
  const existing = (name: string): string | undefined => {
    const path = text(name)
    if (path !== undefined && !existsSync(path))
      throw new Failure('CONFIG_INVALID', `--${name} ${path}: there is no such file`)
    return path === undefined ? undefined : resolve(path)
  }
  /** A name of our own, or the path of a file that must exist, behind a prefix or not. */
  const builtinOrFile = (
    name: 'weather' | 'load',
    builtin: readonly string[],
    prefix = '',
  ): string | undefined => {
    const given = text(name)
    if (given?.startsWith('builtin:')) {
      if (builtin.includes(given.slice('builtin:'.length))) return given
      throw new Failure(
        'CONFIG_INVALID',
        `--${name} ${given}: allowed are ${builtin.map(one => `builtin:${one}`).join(', ')}, or a file`,
      )
    }
    if (given === undefined || prefix === '' || !given.startsWith(prefix)) return existing(name)
    const path = given.slice(prefix.length)
    if (!existsSync(path)) throw new Failure('CONFIG_INVALID', `--${name} ${given}: there is no such file`)
    return `${prefix}${resolve(path)}`
  }
  const hours = number('hours', undefined, { lowest: 0.1, highest: 8_784 })
  const store = text('store') ?? 'duckdb'
  if (store !== 'duckdb' && store !== 'influx')
    throw new Failure('CONFIG_INVALID', `--store ${store}: allowed are duckdb and influx`)
  const influx = address(text('influx'), 'influx', ['http:', 'https:'])
  if (store === 'influx' && influx === undefined)
    throw new Failure(
      'CONFIG_INVALID',
      '--store influx needs --influx URL, such as --influx http://127.0.0.1:8086',
    )
  const data = text('data')
  const dataIsTemporary = data === undefined && hours !== undefined
  return {
    site: text('site') ?? 'small',
    weather: builtinOrFile('weather', builtinCities),
    load: builtinOrFile('load', builtinLoads, 'bench:') ?? 'builtin:ai',
    fromAt: instant(text('from')),
    speed: number('speed', 60, { lowest: 1, highest: 1_000 }) as number,
    hours,
    store,
    influx,
    broker: address(text('broker'), 'broker', ['mqtt:', 'mqtts:']),
    dataDir: dataIsTemporary ? mkdtempSync(join(tmpdir(), 'coldloop-')) : resolve(data ?? 'data'),
    dataIsTemporary,
    port: number('port', 8080, { lowest: 0, highest: 65_535, whole: true }) as number,
    seed: number('seed', 1, { lowest: 0, highest: 4_294_967_295, whole: true }) as number,
    json: text('json') === undefined ? undefined : resolve(text('json') as string),
  }
}

function address(given: string | undefined, name: string, protocols: readonly string[]): string | undefined {
  if (given === undefined) return undefined
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || !protocols.includes(url.protocol) || url.hostname === '')
    throw new Failure(
      'CONFIG_INVALID',
      `--${name} ${given}: allowed is an address such as ${protocols[0]}//127.0.0.1:${name === 'influx' ? 8086 : 1883}`,
    )
  return given
}

function instant(given: string | undefined): Millis | undefined {
  if (given === undefined) return undefined
  const at = Date.parse(given)
  if (!Number.isFinite(at))
    throw new Failure(
      'CONFIG_INVALID',
      `--from ${given}: allowed is an ISO 8601 instant such as 2025-07-01T00:00Z`,
    )
  if (at > machine.wallNow() - hour)
    throw new Failure(
      'CONFIG_INVALID',
      `--from ${given}: site time starts at least an hour before now, because a run never passes the wall clock`,
    )
  return at
}
