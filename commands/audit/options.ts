import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { mapHelp } from '#commands/audit/siteMap.ts'
import { flagsOf, refused } from '#commands/flags.ts'

export const usage = `Usage: npm run -s audit -- --history FILE [--history FILE2 …] --map FILE.yaml [OPTIONS]
Learns a plant's consumption from its own history, without touching it, and reports how well that works on data held out,
which sensors are doubtful, what drives the consumption, and what could be saved.

  --history FILE      CSV (.csv or .csv.gz) of the plant; several are put together in order of time
  --map FILE          YAML: what the columns are, see below
  --join FILE         CSV of another logger, matched by nearest time; several allowed
  --test FILE         CSV to judge on; several allowed. Without it the last quarter of the history is held out
  --json FILE         write the figures there
  --html FILE         write the report there: one file, for screen and paper
  --seed N            of the model's ensemble and of all drawing (default 1)
  --help

${mapHelp}`

export type AuditOptions = {
  readonly history: readonly string[]
  readonly test: readonly string[]
  readonly join: readonly string[]
  readonly map: string
  readonly json: string | undefined
  readonly html: string | undefined
  readonly seed: number
}

/** The command's options, or 'help'. */
export function readOptions(args: readonly string[]): AuditOptions | 'help' {
  const flags = readFlags(args)
  if (flags.help) return 'help'
  if (!flags.history?.length) throw refused('--history FILE is missing; --help lists what is allowed')
  if (flags.map === undefined) throw refused('--map FILE.yaml is missing; --help shows one')
  return {
    history: flags.history.map(path => existing('history', path)),
    test: (flags.test ?? []).map(path => existing('test', path)),
    join: (flags.join ?? []).map(path => existing('join', path)),
    map: existing('map', flags.map),
    json: flags.json === undefined ? undefined : resolve(flags.json),
    html: flags.html === undefined ? undefined : resolve(flags.html),
    seed: seedOf(flags.seed ?? '1'),
  }
}

function readFlags(args: readonly string[]) {
  const one = { type: 'string' } as const
  const many = { type: 'string', multiple: true } as const
  const options = {
    history: many,
    test: many,
    join: many,
    map: one,
    json: one,
    html: one,
    seed: one,
    help: { type: 'boolean' },
  } as const
  return flagsOf({ args: [...args], options }).values
}

function existing(name: string, path: string): string {
  if (!existsSync(path)) throw refused(`--${name} ${path}: there is no such file`)
  return path
}

function seedOf(given: string): number {
  const seed = Number(given)
  if (given.trim() === '' || !Number.isInteger(seed) || seed < 0 || seed > 4_294_967_295)
    throw refused(`--seed ${given}: allowed is a whole number from 0 to 4294967295`)
  return seed
}
