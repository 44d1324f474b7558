import type { Ground, Moment } from '#agent/interlock/ground.ts'
import { confirmWaitMs } from '#agent/interlock/pace.ts'
import { rackPressureFloorKpa } from '#contract/control/bounds.ts'
import type { DurationMs } from '#contract/units.ts'

/** A closed valve with power on: a chip at full load without flow has seconds. */
const poweredWithoutFlowMs = 2_000
/**
 * A pump against closed racks: below 30 % of design flow the bypass opens. The slowest stroke, 15 s, has moved 13 % in
 * 2 s: a bypass below 5 % then stands still. Half open it passes enough.
 */
const deadHead = {
  flowFraction: 0.3,
  bypassSeenMs: 2_000,
  standsPercent: 5,
  openPercent: 50,
  stopMs: 10_000,
} as const

/** Racks that draw power behind a closed valve, whatever closed it. */
export class PowerWithoutFlow {
  readonly #seen = new Map<string, { readonly sinceMs: DurationMs; asked: boolean }>()
  readonly #acted = new Set<string>()

  look(ground: Ground, rack: string, now: Moment): void {
    const valve = ground.value(rack, 'controlValvePosition')
    const closed = ground.value(rack, 'liquidIsolationStatus') === 1 || (valve !== undefined && valve <= 1)
    if (!closed || ground.rackIsPowered(rack) !== true) {
      if (this.#seen.get(rack)?.asked)
        ground.alarm(now, 'poweredWithoutFlow', rack, false, `${rack}: no longer powered without flow`)
      this.#seen.delete(rack)
      return
    }
    const seen = this.#seen.get(rack) ?? { sinceMs: now.machineMs, asked: false }
    this.#seen.set(rack, seen)
    if (seen.asked || now.machineMs < seen.sinceMs + confirmWaitMs(poweredWithoutFlowMs, ground.speed)) return
    seen.asked = true
    this.#acted.add(rack)
    ground.request(rack, 'electricalIsolationRequest', 1)
    ground.say(now, rack, 'electricalRequested', `${rack}: its valve is closed and it draws power`)
    const sentence = `${rack} is powered with its valve closed: power off requested`
    ground.alarm(now, 'poweredWithoutFlow', rack, true, sentence)
  }

  /** Its power is off because it stood without flow: a person may give it back. */
  hasActed(rack: string): boolean {
    return this.#acted.has(rack)
  }

  /** After a restart. */
  restore(rack: string): void {
    this.#acted.add(rack)
  }

  forget(rack: string): void {
    this.#acted.delete(rack)
    this.#seen.delete(rack)
  }

  deadlinesMs(speed: number): readonly DurationMs[] {
    return [...this.#seen.values()].flatMap(seen =>
      seen.asked ? [] : [seen.sinceMs + confirmWaitMs(poweredWithoutFlowMs, speed)],
    )
  }
}

/**
 * Pumps that push against racks which protection has closed: bypass open; where it does not move, minimum speed; and
 * after 10 s without a way for the water the loop must stop.
 */
export class DeadHead {
  readonly #starvedSinceMs = new Map<string, DurationMs>()
  readonly #slowed = new Set<string>()

  /** true when the water found no way in time and the loop must stop. */
  look(ground: Ground, cdu: string, now: Moment): boolean {
    const flow = ground.value(cdu, 'flow')
    const speed = ground.value(cdu, 'pumpSpeed')
    const least = deadHead.flowFraction * ground.graph.site.design.cduFlowLpm
    if (flow === undefined || speed === undefined) return false
    if (speed <= 5 || flow >= least) {
      this.#starvedSinceMs.delete(cdu)
      return false
    }
    // Opening a bypass and slowing down are no stop commands: equipment in maintenance is left alone.
    const isOurs = ground.value(cdu, 'maintenance') !== 1
    const sinceMs = this.#starvedSinceMs.get(cdu)
    if (sinceMs === undefined) {
      this.#starvedSinceMs.set(cdu, now.machineMs)
      if (isOurs) ground.request(cdu, 'bypassValveOpen', 1)
      return false
    }
    const bypass = ground.value(cdu, 'bypassValvePosition') ?? 0
    if (bypass > deadHead.openPercent) return false
    const waited = (ms: DurationMs) => now.machineMs >= sinceMs + confirmWaitMs(ms, ground.speed)
    const stands = bypass <= deadHead.standsPercent && waited(deadHead.bypassSeenMs)
    if (isOurs && stands && !this.#slowed.has(cdu)) this.#slow(ground, cdu, now)
    return waited(deadHead.stopMs)
  }

  #slow(ground: Ground, cdu: string, now: Moment): void {
    this.#slowed.add(cdu)
    ground.request(cdu, 'differentialPressureSp', rackPressureFloorKpa(ground.graph.site))
    const sentence = `${cdu}: its bypass does not open, minimum speed requested`
    ground.say(now, cdu, 'minimumSpeedRequested', sentence, [`${cdu}.differentialPressureSp`])
  }

  /** CDUs held at minimum speed: no other setpoint is written there. */
  slowed(): ReadonlySet<string> {
    return this.#slowed
  }

  /** The setpoint is the cycle's again; it walks from where the device stands. */
  forget(ground: Ground, cdu: string): void {
    this.#starvedSinceMs.delete(cdu)
    if (this.#slowed.delete(cdu)) ground.forget(cdu, 'differentialPressureSp')
  }

  /** After a restart the request is still held. */
  restoreSlowed(cdu: string): void {
    this.#slowed.add(cdu)
  }

  deadlinesMs(speed: number): readonly DurationMs[] {
    return [...this.#starvedSinceMs.values()].flatMap(sinceMs =>
      [deadHead.bypassSeenMs, deadHead.stopMs].map(ms => sinceMs + confirmWaitMs(ms, speed)),
    )
  }
}
