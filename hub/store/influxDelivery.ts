import { DatabaseSync } from 'node:sqlite'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { addRange, keepAdded, type Ranges, splitDeliveryKey } from '#hub/store/ranges.ts'

/**
 * Which positions InfluxDB holds. InfluxDB has no transactions, so this file follows each commit: killed in between, the
 * record is sent again and rewrites the very same rows.
 */
export type DeliveryFile = {
  readonly delivered: ReadonlyMap<string, Ranges>
  add(added: ReadonlyMap<string, Ranges>): void
  close(): void
}

export function openDeliveryFile(path: string): DeliveryFile {
  try {
    const file = new DatabaseSync(path)
    // WAL with NORMAL survives kill -9; a power cut may lose the newest marks, which only means sending again.
    file.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS deliveries (agent TEXT, epoch TEXT, first INTEGER, last INTEGER)',
    )
    const delivered = new Map<string, Ranges>()
    for (const { agent, epoch, first, last } of file
      .prepare('SELECT agent, epoch, first, last FROM deliveries ORDER BY first')
      .all()) {
      const key = `${agent}/${epoch}`
      let ranges = delivered.get(key)
      if (!ranges) delivered.set(key, (ranges = []))
      addRange(ranges, Number(first), Number(last))
    }
    const remove = file.prepare('DELETE FROM deliveries WHERE agent = ? AND epoch = ?')
    const insert = file.prepare('INSERT INTO deliveries VALUES (?, ?, ?, ?)')
    return {
      delivered,
      add: added => {
        if (added.size === 0) return
        keepAdded(delivered, added)
        file.exec('BEGIN')
        for (const key of added.keys()) {
          const { agent, epoch } = splitDeliveryKey(key)
          remove.run(agent, epoch)
          for (const [first, last] of delivered.get(key) ?? []) insert.run(agent, epoch, first, last)
        }
        file.exec('COMMIT')
      },
      close: () => file.close(),
    }
  } catch (cause) {
    throw new Failure(
      'STORE_UNREACHABLE',
      `${path} cannot be opened to remember what InfluxDB holds: ${sentenceOf(cause)}`,
      { cause },
    )
  }
}
