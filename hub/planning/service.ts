import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { PlanView } from '#contract/api.ts'
import { siteLimitMs } from '#contract/clock.ts'
import { leaseLimits } from '#contract/control/leaseGroup.ts'
import { resetApproachOf } from '#contract/control/reset.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { LeaseReport } from '#contract/messages/event.ts'
import { leaseMsDefault } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import { minute } from '#contract/units.ts'
import { createHistory, type History } from '#hub/planning/history.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import { createJournal, type Journal, withReport } from '#hub/planning/journal.ts'
import { leaseGroups, movesView } from '#hub/planning/leases.ts'
import { createModeKeeper, type ModeKeeper } from '#hub/planning/modeKeeper.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import type { Planning } from '#hub/planning/planning.ts'
import { type Places, type Present, placesOf, presentOf } from '#hub/planning/present.ts'
import { judgeTrust, noTrustYet, type Trust, waitingFor } from '#hub/planning/trust.ts'
import {
  hourName,
  hourOf,
  isPlan,
  minuteName,
  modelVersionOf,
  runsPastTheHour,
  viewOf,
} from '#hub/planning/views.ts'
import { type PlanningWorker, startPlanningWorker } from '#hub/planning/workerThread.ts'
import type { Decision } from '#models/planning/planHour.ts'
import { isComplete, type PlantRow, rowMs } from '#models/plant/row.ts'

/** Between hours the model is judged and the plan's effect measured this often: ten site minutes, three machine seconds. */
const lookEverySiteMs = 10 * minute
const lookEveryMachineMs = 3_000
/** The newest row may be this old: outbox, wire and commit take seconds, which are minutes when time runs fast. */
const rowsStaleMs = 45 * minute
/** From the hub's clock to an agent's: making the plan, broker, a cycle. */
const pathMs = minute
/** Leases last an hour and a half; a plan, its replans and an hour without one fit many times into these entries. */
const plansInForceMax = 20
/** Two hours of rows before advice is worth reading: one to learn from, one to be judged by. */
const rowsForAdvice = 24

export type PlanningService = Planning & {
  /** One look at the clock; resolves when what it started is done. `open` does this by itself. */
  turn(): Promise<void>
}

const intervalPace = (look: () => void): (() => void) => {
  const timer = setInterval(look, 200)
  return () => clearInterval(timer)
}

export const createPlanning = (options: PlanningOptions): PlanningService => new HourlyPlanning(options)

class HourlyPlanning implements PlanningService {
  readonly #options: PlanningOptions
  readonly #places: Places
  readonly #history: History
  readonly #journal: Journal
  readonly #modes: ModeKeeper
  readonly #worker: PlanningWorker
  readonly #key: KeyObject
  #trust: Trust = noTrustYet
  #result: WorkResult | undefined
  #running: Promise<void> | undefined
  #stopPace: (() => void) | undefined
  #plannedHourAt = Number.NEGATIVE_INFINITY
  #sentAt = Number.NEGATIVE_INFINITY
  #replan = false
  #lookedAt = Number.NEGATIVE_INFINITY
  #lookedMachineMs = Number.NEGATIVE_INFINITY
  /** Machine time that the last look took. */
  #lookMs = 0
  #allBlockedUntilAt = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: PlanningOptions) {
    this.#options = options
    this.#places = placesOf(options.site)
    this.#history = createHistory(options)
    this.#journal = createJournal(options.state)
    this.#modes = createModeKeeper({ ...options, cdus: this.#places.cdus })
    this.#worker = options.worker ?? startPlanningWorker()
    this.#key = createPrivateKey(options.key.privateKeyPem)
    // A plan of this very hour, made before a restart, stands: its leases are out.
    const last = this.#journal.list(1)[0]
    if (last && isPlan(last) && last.hourStartAt === hourOf(options.clock.siteNow()))
      this.#plannedHourAt = last.hourStartAt
  }

  open(): void {
    this.#stopPace = (this.#options.pace ?? intervalPace)(() => void this.turn())
  }

  turn(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#running ??= this.#turnOnce()
      .catch((cause: unknown) => this.#noPlan(`the turn failed: ${sentenceOf(cause)}`))
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  async #turnOnce(): Promise<void> {
    const { clock } = this.#options
    const now = clock.siteNow()
    await this.#returnBlocked(now)
    // A new plan so soon after the last would be refused by the agents: it waits, and is not forgotten.
    const mayMove = now - this.#sentAt >= leaseLimits.rateMs + siteLimitMs(clock, pathMs)
    const isHourDue =
      mayMove &&
      this.#modes.anyAuto() &&
      now >= this.#allBlockedUntilAt &&
      hourOf(now) !== this.#plannedHourAt
    const isReplan = mayMove && this.#replan
    const isLookDue =
      now - this.#lookedAt >= lookEverySiteMs &&
      clock.machineNow() - this.#lookedMachineMs >= lookEveryMachineMs
    // A due hour that could not be planned is tried again at the next look, not five times a second.
    const isNewHour = isHourDue && hourOf(now) !== hourOf(this.#lookedAt)
    if (!isLookDue && !isNewHour && !isReplan) return
    if (!isHourDue && !isReplan && this.#modes.anyAuto() && runsPastTheHour(now, this.#lookMs * clock.speed))
      return
    this.#lookedAt = now
    this.#lookedMachineMs = clock.machineNow()
    if (isReplan) this.#replan = false
    await this.#learnAndPlan(now, isHourDue || isReplan)
    this.#lookMs = clock.machineNow() - this.#lookedMachineMs
  }

  async #learnAndPlan(now: number, isDue: boolean): Promise<void> {
    const startedMs = this.#options.clock.machineNow()
    const rows = (await this.#history.refresh(now)).filter(isComplete)
    const present = this.#present(now)
    const obstacle = this.#obstacle(rows, present, now)
    if (rows.length < rowsForAdvice || obstacle) {
      this.#trust = {
        ...this.#trust,
        historyHours: (rows.length * rowMs) / (60 * minute),
        sentence:
          obstacle ||
          `Learning: ${((rows.length * rowMs) / (60 * minute)).toFixed(1)} of ${this.#trust.historyHoursNeeded} h of history.`,
      }
      if (this.#modes.anyAuto() && isDue && obstacle) this.#noPlan(obstacle)
      else if (!this.#modes.anyAuto()) this.#sayLearning(now, obstacle)
      return
    }
    const wantsDecision = isDue || !this.#modes.anyAuto()
    const current = this.#journal.list(1)[0]
    const result = await this.#work(rows, present, now, {
      wantsDecision,
      effectSinceAt: current && isPlan(current) ? current.madeAt : undefined,
    })
    if (!result) return
    this.#result = result
    this.#trust = judgeTrust(result, this.#trust.trusted)
    if (current && isPlan(current)) this.#noteEffect(current.id, result)
    const granted = await this.#grantAuto()
    if (!this.#modes.anyAuto()) return this.#sayAdvice(now, result, startedMs)
    if (!this.#trust.trusted) return this.#loseTrust(now)
    // A person may have handed back while this was being worked out.
    if (this.#options.clock.siteNow() < this.#allBlockedUntilAt) return
    if ((isDue || granted) && result.decision) await this.#send(now, result.decision, result, startedMs)
  }

  #present(now: number): Present {
    const online = new Set(
      this.#options.host
        .agents()
        .filter(agent => agent.online)
        .map(agent => agent.id),
    )
    const agentOf = (id: string) => this.#options.site.equipment.find(item => item.id === id)?.agent ?? ''
    // Before auto the plan is advice as if all were in auto; afterwards only what really is.
    const isAdvice = !this.#modes.anyAuto()
    return presentOf(this.#places, this.#options.live, {
      cdu: id => online.has(agentOf(id)) && (isAdvice || this.#modes.isAuto(id, now)),
      plant: online.has(agentOf(this.#places.facility)) && online.has(agentOf(this.#places.tower)),
    })
  }

  /** Why there can be no plan now; empty: nothing stands in the way. */
  #obstacle(rows: readonly PlantRow[], present: Present, now: number): string {
    const newest = rows.at(-1)
    if (newest && now - newest.at - rowMs > siteLimitMs(this.#options.clock, rowsStaleMs))
      return `No plan: the store has no complete five minutes since ${minuteName(newest.at).slice(11).replace('-', ':')}.`
    if (present.missing.length > 0 || !present.held)
      return `No plan: ${present.missing.slice(0, 3).join(', ')}${present.missing.length > 3 ? ` and ${present.missing.length - 3} more` : ''} cannot be read.`
    if (!present.plantIsFree && !present.cduIsFree.some(Boolean))
      return 'No plan: nothing may be moved; agents are offline, or equipment is in maintenance or under another authority.'
    return ''
  }

  async #work(
    rows: readonly PlantRow[],
    present: Present,
    now: number,
    wants: { wantsDecision: boolean; effectSinceAt: number | undefined },
  ): Promise<WorkResult | undefined> {
    const { site, deadlineMs, resetApproachK = resetApproachOf(site), seed = 1 } = this.#options
    try {
      return await this.#worker.run(
        {
          site,
          rows,
          now,
          seed,
          resetApproachK,
          ...(wants.wantsDecision && present.held
            ? {
                plan: {
                  hourStartAt: now,
                  held: present.held,
                  wetBulbC: present.wetBulbC as number,
                  dewPointC: present.dewPointC,
                  plantIsFree: present.plantIsFree,
                  cduIsFree: present.cduIsFree,
                },
              }
            : {}),
          ...(wants.effectSinceAt === undefined ? {} : { effectSinceAt: wants.effectSinceAt }),
        },
        deadlineMs,
      )
    } catch (cause) {
      // The hub is stopping and took the thread away: no trouble of the planner's.
      if (this.#closed) return undefined
      this.#options.log.warn({ cause: sentenceOf(cause) }, 'no plan this hour')
      // One attempt an hour: what was too slow now will be too slow in ten minutes.
      if (wants.wantsDecision) this.#plannedHourAt = hourOf(now)
      this.#noPlan(`No plan this hour: ${sentenceOf(cause)}.`)
      return undefined
    }
  }

  /** A simulated site needs no canary day; a real one stays in advise until a person sets auto. Once only: a fall stays a fall. */
  async #grantAuto(): Promise<boolean> {
    const { site, host, log } = this.#options
    if (!this.#trust.trusted || !site.simulated || this.#modes.wasGranted()) return false
    const online = new Set(
      host
        .agents()
        .filter(agent => agent.online)
        .map(agent => agent.id),
    )
    for (const cdu of this.#places.cdus) {
      const agent = site.equipment.find(item => item.id === cdu)?.agent ?? ''
      if (online.has(agent)) await this.#modes.send(cdu, 'auto')
    }
    this.#modes.grant()
    log.info({ error: this.#trust.modelErrorPercent }, 'the model is trusted: auto')
    return this.#modes.anyAuto()
  }

  async #send(now: number, decision: Decision, result: WorkResult, startedMs: number): Promise<void> {
    const { site, host, state, key, log, clock } = this.#options
    const id = this.#freshId(now)
    const groups = leaseGroups(site, this.#places, decision, {
      planId: id,
      now,
      key: this.#key,
      keyId: key.keyId,
      nextVersion: () => state.nextVersion(),
      modelVersion: modelVersionOf(result),
    })
    this.#plannedHourAt = hourOf(now)
    this.#sentAt = now
    // The artefact behind this plan: parameters with their card (span, features, seed) and how well it foretold.
    state.keep('planning.model', JSON.stringify({ plan: id, model: result.model, score: result.score }))
    const isHold = decision.action === 'hold'
    this.#journal.put(
      viewOf({
        id,
        now,
        result,
        mode: 'auto',
        reason: decision.reason,
        waitingFor: '',
        trust: this.#trust,
        state: isHold ? 'held' : 'sent',
        moves: movesView(this.#places, decision, isHold ? 'held' : 'sent'),
        leasesEndAt: now + leaseMsDefault,
        durationMs: clock.machineNow() - startedMs,
        notDone: this.#modes
          .fallen()
          .map(cdu => ({ what: `${cdu} in auto`, why: 'it went down by itself; a person sets it back' })),
      }),
    )
    const reached: string[] = []
    for (const group of groups) {
      try {
        await host.sendLeases(group.agent, group.leases)
        reached.push(group.agent)
      } catch (cause) {
        log.warn({ agent: group.agent, cause: sentenceOf(cause) }, 'leases not sent')
        await this.#fail(id, {
          state: 'failed',
          reason: `Leases for ${group.agent} could not be sent: ${sentenceOf(cause)}.`,
          exceptAgent: group.agent,
          agents: reached,
        })
        return
      }
    }
    log.info(
      {
        plan: id,
        action: decision.action,
        moves: decision.moves.length,
        againstHoldKw: decision.againstHold.medianKw,
      },
      'plan sent',
    )
  }

  #freshId(now: number): string {
    const name = `plan-${minuteName(now)}`
    let id = name
    for (let n = 2; this.#journal.find(id); n++) id = `${name}-${n}`
    return id
  }

  leaseReport(report: LeaseReport): void {
    const id = report.groupId.slice(0, -(report.agent.length + 1))
    const view = this.#journal.find(id)
    if (!view || !isPlan(view)) return
    const updated = withReport(view, report)
    if (updated !== view) this.#journal.put(updated)
    const isLost = report.state === 'refused' || report.state === 'failed' || report.state === 'returned'
    const isAlreadyBack = view.state === 'failed' || view.state === 'handedBack'
    if (!isLost || isAlreadyBack || this.#journal.list(plansInForceMax).find(isPlan)?.id !== id) return
    const what = `${report.equipment}.${report.point} was ${report.state} by ${report.agent}${report.why ? `: ${report.why}` : ''}`
    this.#fail(id, {
      state: report.state === 'returned' ? 'handedBack' : 'failed',
      reason: `${what}. Leases of one plan stand and fall together: all go back to reset.`,
      exceptAgent: report.agent,
    }).catch((cause: unknown) =>
      this.#options.log.warn(
        { cause: sentenceOf(cause) },
        'a group could not be released; its leases lapse by themselves',
      ),
    )
  }

  /** The plan is over: its other agents give their groups back too. */
  async #fail(
    id: string,
    end: { state: 'failed' | 'handedBack'; reason: string; exceptAgent?: string; agents?: readonly string[] },
  ): Promise<void> {
    const view = this.#journal.find(id)
    if (!view) return
    this.#journal.put({ ...view, state: end.state, reason: `${end.reason} ${view.reason}` })
    for (const agent of end.agents ?? this.#agentsOf(view))
      if (agent !== end.exceptAgent) await this.#options.host.releaseGroup(agent, `${id}.${agent}`)
  }

  #agentsOf(view: PlanView): readonly string[] {
    const agentOf = new Map(this.#options.site.equipment.map(item => [item.id, item.agent]))
    return [...new Set(view.moves.map(move => agentOf.get(move.equipment) as string))]
  }

  /** Everything that may still hold goes back; true when there was something. */
  async #takeBack(reason: string): Promise<boolean> {
    const [newest, ...older] = this.#plansInForce()
    if (newest) await this.#fail(newest.id, { state: 'handedBack', reason })
    // An older plan was replaced wherever the newest one has moves; elsewhere its group may stand.
    for (const view of older)
      for (const agent of this.#agentsOf(view))
        await this.#options.host.releaseGroup(agent, `${view.id}.${agent}`)
    return newest !== undefined
  }

  async #loseTrust(now: number): Promise<void> {
    const reason = `Handed back to reset: the model is not to be trusted now. ${this.#trust.sentence}`
    if (!(await this.#takeBack(reason))) this.#noPlan(reason)
    this.#options.log.warn({ hour: hourName(now), error: this.#trust.modelErrorPercent }, 'trust lost')
  }

  #noteEffect(id: string, result: WorkResult): void {
    const view = this.#journal.find(id)
    if (!view || !result.effect) return
    this.#journal.put({
      ...view,
      measuredKw: result.effect.kw,
      measuredPlusMinusKw: result.effect.plusMinusKw,
      trust: this.#trust,
    })
  }

  #noPlan(reason: string): void {
    const now = this.#options.clock.siteNow()
    const mode = this.#modes.highest()
    this.#journal.put(
      viewOf({
        id: `none-${hourName(now)}`,
        now,
        mode,
        reason: `${reason} Leases that stand run to their end; then the agents' own reset rules steer.`,
        state: 'failed',
        waitingFor: reason,
        trust: this.#trust,
        result: this.#result,
      }),
    )
  }

  #sayLearning(now: number, obstacle: string): void {
    const waits = obstacle || waitingFor(this.#trust, this.#options.site)
    this.#journal.put(
      viewOf({
        id: `learning-${hourName(now)}`,
        now,
        state: 'learning',
        mode: 'advise',
        trust: this.#trust,
        waitingFor: waits,
        reason: `${this.#trust.sentence} Nothing is written to the plant; the agents' reset rules steer.`,
      }),
    )
  }

  #sayAdvice(now: number, result: WorkResult, startedMs: number): void {
    const waits = waitingFor(this.#trust, this.#options.site)
    const { decision } = result
    this.#journal.put(
      viewOf({
        id: `advice-${hourName(now)}`,
        now,
        result,
        state: decision ? 'advice' : 'learning',
        mode: 'advise',
        trust: this.#trust,
        waitingFor: waits,
        reason: `Advice only, nothing is written to the plant. ${decision?.reason ?? this.#trust.sentence}`,
        moves: decision ? movesView(this.#places, decision, 'advice') : [],
        durationMs: this.#options.clock.machineNow() - startedMs,
      }),
    )
  }

  async handBack(request: {
    readonly cdu: string | 'all'
    readonly mayReturnAt: number
    readonly by: string
  }): Promise<void> {
    const until = `${minuteName(request.mayReturnAt)
      .replace('T', ' ')
      .replace(/-(\d\d)$/, ':$1')} UTC`
    if (request.cdu === 'all') {
      this.#allBlockedUntilAt = request.mayReturnAt
      await this.#takeBack(`Handed back by ${request.by}; a plan may come back at ${until}.`)
      return
    }
    // Going down to advise makes the agent return what this CDU holds; its fellows follow, and the rest is planned anew.
    await this.#modes.block(request.cdu, request.mayReturnAt)
    await this.#takeBack(
      `${request.cdu} handed back by ${request.by}, until ${until}; the others are planned anew.`,
    )
    this.#replan = this.#modes.anyAuto()
  }

  /** Plans whose leases may still hold somewhere. The newest entry of the journal may be an hour without a plan. */
  #plansInForce(): readonly PlanView[] {
    const now = this.#options.clock.siteNow()
    return this.#journal
      .list(plansInForceMax)
      .filter(
        view =>
          isPlan(view) &&
          (view.state === 'sent' || view.state === 'applied' || view.state === 'held') &&
          (view.leasesEndAt ?? 0) > now,
      )
  }

  async #returnBlocked(now: number): Promise<void> {
    if (await this.#modes.unblock(now)) this.#replan = true
  }

  async setMode(cdu: string, mode: Mode, by: string): Promise<void> {
    await this.#modes.send(cdu, mode)
    if (mode === 'auto') this.#replan = true
    this.#options.log.info({ cdu, mode, by }, 'mode set')
  }

  modes(): Readonly<Record<string, Mode>> {
    return this.#modes.all()
  }

  current(): PlanView {
    return (
      this.#journal.current() ??
      viewOf({
        id: 'learning-first',
        now: this.#options.clock.siteNow(),
        state: 'learning',
        mode: 'advise',
        trust: this.#trust,
        waitingFor: 'the first samples',
        reason: "Learning: waiting for the first samples. The agents' reset rules steer.",
      })
    )
  }

  list(limit: number): readonly PlanView[] {
    return this.#journal.list(limit)
  }

  counts(): ReturnType<Planning['counts']> {
    return this.#journal.counts()
  }

  onChange(listener: (plan: PlanView) => void): void {
    this.#journal.onChange(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#stopPace?.()
    await this.#worker.close()
    await this.#running
  }
}
