import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** `npm start` as a user runs it, without npm's own process around it. */
export type Started = {
  readonly folder: string
  readonly process: ChildProcess
  /** Everything it printed so far, both streams. */
  said(): string
  /** The console's address, as printed; with its token. */
  readonly console: Promise<string>
  readonly exit: Promise<number | null>
  /** Pids by role, from the data folder. */
  pids(): Readonly<Record<string, number>>
  summary(): Summary
  stop(): Promise<void>
}

export type Summary = {
  readonly site: string
  readonly siteHours: number
  readonly wallSeconds: number
  readonly console: string
  readonly samples: {
    readonly accepted: number
    readonly stored: number
    readonly duplicates: number
    readonly rejected: number
  }
  readonly plans: { readonly made: number; readonly acted: number; readonly held: number }
  readonly leases: {
    readonly issued: number
    readonly applied: number
    readonly clipped: number
    readonly refused: number
    readonly expired: number
  }
  readonly alarms: { readonly raised: number; readonly active: number }
  readonly energy: {
    readonly itKwh: number
    readonly facilityKwh: number
    readonly coolingKwh: number
    readonly pue: number
    readonly kind: string
    readonly category: number
    readonly coverage: number
    readonly truth: {
      readonly itKwh: number
      readonly facilityKwh: number
      readonly coolingKwh: number
      readonly pue: number
    }
  }
}

export function start(...args: string[]): Started {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-system-'))
  const data = join(folder, 'data')
  const child = spawn(
    process.execPath,
    ['commands/run.mjs', 'start', '--data', data, '--json', join(folder, 'out.json'), ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  let found: (address: string) => void = () => undefined
  let missed: (error: Error) => void = () => undefined
  const address = new Promise<string>((resolve, reject) => {
    found = resolve
    missed = reject
  })
  // A run that is meant to refuse never prints an address, and its test does not ask for one.
  address.catch(error => error)
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      said += String(chunk)
      const match = /(http:\/\/127\.0\.0\.1:\d+\/\S*)/.exec(said)
      if (match) found(match[1] as string)
    })
  const exit = new Promise<number | null>(resolve =>
    child.on('exit', code => {
      missed(new Error(`npm start ended with ${code}: ${said}`))
      resolve(code)
    }),
  )
  return {
    folder,
    process: child,
    said: () => said,
    console: address,
    exit,
    pids: () => {
      const run = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as {
        processes: ReadonlyArray<{ name: string; pid: number | null }>
      }
      return Object.fromEntries(run.processes.flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid]])))
    },
    summary: () => JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as Summary,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await exit
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
