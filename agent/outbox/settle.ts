import type { Tell } from '#agent/outbox/keeper.ts'
import type { OutboxFile, Totals } from '#agent/outbox/outboxFile.ts'
import type { KeptTotals } from '#agent/outbox/totalsFile.ts'

/**
 * The totals that fit what the file holds, `isSetAside`: in place of a damaged one. A spoilt file may be damaged, or whole
 * and of an earlier moment: nothing that was once accepted is forgotten, and no position is given out twice. What is gone
 * counts as dropped, what is damaged as quarantined.
 */
export function settleTotals(
  file: OutboxFile,
  { isSetAside, second, tell }: { isSetAside: boolean; second: KeptTotals | undefined; tell: Tell },
): Totals {
  if (second !== undefined && file.isNew && second.epoch !== file.totals?.epoch) {
    tell('error', { second }, 'the outbox is gone: what it held is counted as given up, a new epoch begins')
    return begunAnew(file, second, isSetAside ? 'quarantined' : 'dropped')
  }
  const base = baseTotals(file, second, tell)
  const damaged = file.damaged()
  const isAsItWas = base === file.totals && damaged.length === 0
  // Nothing is written where all is well: a full disk is no reason not to open.
  if (isAsItWas && waitingOf(base) === file.queued().values) return base
  let settled = base
  file.transaction(() => {
    for (const position of damaged) file.removeOne(position)
    // What came back with an earlier moment had left already.
    if (second !== undefined && base !== file.totals) file.removeUpTo(second.floor)
    settled = counted(base, { found: file.queued().values, damaged: damaged.length, tell })
    return settled
  })
  return settled
}

const waitingOf = ({ accepted, acknowledged, dropped, quarantined }: Totals): number =>
  accepted - acknowledged - dropped - quarantined

/** A new file goes on counting where the old one ended; what waited in that one is given up. */
export function begunAnew(fresh: OutboxFile, old: Totals, as: 'dropped' | 'quarantined'): Totals {
  const waited = waitingOf(old)
  const totals: Totals = {
    epoch: (fresh.totals as Totals).epoch,
    accepted: old.accepted,
    acknowledged: old.acknowledged,
    dropped: old.dropped + (as === 'dropped' ? waited : 0),
    quarantined: old.quarantined + (as === 'quarantined' ? waited : 0),
    newestPosition: 0,
  }
  fresh.transaction(() => totals)
  return totals
}

/** The file's own, unless they are spoilt or older than those that were kept beside it. */
function baseTotals(file: OutboxFile, second: KeptTotals | undefined, tell: Tell): Totals {
  const own = file.totals
  const isOwn =
    own !== undefined &&
    own.newestPosition >= file.highestPosition() &&
    (second?.epoch !== own.epoch || !isAhead(second, own))
  if (isOwn) return own
  // Unreadable totals and nothing beside them: the file cannot be believed.
  if (second === undefined)
    throw Object.assign(new Error('the totals of the outbox are damaged'), { errcode: 11 })
  tell(
    'error',
    { own, second },
    'the outbox is older than what was told of it: what is missing is counted as dropped',
  )
  const { floor: _, ...totals } = second
  return {
    ...totals,
    accepted: totals.accepted + file.valuesAbove(totals.newestPosition),
    newestPosition: Math.max(totals.newestPosition, file.highestPosition()),
  }
}

/** The file is committed first, so that what is kept beside it is never ahead of a file that is whole. */
const isAhead = (second: Totals, own: Totals): boolean =>
  (['accepted', 'acknowledged', 'dropped', 'quarantined', 'newestPosition'] as const).some(
    count => second[count] > own[count],
  )

/** Where the records are another number of values than was counted, the records are what is there. */
function counted(
  totals: Totals,
  { found, damaged, tell }: { found: number; damaged: number; tell: Tell },
): Totals {
  const missing = waitingOf(totals) - found
  tell('error', { damaged, missing }, 'the outbox is not as it was written: what is missing is given up')
  if (missing < 0) return { ...totals, accepted: totals.accepted - missing }
  return damaged > 0
    ? { ...totals, quarantined: totals.quarantined + missing }
    : { ...totals, dropped: totals.dropped + missing }
}
