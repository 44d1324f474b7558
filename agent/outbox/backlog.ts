import type { Refused } from '#agent/outbox/keeper.ts'
import type { OutboxRecord } from '#agent/outbox/outbox.ts'
import type { StoredRecord } from '#agent/outbox/outboxFile.ts'
import { decodeSamples } from '#agent/outbox/recordBody.ts'
import type { AgentEvent } from '#contract/messages/event.ts'

/**
 * What is no longer in the tail, fetched from the file in pieces and handed out in smaller ones. 128 records are under 1 MB
 * and four turns of the uplink, so that a slow disk is asked seldom.
 */
export const recordsPerFetch = 128

export type Backlog = {
  /** Records above `afterPosition`; undefined: they are being fetched, and `onArrived` says when to ask again. */
  after(afterPosition: number, limit: number): OutboxRecord[] | undefined
  clear(): void
}

export type BacklogDoor = {
  read(afterPosition: number, limit: number): Promise<readonly StoredRecord[] | Refused>
  onArrived(): void
  onRefused(answer: Refused): void
  onGone(cause: unknown): void
  /** A record whose bytes make no sense: an error of the disk, not of the plant. */
  onUnreadable(position: number, cause: unknown): void
}

export function createBacklog(door: BacklogDoor): Backlog {
  let fetched: { readonly after: number; readonly rows: readonly StoredRecord[] } | undefined
  let isFetching = false
  /** What was asked for before a `clear` is of no use after it. */
  let cleared = 0

  async function fetch(afterPosition: number): Promise<void> {
    if (isFetching) return
    isFetching = true
    const clearedBefore = cleared
    const outcome = await door.read(afterPosition, recordsPerFetch).then(
      answer => () => {
        // Not announced: whoever reads again at once would be refused again at once.
        if ('refused' in answer) return door.onRefused(answer)
        if (cleared === clearedBefore) fetched = { after: afterPosition, rows: answer }
        door.onArrived()
      },
      cause => () => door.onGone(cause),
    )
    isFetching = false
    outcome()
  }

  function recordOf(stored: StoredRecord): OutboxRecord[] {
    const { position, acceptedWallAt, device } = stored
    try {
      if (stored.isDamaged) throw new Error('its checksum is not that of its bytes')
      const body: OutboxRecord['body'] =
        device === null
          ? { kind: 'event', event: JSON.parse(Buffer.from(stored.body).toString('utf8')) as AgentEvent }
          : { kind: 'samples', device, samples: decodeSamples(device, stored.body) }
      return [{ position, acceptedWallAt, body }]
    } catch (error) {
      door.onUnreadable(position, error)
      return []
    }
  }

  return {
    after(afterPosition, limit) {
      const last = fetched?.rows.at(-1)?.position ?? fetched?.after ?? -1
      const isEnd = fetched?.rows.length === 0 && afterPosition === fetched.after
      if (fetched === undefined || afterPosition < fetched.after || (afterPosition >= last && !isEnd)) {
        void fetch(afterPosition)
        return undefined
      }
      const { rows } = fetched
      // Said once: there may be more by the next time.
      if (isEnd) fetched = undefined
      const first = rows.findIndex(row => row.position > afterPosition)
      return first < 0 ? [] : rows.slice(first, first + limit).flatMap(recordOf)
    },
    clear() {
      fetched = undefined
      cleared += 1
    },
  }
}
