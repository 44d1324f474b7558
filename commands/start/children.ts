import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Failure } from '#contract/failure.ts'

/** One role, one process. It prints one JSON line when ready, and ends when its standard input ends: when we are gone. */
export type Role = { readonly name: string; readonly script: string; readonly config: string }

export type Child = {
  readonly role: Role
  pid(): number | undefined
  /** What its first ready line said. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  restarts(): number
  stop(): Promise<void>
}

/** Restarted after 0.5 s, doubling to 10 s; a role that never became ready and failed by its own word is not restarted. */
const backOffMsFirst = 500
const backOffMsMax = 10_000
/** A role that lived this long starts its back-off anew. */
const livedWellMs = 30_000
/** How long a role may take to end by itself before it is killed. */
const stopMsMax = 10_000
/** How long a role may take to become ready: a cold machine compiles and opens a store in this time. */
const readyMsMax = 60_000

const root = join(import.meta.dirname, '../..')

export function startChild(
  role: Role,
  hooks: { onExit: (name: string, why: string) => void; onPid: () => void },
): Child {
  let process_: ChildProcess | undefined
  let stopping = false
  let restarts = 0
  let waitMs = backOffMsFirst
  let wasReady = false
  let settle: { resolve: (line: Readonly<Record<string, unknown>>) => void; reject: (error: Error) => void }
  const ready = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    settle = { resolve, reject }
  })
  const lateMs = setTimeout(
    () =>
      settle.reject(new Failure('CHILD_FAILED', `${role.name} was not ready within ${readyMsMax / 1_000} s`)),
    readyMsMax,
  )
  lateMs.unref()

  const launch = () => {
    const startedAt = performance.now()
    const said: string[] = []
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, role.script), '--config', role.config, '--child'],
      { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] },
    )
    process_ = child
    hooks.onPid()
    child.stdin?.on('error', () => child.kill())
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', line => {
      const word = parseReady(line)
      if (!word) return
      wasReady = true
      clearTimeout(lateMs)
      settle.resolve(word)
    })
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', line => {
      if (said.push(line) > 50) said.shift()
      if (wasReady) process.stderr.write(`[${role.name}] ${line}\n`)
    })
    child.on('exit', (code, signal) => {
      process_ = undefined
      hooks.onPid()
      if (stopping) return
      // A role that refuses its configuration says so once; its sentence is ours.
      if (!wasReady && code !== null) {
        settle.reject(
          new Failure(
            code === 2 ? 'CONFIG_INVALID' : 'CHILD_FAILED',
            said.find(line => line.trim() !== '') ?? `${role.name} ended with exit code ${code}`,
          ),
        )
        return
      }
      hooks.onExit(role.name, signal ? `killed by ${signal}` : `exit code ${code}`)
      if (performance.now() - startedAt > livedWellMs) waitMs = backOffMsFirst
      setTimeout(() => {
        if (stopping) return
        restarts += 1
        launch()
      }, waitMs).unref()
      waitMs = Math.min(waitMs * 2, backOffMsMax)
    })
  }
  launch()
  return {
    role,
    pid: () => process_?.pid,
    ready,
    restarts: () => restarts,
    stop: async () => {
      stopping = true
      clearTimeout(lateMs)
      const child = process_
      if (!child || child.exitCode !== null) return
      await new Promise<void>(resolve => {
        const killer = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
        child.once('exit', () => {
          clearTimeout(killer)
          resolve()
        })
        child.stdin?.end()
      })
    },
  }
}

function parseReady(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined
  const word = JSON.parse(line) as Record<string, unknown>
  return word.ready === true ? word : undefined
}
