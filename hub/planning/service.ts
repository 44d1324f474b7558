import type { CommissioningView, PlanningView, PlanView } from '#contract/api.ts'
import { siteLimitMs } from '#contract/clock.ts'
import { leaseLimits } from '#contract/control/leaseGroup.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { LeaseReport } from '#contract/messages/event.ts'
import { leaseMsDefault } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import { hour, minute } from '#contract/units.ts'
import { believed } from '#hub/planning/believed.ts'
import { createCommands } from '#hub/planning/commands.ts'
import { type Commissioning, createCommissioning } from '#hub/planning/commissioning.ts'
import { createHistory, type History } from '#hub/planning/history.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import { createJournal, type Journal } from '#hub/planning/journal.ts'
import { createProspect, type KeptProspect } from '#hub/planning/keptProspect.ts'
import { createLadderKeeper, type LadderKeeper } from '#hub/planning/ladderKeeper.ts'
import { movesView } from '#hub/planning/leases.ts'
import { createModelShelf, type ModelShelf } from '#hub/planning/modelShelf.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import type { Planning } from '#hub/planning/planning.ts'
import { isFreeAlike, type Places, type Present, placesOf } from '#hub/planning/present.ts'
import { createRecall, type Recall } from '#hub/planning/recall.ts'
import { adviceView, firstView, learningView, noPlanView } from '#hub/planning/sayings.ts'
import { createSender, type Sender } from '#hub/planning/sender.ts'
import { obstacleNow, presentNow } from '#hub/planning/sight.ts'
import { createSwitchback, type Switchback } from '#hub/planning/switchback.ts'
import { think } from '#hub/planning/thinking.ts'
import { judgeTrust, noTrustYet, type Trust } from '#hub/planning/trust.ts'
import {
  hourName,
  hourOf,
  isPlan,
  minuteName,
  modelVersionOf,
  runsPastTheHour,
  viewOf,
} from '#hub/planning/views.ts'
import { createVigilance, type Vigilance } from '#hub/planning/vigilance.ts'
import { type PlanningWorker, startPlanningWorker } from '#hub/planning/workerThread.ts'
import { canaryMsUsual, isSteered, siteScope } from '#models/planning/ladder.ts'
import type { Decision } from '#models/planning/planHour.ts'
import { restrained } from '#models/planning/restrain.ts'
import { isComplete, type PlantRow, rowMs } from '#models/plant/row.ts'

/** Between hours the model is judged and the plan's effect measured this often: ten site minutes, three machine seconds. */
const lookEverySiteMs = 10 * minute
const lookEveryMachineMs = 3_000
/** From the hub's clock to an agent's: making the plan, broker, a cycle. */
const pathMs = minute
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
  readonly #keeper: LadderKeeper
  readonly #vigilance: Vigilance
  readonly #prospect: KeptProspect
  readonly #shelf: ModelShelf
  readonly #sender: Sender
  readonly #commissioning: Commissioning
  readonly #switchback: Switchback
  readonly #recall: Recall
  readonly #worker: PlanningWorker
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
  #closed = false

  constructor(given: PlanningOptions) {
    const options = { ...given, live: believed(given.live, given.sensors) }
    const { site, state } = options
    this.#options = options
    this.#places = placesOf(site)
    this.#history = createHistory(options)
    this.#journal = createJournal(state)
    const commands = createCommands(options)
    const parts = { places: this.#places, journal: this.#journal, commands }
    this.#keeper = createLadderKeeper({
      ...options,
      commands,
      cdus: this.#places.cdus,
      rules: { canaryMs: options.canaryMs ?? (site.simulated ? 0 : canaryMsUsual) },
    })
    this.#vigilance = createVigilance(options, this.#places, this.#keeper)
    this.#prospect = createProspect(state)
    this.#shelf = createModelShelf(state, site)
    this.#sender = createSender(options, parts)
    this.#commissioning = createCommissioning(
      options,
      { ...parts, keeper: this.#keeper, sender: this.#sender },
      () => this.#trust,
    )
    this.#switchback = createSwitchback(
      options,
      {
        journal: this.#journal,
        keeper: this.#keeper,
        sender: this.#sender,
        commissioning: this.#commissioning,
      },
      now => this.#facts(now),
    )
    this.#recall = createRecall({
      ...options,
      history: this.#history,
      marked: rows => this.#commissioning.marked(rows),
    })
    this.#worker = options.worker ?? startPlanningWorker()
    // A plan of this very hour, made before a restart, stands: its leases are out.
    const last = this.#journal.list(1)[0]
    if (last && isPlan(last) && last.hourStartAt === hourOf(options.clock.siteNow()))
      this.#plannedHourAt = last.hourStartAt
  }

  open(): void {
    this.#stopPace = (this.#options.pace ?? intervalPace)(() => void this.turn())
  }

  async turn(): Promise<void> {
    // Beside each other: no plan waits for what is read of the past.
    await Promise.all([this.#plans(), this.#closed ? undefined : this.#recall.turn()])
  }

  #plans(): Promise<void> {
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
    this.#vigilance.look(now)
    this.#keeper.tell({ kind: 'tick' })
    await this.#keeper.flush()
    await this.#commissioning.turn(now)
    await this.#switchback.turn(now)
    if (this.#keeper.takeRaised()) this.#replan = true
    const isSweeping = this.#commissioning.isActive()
    // A new plan so soon after the last would be refused by the agents: it waits, and is not forgotten.
    const mayMove =
      !isSweeping &&
      !this.#switchback.isReset() &&
      now - this.#sentAt >= leaseLimits.rateMs + siteLimitMs(clock, pathMs)
    const isHourDue =
      mayMove && this.#keeper.anyAuto() && !this.#isHandedBack() && hourOf(now) !== this.#plannedHourAt
    const isReplan = mayMove && this.#replan
    const isLookDue =
      now - this.#lookedAt >= (isSweeping ? hour : lookEverySiteMs) &&
      clock.machineNow() - this.#lookedMachineMs >= lookEveryMachineMs
    // A due hour that could not be planned is tried again at the next look, not five times a second.
    const isNewHour = isHourDue && hourOf(now) !== hourOf(this.#lookedAt)
    if (!isLookDue && !isNewHour && !isReplan) return
    if (!isHourDue && !isReplan && this.#keeper.anyAuto() && runsPastTheHour(now, this.#lookMs * clock.speed))
      return
    this.#lookedAt = now
    this.#lookedMachineMs = clock.machineNow()
    if (isReplan) this.#replan = false
    if (isSweeping) await this.#learnOnly(now)
    else await this.#learnAndPlan(now, isHourDue || isReplan)
    this.#lookMs = clock.machineNow() - this.#lookedMachineMs
  }

  #isHandedBack(): boolean {
    return this.#keeper.ladder().holds[siteScope]?.handedBack !== undefined
  }

  async #rows(now: number): Promise<readonly PlantRow[]> {
    return this.#commissioning.take((await this.#history.refresh(now)).filter(isComplete))
  }

  /** During a sweep: what it teaches, without a plan. */
  async #learnOnly(now: number): Promise<void> {
    const rows = await this.#rows(now)
    if (rows.length < rowsForAdvice) return this.#learning(rows, '')
    const result = await this.#work(rows, undefined, now)
    if (result) this.#judge(result, rows, now)
  }

  #learning(rows: readonly PlantRow[], obstacle: string): void {
    const historyHours = (rows.length * rowMs) / (60 * minute)
    this.#trust = {
      ...this.#trust,
      historyHours,
      sentence:
        obstacle || `Learning: ${historyHours.toFixed(1)} of ${this.#trust.historyHoursNeeded} h of history.`,
    }
  }

  async #learnAndPlan(now: number, isDue: boolean): Promise<void> {
    const startedMs = this.#options.clock.machineNow()
    const rows = await this.#rows(now)
    const present = this.#present()
    const isAuto = this.#keeper.anyAuto()
    const obstacle = obstacleNow(this.#options, this.#keeper, this.#vigilance, { rows, present, now })
    if (rows.length < rowsForAdvice || obstacle) {
      this.#learning(rows, obstacle)
      if (isAuto && isDue && obstacle) this.#noPlan(obstacle)
      else if (!isAuto) this.#journal.put(learningView({ ...this.#facts(now), obstacle }))
      return
    }
    const wantsDecision = isDue || !isAuto
    const result = await this.#work(rows, wantsDecision ? present : undefined, now)
    if (!result) return
    this.#judge(result, rows, now)
    await this.#grantAuto()
    if (!this.#keeper.anyAuto()) return this.#sayAdvice(now, result, startedMs)
    const hours = this.#vigilance.unfamiliarHours(result, now)
    if (await this.#rests(now, hours)) return
    // A person may have handed back while this was being worked out, or a block may have ended.
    if (this.#isHandedBack() || this.#commissioning.isActive() || this.#switchback.isReset()) return
    const hasRisen = this.#keeper.takeRaised()
    if (!(isDue || hasRisen) || !result.decision) return
    const aside = this.#prospect.hour(result.decision, now)
    if (aside !== '') {
      this.#plannedHourAt = hourOf(now)
      return this.#backToReset(`Reset drives: ${aside}.`)
    }
    // What was thought out as advice is a plan only where all that it moves is in auto now.
    if (hasRisen && !isFreeAlike(present, this.#present())) this.#replan = true
    else await this.#send(now, result.decision, { result, startedMs, isRestrained: hours > 0 })
  }

  #judge(result: WorkResult, rows: readonly PlantRow[], now: number): void {
    const wasTrusted = this.#trust.trusted
    this.#result = result
    this.#trust = judgeTrust(result, wasTrusted)
    this.#shelf.take(result, now)
    // A model that was never trusted is no alarm: it learns.
    if (this.#trust.trusted) this.#vigilance.clear('untrusted')
    else this.#vigilance.rest('untrusted', this.#trust.sentence, !this.#keeper.anyAuto())
    this.#vigilance.hourOfBias(result, rows, now)
    const current = this.#journal.list(1)[0]
    if (current && isPlan(current)) this.#noteEffect(current.id, result)
  }

  /** Whether the model takes the plan away now: it is no longer believed, or it stands in a regime it has never seen. */
  async #rests(now: number, unfamiliarHours: number): Promise<boolean> {
    const holds = this.#keeper.ladder().holds[siteScope] ?? {}
    if (holds.untrusted || holds.drift) {
      await this.#backToReset(
        this.#trust.trusted
          ? `Handed back to reset: ${holds.drift?.why}.`
          : `Handed back to reset: the model is not to be trusted now. ${this.#trust.sentence}`,
      )
      this.#options.log.warn({ hour: hourName(now), error: this.#trust.modelErrorPercent }, 'trust lost')
      return true
    }
    // The first such hour holds what stands; a second one goes home.
    if (unfamiliarHours < 2) return false
    const why = 'load or weather have been unlike anything the model has seen for more than an hour'
    this.#vigilance.rest('unfamiliar', why)
    await this.#backToReset(`Handed back to reset: ${why}.`)
    return true
  }

  async #backToReset(reason: string): Promise<void> {
    if (!(await this.#sender.takeBack(reason))) this.#noPlan(reason)
  }

  #present(): Present {
    return presentNow(this.#options, this.#places, this.#keeper)
  }

  /** Learns and judges; decides too where `present` is given. Undefined: late, crashed or nonsense, and said so. */
  async #work(
    rows: readonly PlantRow[],
    present: Present | undefined,
    now: number,
  ): Promise<WorkResult | undefined> {
    const current = this.#journal.list(1)[0]
    const thought = await think(
      this.#options,
      { worker: this.#worker, shelf: this.#shelf },
      {
        rows,
        recalled: this.#recall.take(),
        now,
        present,
        effectSinceAt: current && isPlan(current) ? current.madeAt : undefined,
      },
    )
    // The hub is stopping and took the thread away: no trouble of the planner's.
    if (this.#closed) return undefined
    if (thought.result) {
      this.#recall.begin(now)
      if (present) this.#vigilance.clear('deadline', 'crash', 'nonsense')
      return thought.result
    }
    this.#options.log.warn({ cause: thought.why }, 'the planner failed')
    if (thought.failed !== 'nonsense') this.#recall.lost()
    // A look between hours costs nothing: the plan of this hour stands.
    if (present) this.#costsTheHour(thought.failed, thought.why)
    return undefined
  }

  /** One attempt an hour: what was too slow or wrong now will be so in ten minutes. */
  #costsTheHour(name: 'deadline' | 'crash' | 'nonsense', why: string): void {
    this.#vigilance.rest(name, why)
    this.#plannedHourAt = hourOf(this.#options.clock.siteNow())
    this.#noPlan(`No plan this hour: ${why}.`)
  }

  /** A simulated site asks for auto by itself; a real one stays in advise until a person does. Once only: a fall stays a fall. */
  async #grantAuto(): Promise<void> {
    const { site, log } = this.#options
    if (!this.#trust.trusted || !site.simulated || this.#keeper.wasGranted()) return
    for (const cdu of this.#places.cdus)
      this.#keeper.tell({ kind: 'ask', cdu, mode: 'auto', by: 'the simulated site' })
    this.#keeper.grant()
    await this.#keeper.flush()
    log.info({ error: this.#trust.modelErrorPercent }, 'the model is trusted: auto')
  }

  async #send(
    now: number,
    decided: Decision,
    at: { result: WorkResult; startedMs: number; isRestrained: boolean },
  ): Promise<void> {
    const { log, clock } = this.#options
    const { result } = at
    const decision = at.isRestrained ? restrained(decided) : decided
    const id = this.#sender.freshId('plan', now)
    this.#plannedHourAt = hourOf(now)
    this.#sentAt = now
    const isHold = decision.action === 'hold'
    const resting = this.#keeper.view().ladder.filter(rung => !rung.isSteered)
    this.#journal.put(
      viewOf({
        ...this.#facts(now),
        id,
        result,
        mode: 'auto',
        reason: decision.reason,
        waitingFor: '',
        state: isHold ? 'held' : 'sent',
        moves: movesView(this.#places, decision.moves, isHold ? 'held' : 'sent'),
        leasesEndAt: now + leaseMsDefault,
        durationMs: clock.machineNow() - at.startedMs,
        notDone: resting.map(rung => ({
          what: `${rung.cdu} under the plan`,
          why: rung.holds[0] ?? rung.reason,
        })),
        isCut: decision !== decided,
      }),
    )
    const isOut = await this.#sender.send({
      id,
      now,
      moves: decision.moves,
      author: `plan ${id} model ${modelVersionOf(result)}`,
    })
    if (isOut)
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

  leaseReport(report: LeaseReport): void {
    const ended = this.#sender.report(report)
    if (!ended) return
    const what = `${report.equipment}.${report.point} was ${report.state}: ${report.why}`
    if (!isPlan(ended)) this.#commissioning.lost(what)
    this.#vigilance.breach(report.equipment, what)
  }

  modeReport(report: { readonly equipment: string; readonly sentence: string }): void {
    this.#keeper.heard(report.equipment, report.sentence)
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

  #facts(now: number) {
    return { now, trust: this.#trust, result: this.#result, site: this.#options.site }
  }

  #noPlan(reason: string): void {
    const facts = this.#facts(this.#options.clock.siteNow())
    this.#journal.put(noPlanView({ ...facts, reason, mode: this.#keeper.highest() }))
  }

  #sayAdvice(now: number, result: WorkResult, startedMs: number): void {
    this.#journal.put(
      adviceView({
        ...this.#facts(now),
        result,
        waits: this.#keeper.view().ladder.some(rung => rung.waits),
        moves: result.decision ? movesView(this.#places, result.decision.moves, 'advice') : [],
        durationMs: this.#options.clock.machineNow() - startedMs,
      }),
    )
  }

  async handBack(request: {
    readonly cdu: string | 'all'
    readonly mayReturnAt: number
    readonly by: string
  }): Promise<void> {
    const { cdu, mayReturnAt, by } = request
    const until = `${minuteName(mayReturnAt)
      .replace('T', ' ')
      .replace(/-(\d\d)$/, ':$1')} UTC`
    if (this.#commissioning.view()?.state === 'running')
      await this.#commissioning.abort(`handed back by ${by}`)
    this.#keeper.tell({
      kind: 'handBack',
      scope: cdu === 'all' ? siteScope : cdu,
      untilAt: mayReturnAt,
      by,
    })
    if (cdu === 'all') {
      await this.#sender.takeBack(`Handed back by ${by}; a plan may come back at ${until}.`)
      return
    }
    // Going down to advise makes the agent return what this CDU holds; its fellows follow, and the rest is planned anew.
    await this.#keeper.flush()
    await this.#sender.takeBack(`${cdu} handed back by ${by}, until ${until}; the others are planned anew.`)
    this.#replan = this.#keeper.anyAuto()
  }

  async setMode(cdu: string, mode: Mode, by: string): Promise<void> {
    const wasSteered = isSteered(this.#keeper.ladder(), cdu)
    this.#keeper.tell({ kind: 'ask', cdu, mode, by })
    await this.#keeper.flush()
    if (mode === 'auto' && this.#keeper.isAuto(cdu)) this.#replan = true
    if (mode !== 'auto' && wasSteered) {
      await this.#sender.takeBack(`${cdu} was set to ${mode} by ${by}; the others are planned anew.`)
      this.#replan = this.#keeper.anyAuto()
    }
    this.#options.log.info({ cdu, mode, by }, 'mode set')
  }

  modes(): Readonly<Record<string, Mode>> {
    return this.#keeper.modes()
  }

  view(): PlanningView {
    return {
      ...this.#keeper.view(),
      ...this.#shelf.view(),
      unknown: this.#result?.unknown ?? [],
      commissioning: this.#commissioning.view(),
    }
  }

  model(id: string): object {
    return this.#shelf.artefact(id)
  }

  pinModel(id: string | null): void {
    this.#shelf.pin(id)
  }

  startCommissioning(by: string): CommissioningView {
    return this.#commissioning.start(by)
  }

  abortCommissioning(by: string): Promise<CommissioningView> {
    return this.#commissioning.abort(`aborted by ${by}`)
  }

  current(): PlanView {
    return this.#journal.current() ?? firstView(this.#facts(this.#options.clock.siteNow()))
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
    await Promise.all([this.#running, this.#recall.close()])
  }
}
