import { Failure } from '#contract/failure.ts'
import type { Sample } from '#contract/reading.ts'
import { addRange, type PositionSet, positionSet } from '#hub/ingest/deliveredRanges.ts'
import type { DeliveredRanges, IngestBatch, Store } from '#hub/store/store.ts'

/** A store in memory that keeps every row it was ever given, so that a doubled row is seen as two. */
export type LedgerStore = Pick<Store, 'append' | 'delivered'> & {
  readonly rows: Sample[]
  readonly appends: number[]
  /** While set, appends fail: the store is away. */
  isAway: boolean
  /** Samples of this equipment are refused for good. */
  refuses: string | undefined
}

export function ledgerStore(): LedgerStore {
  const rows: Sample[] = []
  const ranges = new Map<string, PositionSet>()
  const store: LedgerStore = {
    rows,
    appends: [],
    isAway: false,
    refuses: undefined,
    async append(batches: readonly IngestBatch[]) {
      await new Promise(resolve => setImmediate(resolve))
      if (store.isAway) throw new Failure('STORE_UNREACHABLE', 'the store is away', { retry: true })
      if (batches.some(batch => batch.samples.some(sample => sample.equipment === store.refuses)))
        throw new Failure('STORE_REJECTED', `the store refuses ${store.refuses}`)
      store.appends.push(batches.length)
      for (const { agent, mark, samples } of batches) {
        rows.push(...samples)
        if (!mark) continue
        const key = `${agent}/${mark.epoch}`
        const set = ranges.get(key) ?? positionSet()
        ranges.set(key, set)
        addRange(set, mark.position, mark.position)
      }
    },
    delivered: async () =>
      new Map<string, DeliveredRanges>(
        [...ranges].map(([key, set]) => [key, set.map(([first, last]) => [first, last] as const)]),
      ),
  }
  return store
}

export const rowKey = (sample: Sample): string =>
  `${sample.equipment}.${sample.point}@${sample.at}=${sample.value ?? sample.quality}`
