import { edgeStories } from './edgeStories.ts'
import { hostStories } from './hostStories.ts'
import { type Brokers, played } from './stage.ts'
import type { Trace } from './trace.ts'
import type { Side } from './verdict.ts'

/** Every story, each at brokers of its own, side by side: they mostly wait. */
export async function playAll(brokers: Brokers): Promise<Record<Side, Trace[]>> {
  const [edge, host] = await Promise.all([
    Promise.all(edgeStories.map(story => played(story, brokers))),
    Promise.all(hostStories.map(story => played(story, brokers))),
  ])
  return { edge, host }
}
