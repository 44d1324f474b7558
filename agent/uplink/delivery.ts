import type { DurationMs } from '#contract/units.ts'

/**
 * Which records to send next, and when to send again. Pure: positions in, positions out.
 *
 * Two lanes. `live` carries what is committed while the session lasts; `backlog` what was there when it began, or what was
 * sent and not acknowledged. Live goes first, so that an hour of back-fill never delays a fresh alarm. The host
 * acknowledges cumulatively, so while a backlog lasts only its lane moves `acknowledged`.
 */
export type Lanes = {
  /** The host keeps everything up to here, or it is gone for good. */
  readonly acknowledged: number
  readonly backlogSent: number
  readonly backlogEnd: number
  readonly liveSent: number
  /** `liveSent` when the host was last heard: live may run so far ahead of that, whatever the backlog still lacks. */
  readonly liveAtProgress: number
  /** How many positions of backlog may be on their way. */
  readonly window: number
  readonly lastProgressMs: DurationMs
  readonly resendAfterMs: DurationMs
  readonly backlogFromMs: DurationMs
}

export type Sending = {
  readonly lane: 'live' | 'backlog'
  readonly afterPosition: number
  readonly limit: number
}

/** 1,000 records are at most 200,000 values: two flushes of a busy hub, 6 MB on the way, a fifth of what a hub holds while it waits. */
export const windowMax = 1_000
/** After silence the way is tried with a few: a hub that was stopped for minutes is not met with everything at once. */
export const windowLeast = 50
/** Records handed to the socket in one turn of the event loop, some 3 ms: leak inputs wait no longer than that. */
export const recordsPerTurn = 32
/** A hub flushes each 100 ms; five seconds without a word is loss or a stopped hub, not slowness. */
export const resendAfterMsLeast = 5_000
const resendAfterMsMax = 60_000
/** A host that knows us acknowledges right after our birth and spares us what it already has; longer we do not wait. */
const firstWordMs = 500

/**
 * A session begins: everything above `acknowledged` is backlog. `inOrder`: for hosts without acknowledgement, one lane
 * only. `mayBeKnown`: some of it was sent before, so the host may have it already and will say so.
 */
export function beginLanes(now: {
  readonly acknowledged: number
  readonly newest: number
  readonly atMs: DurationMs
  readonly inOrder: boolean
  readonly mayBeKnown: boolean
}): Lanes {
  const end = now.inOrder ? now.acknowledged : Math.max(now.newest, now.acknowledged)
  return {
    acknowledged: now.acknowledged,
    backlogSent: now.acknowledged,
    backlogEnd: end,
    liveSent: end,
    liveAtProgress: end,
    window: windowLeast * 4,
    lastProgressMs: now.atMs,
    resendAfterMs: resendAfterMsLeast,
    backlogFromMs: now.atMs + (now.mayBeKnown ? firstWordMs : 0),
  }
}

export function nextSending(lanes: Lanes, newest: number, nowMs: DurationMs): Sending | undefined {
  if (newest > lanes.liveSent && lanes.liveSent - lanes.liveAtProgress < windowMax)
    return { lane: 'live', afterPosition: lanes.liveSent, limit: recordsPerTurn }
  const backlogOnTheWay = lanes.backlogSent - lanes.acknowledged
  if (lanes.backlogSent < lanes.backlogEnd && backlogOnTheWay < lanes.window && nowMs >= lanes.backlogFromMs)
    return {
      lane: 'backlog',
      afterPosition: lanes.backlogSent,
      limit: Math.min(recordsPerTurn, lanes.window - backlogOnTheWay),
    }
  return undefined
}

/** `lane` was sent up to and including `position`. */
export function sentUpTo(lanes: Lanes, lane: Sending['lane'], position: number, nowMs: DurationMs): Lanes {
  const lastProgressMs = isOnTheWay(lanes) ? lanes.lastProgressMs : nowMs
  return lane === 'live'
    ? { ...lanes, lastProgressMs, liveSent: Math.max(lanes.liveSent, position) }
    : {
        ...lanes,
        lastProgressMs,
        backlogSent: Math.min(lanes.backlogEnd, Math.max(lanes.backlogSent, position)),
      }
}

export const isOnTheWay = (lanes: Lanes): boolean =>
  lanes.backlogSent > lanes.acknowledged || lanes.liveSent > Math.max(lanes.acknowledged, lanes.backlogEnd)

/** Everything up to `position` is kept, or has left the outbox. Lower than what is known changes nothing but the proof of life. */
export function acknowledgedUpTo(lanes: Lanes, position: number, nowMs: DurationMs): Lanes {
  if (position <= lanes.acknowledged) return { ...lanes, backlogFromMs: Math.min(lanes.backlogFromMs, nowMs) }
  return {
    ...lanes,
    acknowledged: position,
    backlogSent: Math.max(lanes.backlogSent, Math.min(position, lanes.backlogEnd)),
    liveSent: Math.max(lanes.liveSent, position),
    liveAtProgress: Math.max(lanes.liveSent, position),
    window: Math.min(windowMax, lanes.window * 2),
    lastProgressMs: nowMs,
    resendAfterMs: resendAfterMsLeast,
    backlogFromMs: Math.min(lanes.backlogFromMs, nowMs),
  }
}

/** Something is on its way and nothing was heard for too long: all of it becomes backlog, tried gently, each time after a longer wait. */
export function afterSilence(lanes: Lanes, nowMs: DurationMs): Lanes | undefined {
  if (!isOnTheWay(lanes) || nowMs - lanes.lastProgressMs < lanes.resendAfterMs) return undefined
  return {
    ...lanes,
    backlogSent: lanes.acknowledged,
    backlogEnd: Math.max(lanes.backlogEnd, lanes.liveSent),
    liveAtProgress: lanes.liveSent,
    window: windowLeast,
    lastProgressMs: nowMs,
    resendAfterMs: Math.min(resendAfterMsMax, lanes.resendAfterMs * 2),
  }
}
