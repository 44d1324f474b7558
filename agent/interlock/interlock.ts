import { blastWindowMs, exceedsBlastRadius, type Isolation } from '#agent/interlock/blastRadius.ts'
import { DeadHead, PowerWithoutFlow } from '#agent/interlock/flowWatch.ts'
import { Ground, type Moment, type Outcome } from '#agent/interlock/ground.ts'
import { LoopStop } from '#agent/interlock/loopStop.ts'
import { MakeupBudget } from '#agent/interlock/makeupBudget.ts'
import { confirmWaitMs } from '#agent/interlock/pace.ts'
import { RackIsolation } from '#agent/interlock/rackIsolation.ts'
import { ZoneState } from '#agent/interlock/zoneState.ts'
import { interlockKeys, zonesOf } from '#agent/interlock/zones.ts'
import { type Sample, type SeriesKey, seriesKey, splitSeriesKey } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { Millis } from '#contract/units.ts'

const limits = {
  /** A sensor that cannot say is alarmed after this long (CS-03). */
  lostMs: 2_000,
  /** A hand reset needs the input dry for this long. */
  resetDryMs: 60_000,
  /** More make-up than 5 L/h (and the meter's error) for ten seconds is a second witness of water lost. */
  makeupLpm: 5.5 / 60,
  makeupMs: 10_000,
} as const

/** What is kept over a restart. */
export type LatchRecord = {
  readonly zones: ReadonlyArray<{ readonly id: string; readonly at: Millis }>
  readonly requests: ReadonlyArray<readonly [key: SeriesKey, value: number]>
  readonly racks: ReadonlyArray<{ readonly id: string; readonly liquid: boolean }>
  readonly loops: readonly string[]
  /** What was isolated of late: a restart gives no new allowance. */
  readonly isolations?: ReadonlyArray<{
    readonly kind: 'rack' | 'loop'
    readonly id: string
    readonly at: Millis
  }>
  /** Racks whose power was taken because they stood without flow. */
  readonly withoutFlow?: readonly string[]
  /** Isolations that wait for a person. */
  readonly held?: ReadonlyArray<{
    readonly kind: 'rack' | 'loop'
    readonly id: string
    readonly because: string
  }>
}

/** How much of the site may be isolated in ten minutes without a person (CS-08). */
export type Allowance = { readonly racks: number; readonly itPercent: number }
const allowanceAsStated: Allowance = { racks: 3, itPercent: 5 }

export type ResetAnswer =
  | { readonly done: true; readonly outcome: Outcome }
  | { readonly done: false; readonly because: string }

/**
 * Leak response of one agent: always the smallest isolation that contains the water. It hears each fast sample at
 * once, is woken at `nextDeadlineMs`, and answers with writes in the order they must leave.
 */
export class Interlock {
  readonly #ground: Ground
  readonly #zones = new Map<string, ZoneState>()
  readonly #keys: ReadonlySet<SeriesKey>
  readonly #racks = new Map<string, RackIsolation>()
  readonly #loops = new Map<string, LoopStop>()
  /** Isolations that wait for a person, with the reason. */
  readonly #held = new Map<string, { readonly kind: 'rack' | 'loop'; readonly because: string }>()
  #past: Isolation[] = []
  readonly #allowance: Allowance
  readonly #makeupBudget: MakeupBudget
  readonly #powerWithoutFlow = new PowerWithoutFlow()
  readonly #deadHead = new DeadHead()
  readonly #makeup = new Map<string, number>()

  constructor(options: {
    graph: SiteGraph
    agent: string
    speed: number
    machineMs: number
    allowance?: Allowance
  }) {
    this.#ground = new Ground(options)
    this.#allowance = options.allowance ?? allowanceAsStated
    this.#makeupBudget = new MakeupBudget(options.speed)
    for (const zone of zonesOf(options.graph, options.agent))
      this.#zones.set(zone.id, new ZoneState(zone, options.machineMs))
    this.#keys = interlockKeys(options.graph, options.agent)
  }

  /** true for points that must be handed over at once. */
  watches(sample: Sample): boolean {
    return this.#keys.has(seriesKey(sample.equipment, sample.point))
  }

  sample(sample: Sample, now: Moment): Outcome {
    const { equipment, point } = sample
    this.#ground.keep(seriesKey(equipment, point), sample)
    const state = this.#zones.get(equipment)
    if (state && (point === 'leak' || point === 'leakSensorFault')) this.#hear(state, sample, now)
    if (point === 'makeupFlow') this.#hearMakeup(equipment, now)
    return this.moment(now)
  }

  #hear(state: ZoneState, sample: Sample, now: Moment): void {
    const { ground, id } = { ground: this.#ground, id: state.zone.id }
    if (sample.point === 'leakSensorFault') state.fault = sample.value !== 0
    const value = ground.value(id, 'leak')
    const wetness = state.fault || value === undefined ? 'unknown' : value === 1 ? 'wet' : 'dry'
    const wasWet = state.leak === 'wet'
    state.hear(wetness, now.machineMs)
    if (wetness === 'wet' && !wasWet && !state.isLatched)
      ground.say(now, id, 'suspected', `water at ${id}?`, [`${id}.leak`])
  }

  #hearMakeup(cdu: string, now: Moment): void {
    const flow = this.#ground.value(cdu, 'makeupFlow')
    this.#makeupBudget.hear(cdu, flow, now)
    if (flow === undefined || flow <= limits.makeupLpm) this.#makeup.delete(cdu)
    else if (!this.#makeup.has(cdu)) this.#makeup.set(cdu, now.machineMs)
  }

  /** Everything that is due by now. Called after each sample, and by a timer at `nextDeadlineMs`. */
  moment(now: Moment): Outcome {
    for (const state of this.#zones.values()) this.#lookAtZone(state, now)
    for (const isolation of this.#racks.values())
      if (!isolation.isSettled && isolation.look(this.#ground, now)) this.#stopLoopOf(isolation.rack, now)
    for (const loop of this.#loops.values()) if (!loop.isSettled) loop.look(this.#ground, now)
    for (const rack of this.#ownRacks()) this.#powerWithoutFlow.look(this.#ground, rack, now)
    for (const rack of this.#racks.values()) this.#lookForDeadHead(rack, now)
    this.#makeupBudget.look(this.#ground, now, cdu => this.#holdsMakeup(cdu))
    return this.#ground.take()
  }

  /** A leak holds its make-up stopped, whatever it has taken. */
  #holdsMakeup(cdu: string): boolean {
    return this.#loops.has(cdu) || this.#latchedZones().some(state => state.zone.cdu === cdu)
  }

  #lookAtZone(state: ZoneState, now: Moment): void {
    const { zone } = state
    const debounceMs = this.#ground.graph.site.leak.debounceMs
    if (state.wetSinceMs !== undefined && !state.isLatched && now.machineMs >= state.wetSinceMs + debounceMs)
      this.#latch(state, now)
    const lost = state.lostSinceMs !== undefined && now.machineMs >= state.lostSinceMs + limits.lostMs
    if (lost !== state.lostAlarmed) {
      state.lostAlarmed = lost
      const sentence = lost
        ? `${zone.id}: the leak sensor cannot say, unknown is not dry`
        : `${zone.id}: the leak sensor speaks again`
      this.#ground.alarm(now, 'leakSensorFault', zone.id, lost, sentence)
      if (lost) this.#ground.say(now, zone.id, 'sensorLost', sentence)
    }
    if (lost && !state.isLatched && zone.grade === 'loop' && zone.cdu && this.#makeupIsHigh(zone.cdu, now))
      this.#latch(state, now)
    if (state.isLatched && zone.grade === 'floor') this.#seekLoopOfFloor(zone.id, now)
  }

  #latch(state: ZoneState, now: Moment): void {
    const { zone } = state
    state.latchedAt = now.siteAt
    const acted = this.#ground
    this.#act(state, now)
    // Told after the writes are in the list: the commands leave first.
    acted.say(now, zone.id, 'confirmed', `water at ${zone.id}`, [`${zone.id}.leak`])
    acted.alarm(now, 'leak', zone.id, true, `Water at ${zone.id}`)
  }

  #act(state: ZoneState, now: Moment): void {
    const { zone } = state
    const ground = this.#ground
    if (zone.grade === 'tray' && zone.rack) {
      ground.request(zone.id, 'powerRequest', 0)
      ground.request(zone.rack, 'leakDetectTray', 1)
      ground.say(now, zone.id, 'trayPowerOffRequested', `${zone.id}: power off requested`, [
        `${zone.id}.powerRequest`,
      ])
      const wetTrays = this.#latchedZones().filter(
        other => other.zone.grade === 'tray' && other.zone.rack === zone.rack,
      ).length
      // A rack that waits for a person because of its rope has its second witness now.
      if (wetTrays >= ground.graph.site.leak.traysToIsolateRack || this.#held.has(zone.rack))
        this.#isolateRack(zone.rack, `water in ${wetTrays === 1 ? 'a tray' : `${wetTrays} trays`}`, now)
    }
    if (zone.grade === 'rack') this.#isolateRack(zone.id, 'its rope is wet', now)
    if (zone.grade === 'loop' && zone.cdu) this.#stopLoop(zone.cdu, `water at ${zone.id}`, now)
    // Make-up must not feed a leak, however small.
    if (zone.cdu && zone.grade !== 'loop') ground.request(zone.cdu, 'makeupEnable', 0)
  }

  /** A floor rope has no loop of its own: it needs a CDU that loses water as second evidence. */
  #seekLoopOfFloor(rope: string, now: Moment): void {
    for (const cdu of this.#makeup.keys())
      if (!this.#loops.has(cdu) && !this.#held.has(cdu) && this.#makeupIsHigh(cdu, now))
        this.#stopLoop(cdu, `water at ${rope} and make-up of ${cdu} is high`, now)
  }

  #makeupIsHigh(cdu: string, now: Moment): boolean {
    const since = this.#makeup.get(cdu)
    return since !== undefined && now.machineMs >= since + confirmWaitMs(limits.makeupMs, this.#ground.speed)
  }

  #isolateRack(rack: string, because: string, now: Moment, confirmedBy?: string): void {
    const known = this.#racks.get(rack)
    const next: Isolation = { kind: 'rack', id: rack, atMachineMs: now.machineMs }
    if (known?.liquid || (!confirmedBy && this.#held.has(rack) && this.#evidence(next, now) < 2)) return
    if (!confirmedBy && this.#mustWait(next, because, now)) return
    this.#letGo(rack, now)
    this.#remember(next)
    this.#racks.set(rack, new RackIsolation(this.#ground, rack, { liquid: true, because }, now))
  }

  #stopLoopOf(rack: string, now: Moment): void {
    const cdu = this.#ground.graph.cduOf(rack)
    if (cdu) this.#stopLoop(cdu, `${rack} could not be shut off`, now)
  }

  #stopLoop(cdu: string, because: string, now: Moment, confirmedBy?: string): void {
    const next: Isolation = { kind: 'loop', id: cdu, atMachineMs: now.machineMs }
    if (this.#loops.has(cdu) || (!confirmedBy && this.#held.has(cdu) && this.#evidence(next, now) < 2)) return
    if (!confirmedBy && this.#mustWait(next, because, now)) return
    this.#letGo(cdu, now)
    this.#remember(next)
    // Power first: racks without flow have seconds. They stay on only where a second live path carries them.
    if (!this.#ground.graph.site.leak.secondLivePath)
      for (const rack of this.#ground.graph.racksOf(cdu))
        if (!this.#racks.has(rack))
          this.#racks.set(
            rack,
            new RackIsolation(this.#ground, rack, { liquid: false, because: `${cdu} stops` }, now),
          )
    this.#loops.set(cdu, new LoopStop(this.#ground, cdu, because, now))
  }

  /** What waited for a person goes ahead, by a person or by a second witness. */
  #letGo(id: string, now: Moment): void {
    if (this.#held.delete(id))
      this.#ground.alarm(now, 'isolationUnconfirmed', id, false, `${id}: isolation goes ahead`)
  }

  #mustWait(next: Isolation, because: string, now: Moment): boolean {
    const { layout, nameplate } = this.#ground.graph.site
    const blast = {
      ...this.#allowance,
      itKw: nameplate.itPerCduKw * layout.cdus,
      kwPerRack: this.#ground.rackKw,
      windowMs: confirmWaitMs(blastWindowMs, this.#ground.speed),
    }
    if (!exceedsBlastRadius(this.#past, next, blast) || this.#evidence(next, now) >= 2) return false
    this.#held.set(next.id, { kind: next.kind, because })
    const sentence = `${next.id}: isolation (${because}) is more than may be done at once without a person; confirm it at the agent`
    this.#ground.say(now, next.id, 'heldForConfirmation', sentence)
    this.#ground.alarm(now, 'isolationUnconfirmed', next.id, true, sentence)
    return true
  }

  /** Independent inputs that saw water inside what would be isolated. */
  #evidence(next: Isolation, now: Moment): number {
    const inside = (state: ZoneState) =>
      next.kind === 'rack' ? state.zone.rack === next.id : state.zone.cdu === next.id
    const witnesses = this.#latchedZones().filter(inside).length
    return witnesses + (next.kind === 'loop' && this.#makeupIsHigh(next.id, now) ? 1 : 0)
  }

  #remember(isolation: Isolation): void {
    // Bounded: only what the window of ten minutes needs, and never more than all racks of a large site.
    this.#past = [...this.#past.filter(item => item.id !== isolation.id).slice(-2_000), isolation]
  }

  #lookForDeadHead(isolation: RackIsolation, now: Moment): void {
    const cdu = this.#ground.graph.cduOf(isolation.rack)
    if (!cdu || !isolation.liquid || this.#loops.has(cdu)) return
    if (this.#deadHead.look(this.#ground, cdu, now)) this.#stopLoop(cdu, 'its pump has nowhere to pump', now)
  }

  /** The path to this equipment is lost: its inputs are unknown. Alarm and hold, no trip. */
  lose(equipment: ReadonlySet<string>, now: Moment): Outcome {
    for (const state of this.#zones.values())
      if (equipment.has(state.zone.id) && state.heard) state.hear('unknown', now.machineMs)
    for (const key of this.#keys) {
      const place = splitSeriesKey(key)
      if (equipment.has(place.equipment))
        this.#ground.keep(key, { value: null, quality: 'stale', at: now.siteAt })
    }
    return this.moment(now)
  }

  /** Machine time at which `moment` must be called next; undefined: nothing is pending. */
  nextDeadlineMs(nowMs: number): number | undefined {
    const { speed, graph } = this.#ground
    const due: number[] = []
    for (const state of this.#zones.values()) {
      if (state.wetSinceMs !== undefined && !state.isLatched)
        due.push(state.wetSinceMs + graph.site.leak.debounceMs)
      if (state.lostSinceMs !== undefined && !state.lostAlarmed) due.push(state.lostSinceMs + limits.lostMs)
    }
    for (const isolation of this.#racks.values()) due.push(...isolation.deadlinesMs(speed))
    for (const loop of this.#loops.values()) due.push(...loop.deadlinesMs(speed))
    due.push(...this.#powerWithoutFlow.deadlinesMs(speed), ...this.#deadHead.deadlinesMs(speed))
    due.push(...this.#makeupBudget.deadlinesMs())
    for (const sinceMs of this.#makeup.values()) due.push(sinceMs + confirmWaitMs(limits.makeupMs, speed))
    const next = Math.min(...due.filter(at => at > nowMs))
    return Number.isFinite(next) ? next : undefined
  }

  /** A person at the agent lets a held isolation go ahead. */
  confirm(id: string, by: string, now: Moment): ResetAnswer {
    const held = this.#held.get(id)
    if (!held) return { done: false, because: `${id} waits for no confirmation` }
    const because = `${held.because}; confirmed by ${by}`
    if (held.kind === 'rack') this.#isolateRack(id, because, now, by)
    else this.#stopLoop(id, because, now, by)
    return { done: true, outcome: this.moment(now) }
  }

  /** By hand only, one zone at a time, once its input has been dry for a minute. */
  reset(id: string, by: string, now: Moment): ResetAnswer {
    const state = this.#zones.get(id)
    if (!state?.isLatched && this.#powerWithoutFlow.hasActed(id)) return this.#giveBackPower(id, by, now)
    if (!state?.isLatched) return { done: false, because: `${id} is not latched` }
    const dryForMs = state.leak === 'dry' ? now.machineMs - state.sinceMs : 0
    if (dryForMs < confirmWaitMs(limits.resetDryMs, this.#ground.speed))
      return {
        done: false,
        because: `${id} has been ${state.leak} for ${Math.round((now.machineMs - state.sinceMs) / 1000)} s; dry for 60 s is needed`,
      }
    state.latchedAt = undefined
    this.#held.delete(id)
    this.#release(state)
    this.#ground.say(now, id, 'reset', `${id}: reset by ${by}`)
    this.#ground.alarm(now, 'leak', id, false, `${id} is dry, reset by ${by}`)
    return { done: true, outcome: this.#ground.take() }
  }

  /** A rack that lost its power for standing without flow: its valve must be seen open first. */
  #giveBackPower(rack: string, by: string, now: Moment): ResetAnswer {
    const ground = this.#ground
    if (this.#racks.has(rack)) return { done: false, because: `${rack} is isolated for a leak behind it` }
    const valve = ground.value(rack, 'controlValvePosition')
    if (ground.value(rack, 'liquidIsolationStatus') === 1 || valve === undefined || valve <= 1)
      return { done: false, because: `${rack}: its valve is not seen open` }
    this.#powerWithoutFlow.forget(rack)
    ground.withdraw(rack, 'electricalIsolationRequest', 0)
    ground.say(now, rack, 'reset', `${rack}: power given back by ${by}`)
    return { done: true, outcome: ground.take() }
  }

  /** Takes back what no other latched zone still needs: valves before power. */
  #release(state: ZoneState): void {
    const ground = this.#ground
    const { rack, cdu } = state.zone
    const stillWet = this.#latchedZones()
    if (state.zone.grade === 'tray') ground.withdraw(state.zone.id, 'powerRequest', 1)
    if (rack && !stillWet.some(other => other.zone.rack === rack && other.zone.grade === 'tray'))
      ground.withdraw(rack, 'leakDetectTray', 0)
    const loopStays = stillWet.some(other => other.zone.cdu === cdu)
    if (cdu && !loopStays) this.#releaseLoop(cdu)
    if (rack && !stillWet.some(other => other.zone.rack === rack) && !(cdu && this.#loops.has(cdu)))
      this.#releaseRack(rack)
    // A floor rope may have stopped any loop; those without water of their own are free again.
    if (state.zone.grade === 'floor')
      for (const loop of [...this.#loops.keys()])
        if (!stillWet.some(other => other.zone.cdu === loop)) this.#releaseLoop(loop)
  }

  #releaseLoop(cdu: string): void {
    const ground = this.#ground
    this.#loops.delete(cdu)
    this.#deadHead.forget(ground, cdu)
    for (const point of ['returnValveOpen', 'isolationValveOpen', 'pumpRun']) ground.withdraw(cdu, point, 1)
    if (!this.#makeupBudget.isCapped(cdu)) ground.withdraw(cdu, 'makeupEnable', 1)
    ground.withdraw(cdu, 'bypassValveOpen', 0)
    for (const rack of ground.graph.racksOf(cdu)) this.#releaseRack(rack)
  }

  #releaseRack(rack: string): void {
    this.#racks.delete(rack)
    this.#powerWithoutFlow.forget(rack)
    this.#ground.withdraw(rack, 'liquidIsolationRequest', 0)
    this.#ground.withdraw(rack, 'electricalIsolationRequest', 0)
  }

  /** Commands that protection holds on this equipment: repeated when its path comes back. */
  requestsFor(equipment: ReadonlySet<string>): Outcome['writes'] {
    return [...this.#ground.requests].flatMap(([key, value]) => {
      const place = splitSeriesKey(key)
      return equipment.has(place.equipment) ? [{ ...place, value }] : []
    })
  }

  /** An input is wet and its half second runs: nothing slow should be begun now. */
  isTripNear(): boolean {
    for (const state of this.#zones.values())
      if (state.wetSinceMs !== undefined && !state.isLatched) return true
    return false
  }

  latched(): readonly string[] {
    return this.#latchedZones().map(state => state.zone.id)
  }

  /** Isolations that wait for a person. */
  held(): readonly string[] {
    return [...this.#held.keys()]
  }

  /** CDUs whose loop protection has stopped or slowed down: no setpoint is written there. */
  stoppedLoops(): ReadonlySet<string> {
    return new Set([...this.#loops.keys(), ...this.#deadHead.slowed()])
  }

  /** Leak inputs by what they say: unknown is not dry. */
  inputs(): { readonly dry: number; readonly wet: number; readonly unknown: number } {
    const inputs = { dry: 0, wet: 0, unknown: 0 }
    for (const state of this.#zones.values()) inputs[state.leak]++
    return inputs
  }

  /** Now in both times: what happened on the monotonic clock is kept in site time, which a restart does not begin anew. */
  record(now: Moment): LatchRecord {
    const { speed } = this.#ground
    return {
      zones: this.#latchedZones().map(state => ({ id: state.zone.id, at: state.latchedAt ?? 0 })),
      requests: [...this.#ground.requests],
      racks: [...this.#racks.values()].map(isolation => ({ id: isolation.rack, liquid: isolation.liquid })),
      loops: [...this.#loops.keys()],
      isolations: this.#past.map(({ kind, id, atMachineMs }) => ({
        kind,
        id,
        at: now.siteAt - (now.machineMs - atMachineMs) * speed,
      })),
      held: [...this.#held].map(([id, held]) => ({ id, ...held })),
      withoutFlow: [...this.#ownRacks()].filter(rack => this.#powerWithoutFlow.hasActed(rack)),
    }
  }

  /** After a restart: what was latched stays latched and its commands are given again; nothing resets by itself. */
  restore(record: LatchRecord, now: Moment): void {
    for (const { id, at } of record.zones) {
      const state = this.#zones.get(id)
      if (state) state.latchedAt = at
    }
    for (const { id, liquid } of record.racks)
      this.#racks.set(
        id,
        new RackIsolation(this.#ground, id, { liquid, because: 'latched before a restart' }, now),
      )
    for (const cdu of record.loops)
      this.#loops.set(cdu, new LoopStop(this.#ground, cdu, 'latched before a restart', now))
    for (const [key, value] of record.requests) this.#ground.requests.set(key, value)
    for (const { kind, id, at } of record.isolations ?? []) {
      // A clock that was set back must not make them older than they are, nor younger than now.
      const agoMs = Math.max(0, now.siteAt - at) / this.#ground.speed
      this.#past.push({ kind, id, atMachineMs: now.machineMs - agoMs })
    }
    for (const { id, kind, because } of record.held ?? []) this.#held.set(id, { kind, because })
    for (const rack of record.withoutFlow ?? []) this.#powerWithoutFlow.restore(rack)
    for (const key of this.#ground.requests.keys()) this.#restoreHeld(splitSeriesKey(key), now)
    // The commands go out when the paths are live (`requestsFor`), not into closed doors.
    this.#ground.take()
  }

  #restoreHeld({ equipment, point }: { equipment: string; point: string }, now: Moment): void {
    if (point === 'differentialPressureSp') this.#deadHead.restoreSlowed(equipment)
    if (point === 'makeupEnable' && !this.#holdsMakeup(equipment))
      this.#makeupBudget.startEmpty(equipment, now)
  }

  #latchedZones(): ZoneState[] {
    return [...this.#zones.values()].filter(state => state.isLatched)
  }

  *#ownRacks(): Iterable<string> {
    for (const state of this.#zones.values()) if (state.zone.grade === 'rack') yield state.zone.id
  }
}
