import { Worker } from 'node:worker_threads'
import { Failure } from '#contract/failure.ts'
import type { WorkRequest, WorkResult } from '#hub/planning/hourlyWork.ts'

/** Who does a heavy part. One piece of work at a time; late or crashed work rejects and the next one finds a fresh thread. */
export type Thread<Request, Result> = {
  run(request: Request, deadlineMs: number): Promise<Result>
  close(): Promise<void>
}
export type PlanningWorker = Thread<WorkRequest, WorkResult>

type Answer<Result> = { readonly id: number; readonly result?: Result; readonly failed?: string }

export const startPlanningWorker = (script: URL = new URL('./worker.ts', import.meta.url)): PlanningWorker =>
  startThread(script, 'the planner')

/** A thread of its own; started at the first piece of work. `who` it is stands in its failures. */
export function startThread<Request, Result>(script: URL, who: string): Thread<Request, Result> {
  let worker: Worker | undefined
  let nextId = 1

  const stop = async (): Promise<void> => {
    const stopped = worker
    worker = undefined
    await stopped?.terminate()
  }

  return {
    run(request, deadlineMs) {
      worker ??= new Worker(script)
      const thread = worker
      const id = nextId++
      return new Promise<Result>((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer)
          thread.off('message', answered)
          thread.off('error', crashed)
          thread.off('exit', exited)
          act()
        }
        const fail = (sentence: string, cause?: unknown) =>
          settle(() => {
            const failure = new Failure('DEADLINE_PASSED', sentence, { retry: true, cause })
            // The old thread is stopped before the next piece of work may start a new one.
            stop().then(() => reject(failure), reject)
          })
        const answered = (answer: Answer<Result>) => {
          if (answer.id !== id) return
          if (answer.result) {
            const { result } = answer
            settle(() => resolve(result))
          } else fail(`${who} failed: ${answer.failed ?? 'without a word'}`)
        }
        const crashed = (cause: unknown) => fail(`${who} crashed`, cause)
        const exited = (code: number) => fail(`${who}'s thread ended with ${code}`)
        const timer = setTimeout(() => fail(`${who} was not done within ${deadlineMs} ms`), deadlineMs)
        thread.on('message', answered)
        thread.on('error', crashed)
        thread.on('exit', exited)
        thread.postMessage({ id, request })
      })
    },
    close: stop,
  }
}
