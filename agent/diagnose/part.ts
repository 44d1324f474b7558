import { sentenceOf } from '#contract/failure.ts'

/** One part of the bundle, or why it is missing: what is broken is the reason why somebody asks, and the rest still helps. */
export async function part(read: () => unknown): Promise<unknown> {
  try {
    return await read()
  } catch (error) {
    return { missing: sentenceOf(error).split('\n')[0] }
  }
}
