import type { DurationMs } from '#contract/units.ts'

/**
 * Puts a node's messages into the order of their running number (0..255). A number ahead of its turn is held; when the
 * missing one does not come in time, what is held is let go and the gap is told.
 */
export type Order<M> = {
  /** A birth starts the count anew. */
  begin(seq: number): void
  /** The messages whose turn it is now, in order. */
  arrive(seq: number, message: M, nowMs: DurationMs): M[]
  /** What was held for too long, in order; empty while nothing waits or time remains. */
  expired(nowMs: DurationMs): M[]
  isWaiting(): boolean
}

/** Half the circle of 256: beyond it nobody can tell early from late. */
const heldMax = 128

export function createOrder<M>(timeoutMs: DurationMs): Order<M> {
  let expected = 0
  const held = new Map<number, { readonly message: M; readonly atMs: DurationMs }>()

  const ahead = (seq: number): number => (seq - expected + 256) % 256

  function takeTurns(): M[] {
    const turns: M[] = []
    for (let next = held.get(expected); next !== undefined; next = held.get(expected)) {
      held.delete(expected)
      expected = (expected + 1) % 256
      turns.push(next.message)
    }
    return turns
  }

  function letGo(): M[] {
    const messages: M[] = []
    for (const [seq, { message }] of [...held].sort(([one], [other]) => ahead(one) - ahead(other))) {
      messages.push(message)
      if (messages.length === held.size) expected = (seq + 1) % 256
    }
    held.clear()
    return messages
  }

  return {
    begin(seq) {
      expected = (seq + 1) % 256
      held.clear()
    },
    arrive(seq, message, nowMs) {
      // Late, after its gap was given up: taken as it is, the count goes on.
      if (ahead(seq) >= heldMax) return [message]
      if (seq !== expected) {
        held.set(seq, { message, atMs: nowMs })
        return []
      }
      expected = (expected + 1) % 256
      return held.size === 0 ? [message] : [message, ...takeTurns()]
    },
    // A gap that closes takes what waited for it along: what is held now waits for another, since it came itself.
    expired: nowMs => {
      const sinceMs = Math.min(...[...held.values()].map(({ atMs }) => atMs))
      return held.size > 0 && nowMs - sinceMs >= timeoutMs ? letGo() : []
    },
    isWaiting: () => held.size > 0,
  }
}
