import type { OutputMemory } from '#agent/control/memory.ts'
import { type Output, type Station, stretched } from '#agent/control/outputs.ts'
import type { Image } from '#agent/image/image.ts'
import type { PointWrite } from '#agent/sources/source.ts'
import { commissionedValue, sameWithin } from '#contract/control/bounds.ts'
import { type GuardAnswer, type GuardQuestion, guard } from '#contract/control/guard.ts'
import { type Holder, holderOf, slots } from '#contract/control/priority.ts'
import type { Asker } from '#contract/control/ramps.ts'
import { hasArrived } from '#contract/control/walkBack.ts'
import { type Millis, minute } from '#contract/units.ts'

/** What one output is driven with in this cycle. */
export type Drive = {
  readonly station: Station
  readonly image: Image
  /** What the guard wants to know beside the request. */
  readonly guardInputs: Pick<GuardQuestion, 'dewPointC' | 'facilitySupplyC' | 'flowFraction' | 'inputsFresh'>
  /** Writes to this output are granted now; the reason when they are not. */
  readonly mayWrite: { readonly granted: true } | { readonly granted: false; readonly why: string }
  /** While it walks home: its turn has come. */
  readonly mayWalk: (held: number, target: number) => boolean
  /** What is measured has followed: a pressure that was only asked for has not come home yet. */
  readonly hasFollowed: (target: number) => boolean
}

export type Driven = {
  readonly next: OutputMemory
  readonly write: PointWrite | undefined
  readonly holder: Holder
  readonly answer: GuardAnswer | undefined
  /** What the device reads back now. */
  readonly applied: number | undefined
  /** The last write is in force; `failed`: it is not, after a second try. */
  readonly readback: 'none' | 'waiting' | 'confirmed' | 'failed'
}

/** A failed read-back keeps an output alone for this long: a device that clamps is not hammered. */
const blockMs = 5 * minute

/** One output, one cycle: who wins, what the guard lets through, write, read back. */
export function drive(output: Output, before: OutputMemory, given: Drive): Driven {
  const { image, station } = given
  const applied = image.good(output.equipment, output.point)
  const seen = readBack(output, before, given, applied)
  const memory = adopt(output, seen.memory, applied, image.siteAt)
  const holder = holderNow(station, output, memory, image.siteAt)
  const { priority, value: requested } = holder
  const idle = (next: OutputMemory): Driven => ({
    next,
    write: undefined,
    holder,
    answer: undefined,
    applied,
    readback: seen.readback,
  })
  if (!given.mayWrite.granted || memory.ramped === null || image.siteAt < memory.blockedUntil)
    return { ...idle({ ...memory, movedAt: image.siteAt }), ...(seen.again ? { write: seen.again } : {}) }
  if (seen.again) return { ...idle(memory), write: seen.again }
  const walking = memory.walkingSince !== null && priority >= slots.schedule
  const waits = walking && !given.mayWalk(memory.ramped, requested)
  const answer = guard({
    site: station.graph.site,
    steered: output.steered,
    bounds: output.bounds,
    asker: askerOf(priority, walking),
    // A walk that waits for its turn asks for what it holds; the guard still watches that.
    requested: waits ? memory.ramped : requested,
    held: memory.ramped,
    elapsedMs: image.siteAt - memory.movedAt,
    ...given.guardInputs,
  })
  const home =
    walking &&
    hasArrived({ steered: output.steered, held: answer.allowed, target: requested }) &&
    given.hasFollowed(requested)
  const moved: OutputMemory = {
    ...memory,
    ramped: answer.allowed,
    movedAt: image.siteAt,
    walkingSince: home ? null : memory.walkingSince,
  }
  // While a write is on its way the ramp goes on and the next write waits; protection does not wait.
  if (moved.pending && priority > slots.minimumFlow) return { ...idle(moved), answer }
  if (!isWorthWriting(output, moved, answer, priority)) return { ...idle(moved), answer }
  const pending = { value: answer.allowed, sentMs: image.machineMs, tries: 1, priority }
  // On a long ramp each confirmed step is followed at once by the next: the one that came back counts.
  const stepConfirmed = seen.readback === 'confirmed' && before.pending?.priority === priority
  const write = { equipment: output.equipment, point: output.point, value: answer.allowed }
  return {
    ...idle({ ...moved, written: answer.allowed, pending }),
    write,
    answer,
    readback: stepConfirmed ? 'confirmed' : 'waiting',
  }
}

/** Who has this output in this cycle. */
export const holderNow = (
  { graph }: Station,
  { steered }: Output,
  { slots: array, ramped }: OutputMemory,
  siteAt: Millis,
): Holder =>
  holderOf(array, siteAt, { held: ramped, relinquishDefault: commissionedValue(graph.site, steered) })

function askerOf(priority: number, walking: boolean): Asker {
  if (priority <= slots.minimumFlow) return 'safety'
  if (priority <= slots.remoteOperator) return 'operator'
  if (priority === slots.plan) return 'plan'
  if (priority === slots.schedule) return walking ? 'walkBack' : 'schedule'
  return 'fallback'
}

/** Least move worth a write: over twice the device's own reporting dead band. */
const writeDeadBand = { temperature: 0.1, pressure: 0.5, flow: 1 } as const
/** A wish with an owner arrives exactly; `reset` may stop within its dead band. */
const exactly = 0.001

function isWorthWriting(
  output: Output,
  memory: OutputMemory,
  answer: GuardAnswer,
  priority: number,
): boolean {
  if (memory.written === null) return true
  const distance = Math.abs(answer.allowed - memory.written)
  const arrived = Math.abs(answer.allowed - answer.aim) < 1e-9
  const least = arrived && priority < slots.schedule ? exactly : writeDeadBand[output.steered.quantity]
  return distance >= least
}

type Seen = {
  readonly memory: OutputMemory
  readonly readback: Driven['readback']
  readonly again?: PointWrite
}

/** Has the device taken what was written? Once more when it has not, then never mind and tell. */
function readBack(output: Output, memory: OutputMemory, given: Drive, applied: number | undefined): Seen {
  const { pending } = memory
  if (!pending)
    return { memory, readback: memory.written !== null && applied !== undefined ? 'confirmed' : 'none' }
  const tolerance = sameAsRead(output)
  if (applied !== undefined && Math.abs(applied - pending.value) <= tolerance)
    return { memory: { ...memory, pending: null }, readback: 'confirmed' }
  if (given.image.machineMs - pending.sentMs < given.station.readbackMs)
    return { memory, readback: 'waiting' }
  if (pending.tries < 2 && given.mayWrite.granted) {
    const again = { equipment: output.equipment, point: output.point, value: pending.value }
    return {
      memory: { ...memory, pending: { ...pending, sentMs: given.image.machineMs, tries: pending.tries + 1 } },
      readback: 'waiting',
      again,
    }
  }
  const blockedUntil = given.image.siteAt + stretched(given.station, blockMs)
  return {
    memory: { ...memory, pending: null, written: applied ?? null, ramped: applied ?? null, blockedUntil },
    readback: 'failed',
  }
}

/** A device need not report a change below its dead band (0.05 K, 0.2 kPa, 0.5 %). */
const sameAsRead = (output: Output): number =>
  output.steered.quantity === 'flow' ? 0.6 : sameWithin(output.steered) * 1.2

/**
 * What the device holds by itself (after a start, its own fallback, a hand at its panel) is where the next move begins:
 * no step, whoever is next.
 */
function adopt(
  output: Output,
  memory: OutputMemory,
  applied: number | undefined,
  siteAt: number,
): OutputMemory {
  if (applied === undefined || memory.pending) return memory
  if (memory.written !== null && Math.abs(applied - memory.written) <= sameAsRead(output)) return memory
  return {
    ...memory,
    written: applied,
    ramped: applied,
    movedAt: memory.ramped === null ? siteAt : memory.movedAt,
  }
}
