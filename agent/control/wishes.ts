import type { Memory, OutputMemory } from '#agent/control/memory.ts'
import { modeOf } from '#agent/control/modes.ts'
import { type Permission, permissionOf } from '#agent/control/observe.ts'
import { type Station, stretched } from '#agent/control/outputs.ts'
import type { Image } from '#agent/image/image.ts'
import { type BookStep, endGroup, heldGroups, takeLease } from '#contract/control/leaseGroup.ts'
import { slots, withSlot } from '#contract/control/priority.ts'
import type { Lease } from '#contract/messages/lease.ts'
import { type SeriesKey, seriesKey } from '#contract/reading.ts'

/** What came in since the last cycle. */
export type Wish =
  | { readonly kind: 'lease'; readonly lease: Lease; readonly verified: boolean }
  /** In the form of a lease (`contract/messages/command.ts`). */
  | { readonly kind: 'mode'; readonly lease: Lease; readonly verified: boolean }
  | { readonly kind: 'release'; readonly lease: Lease; readonly verified: boolean }
  /** As former versions sent them: `where` is a CDU or a group. */
  | { readonly kind: 'unsigned'; readonly what: 'mode' | 'release'; readonly where: string }
  | {
      readonly kind: 'manual'
      readonly equipment: string
      readonly point: string
      readonly value: number | null
      readonly by: string
    }
  | {
      readonly kind: 'writeRefused'
      readonly equipment: string
      readonly point: string
      readonly because: string
    }

/** A lease in this cycle's light: the agent's own reasons to refuse. */
export function takeWish(
  station: Station,
  memory: Memory,
  image: Image,
  wish: Extract<Wish, { kind: 'lease' }>,
): BookStep {
  return takeLease(memory.book, wish.lease, {
    now: image.siteAt,
    verified: wish.verified,
    limitMs: stated => stretched(station, stated),
    refuse: lease => ownRefusal(station, memory, image, lease),
  })
}

function ownRefusal(
  station: Station,
  memory: Memory,
  image: Image,
  lease: Lease,
): { check: string; why: string } | undefined {
  const output = station.outputs.find(
    entry => entry.equipment === lease.equipment && entry.point === lease.point,
  )
  if (!output)
    return { check: 'lease.target', why: `${lease.equipment}.${lease.point} is not steered by this agent` }
  const { lowest, highest } = output.bounds
  if (lease.value < lowest || lease.value > highest)
    return {
      check: 'guard.bounds',
      why: `${lease.value} is outside ${lowest.toFixed(1)} to ${highest.toFixed(1)}`,
    }
  const mode = modeOf(station, memory.modes, output)
  if (lease.priority === 'plan' && mode !== 'auto')
    return { check: 'lease.mode', why: `${lease.equipment} is in ${mode}, not in auto` }
  if (mode === 'off' || mode === 'monitor')
    return { check: 'lease.mode', why: `${lease.equipment} is in ${mode}` }
  const permission: Permission = permissionOf(image, lease.equipment)
  if (!permission.granted) return { check: permission.check, why: permission.why }
  const held = memory.outputs[output.key]?.ramped
  // An author who is further off than an hour's ramp plus what the path takes has looked at another plant.
  const astray = output.steered.quantity === 'temperature' ? 5 : 0.4 * highest
  if (held !== null && held !== undefined && Math.abs(lease.expected - held) > astray)
    return {
      check: 'lease.expected',
      why: `the author believed ${lease.expected}, the device holds ${held.toFixed(2)}`,
    }
  return undefined
}

/** A person at the agent holds or lets go of an output; stands until released (CS-21). */
export function withManual(
  outputs: Memory['outputs'],
  wish: Extract<Wish, { kind: 'manual' }>,
): Memory['outputs'] {
  const key = seriesKey(wish.equipment, wish.point)
  const output = outputs[key]
  if (!output) return outputs
  const entry = wish.value === null ? null : { value: wish.value, expiresAt: null, by: wish.by }
  return { ...outputs, [key]: { ...output, slots: withSlot(output.slots, slots.localManual, entry) } }
}

/** The slots of leases say what the book says. */
export function withLeaseSlots(memory: Memory): Memory['outputs'] {
  const held = heldGroups(memory.book)
  const entryOf = (key: SeriesKey, priority: Lease['priority']) => {
    const lease = held
      .map(group => group.members[key]?.lease)
      .find(candidate => candidate?.priority === priority)
    return lease ? { value: lease.value, expiresAt: lease.expiresAt, by: lease.author } : null
  }
  const entries = (Object.entries(memory.outputs) as Array<[SeriesKey, OutputMemory]>).map(
    ([key, output]) => {
      const plan = entryOf(key, 'plan')
      const operator = entryOf(key, 'remoteOperator')
      const slotted = withSlot(withSlot(output.slots, slots.plan, plan), slots.remoteOperator, operator)
      // A new owner meets the output on its way home: it walks no further.
      return [
        key,
        { ...output, slots: slotted, walkingSince: plan || operator ? null : output.walkingSince },
      ] as const
    },
  )
  return Object.fromEntries(entries) as Memory['outputs']
}

/** Groups with a member on this equipment go home. */
export function groupsOn(memory: Memory, equipment: string): readonly string[] {
  return heldGroups(memory.book)
    .filter(group => Object.values(group.members).some(member => member.lease.equipment === equipment))
    .map(group => group.id)
}

export const endGroups = (
  memory: Memory,
  ids: readonly string[],
  because: { check: string; why: string },
): BookStep =>
  ids.reduce<BookStep>(
    (step, id) => {
      const ended = endGroup(step.book, id, 'returned', because)
      return {
        book: ended.book,
        notes: [...step.notes, ...ended.notes],
        ended: [...step.ended, ...ended.ended],
      }
    },
    { book: memory.book, notes: [], ended: [] },
  )
