import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** A process that is kept running: whoever kills it says when it may come back; if it ends by itself, it comes back too. */
export type Kept = {
  readonly name: string
  start(): Promise<void>
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** Lets it end by itself, then by force after a while; true: it ended by itself. */
  end(): Promise<boolean>
  tell(line: string): void
  /** Ends that nobody asked for. */
  unexpectedEnds(): number
}

export type KeptOptions = {
  readonly name: string
  readonly command: string
  /** Asked at each start. */
  readonly args: () => readonly string[]
  readonly cwd: string
  /** Where its standard error goes. */
  readonly logPath: string
  /** Heard: a line that it said. */
  readonly onLine?: (line: string) => void
  /** Resolves when it is ready; told whether it still lives. */
  readonly isReady: (lives: () => boolean) => Promise<void>
  /** Ends on a signal instead of the end of its standard input. */
  readonly endsBySignal?: boolean
}

const comesBackAfterMs = 500
const endMsMax = 20_000

export function keepProcess(options: KeptOptions): Kept {
  let child: ChildProcess | undefined
  let isWanted = false
  let unexpected = 0

  function launch(): ChildProcess {
    const log = openSync(options.logPath, 'a')
    const launched = spawn(options.command, [...options.args()], {
      cwd: options.cwd,
      stdio: ['pipe', 'pipe', log],
    })
    closeSync(log)
    // A pipe to a process that was just killed: its end is told by `exit`.
    launched.stdin?.on('error', () => undefined)
    createInterface({ input: launched.stdout as NodeJS.ReadableStream }).on('line', line =>
      options.onLine?.(line),
    )
    launched.once('exit', () => {
      if (child !== launched) return
      child = undefined
      if (!isWanted) return
      unexpected += 1
      setTimeout(() => {
        if (isWanted && child === undefined) child = launch()
      }, comesBackAfterMs)
    })
    return launched
  }

  /** It comes to its end with nobody bringing it back. */
  async function gone(ending: ChildProcess, how: () => void): Promise<void> {
    child = undefined
    if (ending.exitCode !== null || ending.signalCode !== null) return
    const exit = new Promise(resolve => ending.once('exit', resolve))
    how()
    await exit
  }

  process.once('exit', () => child?.kill('SIGKILL'))

  return {
    name: options.name,
    async start() {
      isWanted = true
      child ??= launch()
      await options.isReady(() => isWanted)
    },
    async kill() {
      isWanted = false
      const ending = child
      if (ending) await gone(ending, () => ending.kill('SIGKILL'))
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async end() {
      isWanted = false
      const ending = child
      if (!ending) return false
      const killer = setTimeout(() => ending.kill('SIGKILL'), endMsMax)
      await gone(ending, () => {
        if (options.endsBySignal) ending.kill('SIGTERM')
        else ending.stdin?.end()
      })
      clearTimeout(killer)
      return ending.signalCode !== 'SIGKILL'
    },
    tell: line => void child?.stdin?.write(`${line}\n`),
    unexpectedEnds: () => unexpected,
  }
}
