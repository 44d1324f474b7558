import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A folder that can be filled. */
export type SmallDisk = {
  readonly folder: string
  /** undefined: a file system of its own could not be mounted, and nothing can be filled. */
  readonly megabytes: number | undefined
  fill(): void
  empty(): void
  close(): void
}

/** Twenty times what a run of ten minutes queues at its worst, and filled in a moment. */
const megabytes = 64
const pieceBytes = 1024 * 1024

/** A tmpfs where mounting is allowed (root on Linux), else a plain folder. */
export function openSmallDisk(folder: string): SmallDisk {
  mkdirSync(folder, { recursive: true })
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
    stdio: 'ignore',
  })
  const isMounted = mounted.status === 0
  const close = () => {
    // Lazily: a process that was just killed may still hold a file.
    if (isMounted) spawnSync('umount', ['-l', folder], { stdio: 'ignore' })
  }
  process.once('exit', close)
  const filler = join(folder, 'filler')
  const empty = () => rmSync(filler, { force: true })
  return {
    folder,
    megabytes: isMounted ? megabytes : undefined,
    fill: () => {
      if (isMounted) fillUp(filler)
    },
    empty,
    close() {
      process.off('exit', close)
      close()
    },
  }
}

/** Writes until the disk takes nothing more, down to the last byte. */
function fillUp(path: string): void {
  const descriptor = openSync(path, 'w')
  try {
    for (let bytes = pieceBytes; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      const piece = Buffer.alloc(bytes)
      while (isTaken(descriptor, piece));
    }
  } finally {
    closeSync(descriptor)
  }
}

function isTaken(descriptor: number, piece: Buffer): boolean {
  try {
    return writeSync(descriptor, piece) === piece.length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
