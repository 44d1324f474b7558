import type { OutboxRecord } from '#agent/outbox/outbox.ts'

/**
 * The freshly committed records in memory, so that sending what was just written never reads the disk. Bounded by
 * values: 20,000 are two seconds of the busiest agent (10,000 a second) and about 3 MB; older ones are read from disk.
 */
export const tailValuesMax = 20_000

export type Tail = {
  push(record: OutboxRecord): void
  /** Records above `afterPosition`; undefined when some of them are no longer here. */
  after(afterPosition: number, limit: number): OutboxRecord[] | undefined
  dropUpTo(position: number): void
  clear(): void
}

const valuesIn = (record: OutboxRecord): number =>
  record.body.kind === 'samples' ? record.body.samples.length : 1

export function createTail(valuesMax = tailValuesMax): Tail {
  let records: OutboxRecord[] = []
  let head = 0
  let values = 0

  function removeOldest(): void {
    values -= valuesIn(records[head] as OutboxRecord)
    head += 1
    // Shifting an array costs its length each time; cutting the used front off now and then costs it once.
    if (head > 1_000 && head * 2 > records.length) {
      records = records.slice(head)
      head = 0
    }
  }

  return {
    push(record) {
      records.push(record)
      values += valuesIn(record)
      while (values > valuesMax && head < records.length - 1) removeOldest()
    },
    after(afterPosition, limit) {
      const first = records[head]
      if (first === undefined || afterPosition < first.position - 1) return undefined
      let low = head
      let high = records.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((records[middle] as OutboxRecord).position <= afterPosition) low = middle + 1
        else high = middle
      }
      return records.slice(low, low + limit)
    },
    dropUpTo(position) {
      while (head < records.length && (records[head] as OutboxRecord).position <= position) removeOldest()
    },
    clear() {
      records = []
      head = 0
      values = 0
    },
  }
}
