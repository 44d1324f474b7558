import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { flagsOf, refused } from '#commands/flags.ts'
import { type DurationMs, day, hour, minute, second } from '#contract/units.ts'

export const usage = `Usage: npm run -s forecast -- --series FILE [--column NAME] [OPTIONS]
How well a column's coming hours can be foretold from its own past, judged by rolling origin on rows that took no part in learning
or choosing. Prints JSON; with --json a table instead.

  --series FILE      CSV (.csv or .csv.gz) with a header line and a time column, or EPW (.epw or .epw.gz)
  --column NAME      a column of the file; with stars the sum of all that fit, such as 'cdu*_W';
                     of an EPW: wetBulb (default), dryBulb, relativeHumidity, pressure
  --horizons LIST    how far ahead, such as 1h,3h,6h (default); 15m, 90m, 30s and 1d are understood
  --seed N           of the network (default 1)
  --json FILE        write the JSON there
  --help

Times may be ISO 8601, day/month/year (or month/day/year where the days say so), or numbers: seconds, hours for a column named so.
Empty cells and gaps are missing: they are never filled in and never judged.
`

export type Horizon = { readonly name: string; readonly ms: DurationMs }

export type ForecastOptions = {
  readonly series: string
  readonly column: string | undefined
  readonly horizons: readonly Horizon[]
  readonly seed: number
  readonly json: string | undefined
}

/** More horizons than this would make the network slow and the table unreadable. */
const horizonsMost = 12
const unitsMs: Readonly<Record<string, DurationMs>> = { s: second, m: minute, min: minute, h: hour, d: day }

/** What was asked, or undefined for --help. */
export function readOptions(args: readonly string[]): ForecastOptions | undefined {
  const flags = readFlags(args)
  if (flags.help) return undefined
  if (flags.series === undefined)
    throw refused('--series is needed: a CSV or EPW file; --help lists what is allowed')
  if (!existsSync(flags.series)) throw refused(`--series ${flags.series}: there is no such file`)
  return {
    series: flags.series,
    column: flags.column,
    horizons: horizonsOf(flags.horizons ?? '1h,3h,6h'),
    seed: seedOf(flags.seed ?? '1'),
    json: flags.json === undefined ? undefined : resolve(flags.json),
  }
}

function readFlags(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    series: text,
    column: text,
    horizons: text,
    seed: text,
    json: text,
    help: { type: 'boolean' },
  } as const
  return flagsOf({ args: [...args], options }).values
}

function horizonsOf(given: string): Horizon[] {
  const horizons = given.split(',').map(part => {
    const name = part.trim()
    const [, count, unit] = /^(\d+(?:\.\d+)?)(s|min|m|h|d)$/.exec(name) ?? []
    const ms = Number(count) * (unitsMs[unit ?? ''] ?? Number.NaN)
    if (!(ms > 0)) throw refused(`--horizons ${given}: allowed are durations such as 1h,3h,6h or 30m`)
    return { name, ms }
  })
  if (horizons.length > horizonsMost)
    throw refused(`--horizons ${given}: at most ${horizonsMost} are allowed`)
  return horizons
}

function seedOf(given: string): number {
  const seed = Number(given)
  if (!/^\d+$/.test(given) || seed > 4_294_967_295)
    throw refused(`--seed ${given}: allowed is a whole number from 0 to 4294967295`)
  return seed
}
