import { Failure } from '#contract/failure.ts'
import type { IngestBatch } from '#hub/store/store.ts'

/**
 * One transaction carries at most this many samples: 200,000 are a commit of about 150 ms, so that an acknowledgement
 * never waits long behind a back-fill.
 */
export const samplesPerCommitMax = 200_000

/**
 * What may wait while a commit runs. 4 million samples are about 0.5 GB: beyond that the caller is told to come again,
 * and nothing is lost, because nothing was acknowledged.
 */
const samplesWaitingMax = 4_000_000

type Waiting = {
  readonly batches: readonly IngestBatch[]
  readonly samples: number
  resolve(): void
  reject(cause: unknown): void
}

export type GroupCommit = {
  append(batches: readonly IngestBatch[]): Promise<void>
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>
}

/** Whatever arrives while one commit runs goes into the next one together; a failed commit fails all that were in it. */
export function groupCommit(commit: (batches: readonly IngestBatch[]) => Promise<void>): GroupCommit {
  const queue: Waiting[] = []
  let samplesWaiting = 0
  let running: Promise<void> | undefined

  const run = async () => {
    while (queue.length > 0) {
      const group: Waiting[] = []
      let samples = 0
      while (
        queue.length > 0 &&
        (group.length === 0 || samples + (queue[0] as Waiting).samples <= samplesPerCommitMax)
      ) {
        const next = queue.shift() as Waiting
        samples += next.samples
        group.push(next)
      }
      samplesWaiting -= samples
      try {
        await commit(group.length === 1 ? (group[0] as Waiting).batches : group.flatMap(item => item.batches))
        for (const item of group) item.resolve()
      } catch (cause) {
        for (const item of group) item.reject(cause)
      }
    }
    running = undefined
  }

  return {
    append: batches => {
      const samples = batches.reduce((sum, batch) => sum + batch.samples.length, 0)
      if (samplesWaiting > 0 && samplesWaiting + samples > samplesWaitingMax) {
        return Promise.reject(
          new Failure(
            'STORE_UNREACHABLE',
            `${samplesWaiting} samples already wait for the store, at most ${samplesWaitingMax} may`,
            { retry: true },
          ),
        )
      }
      samplesWaiting += samples
      return new Promise<void>((resolve, reject) => {
        queue.push({ batches, samples, resolve, reject })
        running ??= run()
      })
    },
    idle: async () => {
      while (running) await running
    },
  }
}

/** Callers that ask while an answer is being made share it: counting a large store twice at once helps nobody. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= work().finally(() => {
      running = undefined
    })
    return running
  }
}
