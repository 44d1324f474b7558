import type { Ground, Moment } from '#agent/interlock/ground.ts'
import { confirmWaitMs } from '#agent/interlock/pace.ts'

/** Electrical not confirmed in 2 s, or power above 5 % of nameplate after 5 s; liquid not confirmed in 15 s (CS-06). */
const waits = { electricalMs: 2_000, powerMs: 5_000, liquidMs: 15_000 } as const

/**
 * Isolation of one rack: both requests leave together, electrical first, and each is confirmed on its own. With
 * `liquid: false` only the power goes (a loop stop shuts the water for all).
 */
export class RackIsolation {
  readonly rack: string
  readonly startedMs: number
  readonly liquid: boolean
  #electrical: 'waiting' | 'repeated' | 'confirmed' = 'waiting'
  #power: 'waiting' | 'repeated' | 'off' = 'waiting'
  #liquid: 'waiting' | 'unconfirmed' | 'confirmed' = 'waiting'

  constructor(ground: Ground, rack: string, options: { liquid: boolean; because: string }, now: Moment) {
    this.rack = rack
    this.startedMs = now.machineMs
    this.liquid = options.liquid
    ground.request(rack, 'electricalIsolationRequest', 1)
    if (options.liquid) ground.request(rack, 'liquidIsolationRequest', 1)
    ground.say(now, rack, 'electricalRequested', `${rack}: power off requested, ${options.because}`, [
      `${rack}.electricalIsolationRequest`,
    ])
    if (options.liquid)
      ground.say(now, rack, 'liquidRequested', `${rack}: liquid isolation requested, ${options.because}`, [
        `${rack}.liquidIsolationRequest`,
      ])
  }

  get isSettled(): boolean {
    return (
      this.#electrical === 'confirmed' &&
      this.#power === 'off' &&
      (!this.liquid || this.#liquid === 'confirmed')
    )
  }

  /** Looks at what has come back; true when the liquid side did not close in time and the next larger isolation is due. */
  look(ground: Ground, now: Moment): boolean {
    this.#lookAtElectrical(ground, now)
    this.#lookAtPower(ground, now)
    return this.liquid && this.#lookAtLiquid(ground, now)
  }

  /** Moments at which something is due, past ones included. */
  deadlinesMs(speed: number): readonly number[] {
    const due: number[] = []
    if (this.#electrical === 'waiting') due.push(this.startedMs + confirmWaitMs(waits.electricalMs, speed))
    if (this.#power === 'waiting') due.push(this.startedMs + confirmWaitMs(waits.powerMs, speed))
    if (this.liquid && this.#liquid === 'waiting')
      due.push(this.startedMs + confirmWaitMs(waits.liquidMs, speed))
    return due
  }

  #lookAtElectrical(ground: Ground, now: Moment): void {
    const { rack } = this
    if (this.#electrical !== 'confirmed' && ground.value(rack, 'electricalIsolationStatus') === 1) {
      if (this.#electrical === 'repeated')
        ground.alarm(now, 'isolationUnconfirmed', rack, false, `${rack}: power off is confirmed now`)
      this.#electrical = 'confirmed'
      ground.say(now, rack, 'electricalConfirmed', `${rack}: power off confirmed`)
    }
    if (
      this.#electrical !== 'waiting' ||
      now.machineMs < this.startedMs + confirmWaitMs(waits.electricalMs, ground.speed)
    )
      return
    this.#electrical = 'repeated'
    this.#repeatElectrical(
      ground,
      now,
      `${rack}: power off not confirmed after 2 s, asked again; open its breaker by hand`,
    )
  }

  #lookAtPower(ground: Ground, now: Moment): void {
    const powered = ground.rackIsPowered(this.rack)
    if (powered === false) this.#power = 'off'
    if (
      this.#power !== 'waiting' ||
      now.machineMs < this.startedMs + confirmWaitMs(waits.powerMs, ground.speed)
    )
      return
    this.#power = 'repeated'
    const seen = powered ? 'still draws power' : 'cannot be seen to be without power'
    this.#repeatElectrical(
      ground,
      now,
      `${this.rack} ${seen} after 5 s, asked again; open its breaker by hand`,
    )
  }

  #repeatElectrical(ground: Ground, now: Moment, sentence: string): void {
    ground.request(this.rack, 'electricalIsolationRequest', 1)
    ground.say(now, this.rack, 'electricalUnconfirmed', sentence)
    ground.alarm(now, 'isolationUnconfirmed', this.rack, true, sentence)
  }

  #lookAtLiquid(ground: Ground, now: Moment): boolean {
    const { rack } = this
    if (this.#liquid !== 'confirmed' && ground.value(rack, 'liquidIsolationStatus') === 1) {
      if (this.#liquid === 'unconfirmed')
        ground.alarm(now, 'isolationUnconfirmed', rack, false, `${rack}: liquid isolation is confirmed now`)
      this.#liquid = 'confirmed'
      ground.say(now, rack, 'liquidConfirmed', `${rack}: liquid isolation confirmed`)
    }
    if (
      this.#liquid !== 'waiting' ||
      now.machineMs < this.startedMs + confirmWaitMs(waits.liquidMs, ground.speed)
    )
      return false
    this.#liquid = 'unconfirmed'
    const sentence = `${rack}: liquid isolation not confirmed after 15 s, the loop is stopped instead`
    ground.say(now, rack, 'liquidUnconfirmed', sentence)
    ground.alarm(now, 'isolationUnconfirmed', rack, true, sentence)
    return true
  }
}
