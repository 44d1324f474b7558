import type { Logger } from 'pino'
import type { Audit } from '#agent/audit/audit.ts'
import { decide } from '#agent/control/decide.ts'
import { type KeptMemory, keptOf, type Memory, startMemory } from '#agent/control/memory.ts'
import { agentMode, modeRank } from '#agent/control/modes.ts'
import { permissionOf } from '#agent/control/observe.ts'
import type { Station } from '#agent/control/outputs.ts'
import type { Wish } from '#agent/control/wishes.ts'
import type { KeptFile } from '#agent/cycle/keptFile.ts'
import type { Reporter } from '#agent/cycle/reporter.ts'
import { StallWatch, stallLookEveryMs } from '#agent/cycle/stallWatch.ts'
import { type Refused, writeAll } from '#agent/cycle/writer.ts'
import { PlantImage } from '#agent/image/image.ts'
import type { Moment, Outcome } from '#agent/interlock/ground.ts'
import type { Interlock, LatchRecord, ResetAnswer } from '#agent/interlock/interlock.ts'
import type { Outbox } from '#agent/outbox/outbox.ts'
import type { PointWrite, Source, SourceListener } from '#agent/sources/source.ts'
import type { Uplink, UplinkListener } from '#agent/uplink/uplink.ts'
import type { RunClock } from '#contract/clockFile.ts'
import { heldGroups } from '#contract/control/leaseGroup.ts'
import { commandKind } from '#contract/messages/command.ts'
import type { AgentAlarmCode, AgentEvent } from '#contract/messages/event.ts'
import type { Lease } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import { pointSpec } from '#contract/points.ts'
import type { Sample } from '#contract/reading.ts'
import type { DurationMs } from '#contract/units.ts'

export type AgentParts = {
  readonly station: Station
  readonly clock: RunClock
  readonly outbox: Outbox
  readonly interlock: Interlock
  readonly reporter: Reporter
  readonly audit: Audit
  readonly latch: KeptFile<LatchRecord>
  readonly control: KeptFile<KeptMemory>
  readonly verify: (lease: Lease & { readonly keyId: string; readonly signature: string }) => boolean
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly cycleMs: number
  /** Mode of a CDU before anyone has chosen one. */
  readonly firstMode: Mode
}

/** A hub that floods is cut off: 60 points × some repeats in a second are the most that makes sense. */
const wishesMax = 1_000
const strangersMax = 200
/** `reset` moves every five minutes; its place in the file may be half a minute old. */
const keepEveryMs = 30_000
const watchdogEveryMs = 1_000
/** Words about a trip wait while another is near, looked at again each 50 ms. */
const tellWaitMsMax = 2_000
const tellAgainMs = 50
/** Ten minutes of cycles: enough for a p99, small enough to sort on request. */
const durationsMax = 600

/** The life of an agent between its sources, its outbox and its uplink. */
export class AgentLoop implements SourceListener, UplinkListener {
  readonly image = new PlantImage()
  readonly #parts: AgentParts
  #sources: readonly Source[] = []
  #uplink: Uplink | undefined
  #memory: Memory | undefined
  #wishes: Wish[] = []
  #durationsMs: number[] = []
  #cycles = 0
  #timers: NodeJS.Timeout[] = []
  #alarmClock: NodeJS.Timeout | undefined
  #watchdog = 0
  #keptMs = 0
  #hostOnline = false
  readonly #lostSources = new Set<string>()
  readonly #stallWatch: StallWatch
  /** Of the interlock, in their order: a few for each trip, so that a whole site of trips is some thousands. */
  readonly #untold: AgentEvent[] = []
  #isLatchKept = true
  #storing: NodeJS.Immediate | undefined
  #telling: NodeJS.Timeout | undefined
  /** Since when telling has been held back for trips that are near. */
  #heldBackMs: DurationMs | undefined

  constructor(parts: AgentParts) {
    this.#parts = parts
    this.#stallWatch = new StallWatch(parts.clock.machineNow())
    if (parts.latch.kept) parts.interlock.restore(parts.latch.kept, this.#now())
    for (const problem of [parts.latch.problem, parts.control.problem]) if (problem) parts.log.error(problem)
  }

  /** Everything is wired: from here on time passes. */
  start(sources: readonly Source[], uplink: Uplink): void {
    this.#sources = sources
    this.#uplink = uplink
    this.#timers = [
      setInterval(() => this.cycle(), this.#parts.cycleMs),
      setInterval(() => this.#toggleWatchdogs(), watchdogEveryMs),
      setInterval(() => this.#lookForStall(), stallLookEveryMs),
    ]
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#alarmClock)
    clearTimeout(this.#telling)
    while (!this.#isLatchKept || this.#untold.length > 0) this.#storeOne()
    this.#sendHeld()
    if (this.#memory) this.#keep(this.#memory)
  }

  // --- what sources tell ---

  samples(_source: Source, samples: readonly Sample[]): void {
    const { interlock } = this.#parts
    this.image.take(samples)
    for (const sample of samples)
      if (interlock.watches(sample)) this.#act(interlock.sample(sample, this.#now()))
    this.#offer(samples)
  }

  state(source: Source, state: Source['state'], sentence: string): void {
    const { interlock, station, clock } = this.#parts
    const isLive = state === 'live'
    if (state === 'lost') this.#act(interlock.lose(source.equipment, this.#now()))
    if (isLive) this.#act({ writes: interlock.requestsFor(source.equipment), events: [] })
    if (state === 'connecting') return
    const own = [...source.equipment].filter(id => station.graph.equipment(id)?.agent === station.agent)
    for (const device of new Set(own.map(id => station.graph.assemblyOf(id))))
      this.#uplink?.deviceOnline(device, isLive)
    // A path that comes up for the first time ends no alarm.
    if (isLive && !this.#lostSources.delete(source.id)) return
    if (!isLive) this.#lostSources.add(source.id)
    const code = source.kind === 'mqtt' ? 'fieldBrokerLost' : 'sourceLost'
    const place = own[0] === undefined ? {} : { equipment: station.graph.assemblyOf(own[0]) }
    const event = { type: 'alarm', at: clock.siteNow(), agent: station.agent, code, active: !isLive } as const
    this.#tell([{ ...event, sentence: `${source.id}: ${sentence}`, ...place }])
  }

  // --- what the hub wishes ---

  lease(lease: Lease & { readonly keyId: string; readonly signature: string }): void {
    this.#wish({ kind: commandKind(lease), lease, verified: this.#parts.verify(lease) })
  }
  releaseGroup(groupId: string): void {
    this.#wish({ kind: 'unsigned', what: 'release', where: groupId })
  }
  mode(equipment: string): void {
    this.#wish({ kind: 'unsigned', what: 'mode', where: equipment })
  }
  host(online: boolean): void {
    // A silent hub is no reason to move: leases end by themselves.
    if (online !== this.#hostOnline) this.#parts.log.info({ online }, 'primary host')
    this.#hostOnline = online
  }

  // --- what a person at the agent wishes ---

  /** The reason when there is no such output, or the value is outside its bounds. */
  manual(wish: Omit<Extract<Wish, { kind: 'manual' }>, 'kind'>): string | undefined {
    const { station, audit, clock, log } = this.#parts
    const output = station.outputs.find(
      entry => entry.equipment === wish.equipment && entry.point === wish.point,
    )
    if (!output) return `${wish.equipment}.${wish.point} is not steered by this agent`
    const { lowest, highest } = output.bounds
    if (wish.value !== null && (wish.value < lowest || wish.value > highest))
      return `${wish.value} is outside ${lowest.toFixed(1)} to ${highest.toFixed(1)}`
    const entry = {
      what: 'manual override',
      who: wish.by,
      where: output.key,
      why: `${wish.value ?? 'released'}`,
    }
    const problem = audit.write(entry, { siteAt: clock.siteNow(), wallAt: clock.wallNow() })
    if (problem) log.error(problem)
    this.#wish({ kind: 'manual', ...wish })
    return undefined
  }

  /** Trouble of the agent's own house. */
  alarm(code: AgentAlarmCode, active: boolean, sentence: string): void {
    const { station, clock } = this.#parts
    this.#tell([{ type: 'alarm', at: clock.siteNow(), agent: station.agent, code, active, sentence }])
  }
  resetZone(zone: string, by: string): ResetAnswer {
    return this.#byHand('reset', zone, by, this.#parts.interlock.reset(zone, by, this.#now()))
  }
  confirmIsolation(id: string, by: string): ResetAnswer {
    return this.#byHand('confirm', id, by, this.#parts.interlock.confirm(id, by, this.#now()))
  }

  // --- for health ---

  status() {
    const modes = this.#memory?.modes ?? {}
    const sorted = [...this.#durationsMs].sort((a, b) => a - b)
    return {
      mode: agentMode(modes),
      modes,
      cycles: this.#cycles,
      cycleP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? null,
      sources: this.#sources.map(source => ({ id: source.id, state: source.state })),
      interlock: {
        latched: this.#parts.interlock.latched(),
        waitingForConfirmation: this.#parts.interlock.held(),
        inputs: this.#parts.interlock.inputs(),
      },
      leases: { holding: this.#leasesHeld() },
      stalls: this.#stallWatch.stalls,
    }
  }

  #leasesHeld(): number {
    const groups = this.#memory ? heldGroups(this.#memory.book) : []
    return groups.reduce((sum, group) => sum + Object.keys(group.members).length, 0)
  }

  /** One cycle: freeze, decide, write, tell. */
  cycle(): void {
    const { clock, station, control, interlock } = this.#parts
    if (!clock.hasStarted()) return
    this.#cycles += 1
    const startedMs = clock.machineNow()
    const moment = { machineMs: startedMs, siteAt: clock.siteNow() }
    this.#memory ??= startMemory(station, { ...moment, mode: this.#parts.firstMode }, control.kept)
    const image = this.image.freeze(moment, this.#sources)
    const wishes = this.#wishes
    this.#wishes = []
    const before = this.#memory
    const { writes, events, next } = decide(station, before, {
      image,
      wishes,
      stoppedLoops: interlock.stoppedLoops(),
    })
    // Kept before it takes effect: a lease never acts twice, even over a crash.
    const isChanged =
      next.book !== before.book || next.modes !== before.modes || next.modeCommands !== before.modeCommands
    if (isChanged || startedMs - this.#keptMs > keepEveryMs) this.#keep(next)
    this.#memory = next
    this.#send(writes)
    this.#tell(events)
    this.#report(moment.siteAt)
    this.#note(clock.machineNow() - startedMs)
  }

  #report(siteAt: number): void {
    const { station, reporter, clock, outbox } = this.#parts
    const modes = this.#memory?.modes ?? {}
    const kept: Sample[] = station.cdus.map(cdu => ({
      equipment: cdu,
      point: 'mode',
      value: modeRank(modes[cdu] ?? 'monitor'),
      quality: 'good',
      at: siteAt,
    }))
    this.image.take(kept)
    this.#offer(kept)
    if (clock.hasEnded()) {
      this.#sendHeld()
      return
    }
    const live = new Set(
      this.#sources.flatMap(source => (source.state === 'live' ? [...source.equipment] : [])),
    )
    const repeats = reporter.repeats(siteAt, equipment => live.has(equipment))
    if (repeats.length > 0) outbox.offer(repeats)
  }

  #sendHeld(): void {
    const held = this.#parts.reporter.held(this.#parts.clock.siteNow())
    if (held.length > 0) this.#parts.outbox.offer(held)
  }

  /** Observed equipment of other agents informs decisions here, and is reported by its own agent. */
  #offer(samples: readonly Sample[]): void {
    const { station, reporter, outbox, clock } = this.#parts
    const own = samples.filter(sample => station.graph.equipment(sample.equipment)?.agent === station.agent)
    const worth = reporter.take(own, clock.siteNow())
    if (worth.length > 0) outbox.offer(worth)
  }

  #now(): Moment {
    return { machineMs: this.#parts.clock.machineNow(), siteAt: this.#parts.clock.siteNow() }
  }

  /** Act first, store second: the commands are on their way before anything touches the disk. */
  #act(outcome: Outcome): void {
    this.#send(outcome.writes)
    if (outcome.writes.length > 0 || outcome.events.length > 0) {
      this.#isLatchKept = false
      this.#untold.push(...outcome.events)
      this.#storeSoon()
    }
    this.#armAlarmClock()
  }

  #storeSoon(): void {
    this.#storing ??= setImmediate(() => {
      this.#storing = undefined
      if (this.#mayTell() || !this.#isLatchKept) this.#storeOne()
      else this.#tellLater()
      if (!this.#isLatchKept || (this.#untold.length > 0 && !this.#telling)) this.#storeSoon()
    })
  }

  /** While the next trip is near, telling of the last one waits, for two seconds at most: a line of the audit may meet a file system that is busy with its journal. */
  #mayTell(): boolean {
    const nowMs = this.#parts.clock.machineNow()
    if (!this.#parts.interlock.isTripNear()) this.#heldBackMs = undefined
    else this.#heldBackMs ??= nowMs
    return this.#heldBackMs === undefined || nowMs - this.#heldBackMs > tellWaitMsMax
  }

  #tellLater(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      this.#storeSoon()
    }, tellAgainMs)
  }

  /**
   * One thing to a file in a turn, so that the next wet input waits for one write at most and not for the whole tale of this
   * one; none of them waits for a sync. What is latched comes before what is told: a crash in between costs a word, not the latch.
   */
  #storeOne(): void {
    if (!this.#isLatchKept) {
      this.#isLatchKept = true
      const problem = this.#parts.latch.keep(this.#parts.interlock.record(this.#now()))
      if (problem) this.#parts.log.error(problem)
      return
    }
    const event = this.#untold.shift()
    if (event) this.#tell([event])
  }

  /** Wakes the interlock exactly when its next debounce or confirmation is due, never at the next cycle. */
  #armAlarmClock(): void {
    clearTimeout(this.#alarmClock)
    const nowMs = this.#parts.clock.machineNow()
    const dueMs = this.#parts.interlock.nextDeadlineMs(nowMs)
    if (dueMs === undefined) return
    this.#alarmClock = setTimeout(
      () => this.#act(this.#parts.interlock.moment(this.#now())),
      Math.max(0, Math.ceil(dueMs - nowMs)),
    )
  }

  #send(writes: readonly PointWrite[]): void {
    const { log } = this.#parts
    const { graph, agent } = this.#parts.station
    if (writes.length === 0) return
    // What another agent looks after is only read here, whatever a rule may ask.
    const isOwn = ({ equipment }: PointWrite) => graph.equipment(equipment)?.agent === agent
    if (!writes.every(isOwn)) log.error({ writes: writes.filter(it => !isOwn(it)) }, 'not ours to write')
    writeAll(this.#sources, writes.filter(isOwn)).then(
      refused => this.#hearRefused(refused),
      error => log.error({ err: error }, 'writing failed'),
    )
  }

  #hearRefused(refused: readonly Refused[]): void {
    for (const { write, because } of refused) {
      const { equipment, point } = write
      this.#parts.log.warn({ equipment, point, because }, 'write not taken')
      if (point !== 'watchdog') this.#wish({ kind: 'writeRefused', equipment, point, because })
    }
  }

  #wish(wish: Wish): void {
    // Those that nobody trusted has signed leave room for the others.
    const isStranger = wish.kind === 'unsigned' || ('verified' in wish && !wish.verified)
    if (isStranger && this.#wishes.length >= strangersMax) return
    if (this.#wishes.length < wishesMax) this.#wishes.push(wish)
    else this.#parts.log.warn({ kind: wish.kind }, `more than ${wishesMax} wishes in one cycle: not heard`)
  }

  #tell(events: readonly AgentEvent[]): void {
    const { outbox, audit, clock, station, log } = this.#parts
    for (const event of events) {
      outbox.offerEvent(event)
      const entry = auditEntry(event, station.agent)
      const problem = entry && audit.write(entry, { siteAt: event.at, wallAt: clock.wallNow() })
      if (problem) log.error(problem)
    }
  }

  #byHand(what: string, where: string, who: string, answer: ResetAnswer): ResetAnswer {
    const { audit, clock, log } = this.#parts
    const why = answer.done ? 'done' : answer.because
    const problem = audit.write(
      { what, who, where, why },
      { siteAt: clock.siteNow(), wallAt: clock.wallNow() },
    )
    if (problem) log.error(problem)
    if (answer.done) this.#act(answer.outcome)
    return answer
  }

  /** The bit that tells a device that its agent lives; equipment that is not ours to write falls back by itself. */
  #toggleWatchdogs(): void {
    const { station, clock } = this.#parts
    if (!clock.hasStarted()) return
    this.#watchdog = 1 - this.#watchdog
    const image = this.image.freeze(this.#now(), this.#sources)
    const devices = station.graph.site.equipment.filter(
      item => item.agent === station.agent && pointSpec(item.kind, 'watchdog'),
    )
    this.#send(
      devices
        .filter(item => permissionOf(image, item.id).granted)
        .map(item => ({ equipment: item.id, point: 'watchdog', value: this.#watchdog })),
    )
  }

  #keep(memory: Memory): void {
    this.#keptMs = this.#parts.clock.machineNow()
    const problem = this.#parts.control.keep(keptOf(memory))
    if (problem) this.#parts.log.error(problem)
  }

  #note(durationMs: number): void {
    this.#durationsMs.push(durationMs)
    if (this.#durationsMs.length > durationsMax) this.#durationsMs.shift()
  }

  #lookForStall(): void {
    const stalledMs = this.#stallWatch.look(this.#parts.clock.machineNow())
    if (stalledMs !== undefined)
      this.#parts.log.warn(
        { stalledMs: Math.round(stalledMs) },
        'the event loop stood still: a leak would have waited',
      )
  }
}

/** Leases, trips and modes are kept for ever in order; alarms have their own life at the hub. */
function auditEntry(event: AgentEvent, agent: string) {
  switch (event.type) {
    case 'lease':
      return {
        what: `lease ${event.state}`,
        who: event.groupId,
        where: `${event.equipment}.${event.point}`,
        why: event.why,
        details: {
          requested: event.requested,
          allowed: event.allowed,
          applied: event.applied,
          check: event.check,
          leaseId: event.leaseId,
        },
      }
    case 'interlock':
      return { what: `interlock ${event.stage}`, who: agent, where: event.zone, why: event.sentence }
    case 'mode':
      return {
        what: `mode ${event.from} to ${event.to}`,
        who: agent,
        where: event.equipment,
        why: event.sentence,
      }
    case 'alarm':
      return undefined
    default:
      return event satisfies never
  }
}
