/** Rows of one chunk: a day of minutes. */
const chunkRows = 1440
/** 20 million numbers are 160 MB: 21 days of `warm-water`, which a test period with its warm-up lasts, and months of `small`. */
const valuesMax = 20_000_000

export type SampleRing = {
  /** One sample; `values` has one number per column. */
  push(timeS: number, values: Float64Array): void
  /** Oldest time still held, or undefined where nothing was pushed. */
  oldestS(): number | undefined
  /** Samples thrown away because the ring was full. */
  dropped(): number
  countBetween(fromS: number, toS: number): number
  /** Times and the asked columns between two instants, both included. */
  between(
    fromS: number,
    toS: number,
    columns: readonly number[],
  ): { readonly time: number[]; readonly values: readonly number[][] }
}

/** Samples in order of time; when full, the oldest day goes. */
export function sampleRing(columns: number, limit = valuesMax): SampleRing {
  const width = columns + 1
  const chunksMax = Math.max(1, Math.floor(limit / (width * chunkRows)))
  const chunks: Float64Array[] = []
  let inLast = 0
  let dropped = 0
  const rows = () => (chunks.length === 0 ? 0 : (chunks.length - 1) * chunkRows + inLast)
  const at = (row: number, column: number) =>
    chunks[Math.floor(row / chunkRows)]![(row % chunkRows) * width + column]!
  /** First row not before `timeS`. */
  const firstFrom = (timeS: number): number => {
    let low = 0
    let high = rows()
    while (low < high) {
      const middle = (low + high) >> 1
      if (at(middle, 0) < timeS) low = middle + 1
      else high = middle
    }
    return low
  }
  const firstAfter = (timeS: number): number => {
    const first = firstFrom(timeS)
    return first < rows() && at(first, 0) === timeS ? first + 1 : first
  }
  return {
    push: (timeS, values) => {
      if (chunks.length === 0 || inLast === chunkRows) {
        if (chunks.length === chunksMax) {
          chunks.shift()
          dropped += chunkRows
        }
        chunks.push(new Float64Array(chunkRows * width))
        inLast = 0
      }
      const last = chunks[chunks.length - 1]!
      last[inLast * width] = timeS
      last.set(values, inLast * width + 1)
      inLast++
    },
    oldestS: () => (rows() === 0 ? undefined : at(0, 0)),
    dropped: () => dropped,
    countBetween: (fromS, toS) => Math.max(0, firstAfter(toS) - firstFrom(fromS)),
    between: (fromS, toS, wanted) => {
      const time: number[] = []
      const values = wanted.map((): number[] => [])
      const end = firstAfter(toS)
      for (let row = firstFrom(fromS); row < end; row++) {
        time.push(at(row, 0))
        wanted.forEach((column, place) => {
          values[place]!.push(at(row, column + 1))
        })
      }
      return { time, values }
    },
  }
}
