import type { AlarmView } from '#contract/api.ts'

/** Order, folding, counts and flood of the alarm list: pure. */
export type AlarmGroup = { readonly root: AlarmView; readonly folded: readonly AlarmView[] }

export const waitsForPerson = (alarm: AlarmView): boolean =>
  alarm.state === 'unackActive' || alarm.state === 'unackReturned'
/** The trouble is there now: not put aside, and not over and merely unseen. */
export const isStanding = (alarm: AlarmView): boolean =>
  alarm.state === 'unackActive' || alarm.state === 'ackActive'
export const isLeak = (alarm: AlarmView): boolean =>
  alarm.code.toLowerCase().startsWith('leak') && alarm.code !== 'leakSensorFault'

/** Water and priority 1 are seen to, never put aside: no shelf for them. */
export const mayShelve = (alarm: AlarmView): boolean =>
  alarm.priority !== 1 && !isLeak(alarm) && alarm.state !== 'shelved'

/** Unacknowledged first, then priority, then newest. */
export function compareAlarms(a: AlarmView, b: AlarmView): number {
  return (
    Number(waitsForPerson(b)) - Number(waitsForPerson(a)) ||
    a.priority - b.priority ||
    b.raisedAt - a.raisedAt ||
    a.id.localeCompare(b.id)
  )
}

/** Roots with their consequences; a leak is always a root, and so is one whose root is gone. */
export function groupAlarms(list: readonly AlarmView[]): readonly AlarmGroup[] {
  const byId = new Map(list.map(alarm => [alarm.id, alarm]))
  const rootOf = (alarm: AlarmView): AlarmView => {
    const parent = alarm.rootId === undefined || isLeak(alarm) ? undefined : byId.get(alarm.rootId)
    return parent && parent.id !== alarm.id ? parent : alarm
  }
  const folded = new Map<string, AlarmView[]>()
  const roots: AlarmView[] = []
  for (const alarm of list) {
    const root = rootOf(alarm)
    if (root.id === alarm.id) roots.push(alarm)
    else folded.set(root.id, [...(folded.get(root.id) ?? []), alarm])
  }
  // A consequence of a consequence still has a row: its parent is not a root, so it becomes one.
  const rootIds = new Set(roots.map(root => root.id))
  for (const [parent, children] of folded) if (!rootIds.has(parent)) roots.push(...children)
  return roots
    .sort(compareAlarms)
    .map(root => ({ root, folded: (folded.get(root.id) ?? []).sort((a, b) => a.raisedAt - b.raisedAt) }))
}

export type PriorityCount = { readonly active: number; readonly waiting: number }

/** By priority 1 to 4; shelved alarms are counted on their own tab. */
export function countByPriority(
  list: readonly AlarmView[],
): readonly [PriorityCount, PriorityCount, PriorityCount, PriorityCount] {
  const count = (priority: number): PriorityCount => {
    const these = list.filter(alarm => alarm.priority === priority && alarm.state !== 'shelved')
    return { active: these.length, waiting: these.filter(waitsForPerson).length }
  }
  return [count(1), count(2), count(3), count(4)]
}

/** The one that `g` goes to. */
export const worstAlarm = (list: readonly AlarmView[]): AlarmView | undefined =>
  [...list].filter(alarm => alarm.state !== 'shelved').sort(compareAlarms)[0]

export type Flood = {
  readonly sinceAt: number
  readonly raised: number
  readonly roots: number
  readonly folded: number
}

const floodWindowMs = 600_000
/** More than 10 in 10 minutes is more than a person can take in (ISA-18.2). */
const floodAbove = 10

export function floodOf(list: readonly AlarmView[], siteNow: number): Flood | undefined {
  const recent = list.filter(alarm => siteNow - alarm.raisedAt <= floodWindowMs)
  if (recent.length <= floodAbove) return undefined
  const groups = groupAlarms(list)
  return {
    sinceAt: Math.min(...recent.map(alarm => alarm.raisedAt)),
    raised: recent.length,
    roots: groups.length,
    folded: list.length - groups.length,
  }
}

/** Alarms raised per bucket of 10 minutes, oldest first, roots and folded apart. */
export function ratesOf(
  list: readonly AlarmView[],
  siteNow: number,
  buckets: number,
): ReadonlyArray<{ readonly roots: number; readonly folded: number }> {
  const counts = Array.from({ length: buckets }, () => ({ roots: 0, folded: 0 }))
  for (const alarm of list) {
    const index = buckets - 1 - Math.floor((siteNow - alarm.raisedAt) / floodWindowMs)
    const bucket = counts[index]
    if (bucket) bucket[alarm.rootId === undefined || isLeak(alarm) ? 'roots' : 'folded'] += 1
  }
  return counts
}

/** An order that a hand may rely on: rows shown stay where they are, new ones wait to be let in. */
export function frozenOrder(
  shown: readonly string[],
  wanted: readonly string[],
): { readonly order: readonly string[]; readonly waitingAbove: number } {
  const stillThere = shown.filter(id => wanted.includes(id))
  return { order: stillThere, waitingAbove: wanted.filter(id => !shown.includes(id)).length }
}
