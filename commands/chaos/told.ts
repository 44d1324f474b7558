import type { EdgeWord } from '#commands/chaos/edge.ts'

/** Samples that may be missing because a file was spoilt: at most `values` of those from `first` to before `end`. */
export type Excuse = { readonly first: number; readonly end: number; readonly values: number }

/** What the agent has said of itself, life after life. */
export type Told = {
  hear(word: EdgeWord): void
  /** The most values that it has said to be durable. */
  accepted(): number
  /** What it owned up to having lost when it started; none where it lost nothing. */
  excuses(): readonly Excuse[]
  /** Lives that began with less than had been told. */
  readonly forgotten: readonly string[]
}

/**
 * What can be missing after a start is what was queued when the file was spoilt: the newest samples, as many as were given
 * up and as are queued still. The outbox counts in records, so the oldest of them may be of a commit that has left in part.
 */
export function createTold(): Told {
  const excuses: Excuse[] = []
  const forgotten: string[] = []
  let accepted = 0
  let givenUp = 0
  let largestCommit = 0
  return {
    forgotten,
    accepted: () => accepted,
    excuses: () => excuses.map(excuse => ({ ...excuse, first: Math.max(0, excuse.first - largestCommit) })),
    hear(word) {
      if (word.ready) {
        if (word.accepted < accepted)
          forgotten.push(`agent: had told ${accepted} accepted and started with ${word.accepted}`)
        const values = word.ready.givenUp - givenUp
        givenUp = word.ready.givenUp
        if (values > 0)
          excuses.push({ first: word.accepted - values - word.ready.queued, end: word.accepted, values })
      }
      largestCommit = Math.max(largestCommit, word.accepted - accepted)
      accepted = Math.max(accepted, word.accepted)
    },
  }
}
