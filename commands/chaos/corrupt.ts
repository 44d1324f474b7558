import { closeSync, existsSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Corruption, OutboxFileName } from '#commands/chaos/plan.ts'

/** Spoils a file of an agent that does not run. false: there is nothing in it, or it takes nothing. */
export function corruptFile(dataDir: string, file: OutboxFileName, how: Corruption): boolean {
  const path = join(dataDir, file)
  const bytes = existsSync(path) ? statSync(path).size : 0
  if (bytes === 0) return false
  if (how.kind === 'truncate') {
    truncateSync(path, Math.floor(bytes * how.keep))
    return true
  }
  const descriptor = openSync(path, 'r+')
  try {
    const byte = Buffer.alloc(1)
    for (const place of how.places) {
      const at = Math.floor(bytes * place)
      readSync(descriptor, byte, 0, 1, at)
      byte[0] = (byte[0] as number) ^ (1 << (at % 8))
      writeSync(descriptor, byte, 0, 1, at)
    }
    return true
  } catch (error) {
    // A hole in the file would need room, and another fault has filled the disk.
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  } finally {
    closeSync(descriptor)
  }
}
