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
  let heldSinceMs = 0
  const held = new Map<number, M>()

  const ahead = (seq: number): number => (seq - expected + 256) % 256

  function takeTurns(): M[] {
    const turns: M[] = []
    for (let message = held.get(expected); message !== undefined; message = held.get(expected)) {
      held.delete(expected)
      expected = (expected + 1) % 256
      turns.push(message)
    }
    return turns
  }

  function letGo(): M[] {
    const messages: M[] = []
    for (const seq of [...held.keys()].sort((one, other) => ahead(one) - ahead(other))) {
      messages.push(held.get(seq) as M)
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
        if (held.size === 0) heldSinceMs = nowMs
        held.set(seq, message)
        return []
      }
      expected = (expected + 1) % 256
      return held.size === 0 ? [message] : [message, ...takeTurns()]
    },
    expired: nowMs => (held.size > 0 && nowMs - heldSinceMs >= timeoutMs ? letGo() : []),
    isWaiting: () => held.size > 0,
  }
}
