import { type Mode, modeNames } from '#contract/points.ts'
import type { DurationMs, Millis } from '#contract/units.ts'

/**
 * The trust ladder (CS-32, 33): off, monitor, advise, auto, for each CDU. A person asks; the ladder raises when every
 * precondition is met, the canary first. A fault takes the permission: only a person gives it back. A hold takes the hour:
 * the plan rests while it stands, and the permission stays.
 */
export type Ladder = {
  readonly rungs: Readonly<Record<string, Rung>>
  /** Why the plan may not steer now, by scope: `site`, or a CDU. */
  readonly holds: Readonly<Record<string, Holds>>
  readonly canary: Canary | null
}

export type Rung = {
  readonly mode: Mode
  /** Who wants this CDU in auto; null: nobody, and nothing raises it. */
  readonly askedBy: string | null
  readonly changedAt: Millis
  /** Why it stands where it stands, in words. */
  readonly reason: string
  readonly lastFall: { readonly at: Millis; readonly name: FaultName; readonly why: string } | null
}

export type Hold = { readonly why: string; readonly sinceAt: Millis; readonly untilAt?: Millis }
export type Holds = Readonly<Partial<Record<HoldName, Hold>>>

export type Canary = {
  readonly cdu: string
  readonly sinceAt: Millis
  /** How long it has been steered without a breach. */
  readonly steeredMs: DurationMs
  readonly lookedAt: Millis
  readonly hasPassed: boolean
}

export const holdNames = [
  'untrusted',
  'drift',
  'missingInput',
  'unfamiliar',
  'deadline',
  'crash',
  'nonsense',
  'offline',
  'notOurs',
  'handedBack',
  'commissioning',
  'switchback',
] as const
export type HoldName = (typeof holdNames)[number]

export const faultNames = ['agentFell', 'canaryBreach', 'maintenance'] as const
export type FaultName = (typeof faultNames)[number]

export const siteScope = 'site'

export type LadderEvent = { readonly at: Millis } & (
  | { readonly kind: 'ask'; readonly cdu: string; readonly mode: Mode; readonly by: string }
  /** A person takes the plan's hands off; it may come back at `untilAt`. */
  | { readonly kind: 'handBack'; readonly scope: string; readonly untilAt: Millis; readonly by: string }
  | { readonly kind: 'hold'; readonly scope: string; readonly name: HoldName; readonly why: string }
  | { readonly kind: 'clear'; readonly scope: string; readonly name: HoldName }
  | { readonly kind: 'fault'; readonly cdu: string; readonly name: FaultName; readonly why: string }
  | { readonly kind: 'tick' }
)

export type LadderRules = {
  /** How long the first CDU is steered alone before others follow; 0: no canary. */
  readonly canaryMs: DurationMs
}

/** A day on a real site; a simulated one may waive it (DESIGN 6). */
export const canaryMsUsual = 24 * 3_600_000

/** Nothing has been measured yet: no CDU can be raised before the first look. */
export const startLadder = (cdus: readonly string[], at: Millis): Ladder => ({
  rungs: Object.fromEntries(
    cdus.map(cdu => [
      cdu,
      { mode: 'advise' as const, askedBy: null, changedAt: at, reason: 'advice comes first', lastFall: null },
    ]),
  ),
  holds: { [siteScope]: { untrusted: { why: 'nothing has been measured yet', sinceAt: at } } },
  canary: null,
})

/** In auto, and nothing rests the plan. */
export const isSteered = (ladder: Ladder, cdu: string): boolean =>
  ladder.rungs[cdu]?.mode === 'auto' && holdsOn(ladder, cdu).length === 0

/** What rests the plan for this CDU, its own reasons and the site's. */
export const holdsOn = (ladder: Ladder, cdu: string): readonly Hold[] => [
  ...Object.values(ladder.holds[siteScope] ?? {}),
  ...Object.values(ladder.holds[cdu] ?? {}),
]

/** Pure: the ladder after an event. A scope that is no CDU of the site changes nothing. */
export function nextLadder(ladder: Ladder, event: LadderEvent, rules: LadderRules): Ladder {
  const heard = hear(withoutEndedHolds(withCanaryTime(ladder, event.at), event.at), event)
  // A fault or a hold never raises anybody, not even another CDU.
  if (event.kind === 'fault' || event.kind === 'hold') return heard
  return raised(withCanaryPassed(heard, rules), event.at, rules)
}

function hear(ladder: Ladder, event: LadderEvent): Ladder {
  switch (event.kind) {
    case 'ask':
      return asked(ladder, event)
    case 'handBack':
      return handedBack(ladder, event)
    case 'hold':
      return withHold(ladder, event.scope, event.name, { why: event.why, sinceAt: event.at })
    case 'clear':
      return withHold(ladder, event.scope, event.name, undefined)
    case 'fault':
      return fallen(ladder, event)
    case 'tick':
      return ladder
    default:
      return event satisfies never
  }
}

function asked(ladder: Ladder, event: Extract<LadderEvent, { kind: 'ask' }>): Ladder {
  const rung = ladder.rungs[event.cdu]
  if (!rung) return ladder
  const { holds } = withHold(ladder, event.cdu, 'handedBack', undefined)
  if (event.mode === 'auto')
    return withRung({ ...ladder, holds }, event.cdu, {
      ...rung,
      askedBy: event.by,
      reason: rung.mode === 'auto' ? rung.reason : `${event.by} asked for auto; it waits for what is missing`,
    })
  return withoutCanary(
    withRung({ ...ladder, holds }, event.cdu, {
      ...rung,
      mode: event.mode,
      askedBy: null,
      changedAt: event.at,
      reason: `set to ${event.mode} by ${event.by}`,
    }),
    event.cdu,
  )
}

function handedBack(ladder: Ladder, event: Extract<LadderEvent, { kind: 'handBack' }>): Ladder {
  const hold: Hold = { why: `handed back by ${event.by}`, sinceAt: event.at, untilAt: event.untilAt }
  const rung = ladder.rungs[event.scope]
  // The site's agents keep their mode: only leases go. One CDU alone goes down, which makes its agent return what it holds.
  if (!rung) return withHold(ladder, event.scope, 'handedBack', hold)
  return withHold(
    withRung(ladder, event.scope, {
      ...rung,
      mode: lower(rung.mode, 'advise'),
      changedAt: event.at,
      reason: hold.why,
      askedBy: rung.mode === 'auto' ? (rung.askedBy ?? event.by) : rung.askedBy,
    }),
    event.scope,
    'handedBack',
    hold,
  )
}

function fallen(ladder: Ladder, event: Extract<LadderEvent, { kind: 'fault' }>): Ladder {
  const rung = ladder.rungs[event.cdu]
  if (!rung || (rung.mode !== 'auto' && rung.askedBy === null)) return ladder
  return withoutCanary(
    withRung(ladder, event.cdu, {
      mode: lower(rung.mode, 'advise'),
      askedBy: null,
      changedAt: event.at,
      reason: event.why,
      lastFall: { at: event.at, name: event.name, why: event.why },
    }),
    event.cdu,
  )
}

/** A canary that went down takes those with it who only waited for it. */
function withoutCanary(ladder: Ladder, cdu: string): Ladder {
  if (ladder.canary === null || ladder.canary.cdu !== cdu || ladder.canary.hasPassed) return ladder
  const rungs = Object.fromEntries(
    Object.entries(ladder.rungs).map(([id, rung]) =>
      id === cdu || rung.mode === 'auto' || rung.askedBy === null
        ? [id, rung]
        : [id, { ...rung, askedBy: null, reason: `its canary ${cdu} went down` }],
    ),
  )
  return { ...ladder, rungs, canary: null }
}

/** Everyone who is asked for, whom nothing holds and whose turn it is. */
function raised(ladder: Ladder, at: Millis, rules: LadderRules): Ladder {
  let next = ladder
  for (const [cdu, rung] of Object.entries(ladder.rungs)) {
    if (rung.askedBy === null || rung.mode === 'auto' || holdsOn(next, cdu).length > 0) continue
    if (rules.canaryMs > 0) {
      next = { ...next, canary: next.canary ?? newCanary(cdu, at) }
      if (next.canary?.cdu !== cdu && !next.canary?.hasPassed) continue
    }
    const isCanary = next.canary?.cdu === cdu && !next.canary.hasPassed
    next = withRung(next, cdu, {
      ...rung,
      mode: 'auto',
      changedAt: at,
      reason: `auto by ${rung.askedBy}${isCanary ? ', as canary: the others follow it' : ''}`,
    })
  }
  return next
}

const newCanary = (cdu: string, at: Millis): Canary => ({
  cdu,
  sinceAt: at,
  steeredMs: 0,
  lookedAt: at,
  hasPassed: false,
})

/** Only time under the plan counts: a canary that rests proves nothing. */
function withCanaryTime(ladder: Ladder, at: Millis): Ladder {
  const { canary } = ladder
  if (canary === null) return ladder
  const elapsedMs = isSteered(ladder, canary.cdu) ? Math.max(0, at - canary.lookedAt) : 0
  return {
    ...ladder,
    canary: { ...canary, steeredMs: canary.steeredMs + elapsedMs, lookedAt: Math.max(at, canary.lookedAt) },
  }
}

function withCanaryPassed(ladder: Ladder, { canaryMs }: LadderRules): Ladder {
  const { canary } = ladder
  if (canary === null || canary.hasPassed || canary.steeredMs < canaryMs) return ladder
  return { ...ladder, canary: { ...canary, hasPassed: true } }
}

function withoutEndedHolds(ladder: Ladder, at: Millis): Ladder {
  let next = ladder
  for (const [scope, holds] of Object.entries(ladder.holds))
    for (const [name, hold] of Object.entries(holds) as Array<[HoldName, Hold]>)
      if (hold.untilAt !== undefined && hold.untilAt <= at) next = withHold(next, scope, name, undefined)
  return next
}

/** The first moment of a hold stays; its words follow the newest look. */
function withHold(ladder: Ladder, scope: string, name: HoldName, hold: Hold | undefined): Ladder {
  if (scope !== siteScope && !ladder.rungs[scope]) return ladder
  const { [name]: before, ...others } = ladder.holds[scope] ?? {}
  if (before === undefined && hold === undefined) return ladder
  const held =
    hold === undefined ? others : { ...others, [name]: before ? { ...hold, sinceAt: before.sinceAt } : hold }
  return { ...ladder, holds: { ...ladder.holds, [scope]: held } }
}

const withRung = (ladder: Ladder, cdu: string, rung: Rung): Ladder => ({
  ...ladder,
  rungs: { ...ladder.rungs, [cdu]: rung },
})

const lower = (a: Mode, b: Mode): Mode => (modeNames.indexOf(a) <= modeNames.indexOf(b) ? a : b)
