import { Worker } from 'node:worker_threads'
import { Failure } from '#contract/failure.ts'
import type { WorkRequest, WorkResult } from '#hub/planning/hourlyWork.ts'

/** Who does the heavy part. One piece of work at a time; late or crashed work rejects and the next one finds a fresh thread. */
export type PlanningWorker = {
  run(request: WorkRequest, deadlineMs: number): Promise<WorkResult>
  close(): Promise<void>
}

type Answer = { readonly id: number; readonly result?: WorkResult; readonly failed?: string }

/** A thread of its own; started at the first piece of work. */
export function startPlanningWorker(script: URL = new URL('./worker.ts', import.meta.url)): PlanningWorker {
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
      return new Promise<WorkResult>((resolve, reject) => {
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
        const answered = (answer: Answer) => {
          if (answer.id !== id) return
          if (answer.result) {
            const { result } = answer
            settle(() => resolve(result))
          } else fail(`the planner failed: ${answer.failed ?? 'without a word'}`)
        }
        const crashed = (cause: unknown) => fail('the planner crashed', cause)
        const exited = (code: number) => fail(`the planner's thread ended with ${code}`)
        const timer = setTimeout(() => fail(`the planner was not done within ${deadlineMs} ms`), deadlineMs)
        thread.on('message', answered)
        thread.on('error', crashed)
        thread.on('exit', exited)
        thread.postMessage({ id, request })
      })
    },
    close: stop,
  }
}
