import type { LeaseState } from '#contract/messages/event.ts'
import { type Lease, leaseMsMax, operatorLeaseMsMax } from '#contract/messages/lease.ts'
import { type SeriesKey, seriesKey } from '#contract/reading.ts'
import { type DurationMs, type Millis, minute, second } from '#contract/units.ts'

/**
 * The life of leases as a pure book. A lease is taken or refused; a group that is complete is held; the loss of one
 * member ends them all. The book says what became of each lease; who writes and reads back tells it by `settle`.
 */
export type Member = {
  readonly lease: Lease
  readonly state: LeaseState
  /** The check behind the state: a lease that walks (`guard.ramp`) is told apart from one that has arrived. */
  readonly check: string
  readonly clippedSince: Millis | null
  /** Pressure that protection holds in its place; undefined: none. */
  readonly floor?: number | undefined
}

export type GroupPhase = 'gathering' | 'held' | 'over'

export type LeaseGroup = {
  readonly id: string
  readonly size: number
  readonly takenAt: Millis
  readonly phase: GroupPhase
  readonly members: Readonly<Record<SeriesKey, Member>>
}

export type LeaseBook = {
  readonly groups: Readonly<Record<string, LeaseGroup>>
  /** Highest version taken, and when, by point. */
  readonly points: Readonly<
    Record<SeriesKey, { readonly version: number; readonly value: number; readonly takenAt: Millis }>
  >
  /** Ids taken or refused, with the end of their lease: the same id never acts twice. */
  readonly seen: SeenIds
  /** The newest of them, so that one more id does not copy them all; a file of a former version has none. */
  readonly recent?: SeenIds
}
type SeenIds = Readonly<Record<string, Millis>>
export const emptyLeaseBook: LeaseBook = { groups: {}, points: {}, seen: {} }

export type LeaseNote = {
  readonly lease: Lease
  readonly state: LeaseState
  readonly check: string
  readonly why: string
}

/** `ended`: points that a held group has let go of and that must walk home. */
export type BookStep = {
  readonly book: LeaseBook
  readonly notes: readonly LeaseNote[]
  readonly ended: readonly SeriesKey[]
}

export const leaseLimits = {
  /** A lease from further in the future than this comes from a wrong clock. */
  futureMs: 5 * second,
  /** Members of a group arrive together; what is missing after this is lost. */
  gatherMs: 30 * second,
  /** A plan changes a point at most this often. */
  rateMs: 5 * minute,
  /** Kept apart must last this long before a lease counts as clipped for good and its group goes home. */
  clippedMs: 2 * minute,
  /** Groups that are over stay known, so that a late member is refused: a plan an hour, a day of them. */
  groupsKept: 24,
  /** Ids kept beyond their lease's end: 60 points × 24 plans. */
  idsKept: 1_500,
  /** Ids gathered before they join the others: one more id copies this many, not all. */
  idsRecent: 50,
} as const

export type TakeContext = {
  readonly now: Millis
  /** Result of the signature check. */
  readonly verified: boolean
  /** Stretches a stated site duration to the wall floor. */
  readonly limitMs: (statedMs: DurationMs) => DurationMs
  /** Reasons of this agent's own: target, mode, authority, bounds. */
  readonly refuse: (lease: Lease) => { readonly check: string; readonly why: string } | undefined
}

export function takeLease(book: LeaseBook, lease: Lease, context: TakeContext): BookStep {
  if ((book.recent?.[lease.id] ?? book.seen[lease.id]) !== undefined)
    return { book, notes: repeated(book, lease), ended: [] }
  const refusal = refusalOf(book, lease, context)
  const ids = refusal && neverLater.has(refusal.check) ? {} : withId(book, lease, context.now)
  if (refusal) return refuseGroup({ ...book, ...ids }, lease, refusal)
  const key = seriesKey(lease.equipment, lease.point)
  const group = book.groups[lease.groupId] ?? {
    id: lease.groupId,
    size: lease.groupSize,
    takenAt: context.now,
    phase: 'gathering' as const,
    members: {},
  }
  const members = {
    ...group.members,
    [key]: { lease, state: 'accepted' as const, check: '', clippedSince: null },
  }
  const taken: LeaseBook = {
    ...book,
    ...ids,
    groups: { ...book.groups, [group.id]: { ...group, members } },
    points: { ...book.points, [key]: { version: lease.version, value: lease.value, takenAt: context.now } },
  }
  const started = startDue(taken, context.now)
  return { ...started, notes: [{ lease, state: 'accepted', check: '', why: '' }, ...started.notes] }
}

function refusalOf(
  book: LeaseBook,
  lease: Lease,
  context: TakeContext,
): { check: string; why: string } | undefined {
  const { now } = context
  const lengthMax = lease.priority === 'plan' ? leaseMsMax : operatorLeaseMsMax
  const group = book.groups[lease.groupId]
  const known = book.points[seriesKey(lease.equipment, lease.point)]
  if (!context.verified) return { check: 'lease.signature', why: 'the signature does not fit a trusted key' }
  if (
    ![lease.value, lease.expected, lease.version, lease.issuedAt, lease.notBeforeAt, lease.expiresAt].every(
      Number.isFinite,
    )
  )
    return { check: 'lease.form', why: 'a value or time is not a number' }
  if (!Number.isInteger(lease.groupSize) || lease.groupSize < 1 || lease.groupSize > 1_000)
    return { check: 'lease.form', why: `groupSize ${lease.groupSize} is not 1 to 1000` }
  if (lease.issuedAt > now + context.limitMs(leaseLimits.futureMs))
    return { check: 'lease.future', why: 'issued in the future: clocks differ' }
  if (lease.expiresAt <= now || lease.expiresAt <= lease.notBeforeAt)
    return { check: 'lease.expired', why: 'its end has passed' }
  if (lease.expiresAt - lease.issuedAt > lengthMax)
    return { check: 'lease.length', why: `longer than ${lengthMax / minute} min` }
  if (group && (group.phase !== 'gathering' || group.size !== lease.groupSize))
    return { check: 'lease.group', why: 'its group has ended or is complete' }
  if (known && lease.version <= known.version)
    return { check: 'lease.order', why: `version ${lease.version} came after ${known.version}` }
  if (
    lease.priority === 'plan' &&
    known &&
    lease.value !== known.value &&
    now - known.takenAt < leaseLimits.rateMs
  )
    return { check: 'lease.rate', why: `a plan moves a point once in ${leaseLimits.rateMs / minute} min` }
  return context.refuse(lease)
}

/** A repeated message has no second effect; the answer is repeated, because the first may have been lost. */
function repeated(book: LeaseBook, lease: Lease): LeaseNote[] {
  const member = book.groups[lease.groupId]?.members[seriesKey(lease.equipment, lease.point)]
  return member && member.lease.id === lease.id
    ? [{ lease: member.lease, state: member.state, check: 'lease.duplicate', why: 'known already' }]
    : []
}

function refuseGroup(book: LeaseBook, lease: Lease, refusal: { check: string; why: string }): BookStep {
  const note: LeaseNote = { lease, state: 'refused', ...refusal }
  const group = book.groups[lease.groupId]
  // A stray late or forged message must not bring down a group that is held: only a gathering one falls with it.
  if (refusal.check === 'lease.signature' || group?.phase === 'held')
    return { book, notes: [note], ended: [] }
  if (!group) {
    const over: LeaseGroup = {
      id: lease.groupId,
      size: lease.groupSize,
      takenAt: lease.issuedAt,
      phase: 'over',
      members: {},
    }
    return {
      book: withoutOldGroups({ ...book, groups: { ...book.groups, [over.id]: over } }),
      notes: [note],
      ended: [],
    }
  }
  const ended = endGroup(book, lease.groupId, 'returned', {
    check: 'lease.group',
    why: `${lease.equipment}.${lease.point} was refused: ${refusal.why}`,
  })
  return { ...ended, notes: [note, ...ended.notes] }
}

/** Complete groups whose time has come take over from the groups that hold the same points. */
function startDue(book: LeaseBook, now: Millis): BookStep {
  let step: BookStep = { book, notes: [], ended: [] }
  for (const group of Object.values(book.groups)) {
    const members = Object.values(group.members)
    if (group.phase !== 'gathering' || members.length < group.size) continue
    if (members.some(member => member.lease.notBeforeAt > now)) continue
    step = replaceOlder(step, group)
    step = {
      ...step,
      book: { ...step.book, groups: { ...step.book.groups, [group.id]: { ...group, phase: 'held' } } },
    }
  }
  return { ...step, book: withoutOldGroups(step.book) }
}

function replaceOlder(step: BookStep, incoming: LeaseGroup): BookStep {
  const priority = priorityOf(incoming)
  let result = step
  for (const older of Object.values(step.book.groups)) {
    if (older.id === incoming.id || older.phase !== 'held' || priorityOf(older) !== priority) continue
    const keys = Object.keys(older.members) as SeriesKey[]
    if (!keys.some(key => incoming.members[key])) continue
    const ended = endGroup(result.book, older.id, 'replaced', {
      check: '',
      why: `replaced by ${incoming.id}`,
    })
    result = {
      book: ended.book,
      notes: [...result.notes, ...ended.notes],
      ended: [...result.ended, ...ended.ended.filter(key => !incoming.members[key])],
    }
  }
  return result
}

/** Ends a group; its open members get `state`. */
export function endGroup(
  book: LeaseBook,
  groupId: string,
  state: LeaseState,
  because: { check: string; why: string },
): BookStep {
  const group = book.groups[groupId]
  if (!group || group.phase === 'over') return { book, notes: [], ended: [] }
  const keys = Object.keys(group.members) as SeriesKey[]
  const members = Object.fromEntries(
    keys.map(key => [key, { ...group.members[key]!, state }]),
  ) as LeaseGroup['members']
  return {
    book: { ...book, groups: { ...book.groups, [groupId]: { ...group, phase: 'over', members } } },
    notes: Object.values(group.members).map(({ lease }) => ({ lease, state, ...because })),
    ended: group.phase === 'held' ? keys : [],
  }
}

/** What time alone does: gathering groups that stay incomplete fall, groups with an expired member end. */
export function passTime(book: LeaseBook, now: Millis, limitMs: TakeContext['limitMs']): BookStep {
  let step = startDue(book, now)
  for (const group of Object.values(step.book.groups)) {
    if (group.phase === 'over') continue
    const members = Object.values(group.members)
    const expired = members.some(member => member.lease.expiresAt <= now)
    const lost =
      group.phase === 'gathering' &&
      members.length < group.size &&
      now - group.takenAt >= limitMs(leaseLimits.gatherMs)
    if (!expired && !lost) continue
    const because = expired
      ? { check: 'lease.end', why: 'its time is over and no renewal came' }
      : { check: 'lease.group', why: `${members.length} of ${group.size} leases arrived` }
    const ended = endGroup(step.book, group.id, expired ? 'expired' : 'returned', because)
    step = {
      book: ended.book,
      notes: [...step.notes, ...ended.notes],
      ended: [...step.ended, ...ended.ended],
    }
  }
  return step
}

export type Settlement = {
  readonly key: SeriesKey
  readonly state: 'applied' | 'clipped' | 'failed'
  readonly now: Millis
  readonly limitMs: TakeContext['limitMs']
  readonly check: string
  readonly why: string
  /** Pressure that protection holds above the one asked for: an addition to the plan and no loss of it, however long. */
  readonly floor?: number
}

/**
 * What the device made of a held lease. Failed writes, and clipping that lasts, return the whole group (a plan with a
 * missing part is another plan); more cooling than asked for does not.
 */
export function settle(book: LeaseBook, settlement: Settlement): BookStep {
  const found = heldMember(book, settlement.key)
  if (!found) return { book, notes: [], ended: [] }
  const { group, member } = found
  const because = { check: settlement.check, why: settlement.why }
  const { state, check, floor } = settlement
  const isLoss = state === 'clipped' && floor === undefined
  const clippedSince = isLoss ? (member.clippedSince ?? settlement.now) : null
  const next = { ...member, state, check, clippedSince, floor }
  const changed = {
    ...book,
    groups: {
      ...book.groups,
      [group.id]: { ...group, members: { ...group.members, [settlement.key]: next } },
    },
  }
  const told = member.state === state && member.check === check && member.floor === floor
  const notes = told ? [] : [{ lease: member.lease, state, ...because }]
  const unchanged = told && clippedSince === member.clippedSince
  const clippedForGood =
    clippedSince !== null && settlement.now - clippedSince >= settlement.limitMs(leaseLimits.clippedMs)
  if (state !== 'failed' && !(clippedForGood && group.size > 1))
    return { book: unchanged ? book : changed, notes, ended: [] }
  const ended = endGroup(changed, group.id, 'returned', {
    check: settlement.check,
    why: `${settlement.key}: ${settlement.why}`,
  })
  return { ...ended, notes: [...notes, ...ended.notes] }
}

/** The member that holds a point, a person's before a plan's. */
export function heldMember(
  book: LeaseBook,
  key: SeriesKey,
): { group: LeaseGroup; member: Member } | undefined {
  const holding = Object.values(book.groups).filter(group => group.phase === 'held' && group.members[key])
  const group = holding.find(candidate => priorityOf(candidate) === 'remoteOperator') ?? holding[0]
  const member = group?.members[key]
  return group && member ? { group, member } : undefined
}

export const heldGroups = (book: LeaseBook): readonly LeaseGroup[] =>
  Object.values(book.groups).filter(group => group.phase === 'held')

const priorityOf = (group: LeaseGroup): Lease['priority'] | undefined =>
  Object.values(group.members)[0]?.lease.priority

/** A lease that was refused for one of these is refused for it at any later time: its id need not be remembered. */
const neverLater: ReadonlySet<string> = new Set([
  'lease.signature',
  'lease.form',
  'lease.expired',
  'lease.length',
  'lease.order',
])

function withId(book: LeaseBook, lease: Lease, now: Millis): Pick<LeaseBook, 'seen' | 'recent'> {
  const endsAt = Number.isFinite(lease.expiresAt) ? lease.expiresAt : now
  const recent = { ...book.recent, [lease.id]: endsAt }
  if (Object.keys(recent).length < leaseLimits.idsRecent) return { seen: book.seen, recent }
  const all = Object.entries({ ...book.seen, ...recent })
  // Beyond the bound, ids whose lease is over go first: such a lease would be refused as expired anyhow.
  const room =
    all.length <= leaseLimits.idsKept ? all : all.filter(([, end]) => end > now).slice(-leaseLimits.idsKept)
  return { seen: Object.fromEntries(room), recent: {} }
}

function withoutOldGroups(book: LeaseBook): LeaseBook {
  const over = Object.values(book.groups).filter(group => group.phase === 'over')
  if (over.length <= leaseLimits.groupsKept) return book
  const gone = new Set(
    over
      .sort((a, b) => a.takenAt - b.takenAt)
      .slice(0, over.length - leaseLimits.groupsKept)
      .map(group => group.id),
  )
  return { ...book, groups: Object.fromEntries(Object.entries(book.groups).filter(([id]) => !gone.has(id))) }
}
