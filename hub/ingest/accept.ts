import type { AgentEvent } from '#contract/messages/event.ts'
import type { Sample } from '#contract/reading.ts'
import { eventTypes } from '#contract/sparkplug/birth.ts'
import type { Metric, Payload } from '#contract/sparkplug/payload.ts'
import { type RefusedReading, readingOfMetric } from '#contract/sparkplug/readingMetric.ts'
import type { Target } from '#hub/ingest/births.ts'

/** What one data message of a device holds, metric by metric: kept, quarantined with a reason, or unreadable without a birth. */
export type Accepted = {
  readonly samples: Sample[]
  /** Those of `samples` that are not back-fill: to be shown at once. */
  readonly live: Sample[]
  readonly quarantined: readonly Quarantine[]
  /** An alias or name that no birth of this session announced: nothing is guessed, the message must come again after a rebirth. */
  readonly isUnknown: boolean
}
export type Quarantine =
  | 'unknownPoint'
  | 'noTimestamp'
  | 'notANumber'
  | 'notFinite'
  | 'eventForm'
  | 'storeRefused'

type Place = NonNullable<Target['place']>

export type Resolve = (metric: Metric) => Target | undefined

export function acceptData(payload: Payload, resolve: Resolve): Accepted {
  const samples: Sample[] = []
  const quarantined: Quarantine[] = []
  let historical = 0
  for (const metric of payload.metrics) {
    const target = resolve(metric)
    if (target === undefined) return { samples: [], live: [], quarantined: [], isUnknown: true }
    if (target.place === undefined) {
      quarantined.push('unknownPoint')
      continue
    }
    const sample = plainSample(metric, target.place) ?? sampleOf(metric, target, payload.timestamp)
    if (typeof sample === 'string') {
      quarantined.push(sample)
      continue
    }
    if (metric.isHistorical) historical += 1
    samples.push(sample)
  }
  // Nearly always all or none are back-fill; only a mixed message is gone through again.
  const live = historical === 0 ? samples : historical === samples.length ? [] : onlyLive(payload, resolve)
  return { samples, live, quarantined, isUnknown: false }
}

/** A good measured value with its own time: nearly every metric is one, so it goes without detours. */
function plainSample(metric: Metric, { equipment, point }: Place): Sample | undefined {
  const { value, timestamp: at } = metric
  return metric.kind === 'double' &&
    typeof value === 'number' &&
    at !== undefined &&
    metric.properties === undefined &&
    !metric.isNull &&
    Number.isFinite(value)
    ? { equipment, point, value, quality: 'good', at }
    : undefined
}

function sampleOf(
  metric: Metric,
  { place, datatype }: Target,
  sentAt: number | undefined,
): Sample | RefusedReading {
  const reading = readingOfMetric(metric, datatype, sentAt)
  return typeof reading === 'string' ? reading : { ...(place as Place), ...reading }
}

const onlyLive = (payload: Payload, resolve: Resolve): Sample[] =>
  acceptData({ ...payload, metrics: payload.metrics.filter(metric => !metric.isHistorical) }, resolve).samples

/** An event or health report is some 500 bytes; a sentence with every point of a site in it stays below this. */
const textLengthMax = 64 * 1024

/** The object in a String metric; undefined when it is none. */
export function objectIn(metric: Metric): Readonly<Record<string, unknown>> | undefined {
  if (typeof metric.value !== 'string' || metric.value.length > textLengthMax) return undefined
  try {
    const parsed: unknown = JSON.parse(metric.value)
    return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function eventIn(metric: Metric): AgentEvent | undefined {
  const event = objectIn(metric)
  const isEvent =
    event !== undefined &&
    eventTypes.some(type => type === event.type) &&
    Number.isFinite(event.at) &&
    typeof event.agent === 'string'
  return isEvent ? (event as unknown as AgentEvent) : undefined
}
