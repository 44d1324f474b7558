import { type FaultKind, faultKinds } from '#commands/chaos/plan.ts'
import { flagsOf, refused } from '#commands/flags.ts'

export const usage = `Usage: npm run -s chaos -- [OPTIONS]
Kills, freezes, partitions, fills the disk, steps the clock and corrupts the outbox of a running chain (agent's outbox and
uplink, broker, hub with its DuckDB store) while a ledger counts what the agent accepted; then compares ledger and store.
Exit 0: exact; 1: something differs, named with the command that replays it; 2: an option is wrong.

  --minutes M     how long samples are made, 0.2 to 1440 (default 10)
  --seed N        which misfortunes, 0 to 4294967295 (default 1); the same seed and minutes, the same plan
  --without KIND  leave out faults of a kind; several allowed: ${faultKinds.join(', ')}
  --json FILE     write the figures there
  --keep          keep the run's folder (logs, outbox, store), which is otherwise removed when all is exact
  --help
`

export type ChaosOptions = {
  readonly minutes: number
  readonly seed: number
  readonly without: readonly FaultKind[]
  readonly json: string | undefined
  readonly keeps: boolean
}

/** The command's options, or 'help'. Throws CONFIG_INVALID. */
export function readOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values } = flagsOf({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      without: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }) as {
    values: { minutes: string; seed: string; without: string[]; json?: string; keep: boolean; help: boolean }
  }
  if (values.help) return 'help'
  const minutes = values.minutes.trim() === '' ? Number.NaN : Number(values.minutes)
  if (!(minutes >= 0.2 && minutes <= 1_440))
    throw refused(`--minutes ${values.minutes}: a number from 0.2 to 1440 is allowed`)
  if (!/^\d{1,10}$/.test(values.seed) || Number(values.seed) > 0xffffffff)
    throw refused(`--seed ${values.seed}: a whole number from 0 to 4294967295 is allowed`)
  return {
    minutes,
    seed: Number(values.seed),
    without: values.without.map(kindOf),
    json: values.json,
    keeps: values.keep,
  }
}

function kindOf(text: string): FaultKind {
  const kind = faultKinds.find(known => known === text)
  if (kind === undefined) throw refused(`--without ${text}: one of ${faultKinds.join(', ')} is allowed`)
  return kind
}
