import type { Logger } from 'pino'
import { isFailure, sentenceOf } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'
import type { IngestBatch, Store } from '#hub/store/store.ts'

/** Batches on their way into the store, in the order in which they came. */
export type Pipeline<B extends IngestBatch> = {
  /** false: there is no room, the batch is not taken and must not be acknowledged; its agent will send it again. */
  offer(batch: B): boolean
  waitingValues(): number
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>
  close(): Promise<void>
}

/** A commit each 100 ms at the latest: with the edge's own 100 ms a value is stored well within half a second. */
const flushMs: DurationMs = 100
const flushValues = 5_000
/** One append: a tenth of a second's work for either store at a million values a second. */
const appendValuesMax = 100_000
/**
 * While the store is away or behind: a million values are about 120 MB, and five agents may each have a full window of
 * 200,000 on the way. What comes beyond stays with the agents, on their disks.
 */
export const waitingValuesMax = 1_000_000
const retryMsFirst = 500
const retryMsMax = 10_000
/** A batch that the store has refused this often alone is poison: quarantined, so that the rest goes on. */
const refusalsMax = 3

/** An empty batch costs a row of bookkeeping all the same. */
const weight = (batch: IngestBatch): number => Math.max(1, batch.samples.length)

export function createPipeline<B extends IngestBatch>(options: {
  readonly store: Pick<Store, 'append'>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly onStored: (batches: readonly B[]) => void
  /** Refused by the store for good: its position is recorded without its samples. */
  readonly onQuarantined: (batch: B) => void
  /** The store does not take values, or takes them again: once at each change. */
  readonly onStore?: (takes: boolean, sentence: string) => void
}): Pipeline<B> {
  const { store, log, onStored, onQuarantined, onStore } = options
  let waiting: B[] = []
  let waitingCount = 0
  let isFlushing = false
  let isClosed = false
  let failuresInARow = 0
  let timer: NodeJS.Timeout | undefined
  let drainers: Array<() => void> = []

  function schedule(waitMs: DurationMs): void {
    if (timer !== undefined || isFlushing || isClosed) return
    timer = setTimeout(() => {
      timer = undefined
      void flush()
    }, waitMs)
  }

  function takeSome(): B[] {
    let values = 0
    let count = 0
    while (count < waiting.length && values < appendValuesMax) values += weight(waiting[count++] as B)
    const some = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return some
  }

  async function flush(): Promise<void> {
    if (isFlushing || waiting.length === 0) return
    isFlushing = true
    const batches = takeSome()
    try {
      await store.append(batches)
      succeeded(batches)
    } catch (error) {
      await failed(batches, error)
    } finally {
      isFlushing = false
    }
    next()
  }

  function next(): void {
    if (waiting.length > 0) {
      schedule(
        failuresInARow > 0
          ? Math.min(retryMsMax, retryMsFirst * 2 ** (failuresInARow - 1))
          : waitingCount >= flushValues
            ? 0
            : flushMs,
      )
      return
    }
    for (const resolve of drainers) resolve()
    drainers = []
  }

  function succeeded(batches: readonly B[]): void {
    if (failuresInARow > 0) {
      log.info({ batches: batches.length }, 'the store takes values again')
      onStore?.(true, '')
    }
    failuresInARow = 0
    for (const batch of batches) waitingCount -= weight(batch)
    onStored(batches)
  }

  async function failed(batches: B[], error: unknown): Promise<void> {
    failuresInARow += 1
    if (failuresInARow === 1) {
      log.error(
        { error: sentenceOf(error), batches: batches.length },
        'the store does not take values: kept and tried again',
      )
      onStore?.(false, sentenceOf(error))
    }
    const isRefusal = isFailure(error) && error.code === 'STORE_REJECTED' && !error.retry
    if (isRefusal && failuresInARow >= refusalsMax) await oneByOne(batches)
    else waiting = [...batches, ...waiting]
  }

  /** Finds the poison: each batch alone; one that is refused again leaves without its samples, its position recorded. */
  async function oneByOne(batches: readonly B[]): Promise<void> {
    for (const [index, batch] of batches.entries()) {
      try {
        await store.append([batch])
        succeeded([batch])
      } catch (error) {
        if (!isFailure(error) || error.code !== 'STORE_REJECTED' || error.retry) {
          failuresInARow = refusalsMax - 1
          waiting = [...batches.slice(index), ...waiting]
          return
        }
        log.error(
          { agent: batch.agent, mark: batch.mark, error: sentenceOf(error) },
          'the store refuses a batch for good: quarantined',
        )
        waitingCount += 1 - weight(batch)
        onQuarantined(batch)
        waiting = [{ ...batch, samples: [] }, ...waiting]
      }
    }
  }

  return {
    offer(batch) {
      if (isClosed || waitingCount + weight(batch) > waitingValuesMax) return false
      waiting.push(batch)
      waitingCount += weight(batch)
      if (waitingCount >= flushValues && failuresInARow === 0 && !isFlushing) {
        clearTimeout(timer)
        timer = undefined
        void flush()
      } else schedule(flushMs)
      return true
    },
    waitingValues: () => waitingCount,
    drained() {
      if (!isFlushing && waiting.length === 0) return Promise.resolve()
      return new Promise(resolve => {
        drainers.push(resolve)
      })
    },
    async close() {
      // One last try; what the store does not take now is not acknowledged and comes again.
      clearTimeout(timer)
      timer = undefined
      while (isFlushing) await new Promise(resolve => setImmediate(resolve))
      await flush()
      isClosed = true
      clearTimeout(timer)
      for (const resolve of drainers) resolve()
      drainers = []
    },
  }
}
