import type { DeliveryMark } from '#contract/messages/delivery.ts'
import { addRange, holds, keptUpTo, type PositionSet, positionSet } from '#hub/ingest/deliveredRanges.ts'
import type { DeliveredRanges } from '#hub/store/store.ts'

/** What of one agent's outbox is kept, what is on its way into the store, and what it must still be told. */
export type AgentDelivery = {
  /** New: to be taken. Known already: a duplicate, whose acknowledgement may have been lost. */
  isNew(mark: DeliveryMark): boolean
  taken(mark: DeliveryMark): void
  kept(mark: DeliveryMark): void
  floor(mark: DeliveryMark): void
  /** The agent asks, by sending again or by its birth, to be told once more. */
  owe(): void
  /** The acknowledgement to send now; undefined when there is nothing new to say. */
  due(): DeliveryMark | undefined
  acknowledged(): number | null
}

/** An epoch ends when an outbox is wiped; of older ones only what the store said at the start is known. */
const epochsMax = 8

export function createAgentDelivery(
  known: ReadonlyArray<readonly [epoch: string, ranges: DeliveredRanges]>,
): AgentDelivery {
  const keptByEpoch = new Map<string, PositionSet>(
    known.map(([epoch, ranges]) => [epoch, positionSet(ranges)]),
  )
  const onTheWay = new Set<string>()
  let current: string | undefined
  let told: DeliveryMark | undefined
  let isOwed = false

  function setOf(epoch: string): PositionSet {
    current = epoch
    const existing = keptByEpoch.get(epoch)
    if (existing) return existing
    if (keptByEpoch.size >= epochsMax) keptByEpoch.delete(keptByEpoch.keys().next().value as string)
    const fresh = positionSet()
    keptByEpoch.set(epoch, fresh)
    return fresh
  }

  const keyOf = (mark: DeliveryMark): string => `${mark.epoch}:${mark.position}`

  return {
    isNew: mark => !onTheWay.has(keyOf(mark)) && !holds(setOf(mark.epoch), mark.position),
    taken: mark => {
      onTheWay.add(keyOf(mark))
    },
    kept(mark) {
      onTheWay.delete(keyOf(mark))
      const set = keptByEpoch.get(mark.epoch)
      if (set) addRange(set, mark.position, mark.position)
    },
    floor(mark) {
      addRange(setOf(mark.epoch), 1, mark.position)
      isOwed = true
    },
    owe: () => {
      isOwed = true
    },
    due() {
      if (current === undefined) return undefined
      const position = keptUpTo(keptByEpoch.get(current) ?? [])
      const isNews = told?.epoch !== current || position > told.position
      if (position === 0 || (!isNews && !isOwed)) return undefined
      // To repeat an old position while newer ones are on their way into the store would make the agent send those again.
      if (!isNews && onTheWay.size > 0) return undefined
      isOwed = false
      told = { epoch: current, position }
      return told
    },
    acknowledged: () => told?.position ?? null,
  }
}
