import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { sentenceOf } from '#contract/failure.ts'

/** A small JSON file that is replaced as a whole, so that a power cut leaves the old or the new one. */
export type KeptFile<T> = {
  /** What was kept; undefined: nothing yet, or it cannot be read (then `problem` says why). */
  readonly kept: T | undefined
  readonly problem: string | undefined
  /** The reason when it could not be kept. */
  keep(value: T): string | undefined
}

export function keptFile<T>(path: string): KeptFile<T> {
  const { kept, problem } = read<T>(path)
  return {
    kept,
    problem,
    keep: value => {
      try {
        // On the disk before it takes the old one's place: a file renamed unsynced can be empty after a power cut.
        writeFileSync(`${path}.new`, JSON.stringify(value), { flush: true })
        renameSync(`${path}.new`, path)
        return undefined
      } catch (error) {
        return `${path}: ${sentenceOf(error)}`
      }
    },
  }
}

function read<T>(path: string): { kept: T | undefined; problem: string | undefined } {
  if (!existsSync(path)) return { kept: undefined, problem: undefined }
  try {
    return { kept: JSON.parse(readFileSync(path, 'utf8')) as T, problem: undefined }
  } catch (error) {
    return { kept: undefined, problem: `${path} cannot be read, starting without it: ${sentenceOf(error)}` }
  }
}
