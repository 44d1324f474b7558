import type { Millis } from '#contract/units.ts'

/** What a source says of a value. Missing is never zero; a reading has a value or a reason why not. */
export const qualities = ['good', 'uncertain', 'stale', 'bad'] as const
export type Quality = (typeof qualities)[number]

/** Sparkplug B quality codes; `uncertain` travels as 192 with the property `Uncertain`. */
export const sparkplugQuality: Readonly<Record<Quality, number>> = {
  good: 192,
  uncertain: 192,
  stale: 500,
  bad: 0,
}

/** Codes under which the stores keep a quality; stable for ever. */
export const qualityCode: Readonly<Record<Quality, number>> = { good: 192, uncertain: 64, stale: 500, bad: 0 }
export const qualityOfCode = (code: number): Quality =>
  code === 192 ? 'good' : code === 64 ? 'uncertain' : code === 500 ? 'stale' : 'bad'

/** One measured value of one point at its source's own time (site time), or the reason why there is none. */
export type Reading =
  | {
      readonly value: number
      readonly quality: 'good' | 'uncertain'
      readonly at: Millis
      readonly statusCode?: number
    }
  | {
      readonly value: null
      readonly quality: 'stale' | 'bad'
      readonly at: Millis
      readonly statusCode?: number
    }

/** A reading with its place: what travels from a source through the outbox into the store. */
export type Sample = { readonly equipment: string; readonly point: string } & Reading

export type SeriesKey = `${string}.${string}`

/** `cdu-1.supplyTemperature`. Equipment ids hold letters, digits and hyphens; point names letters and digits. */
export const seriesKey = (equipment: string, point: string): SeriesKey => `${equipment}.${point}`

export function splitSeriesKey(key: string): { equipment: string; point: string } {
  const dot = key.indexOf('.')
  if (dot < 1 || dot === key.length - 1) throw new Error(`not a series key: "${key}"`)
  return { equipment: key.slice(0, dot), point: key.slice(dot + 1) }
}

/** The value, when there is one to be trusted: good only. */
export const goodValue = (reading: Reading | undefined): number | undefined =>
  reading?.quality === 'good' ? reading.value : undefined
