import { type Reading, seriesKey } from '#contract/reading.ts'
import type { Millis } from '#contract/units.ts'
import type { LiveLookup } from '#hub/planning/present.ts'
import { listed } from '#hub/planning/views.ts'

/** Which sensors cannot be believed, by their keys (`equipment.point`); hub/sanity knows. */
export type SensorDoubts = {
  /** What is wrong with it now, in words; undefined: nothing is held against it. */
  whyDoubted(key: string): string | undefined
  /** Whether what it said at that instant is left out of what is learned. */
  isDoubtful(key: string, at: Millis): boolean
}

/** Readings as a plan may use them: a sensor in doubt has none. */
export const believed =
  (live: LiveLookup, doubts: SensorDoubts | undefined): LiveLookup =>
  (equipment, point): Reading | undefined => {
    const reading = live(equipment, point)
    return reading && doubts?.whyDoubted(seriesKey(equipment, point)) !== undefined
      ? { value: null, quality: 'bad', at: reading.at }
      : reading
  }

/** What a plan needs and does not have, in words. */
export function unseenSentence(keys: readonly string[], doubts: SensorDoubts | undefined): string {
  const why = (key: string) => doubts?.whyDoubted(key)
  const unread = keys.filter(key => why(key) === undefined)
  const doubted = keys.flatMap(key => (why(key) === undefined ? [] : [`${key} (${why(key)})`]))
  return [
    unread.length > 0 ? `${listed(unread)} cannot be read` : '',
    doubted.length > 0 ? `${listed(doubted)} cannot be believed` : '',
  ]
    .filter(sentence => sentence !== '')
    .join('; ')
}

/** Each of them has an alarm of its own: a sensor that cannot be believed is not told twice. */
export const areAllDoubted = (keys: readonly string[], doubts: SensorDoubts | undefined): boolean =>
  doubts !== undefined && keys.length > 0 && keys.every(key => doubts.whyDoubted(key) !== undefined)
