import type { Millis } from '#contract/units.ts'

/**
 * One output, sixteen slots, as in a BACnet priority array: the lowest number that holds a value wins, but for the safety
 * sequence, which only adds; when all are empty the relinquish default does. Every slot but protection and the local hand has an end.
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

/** The first entry that holds now, `from` that priority on; undefined: nothing does. */
export function winnerOf(array: PriorityArray, now: Millis, from = 1): Winner | undefined {
  for (const [index, entry] of array.entries())
    if (index >= from - 1 && entry && (entry.expiresAt === null || now < entry.expiresAt))
      return { priority: index + 1, value: entry.value, by: entry.by }
  return undefined
}

/** `asked`: who would have the output if protection asked for nothing. */
export type Holder = Winner & { readonly asked: Winner }

/** A ramp arrives but for rounding. */
const sameKpa = 1e-6

/**
 * Who has the output now. The safety sequence holds pressures and only ever adds: it has the output while it asks for more
 * than the slots beneath it, and until the pressure has come up to it, because it is faster than they are.
 * `held`: where the ramp stands; null: not known.
 */
export function holderOf(
  array: PriorityArray,
  now: Millis,
  output: { readonly held: number | null; readonly relinquishDefault: number },
): Holder {
  const relinquished = { priority: slotCount, value: output.relinquishDefault, by: 'relinquish default' }
  const first = winnerOf(array, now) ?? relinquished
  if (first.priority !== slots.safetySequence) return { ...first, asked: first }
  const asked = winnerOf(array, now, slots.safetySequence + 1) ?? relinquished
  const isReached = output.held === null || output.held >= first.value - sameKpa
  return { ...(asked.value >= first.value && isReached ? asked : first), asked }
}

/** Entries whose time has come are cleared. */
export const withoutExpired = (array: PriorityArray, now: Millis): PriorityArray =>
  array.some(entry => entry && entry.expiresAt !== null && now >= entry.expiresAt)
    ? array.map(entry => (entry && entry.expiresAt !== null && now >= entry.expiresAt ? null : entry))
    : array
