import { parseArgs } from 'node:util'
import { Failure, sentenceOf } from '#contract/failure.ts'

/** A refusal of what was typed: one sentence, exit 2. */
export const refused = (sentence: string, cause?: unknown): Failure =>
  new Failure('CONFIG_INVALID', sentence, { cause })

/** Node's own reading of flags; what it does not know is refused in its words, with the way to the list of those that are. */
export const flagsOf: typeof parseArgs = config => {
  try {
    return parseArgs(config)
  } catch (cause) {
    throw refused(`${sentenceOf(cause).split(/[.\n]\s?/)[0]}; --help lists what is allowed`, cause)
  }
}
