import type { CommissioningView } from '#contract/api.ts'
import { siteLimitMs } from '#contract/clock.ts'
import { leaseLimits } from '#contract/control/leaseGroup.ts'
import { resetApproachOf } from '#contract/control/reset.ts'
import { Failure } from '#contract/failure.ts'
import { leaseMsDefault } from '#contract/messages/lease.ts'
import { day, hour, type Millis, minute } from '#contract/units.ts'
import { unseenSentence } from '#hub/planning/believed.ts'
import type { Commands } from '#hub/planning/commands.ts'
import type { Journal } from '#hub/planning/journal.ts'
import type { LadderKeeper } from '#hub/planning/ladderKeeper.ts'
import { movesView } from '#hub/planning/leases.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import { type Places, type Present, presentOf } from '#hub/planning/present.ts'
import { rememberedMs } from '#hub/planning/remembered.ts'
import type { Sender } from '#hub/planning/sender.ts'
import { type Asked, createSweepCourse } from '#hub/planning/sweepCourse.ts'
import type { Trust } from '#hub/planning/trust.ts'
import { viewOf } from '#hub/planning/views.ts'
import { sweepMs, sweepRules } from '#models/commissioning/sweep.ts'
import { siteScope } from '#models/planning/ladder.ts'
import type { Settings } from '#models/plant/predict.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** A commissioning sweep driven by the hub: leases like a plan's, hour by hour, for 48 h; the plan rests meanwhile. */
export type Commissioning = {
  /** Waiting or running: nobody else steers. */
  isActive(): boolean
  start(by: string): CommissioningView
  abort(why: string): Promise<CommissioningView>
  turn(now: Millis): Promise<void>
  /** Counts the sweep's energy; rows of a sweep are marked as such. */
  take(rows: readonly PlantRow[]): readonly PlantRow[]
  /** Rows of this sweep and of those before it, marked as such. */
  marked(rows: readonly PlantRow[]): readonly PlantRow[]
  /** A group of the sweep came back from an agent. */
  lost(why: string): void
  view(): CommissioningView | null
}

type Sweep = Omit<CommissioningView, 'share' | 'block' | 'blocks'> & {
  readonly askedAt: Millis
  readonly sentAt: Millis | null
  readonly countedToAt: Millis
  /** Hours in a row that came back, and whether this one did. */
  readonly lostInARow: number
  readonly isLost: boolean
  /** Sweeps before it whose rows are remembered still, oldest first; absent in what an older hub kept. */
  readonly earlier?: ReadonlyArray<readonly [fromAt: Millis, toAt: Millis]>
}

const keptAs = 'planning.commissioning'
/** A plant that does not allow a sweep within a day needs a person. */
const waitsMost = day
/** More sweeps than this in three weeks were broken off soon after they began. */
const earlierMost = 50
/** Hours in a row that agents gave back: the plant does not want this. */
const lostMost = 3
/** From the hub's clock to an agent's. */
const pathMs = minute

export function createCommissioning(
  options: PlanningOptions,
  parts: {
    readonly places: Places
    readonly journal: Journal
    readonly keeper: LadderKeeper
    readonly sender: Sender
    readonly commands: Pick<Commands, 'sendMode'>
  },
  trust: () => Trust,
): Commissioning {
  const { site, clock, host, live, state, alarms, log } = options
  const { places, journal, keeper, sender, commands } = parts
  const course = createSweepCourse({
    site,
    places,
    live,
    approachK: options.resetApproachK ?? resetApproachOf(site),
  })
  const kept = state.kept(keptAs)
  let sweep: Sweep | undefined = kept === undefined ? undefined : (JSON.parse(kept) as Sweep)
  let sent: Asked = { moves: [], withdrawn: [] }

  const put = (next: Sweep): void => {
    sweep = next
    state.keep(keptAs, JSON.stringify(next))
  }
  const marked = (rows: readonly PlantRow[]): readonly PlantRow[] => {
    const spans = spansOf(sweep)
    if (spans.length === 0) return rows
    return rows.map(row =>
      spans.some(([fromAt, toAt]) => row.at >= fromAt && row.at < toAt) ? { ...row, swept: true } : row,
    )
  }
  const isActive = () => sweep?.state === 'waiting' || sweep?.state === 'running'
  const audit = (who: string, result: string) =>
    state.audit({ at: clock.siteNow(), who, what: 'commissioning', target: site.name, result })
  const isOnline = (agent: string) => host.agents().some(one => one.id === agent && one.online)
  const present = (): Present =>
    presentOf(places, live, {
      cdu: id => isOnline(agentOf(id)),
      plant: isOnline(agentOf(places.facility)) && isOnline(agentOf(places.tower)),
    })
  const agentOf = (id: string) => site.equipment.find(item => item.id === id)?.agent ?? ''

  /** Why it cannot go on now; empty: nothing. */
  const obstacle = (now: Present): string => {
    if (now.missing.length > 0) return unseenSentence(now.missing, options.sensors)
    if (!now.cduIsFree.some(Boolean))
      return 'no CDU may be moved: agents are offline, or equipment is not ours'
    return ''
  }
  /** An urgent alarm that came since; what stood before is not the sweep's doing. */
  const alarmSince = (at: Millis) =>
    alarms
      .standing()
      .find(
        alarm =>
          alarm.priority <= 2 &&
          alarm.raisedAt >= at &&
          (alarm.state === 'unackActive' || alarm.state === 'ackActive'),
      )

  const finish = async (how: 'done' | 'aborted', why: string): Promise<void> => {
    if (!sweep) return
    const wasRunning = sweep.state === 'running'
    const figures = `${Math.round(sweep.facilityKwh)} kWh of the facility, ${sweep.overLimitDegreeMinutes.toFixed(1)} K min over the chips’ limit`
    const sentence = wasRunning ? `${why}; ${figures}` : why
    put({ ...sweep, state: how, endedAt: clock.siteNow(), sentence })
    audit('the hub', sentence)
    log.info({ state: how }, 'commissioning ended')
    if (!wasRunning) return
    await sender.takeBack(`The commissioning sweep is over: ${why}.`)
    // The sweep borrowed auto; what the ladder says counts again.
    for (const cdu of places.cdus)
      if (!keeper.isAuto(cdu) && isOnline(agentOf(cdu)))
        await commands.sendMode(agentOf(cdu), cdu, keeper.ladder().rungs[cdu]?.mode ?? 'advise')
    keeper.tell({ kind: 'clear', scope: siteScope, name: 'commissioning' })
  }

  const begin = async (now: Millis, before: Sweep): Promise<void> => {
    keeper.tell({
      kind: 'hold',
      scope: siteScope,
      name: 'commissioning',
      why: 'a commissioning sweep is under way',
    })
    await sender.takeBack('A commissioning sweep begins.')
    const free = present().cduIsFree
    for (const [index, cdu] of places.cdus.entries())
      if (free[index] && !keeper.isAuto(cdu)) await commands.sendMode(agentOf(cdu), cdu, 'auto')
    put({
      ...before,
      state: 'running',
      startedAt: now,
      endsAt: now + sweepMs,
      countedToAt: now,
      sentence: course.sentence(0),
    })
    audit(before.by, `began; ${sweepMs / hour} h`)
  }

  const sendBlock = async (now: Millis, asked: Asked, running: Sweep): Promise<void> => {
    const elapsedMs = now - (running.startedAt as Millis)
    const block = Math.floor(elapsedMs / sweepRules.blockMs) + 1
    const id = sender.freshId('sweep', now)
    put({
      ...running,
      sentAt: now,
      lostInARow: running.isLost ? running.lostInARow : 0,
      isLost: false,
      sentence: course.sentence(elapsedMs),
    })
    sent = asked
    journal.put(
      viewOf({
        id,
        now,
        state: 'sent',
        mode: 'auto',
        trust: trust(),
        waitingFor: '',
        reason: `Commissioning, block ${block} of ${sweepRules.blocks}, asked for by ${running.by}. Every family of levers stands on one side of where reset would have it, inside bounds, ramps and guard, so that the model learns what each does: ${course.sentence(elapsedMs)}.`,
        moves: movesView(places, asked.moves, 'sent'),
        leasesEndAt: now + leaseMsDefault,
      }),
    )
    await sender.send({ id, now, moves: asked.moves, author: `commissioning ${id} by ${running.by}` })
  }

  const run = async (now: Millis, running: Sweep): Promise<void> => {
    const startedAt = running.startedAt as Millis
    // A hub that was away for longer than a lease has lost its place: the plant was under reset meanwhile.
    if (running.sentAt !== null && now - running.sentAt > leaseMsDefault)
      return finish('aborted', 'the hub was away for longer than a lease')
    const alarm = alarmSince(startedAt)
    if (alarm) return finish('aborted', `alarm: ${alarm.title}`)
    if (running.lostInARow >= lostMost)
      return finish('aborted', `agents gave ${lostMost} hours in a row back: ${running.sentence}`)
    if (now - startedAt >= sweepMs) return finish('done', `all ${sweepRules.blocks} blocks were run`)
    const at = present()
    const held = at.held
    if (!held || obstacle(at) !== '') {
      // Leases that stand run to their end; a path that comes back in time costs nothing.
      if (running.sentAt !== null && now - running.sentAt > leaseMsDefault - 5 * minute)
        return finish('aborted', obstacle(at))
      return
    }
    await renew(now, { ...at, held }, running)
  }

  const renew = async (
    now: Millis,
    at: Present & { readonly held: Settings },
    running: Sweep,
  ): Promise<void> => {
    const sinceMs = running.sentAt === null ? Number.POSITIVE_INFINITY : now - running.sentAt
    if (sinceMs < leaseLimits.rateMs + siteLimitMs(clock, pathMs)) return
    const asked = course.ask(now - (running.startedAt as Millis), at)
    if (!asked) return
    // A chip that came near does not wait for the next hour.
    const isNearer = asked.withdrawn.some(name => !sent.withdrawn.includes(name))
    if (sinceMs >= hour || isNearer) await sendBlock(now, asked, running)
  }

  return {
    isActive,
    start(by) {
      if (isActive())
        throw new Failure(
          'CONFLICT',
          `a commissioning sweep is ${sweep?.state} already, asked for by ${sweep?.by}`,
        )
      const at = clock.siteNow()
      put({
        state: 'waiting',
        by,
        askedAt: at,
        startedAt: null,
        endsAt: null,
        endedAt: null,
        sentAt: null,
        countedToAt: at,
        lostInARow: 0,
        isLost: false,
        sentence: 'waits for the plant',
        facilityKwh: 0,
        overLimitDegreeMinutes: 0,
        leastChipMarginK: null,
        earlier: spansOf(sweep)
          .filter(([, toAt]) => toAt > at - rememberedMs)
          .slice(-earlierMost),
      })
      audit(by, 'asked for')
      return viewOfSweep(sweep as Sweep, at)
    },
    async abort(why) {
      if (!sweep || !isActive()) throw new Failure('CONFLICT', 'no commissioning sweep is under way')
      await finish('aborted', why)
      return viewOfSweep(sweep, clock.siteNow())
    },
    async turn(now) {
      if (!sweep || !isActive()) return
      course.look(now)
      if (sweep.state === 'running') return run(now, sweep)
      const why = obstacle(present())
      if (why === '') return begin(now, sweep)
      if (now - sweep.askedAt > waitsMost) return finish('aborted', `it could not begin: ${why}`)
      if (sweep.sentence !== `waits: ${why}`) put({ ...sweep, sentence: `waits: ${why}` })
    },
    take(rows) {
      if (sweep?.state === 'running') put(counted(sweep, rows, site.nameplate.chip.limitC))
      return marked(rows)
    },
    marked,
    lost(why) {
      if (sweep?.state === 'running' && !sweep.isLost)
        put({ ...sweep, lostInARow: sweep.lostInARow + 1, isLost: true, sentence: why })
    },
    view: () => (sweep ? viewOfSweep(sweep, clock.siteNow()) : null),
  }
}

/** From when to when settings stood where a sweep wanted them. */
function spansOf(sweep: Sweep | undefined): NonNullable<Sweep['earlier']> {
  if (!sweep) return []
  const { earlier = [], startedAt, endedAt } = sweep
  return startedAt === null ? earlier : [...earlier, [startedAt, endedAt ?? Number.MAX_SAFE_INTEGER]]
}

/** Rows that are new since the last count. */
function counted(sweep: Sweep, rows: readonly PlantRow[], limitC: number): Sweep {
  let { facilityKwh, overLimitDegreeMinutes, leastChipMarginK, countedToAt } = sweep
  for (const row of rows) {
    if (row.at < countedToAt) continue
    countedToAt = row.at + rowMs
    if (Number.isFinite(row.facilityKw)) facilityKwh += (row.facilityKw * rowMs) / hour
    for (const { chipC } of row.cdus) {
      if (!Number.isFinite(chipC)) continue
      leastChipMarginK = Math.min(leastChipMarginK ?? Number.POSITIVE_INFINITY, limitC - chipC)
      overLimitDegreeMinutes += (Math.max(0, chipC - limitC) * rowMs) / minute
    }
  }
  return { ...sweep, facilityKwh, overLimitDegreeMinutes, leastChipMarginK, countedToAt }
}

function viewOfSweep(sweep: Sweep, now: Millis): CommissioningView {
  const {
    askedAt: _asked,
    sentAt: _sent,
    countedToAt: _to,
    lostInARow: _row,
    isLost: _lost,
    earlier: _earlier,
    ...view
  } = sweep
  const elapsedMs = sweep.startedAt === null ? 0 : Math.min(sweepMs, (sweep.endedAt ?? now) - sweep.startedAt)
  return {
    ...view,
    share: elapsedMs / sweepMs,
    block: Math.min(sweepRules.blocks, Math.floor(elapsedMs / sweepRules.blockMs) + 1),
    blocks: sweepRules.blocks,
  }
}
