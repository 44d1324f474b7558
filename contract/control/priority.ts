import type { Millis } from '#contract/units.ts'

/**
 * One output, sixteen slots, as in a BACnet priority array: the lowest number that holds a value wins; when all are
 * empty the relinquish default does. Every slot but protection and the local hand has an end.
 */
export const slots = {
  interlock: 2,
  safetySequence: 5,
  minimumFlow: 6,
  localManual: 8,
  remoteOperator: 9,
  plan: 13,
  schedule: 15,
} as const
export type SlotName = keyof typeof slots

export const slotCount = 16

export type SlotEntry = {
  readonly value: number
  /** Site time at which the entry ends by itself; null: when it is released. */
  readonly expiresAt: Millis | null
  readonly by: string
}

/** Index 0 is priority 1. */
export type PriorityArray = ReadonlyArray<SlotEntry | null>

export const emptyPriorityArray: PriorityArray = Array.from({ length: slotCount }, () => null)

/** Slots that may stand without an end: protection, the local hand, and `reset`, which is always there. */
const mayStandForEver: ReadonlySet<number> = new Set([
  slots.interlock,
  slots.safetySequence,
  slots.minimumFlow,
  slots.localManual,
  slots.schedule,
])

export function withSlot(array: PriorityArray, priority: number, entry: SlotEntry | null): PriorityArray {
  if (!Number.isInteger(priority) || priority < 1 || priority > slotCount)
    throw new Error(`no priority ${priority}: 1 to ${slotCount}`)
  if (entry && !Number.isFinite(entry.value)) throw new Error(`slot ${priority} cannot hold ${entry.value}`)
  if (entry && entry.expiresAt === null && !mayStandForEver.has(priority))
    throw new Error(`slot ${priority} needs an end`)
  return array.map((held, index) => (index === priority - 1 ? entry : held))
}

export type Winner = { readonly priority: number; readonly value: number; readonly by: string }

/** What is in force now; undefined: nothing holds, the relinquish default does. */
export function winnerOf(array: PriorityArray, now: Millis): Winner | undefined {
  for (const [index, entry] of array.entries())
    if (entry && (entry.expiresAt === null || now < entry.expiresAt))
      return { priority: index + 1, value: entry.value, by: entry.by }
  return undefined
}

/** Entries whose time has come are cleared. */
export const withoutExpired = (array: PriorityArray, now: Millis): PriorityArray =>
  array.some(entry => entry && entry.expiresAt !== null && now >= entry.expiresAt)
    ? array.map(entry => (entry && entry.expiresAt !== null && now >= entry.expiresAt ? null : entry))
    : array
