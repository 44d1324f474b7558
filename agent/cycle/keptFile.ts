import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { open, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sentenceOf } from '#contract/failure.ts'

/**
 * A small record over restarts, in two places. `NAME.json` is replaced before `keep` returns and outlives this process;
 * `NAME.synced.json` follows off the event loop and outlives a power cut, as it stood at the last sync. The newest whole
 * one is read. Nothing here waits for the disk.
 */
export type KeptFile<T extends object> = {
  /** What was kept; undefined: nothing yet, or it cannot be read (then `problem` says why). */
  readonly kept: T | undefined
  readonly problem: string | undefined
  /** The reason when it could not be kept. */
  keep(value: T): string | undefined
  /** Resolves when the disk has confirmed, or refused, the last record. */
  settled(): Promise<void>
}

/** What a kept file asks of the file system; a test hands in one that fails. */
export type KeptDisk = {
  /** undefined: there is no such file. */
  read(path: string): string | undefined
  /** In the kernel's hands when it returns. */
  replace(path: string, text: string): void
  /** On the disk when it resolves. */
  replaceSynced(path: string, text: string): Promise<void>
}

export function keptFile<T extends object>(
  path: string,
  options: { readonly disk?: KeptDisk; readonly onTrouble?: (sentence: string) => void } = {},
): KeptFile<T> {
  const { disk = ownDisk, onTrouble = () => undefined } = options
  const syncedPath = path.replace(/(\.json)?$/, '.synced.json')
  const { kept, problem, counter: firstCounter } = newestOf<T>(disk, path, syncedPath)
  let newest = { counter: firstCounter, text: '' }
  let syncedCounter = firstCounter
  let syncing: Promise<void> | undefined

  /** One at a time; whatever was kept meanwhile is synced by the next turn, in its newest form only. */
  async function sync(): Promise<void> {
    try {
      while (syncedCounter !== newest.counter) {
        const { counter, text } = newest
        await disk.replaceSynced(syncedPath, text)
        syncedCounter = counter
      }
    } catch (error) {
      // Tried again with the next record; until then a power cut gives back an older one.
      onTrouble(`${syncedPath}: ${sentenceOf(error)}`)
    } finally {
      syncing = undefined
    }
  }

  return {
    kept,
    problem,
    keep: value => {
      const counter = newest.counter + 1
      const text = textOf(value, counter)
      try {
        disk.replace(path, text)
      } catch (error) {
        return `${path}: ${sentenceOf(error)}`
      }
      newest = { counter, text }
      syncing ??= sync()
      return undefined
    },
    settled: async () => syncing,
  }
}

/** Counter and checksum stand beside the record's own keys, where a former version, which knows of neither, overlooks them. */
type Mark = { readonly counter: number; readonly checksum: string }

const textOf = (value: object, counter: number): string =>
  JSON.stringify({ ...value, kept: { counter, checksum: checksumOf(value, counter) } satisfies Mark })
const checksumOf = (value: object, counter: number): string =>
  createHash('sha256')
    .update(`${counter}:${JSON.stringify(value)}`)
    .digest('hex')
    .slice(0, 16)

type Found<T> = {
  readonly kept: T | undefined
  readonly counter: number
  readonly problem: string | undefined
}

/** A file without a mark was written by a former version, and nothing of ours is newer: ours would have replaced it. */
function newestOf<T extends object>(disk: KeptDisk, path: string, syncedPath: string): Found<T> {
  const first = foundAt<T>(disk, path)
  if (first.kept !== undefined && first.counter === 0) return first
  const second = foundAt<T>(disk, syncedPath)
  const best = second.counter > first.counter ? second : first
  const problem = first.problem ?? second.problem
  if (problem === undefined || best.kept !== undefined) return { ...best, problem }
  return { ...best, problem: `${problem}; starting without it` }
}

function foundAt<T extends object>(disk: KeptDisk, path: string): Found<T> {
  const nothing = { kept: undefined, counter: 0 }
  try {
    const text = disk.read(path)
    if (text === undefined) return { ...nothing, problem: undefined }
    const { kept: mark, ...value } = JSON.parse(text) as { kept?: Mark }
    if (mark !== undefined && mark.checksum !== checksumOf(value, mark.counter))
      return { ...nothing, problem: `${path} is damaged` }
    return { kept: value as T, counter: mark?.counter ?? 0, problem: undefined }
  } catch (error) {
    return { ...nothing, problem: `${path} cannot be read: ${sentenceOf(error)}` }
  }
}

const ownDisk: KeptDisk = {
  read: path => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  },
  // Renamed, so that a process killed at any moment leaves the old or the new one.
  replace: (path, text) => {
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
  },
  // Synced before it takes the old one's place: a file renamed unsynced can be empty after a power cut.
  replaceSynced: async (path, text) => {
    await writeFile(`${path}.new`, text, { flush: true })
    await rename(`${path}.new`, path)
    const folder = await open(dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  },
}
