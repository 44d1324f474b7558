import { type Answered, nothingAnswered, type TakenModes } from '#agent/control/commands.ts'
import type { Station } from '#agent/control/outputs.ts'
import { type CoolerTower, noCeiling } from '#contract/control/coolerTower.ts'
import { type FacilityBoost, noBoost } from '#contract/control/facilityBoost.ts'
import { emptyLeaseBook, type LeaseBook } from '#contract/control/leaseGroup.ts'
import { emptyPriorityArray, type PriorityArray } from '#contract/control/priority.ts'
import { type ResetMemory, startReset } from '#contract/control/reset.ts'
import { type SafetyMemory, safetyAtRest } from '#contract/control/safetySequence.ts'
import type { Mode } from '#contract/points.ts'
import type { SeriesKey } from '#contract/reading.ts'
import type { DurationMs, Millis } from '#contract/units.ts'

export type OutputMemory = {
  readonly slots: PriorityArray
  /** Where the ramp stands; null: not yet known what the device holds. */
  readonly ramped: number | null
  /** What was last written, or found in the device. */
  readonly written: number | null
  /** Site time at which the ramp was last moved. */
  readonly movedAt: Millis
  readonly pending: {
    readonly value: number
    readonly sentMs: DurationMs
    readonly tries: number
    readonly priority: number
  } | null
  /** Site time at which it began to walk home; null: it does not. */
  readonly walkingSince: Millis | null
  /** After a failed read-back nothing is written until then. */
  readonly blockedUntil: Millis
}

export type Memory = {
  readonly startedMs: DurationMs
  readonly modes: Readonly<Record<string, Mode>>
  readonly outputs: Readonly<Record<SeriesKey, OutputMemory>>
  readonly reset: ResetMemory
  readonly book: LeaseBook
  readonly modeCommands: TakenModes
  readonly answered: Answered
  readonly safety: Readonly<Record<string, SafetyMemory>>
  readonly facilityBoost: FacilityBoost
  readonly coolerTower: CoolerTower
  /** Alarms of this agent that stand, by `code|equipment`. */
  readonly alarms: Readonly<Record<string, true>>
  /** Since when a CDU's path or permission is missing (site time). */
  readonly lostSince: Readonly<Record<string, Millis>>
}

/** What a restart keeps: modes, rules, leases with their remaining time, slots (CS-23). */
export type KeptMemory = Pick<Memory, 'modes' | 'reset' | 'book' | 'modeCommands'> & {
  readonly slots: Readonly<Record<SeriesKey, PriorityArray>>
  readonly walking: readonly SeriesKey[]
}

export function startMemory(
  station: Station,
  start: { machineMs: DurationMs; siteAt: Millis; mode: Mode },
  kept?: KeptMemory,
): Memory {
  const output = (key: SeriesKey): OutputMemory => ({
    slots: kept?.slots[key] ?? emptyPriorityArray,
    ramped: null,
    written: null,
    movedAt: start.siteAt,
    pending: null,
    walkingSince: kept?.walking.includes(key) ? start.siteAt : null,
    blockedUntil: 0,
  })
  return {
    startedMs: start.machineMs,
    modes: Object.fromEntries(station.cdus.map(cdu => [cdu, kept?.modes[cdu] ?? start.mode])),
    outputs: Object.fromEntries(station.outputs.map(({ key }) => [key, output(key)])) as Memory['outputs'],
    reset: kept?.reset ?? startReset(station.graph.site, station.cdus),
    book: kept?.book ?? emptyLeaseBook,
    // A file of a former version knows of none.
    modeCommands: kept?.modeCommands ?? {},
    answered: nothingAnswered,
    safety: Object.fromEntries(station.cdus.map(cdu => [cdu, safetyAtRest])),
    facilityBoost: noBoost,
    coolerTower: noCeiling,
    alarms: {},
    lostSince: {},
  }
}

export function keptOf(memory: Memory): KeptMemory {
  const outputs = Object.entries(memory.outputs) as Array<[SeriesKey, OutputMemory]>
  return {
    modes: memory.modes,
    reset: memory.reset,
    book: memory.book,
    modeCommands: memory.modeCommands,
    slots: Object.fromEntries(outputs.map(([key, output]) => [key, output.slots])) as KeptMemory['slots'],
    walking: outputs.filter(([, output]) => output.walkingSince !== null).map(([key]) => key),
  }
}
