import type { IngestBatch } from '#hub/store/store.ts'

/** Closed ranges of positions, ascending, never touching; changed in place. A link that never fails keeps just one. */
export type Ranges = Array<[first: number, last: number]>

/** Adds a closed range: add([[1, 3], [7, 9]], 4, 6) makes [[1, 9]]. Mostly the newest position: looked for from the end. */
export function addRange(ranges: Ranges, first: number, last: number): void {
  let at = ranges.length
  while (at > 0 && (ranges[at - 1] as [number, number])[1] >= first - 1) at--
  let until = at
  let low = first
  let high = last
  for (; until < ranges.length; until++) {
    const range = ranges[until] as [number, number]
    if (range[0] > high + 1) break
    low = Math.min(low, range[0])
    high = Math.max(high, range[1])
  }
  ranges.splice(at, until - at, [low, high])
}

export function hasPosition(
  ranges: ReadonlyArray<readonly [number, number]> | undefined,
  position: number,
): boolean {
  if (!ranges) return false
  for (let at = ranges.length - 1; at >= 0; at--) {
    const [first, last] = ranges[at] as readonly [number, number]
    if (position > last) return false
    if (position >= first) return true
  }
  return false
}

export const deliveryKey = (agent: string, epoch: string): string => `${agent}/${epoch}`

/** Ids of agents hold no slash, so the first one parts agent and epoch. */
export function splitDeliveryKey(key: string): { agent: string; epoch: string } {
  const slash = key.indexOf('/')
  return { agent: key.slice(0, slash), epoch: key.slice(slash + 1) }
}

/** The batches that are not kept yet, each position once, and the positions that they add. */
export function notYetDelivered(
  batches: readonly IngestBatch[],
  delivered: ReadonlyMap<string, ReadonlyArray<readonly [number, number]>>,
): { readonly fresh: readonly IngestBatch[]; readonly added: ReadonlyMap<string, Ranges> } {
  const fresh: IngestBatch[] = []
  const added = new Map<string, Ranges>()
  for (const batch of batches) {
    if (!batch.mark) {
      fresh.push(batch)
      continue
    }
    const key = deliveryKey(batch.agent, batch.mark.epoch)
    const { position } = batch.mark
    if (hasPosition(delivered.get(key), position) || hasPosition(added.get(key), position)) continue
    let ranges = added.get(key)
    if (!ranges) added.set(key, (ranges = []))
    addRange(ranges, position, position)
    fresh.push(batch)
  }
  return { fresh, added }
}

/** Takes ranges that have just been committed into those known. */
export function keepAdded(delivered: Map<string, Ranges>, added: ReadonlyMap<string, Ranges>): void {
  for (const [key, ranges] of added) {
    let known = delivered.get(key)
    if (!known) delivered.set(key, (known = []))
    for (const [first, last] of ranges) addRange(known, first, last)
  }
}
