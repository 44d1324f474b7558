import { qualityOfCode, type Reading, type Sample } from '#contract/reading.ts'

/** The end of the year 2199 in ms: beyond it a clock is broken, and nanoseconds would leave 64 bits in 2262. */
const latestAt = Date.UTC(2200, 0, 1)

/** Why neither store can keep a sample; undefined when both can. One odd sample never stops the others. */
export function whyNotStorable(sample: Sample): string | undefined {
  if (!Number.isSafeInteger(sample.at) || sample.at < 0 || sample.at >= latestAt)
    return `${sample.at} is not an instant between 1970 and 2200`
  if (sample.value !== null && !Number.isFinite(sample.value))
    return `${sample.value} is not a number that a store can keep`
  return undefined
}

/** A reading out of what the stores keep of it. */
export function readingOf(value: number | null, code: number, at: number): Reading {
  const quality = qualityOfCode(code)
  if (value === null || quality === 'stale' || quality === 'bad')
    return { value: null, quality: quality === 'stale' ? 'stale' : 'bad', at }
  return { value, quality, at }
}
