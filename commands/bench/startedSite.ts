import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '#contract/failure.ts'

/** Addresses of the run, as `npm start` notes them. */
export type RunFile = {
  readonly console: string
  readonly faults: string
  readonly fieldBroker: string
  readonly opcua: Readonly<Record<string, string>>
  readonly agentHealth: Readonly<Record<string, string>>
  readonly processes: ReadonlyArray<{ readonly name: string; readonly pid: number | null }>
}

export type StartedSite = {
  readonly folder: string
  /** As it stands now: processes that were restarted have other pids. */
  addresses(): RunFile
  stop(): Promise<void>
}

/** `npm start` in a folder of its own, up when its console says so; `args` gets that folder. */
export async function startedSite(args: (folder: string) => readonly string[]): Promise<StartedSite> {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-bench-'))
  const data = join(folder, 'data')
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../run.mjs'), 'start', ...args(folder), ...['--port', '0', '--data', data]],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  try {
    await isUp(child)
  } catch (error) {
    child.kill()
    remove()
    throw error
  }
  return {
    folder,
    addresses: () => JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as RunFile,
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      remove()
    },
  }
}

/** Its console's address is its word that every source is live. */
async function isUp(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.once('exit', code => reject(new Failure('CHILD_FAILED', `npm start ended with ${code}: ${said}`)))
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', chunk => {
        said += String(chunk)
        if (said.includes('Console: http')) resolve()
      })
  })
}
