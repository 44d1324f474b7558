import type { PlanningView } from '#contract/api.ts'
import type { Clock } from '#contract/clock.ts'
import { type Mode, modeNames } from '#contract/points.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { SparkplugHost } from '#hub/ingest/host.ts'
import type { Commands } from '#hub/planning/commands.ts'
import type { PlanRepository } from '#hub/planning/journal.ts'
import { type LiveLookup, reportedMode } from '#hub/planning/present.ts'
import {
  holdsOn,
  isSteered,
  type Ladder,
  type LadderEvent,
  type LadderRules,
  nextLadder,
  startLadder,
} from '#models/planning/ladder.ts'

/** What happened, without its moment: the keeper has the clock. */
export type Told = LadderEvent extends infer One ? (One extends LadderEvent ? Omit<One, 'at'> : never) : never

/** The ladder as it stands: kept across restarts, told to the agents, each change in the audit log. */
export type LadderKeeper = {
  ladder(): Ladder
  tell(event: Told): void
  /** Modes that agents have not been told yet; an agent that is offline is told when it is back. */
  flush(): Promise<void>
  /** CDUs whose agents report less than auto: they fell by themselves, and a person sets them back. */
  noticeFalls(): void
  /** The agent's own word on a mode that it lowered. */
  heard(cdu: string, sentence: string): void
  isAuto(cdu: string): boolean
  anyAuto(): boolean
  /** True once after a CDU has come to auto. */
  takeRaised(): boolean
  highest(): Mode
  /** As the agents report them. */
  modes(): Readonly<Record<string, Mode>>
  view(): Pick<PlanningView, 'ladder' | 'canary'>
  /** Auto was given by the simulated site itself once; kept across restarts. */
  wasGranted(): boolean
  grant(): void
}

/** An agent answers a mode within a cycle and a publish; until then its old mode means nothing. */
const graceMachineMs = 15_000
const keptAs = 'planning.ladder'

type Kept = {
  readonly ladder: Ladder
  readonly granted: boolean
  readonly untold: Readonly<Record<string, Mode>>
}

export function createLadderKeeper(options: {
  readonly site: Site
  readonly clock: Clock
  readonly live: LiveLookup
  readonly host: Pick<SparkplugHost, 'agents'>
  readonly commands: Pick<Commands, 'sendMode'>
  readonly state: PlanRepository
  readonly cdus: readonly string[]
  readonly rules: LadderRules
}): LadderKeeper {
  const { site, clock, live, host, commands, state, cdus, rules } = options
  const kept = state.kept(keptAs)
  const before = kept === undefined ? undefined : (JSON.parse(kept) as Kept)
  let ladder = atHome(before?.ladder, cdus, clock.siteNow())
  let granted = before?.granted ?? false
  const untold = new Map<string, Mode>(Object.entries(before?.untold ?? {}))
  const sentAtMs = new Map<string, number>()
  /** Site time of it: what an agent said before it had heard is old news. */
  const sentAt = new Map<string, Millis>()
  const lastWords = new Map<string, string>()
  let hasRaised = false

  const keep = () =>
    state.keep(keptAs, JSON.stringify({ ladder, granted, untold: Object.fromEntries(untold) } satisfies Kept))
  const agentOf = (cdu: string) => site.equipment.find(item => item.id === cdu)?.agent ?? ''
  const inGrace = (cdu: string) =>
    untold.has(cdu) || clock.machineNow() - (sentAtMs.get(cdu) ?? Number.NEGATIVE_INFINITY) < graceMachineMs
  const wanted = (cdu: string): Mode => ladder.rungs[cdu]?.mode ?? 'advise'
  const isAuto = (cdu: string) => wanted(cdu) === 'auto'
  const modeOf = (cdu: string): Mode =>
    inGrace(cdu) ? wanted(cdu) : (reportedMode(live, cdu) ?? wanted(cdu))

  const noteChange = (cdu: string, from: Mode, event: Told): void => {
    const rung = ladder.rungs[cdu]
    if (!rung || rung.mode === from) return
    untold.set(cdu, rung.mode)
    if (rung.mode === 'auto') hasRaised = true
    state.audit({
      at: clock.siteNow(),
      who: event.kind === 'ask' || event.kind === 'handBack' ? event.by : 'the hub',
      what: 'trust ladder',
      target: cdu,
      result: `${from} to ${rung.mode}: ${rung.reason}`,
    })
  }
  const tell = (event: Told): void => {
    const earlier = ladder
    ladder = nextLadder(ladder, { ...event, at: clock.siteNow() } as LadderEvent, rules)
    for (const cdu of cdus) noteChange(cdu, earlier.rungs[cdu]?.mode ?? 'advise', event)
    // Time that a canary has been steered is kept with the next change of another kind: a minute of it may be lost, no more.
    if (event.kind !== 'tick' || untold.size > 0) keep()
  }
  return {
    ladder: () => ladder,
    tell,
    async flush() {
      if (untold.size === 0) return
      const online = new Set(
        host
          .agents()
          .filter(agent => agent.online)
          .map(agent => agent.id),
      )
      for (const [cdu, mode] of [...untold]) {
        if (!online.has(agentOf(cdu))) continue
        await commands.sendMode(agentOf(cdu), cdu, mode)
        sentAtMs.set(cdu, clock.machineNow())
        sentAt.set(cdu, clock.siteNow())
        if (untold.get(cdu) === mode) untold.delete(cdu)
      }
      keep()
    },
    noticeFalls() {
      for (const cdu of cdus) {
        if (!isAuto(cdu) || inGrace(cdu)) continue
        const reported = reportedMode(live, cdu)
        if (reported === undefined || reported === 'auto') continue
        if ((live(cdu, 'mode')?.at ?? 0) <= (sentAt.get(cdu) ?? 0)) continue
        const why = lastWords.get(cdu)
        tell({
          kind: 'fault',
          cdu,
          name: 'agentFell',
          why: `its agent went down to ${reported} by itself${why ? `: ${why}` : ''}; a person sets it back`,
        })
      }
    },
    heard: (cdu, sentence) => {
      if (cdus.includes(cdu)) lastWords.set(cdu, sentence)
    },
    isAuto,
    anyAuto: () => cdus.some(isAuto),
    takeRaised: () => {
      const was = hasRaised
      hasRaised = false
      return was
    },
    highest: () =>
      cdus.map(modeOf).reduce<Mode>((a, b) => (modeNames.indexOf(a) >= modeNames.indexOf(b) ? a : b), 'off'),
    modes: () => Object.fromEntries(cdus.map(cdu => [cdu, modeOf(cdu)])),
    view: () => viewOf(ladder, cdus, rules),
    wasGranted: () => granted,
    grant: () => {
      granted = true
      keep()
    },
  }
}

/** CDUs that came or went since the ladder was kept. */
function atHome(kept: Ladder | undefined, cdus: readonly string[], at: Millis): Ladder {
  const fresh = startLadder(cdus, at)
  if (!kept) return fresh
  const isHere = (cdu: string) => fresh.rungs[cdu] !== undefined
  return {
    rungs: Object.fromEntries(cdus.map(cdu => [cdu, kept.rungs[cdu] ?? fresh.rungs[cdu]!])),
    // What the hub saw before it stopped it sees again, or not: only what a person said is kept.
    holds: {
      ...fresh.holds,
      ...Object.fromEntries(
        Object.entries(kept.holds)
          .filter(([, holds]) => holds.handedBack !== undefined)
          .map(([scope, { handedBack }]) => [
            scope,
            { ...fresh.holds[scope], ...(handedBack ? { handedBack } : {}) },
          ]),
      ),
    },
    canary: kept.canary && isHere(kept.canary.cdu) ? { ...kept.canary, lookedAt: at } : null,
  }
}

function viewOf(
  ladder: Ladder,
  cdus: readonly string[],
  rules: LadderRules,
): Pick<PlanningView, 'ladder' | 'canary'> {
  const { canary } = ladder
  return {
    ladder: cdus.map(cdu => {
      const rung = ladder.rungs[cdu]!
      const holds = holdsOn(ladder, cdu).map(hold => hold.why)
      const waits = rung.askedBy !== null && rung.mode !== 'auto'
      return {
        cdu,
        mode: rung.mode,
        isSteered: isSteered(ladder, cdu),
        isCanary: canary?.cdu === cdu,
        waits,
        reason: waits && holds.length === 0 && canary ? `follows its canary ${canary.cdu}` : rung.reason,
        holds,
        lastFall: rung.lastFall ? { at: rung.lastFall.at, why: rung.lastFall.why } : null,
      }
    }),
    canary: canary
      ? {
          cdu: canary.cdu,
          steeredMs: canary.steeredMs,
          neededMs: rules.canaryMs,
          hasPassed: canary.hasPassed,
        }
      : null,
  }
}
