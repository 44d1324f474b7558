import { permissionOf } from '#agent/control/observe.ts'
import { type Station, stretched } from '#agent/control/outputs.ts'
import type { Turn } from '#agent/control/turn.ts'
import { endGroups, groupsOn, takeWish, type Wish } from '#agent/control/wishes.ts'
import { type LeaseNote, leaseLimits, takeLease } from '#contract/control/leaseGroup.ts'
import { commandFreshMs } from '#contract/messages/command.ts'
import type { Lease } from '#contract/messages/lease.ts'
import { type Mode, modeNames } from '#contract/points.ts'
import { type Millis, minute } from '#contract/units.ts'

/** Newest mode command taken, by CDU; kept over a restart, so that a recorded one never acts again. */
export type TakenModes = Readonly<Record<string, { readonly id: string; readonly version: number }>>

/** Answers that change nothing, in the running minute of site time. */
export type Answered = {
  readonly since: Millis
  readonly told: number
  readonly strangers: number
  readonly untold: number
}
export const nothingAnswered: Answered = { since: 0, told: 0, strangers: 0, untold: 0 }

/**
 * Refusals and repeated answers told in a minute: two plans of 60 points. What is over is counted and told with the next
 * one; else whoever floods an agent would wash its record of decisions out of the disk.
 */
const answersMax = 120
/** Of them, words about commands that nobody trusted has signed. */
const strangersMax = 10

type Refusal = { readonly check: string; readonly why: string }
const unsigned: Refusal = { check: 'lease.signature', why: 'the signature does not fit a trusted key' }

export function hearLease(turn: Turn, wish: Extract<Wish, { kind: 'lease' }>): void {
  // A stranger's words leave no trace in the book: no id is taken, no group falls.
  if (!wish.verified) {
    refuse(turn, wish.lease, unsigned, true)
    return
  }
  const step = takeWish(turn.station, turn.memory, turn.image, wish)
  const isEmpty = ({ state, check }: LeaseNote) => state === 'refused' || check === 'lease.duplicate'
  const told = turn.notes.length
  turn.step(step)
  // In the order in which it happened: the hub takes the first word that it hears as the cause.
  for (const note of turn.notes.splice(told))
    if (isEmpty(note)) answer(turn, note, false)
    else turn.notes.push(note)
}

/** Ends a group. One that is not known yet is over before it begins: its leases may have been overtaken on the way. */
export function hearRelease(turn: Turn, wish: Extract<Wish, { kind: 'release' }>): void {
  const { lease, verified } = wish
  const refusal = verified ? notNow(turn.station, lease, turn.image.siteAt) : unsigned
  if (refusal) {
    refuse(turn, lease, refusal, !verified)
    return
  }
  const { book } = turn.memory
  if (book.groups[lease.groupId]) {
    const because = { check: 'lease.released', why: 'its issuer took it back' }
    turn.step(endGroups(turn.memory, [lease.groupId], because))
    return
  }
  const refused = takeLease(book, lease, {
    now: turn.image.siteAt,
    verified,
    limitMs: stated => stretched(turn.station, stated),
    refuse: () => undefined,
  })
  turn.step({ ...refused, notes: [] })
}

/** Auto needs a device that may be written; a fault takes it away, only a person or the hub gives it. */
export function hearMode(turn: Turn, wish: Extract<Wish, { kind: 'mode' }>): void {
  const { lease, verified } = wish
  const taken = turn.memory.modeCommands[lease.equipment]
  // The same message twice is no news.
  if (verified && taken?.id === lease.id && taken.version === lease.version) return
  const refusal = verified ? modeRefusal(turn, lease) : unsigned
  if (refusal) {
    refuse(turn, lease, refusal, !verified)
    return
  }
  const { id, version, equipment } = lease
  turn.memory = {
    ...turn.memory,
    modeCommands: { ...turn.memory.modeCommands, [equipment]: { id, version } },
  }
  const mode = modeNames[lease.value] as Mode
  const permission = permissionOf(turn.image, equipment)
  if (mode === 'auto' && !permission.granted) {
    tellModeRefused(turn, equipment, `auto refused: ${permission.why}`)
    return
  }
  turn.mode(equipment, mode, `asked by ${lease.author}`)
  if (mode !== 'auto') handBack(turn, equipment, { check: 'lease.mode', why: `${equipment} is in ${mode}` })
}

/** A mode or a release in the form of former versions: it has no effect, and one word says so. */
export function hearUnsigned(turn: Turn, wish: Extract<Wish, { kind: 'unsigned' }>): void {
  const why = 'a command without a signature has no effect'
  if (wish.what === 'mode' && turn.station.cdus.includes(wish.where)) {
    if (mayAnswer(turn, true)) tellModeRefused(turn, wish.where, `refused: ${why}${more(turn)}`)
    return
  }
  const member = Object.values(turn.memory.book.groups[wish.where]?.members ?? {})[0]
  if (member) refuse(turn, member.lease, { check: unsigned.check, why }, true)
}

export const handBack = (turn: Turn, equipment: string, because: Refusal): void =>
  turn.step(endGroups(turn.memory, groupsOn(turn.memory, equipment), because))

function modeRefusal(turn: Turn, lease: Lease): Refusal | undefined {
  const { station, memory, image } = turn
  if (!station.cdus.includes(lease.equipment))
    return { check: 'command.target', why: `${lease.equipment} is no CDU of this agent` }
  if (modeNames[lease.value] === undefined)
    return { check: 'command.form', why: `mode ${lease.value} is none of 0 to ${modeNames.length - 1}` }
  const taken = memory.modeCommands[lease.equipment]
  if (taken && lease.version <= taken.version)
    return { check: 'command.order', why: `version ${lease.version} came after ${taken.version}` }
  if (lease.expiresAt <= image.siteAt) return { check: 'command.stale', why: 'its end has passed' }
  return notNow(station, lease, image.siteAt)
}

/** Too old, or from a clock that runs ahead. */
function notNow(station: Station, lease: Lease, now: Millis): Refusal | undefined {
  const { issuedAt, notBeforeAt, version } = lease
  if (![issuedAt, notBeforeAt, version, lease.value].every(Number.isFinite))
    return { check: 'command.form', why: 'a value or time is not a number' }
  if (Math.max(issuedAt, notBeforeAt) > now + stretched(station, leaseLimits.futureMs))
    return { check: 'command.future', why: 'issued in the future: clocks differ' }
  const freshMs = commandFreshMs(station.speed)
  if (now - issuedAt > freshMs)
    return { check: 'command.stale', why: `issued more than ${freshMs / minute} min ago` }
  return undefined
}

const refuse = (turn: Turn, lease: Lease, refusal: Refusal, isStranger: boolean): void =>
  answer(turn, { lease, state: 'refused', ...refusal }, isStranger)

function answer(turn: Turn, note: LeaseNote, isStranger: boolean): void {
  if (mayAnswer(turn, isStranger)) turn.notes.push({ ...note, why: `${note.why}${more(turn)}` })
}

function mayAnswer(turn: Turn, isStranger: boolean): boolean {
  const { siteAt } = turn.image
  const before = turn.memory.answered
  const isNewMinute = siteAt - before.since >= minute || siteAt < before.since
  const now = isNewMinute ? { ...nothingAnswered, since: siteAt, untold: before.untold } : before
  const isTold = now.told < answersMax && (!isStranger || now.strangers < strangersMax)
  const answered = isTold
    ? { ...now, told: now.told + 1, strangers: now.strangers + (isStranger ? 1 : 0) }
    : { ...now, untold: now.untold + 1 }
  turn.memory = { ...turn.memory, answered }
  return isTold
}

/** Says once how many were not told. */
function more(turn: Turn): string {
  const { untold } = turn.memory.answered
  if (untold === 0) return ''
  turn.memory = { ...turn.memory, answered: { ...turn.memory.answered, untold: 0 } }
  return `; ${untold} more since the last word`
}

function tellModeRefused(turn: Turn, equipment: string, sentence: string): void {
  const mode = turn.memory.modes[equipment] ?? 'monitor'
  turn.events.push({
    type: 'mode',
    at: turn.image.siteAt,
    agent: turn.station.agent,
    equipment,
    from: mode,
    to: mode,
    sentence,
  })
}
