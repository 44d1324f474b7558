import { Worker } from 'node:worker_threads'
import type { Batch, Committed, KeeperOptions, KeptState, Refused, Tell } from '#agent/outbox/keeper.ts'
import type { Request } from '#agent/outbox/keeperThread.ts'
import type { StoredRecord } from '#agent/outbox/outboxFile.ts'
import { Failure, type FailureCode } from '#contract/failure.ts'

/** The keeper behind its thread: the same questions, answered later. Rejects when the thread is gone; then another is opened. */
export type FarKeeper = {
  /** As it was when the file was opened. */
  readonly state: KeptState
  commit(batch: Batch): Promise<Committed | Refused>
  read(afterPosition: number, limit: number): Promise<readonly StoredRecord[] | Refused>
  close(): Promise<void>
}
export type OpenFarKeeper = (options: KeeperOptions, tell: Tell) => Promise<FarKeeper>

type Word = {
  readonly tell?: { readonly level: 'warn' | 'error'; readonly about: object; readonly sentence: string }
  readonly opened?: KeptState
  readonly failed?: { readonly code: FailureCode; readonly sentence: string }
  readonly id?: number
  readonly answer?: unknown
}
type Waiting = { readonly resolve: (answer: never) => void; readonly reject: (cause: Failure) => void }

/** The file's thread holds one batch (10,000 values, under 1 MB) and SQLite's page cache (2 MB). */
const memory = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 } as const

export const openThread: OpenFarKeeper = (options, tell) =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./keeperThread.ts', import.meta.url), {
      workerData: options,
      resourceLimits: memory,
    })
    const waiting = new Map<number, Waiting>()
    let lastId = 0
    let gone: Failure | undefined

    function end(code: FailureCode, sentence: string): void {
      gone ??= new Failure(code, sentence, { retry: true })
      reject(gone)
      for (const { reject: refuse } of waiting.values()) refuse(gone)
      waiting.clear()
    }

    const ask = <T>(request: DistributiveOmit<Request, 'id'>): Promise<T> =>
      new Promise<T>((give, refuse) => {
        if (gone) return refuse(gone)
        const id = ++lastId
        waiting.set(id, { resolve: give, reject: refuse })
        // A question that waits keeps the process alive; an idle thread does not.
        thread.ref()
        thread.postMessage({ ...request, id })
      })

    const far = (state: KeptState): FarKeeper => ({
      state,
      commit: batch => ask({ ask: 'commit', batch }),
      read: (afterPosition, limit) => ask({ ask: 'read', afterPosition, limit }),
      close: async () => {
        await ask({ ask: 'close' })
        await thread.terminate()
      },
    })

    thread.on('message', (word: Word) => {
      if (word.tell) tell(word.tell.level, word.tell.about, word.tell.sentence)
      if (word.opened) {
        thread.unref()
        resolve(far(word.opened))
      }
      if (word.failed) {
        end(word.failed.code, word.failed.sentence)
        void thread.terminate()
      }
      if (word.id === undefined) return
      waiting.get(word.id)?.resolve(word.answer as never)
      waiting.delete(word.id)
      if (waiting.size === 0) thread.unref()
    })
    let why = ''
    thread.on('error', cause => {
      why = `: ${cause instanceof Error ? cause.message : cause}`
    })
    // Told only now, because only now the file is free for another thread.
    thread.on('exit', () => end('OUTBOX_UNAVAILABLE', `the outbox's thread ended${why}`))
  })

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
