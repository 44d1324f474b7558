import { payloadBytesMax } from '#agent/sources/mqttConnection.ts'
import type { Reading } from '#contract/reading.ts'
import type { Millis } from '#contract/units.ts'

/** Where value, time and quality stand in a JSON payload: keys joined by dots; '' is the whole payload. */
export type ValuePaths = { readonly value: string; readonly timestamp: string; readonly quality: string }

/** DSX Exchange: {"value": number|null, "timestamp": ms, "quality": 1}. */
export const dsxPaths: ValuePaths = { value: 'value', timestamp: 'timestamp', quality: 'quality' }

/** Deeper than any device nests its value. */
const depthMax = 10

/** A payload as JSON; undefined when it is too large or none. */
export function parsedPayload(payload: Buffer): unknown {
  if (payload.length > payloadBytesMax) return undefined
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * The reading in a payload. Any quality but 1 (or the word good) is not to be trusted; where the payload has no place
 * for a quality, a value is good. Without a time it is stamped on arrival and uncertain. Undefined: not a value message.
 */
export function mqttReading(
  message: unknown,
  options: { readonly paths: ValuePaths; readonly siteNow: Millis; readonly skewMs: number },
): { readonly reading: Reading; readonly oddTime: boolean } | undefined {
  if (message === undefined) return undefined
  const { paths, siteNow, skewMs } = options
  const rawValue = at(message, paths.value)
  if (rawValue === undefined) return undefined
  const value = typeof rawValue === 'boolean' ? Number(rawValue) : rawValue
  const rawTime = paths.timestamp === '' ? undefined : at(message, paths.timestamp)
  const told =
    typeof rawTime === 'number' ? rawTime : typeof rawTime === 'string' ? Date.parse(rawTime) : Number.NaN
  const isTold = Number.isFinite(told) && told > 0
  const isAhead = isTold && told > siteNow + skewMs
  const rawQuality = paths.quality === '' ? 1 : at(message, paths.quality)
  const isGood = rawQuality === 1 || rawQuality === 192 || rawQuality === 'good' || rawQuality === 'GOOD'
  const time = isTold ? told : siteNow
  if (!isGood || typeof value !== 'number' || !Number.isFinite(value))
    return { reading: { value: null, quality: 'bad', at: isAhead ? siteNow : time }, oddTime: isAhead }
  return {
    reading: { value, quality: isTold && !isAhead ? 'good' : 'uncertain', at: time },
    oddTime: isAhead,
  }
}

function at(message: unknown, path: string): unknown {
  if (path === '') return message
  let inner: unknown = message
  for (const key of path.split('.').slice(0, depthMax)) {
    if (inner === null || typeof inner !== 'object' || !Object.hasOwn(inner, key)) return undefined
    inner = (inner as Record<string, unknown>)[key]
  }
  return inner
}
