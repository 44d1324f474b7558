/** The newest `length` buckets of one curve, in an array of fixed length: a page left open for a year grows by nothing. */
export type Ring = {
  readonly bucketMs: number
  readonly length: number
  write(at: number, value: number | null): void
  /** The value before stands in runs of at most this many unknown buckets between two known ones. */
  bridge(bucketsMax: number): void
  /** Oldest first, up to and including the newest bucket; null where nothing was seen. */
  values(): Array<number | null>
}

export function createRing(length: number, bucketMs: number): Ring {
  const slots = new Float64Array(length).fill(Number.NaN)
  let newest = -1
  return {
    bucketMs,
    length,
    write(at, value) {
      const bucket = Math.floor(at / bucketMs)
      if (newest >= 0 && bucket <= newest - length) return
      if (bucket > newest) {
        const from = newest < 0 ? bucket - length + 1 : Math.max(newest + 1, bucket - length + 1)
        for (let empty = from; empty <= bucket; empty++) slots[empty % length] = Number.NaN
        newest = bucket
      }
      slots[bucket % length] = value ?? Number.NaN
    },
    bridge(bucketsMax) {
      if (newest < 0) return
      let known = -1
      for (let bucket = newest - length + 1; bucket <= newest; bucket++) {
        if (Number.isNaN(slots[bucket % length])) continue
        const run = bucket - known - 1
        if (known >= 0 && run > 0 && run <= bucketsMax)
          for (let between = known + 1; between < bucket; between++)
            slots[between % length] = slots[known % length] as number
        known = bucket
      }
    },
    values() {
      if (newest < 0) return []
      return Array.from({ length }, (_, index) => {
        const value = slots[(newest - length + 1 + index + length) % length] ?? Number.NaN
        return Number.isNaN(value) ? null : value
      })
    },
  }
}
