/**
 * Where the node is in its list of brokers. It is at one at a time; when the host is not there, or the broker is not, the
 * next one follows at once, and only after a whole round without a birth it waits.
 */
export type BrokerWalk = {
  readonly index: number
  /** Brokers left since the last birth. */
  readonly left: number
}

export const firstBroker: BrokerWalk = { index: 0, left: 0 }

/** The next broker of the list; `roundIsOver` when every one of them was tried in vain since the last birth or wait. */
export function nextBroker(
  walk: BrokerWalk,
  brokers: number,
): { readonly walk: BrokerWalk; readonly roundIsOver: boolean } {
  const left = walk.left + 1
  return {
    walk: { index: (walk.index + 1) % brokers, left: left % brokers },
    roundIsOver: left % brokers === 0,
  }
}

/** The node was born where it is. */
export const bornHere = (walk: BrokerWalk): BrokerWalk => ({ ...walk, left: 0 })
