/** The number that ties a death to its births: 0 first, one more with each CONNECT, 255 is followed by 0. */
export type BdSeq = {
  /** For the CONNECT that is being made. The same again until one has left. */
  next(): number
  /** The CONNECT with this number goes out now: never the same again, in this process or the next. */
  used(bdSeq: number): void
}

/** Where the number outlives the process: `keep` returns when a killed process would find it, and a sync may follow later. */
export type KeptBdSeq = {
  readonly kept: { readonly bdSeq: number } | undefined
  /** The reason when it could not be kept. */
  keep(value: { bdSeq: number }): string | undefined
}

/** Without `file` the count begins at 0 in each process. */
export function countBdSeq(file: KeptBdSeq | undefined, onTrouble: (sentence: string) => void): BdSeq {
  const kept = file?.kept?.bdSeq
  let last = Number.isInteger(kept) ? (kept as number) : -1
  return {
    next: () => (last + 1) % 256,
    used(bdSeq) {
      last = bdSeq
      const problem = file?.keep({ bdSeq })
      if (problem !== undefined) onTrouble(problem)
    },
  }
}
