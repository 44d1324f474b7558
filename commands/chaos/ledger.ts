import { firstAt, type Series, sampleAt } from '#commands/chaos/samples.ts'
import type { Excuse } from '#commands/chaos/told.ts'
import { type Quality, seriesKey } from '#contract/reading.ts'

/** A row of the store, as it stands there. */
export type StoredRow = {
  readonly equipment: string
  readonly point: string
  readonly at: number
  readonly value: number | null
  readonly quality: Quality
}

export type Comparison = {
  readonly stored: number
  /** Accepted and not stored; lost are those among them that the agent did not own up to. */
  readonly missing: number
  readonly lost: number
  /** Stored and never accepted. */
  readonly phantom: number
  readonly duplicate: number
  /** Stored with another value, quality or place than it was measured with. */
  readonly altered: number
  /** What differs, the first of them, in words. */
  readonly differences: readonly string[]
}

export const differencesMax = 20

/** The ledger held against the store: samples 0 to `accepted` - 1, each there once as it was measured. */
export type Audit = {
  take(row: StoredRow): void
  /** What the agent owned up to having dropped or quarantined is missing and not lost. */
  result(excuses: readonly Excuse[]): Comparison
}

export function auditOf(series: readonly Series[], accepted: number): Audit {
  const found = new Uint8Array(accepted)
  const counts = { stored: 0, phantom: 0, duplicate: 0, altered: 0 }
  const differences: string[] = []
  const differs = (kind: 'phantom' | 'duplicate' | 'altered', row: StoredRow) => {
    counts[kind] += 1
    if (differences.length < differencesMax) differences.push(`${kind}: ${rowText(row)}`)
  }
  return {
    take(row) {
      counts.stored += 1
      const position = row.at - firstAt
      const times = found[position]
      if (times === undefined) return differs('phantom', row)
      found[position] = Math.min(2, times + 1)
      if (times > 0) differs('duplicate', row)
      else if (!isAsMeasured(series, position, row)) differs('altered', row)
    },
    result(excuses) {
      const gaps = gapsIn(found)
      const unexcused = unexcusedOf(gaps, excuses)
      return {
        ...counts,
        missing: valuesIn(gaps),
        lost: valuesIn(unexcused),
        differences: [
          ...differences,
          ...unexcused
            .slice(0, differencesMax - differences.length)
            .map(([first, end]) => `not stored: accepted samples ${first} to ${end - 1}`),
        ],
      }
    },
  }
}

type Gap = readonly [first: number, end: number]

const valuesIn = (gaps: readonly Gap[]): number => gaps.reduce((sum, [first, end]) => sum + end - first, 0)

/** What is missing beyond what was owned up to: each excuse, in order of time, covers so many of the samples that it speaks of. */
function unexcusedOf(gaps: readonly Gap[], excuses: readonly Excuse[]): Gap[] {
  let left: Gap[] = [...gaps]
  for (const excuse of excuses) {
    let values = excuse.values
    left = left.flatMap(([first, end]) => {
      const from = Math.max(first, excuse.first)
      const until = Math.min(end, excuse.end, from + values)
      if (until <= from) return [[first, end] as const]
      values -= until - from
      return [[first, from] as const, [until, end] as const].filter(([start, stop]) => stop > start)
    })
  }
  return left
}

function isAsMeasured(series: readonly Series[], position: number, row: StoredRow): boolean {
  const measured = sampleAt(series, position)
  return (
    row.equipment === measured.equipment &&
    row.point === measured.point &&
    row.quality === measured.quality &&
    Object.is(row.value, measured.value)
  )
}

function gapsIn(found: Uint8Array): Gap[] {
  const gaps: Gap[] = []
  for (let first = found.indexOf(0); first >= 0; ) {
    let end = first
    while (found[end] === 0) end += 1
    gaps.push([first, end])
    first = found.indexOf(0, end)
  }
  return gaps
}

const rowText = ({ equipment, point, at, value, quality }: StoredRow): string =>
  `${seriesKey(equipment, point)} of ${at} = ${value ?? 'none'} (${quality})`

export type AgentCounters = {
  readonly accepted: number
  readonly acknowledged: number
  readonly queued: number
  readonly dropped: number
  readonly quarantined: number
}

export type HubCounters = {
  readonly received: number
  readonly stored: number
  readonly repeated: number
  readonly quarantined: number
}

/** What is wrong with an agent's counters, given what it had said before; undefined: nothing. */
export function agentMismatch(now: AgentCounters, told: number): string | undefined {
  const { accepted, acknowledged, queued, dropped, quarantined } = now
  const text = `accepted ${accepted}, acknowledged ${acknowledged}, queued ${queued}, dropped ${dropped}, quarantined ${quarantined}`
  const numbers = [accepted, acknowledged, queued, dropped, quarantined]
  if (!numbers.every(count => Number.isSafeInteger(count) && count >= 0)) return `agent: no counts: ${text}`
  if (accepted !== acknowledged + queued + dropped + quarantined) return `agent: does not add up: ${text}`
  if (accepted < told) return `agent: had told ${told} accepted: ${text}`
  return undefined
}

/** What is wrong with the hub's; while values are on their way in, they are received and nothing else yet. */
export function hubMismatch(now: HubCounters, isDrained: boolean): string | undefined {
  const { received, stored, repeated, quarantined } = now
  const text = `received ${received}, stored ${stored}, repeated ${repeated}, quarantined ${quarantined}`
  if (![received, stored, repeated, quarantined].every(count => Number.isSafeInteger(count) && count >= 0))
    return `hub: no counts: ${text}`
  const underway = received - stored - repeated - quarantined
  if (underway < 0 || (isDrained && underway !== 0)) return `hub: does not add up: ${text}`
  return undefined
}
