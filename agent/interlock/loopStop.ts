import type { Ground, Moment } from '#agent/interlock/ground.ts'
import { confirmWaitMs, paceWaitMs } from '#agent/interlock/pace.ts'

/**
 * Valves close below 5 % speed or after 5 s; closures at least 1 s apart (water hammer), and a quarter more because the
 * first command may travel longer than the second; seen within 15 s (one stroke).
 */
const waits = { pumpMs: 5_000, closureMs: 1_250, confirmMs: 15_000 } as const
const stoppedPercent = 5

/**
 * Stop of one CDU's loop (CS-42): pump off first, then the supply valve, then the return valve once no rack draws power
 * any more, because boiling coolant needs a way out unless the site has a relief valve.
 */
export class LoopStop {
  readonly cdu: string
  readonly #racks: readonly string[]
  readonly #startedMs: number
  #phase: 'pumpOff' | 'supplyClosed' | 'returnClosed' = 'pumpOff'
  #supplyClosedMs = Number.POSITIVE_INFINITY
  #outcome: 'waiting' | 'repeated' | 'confirmed' = 'waiting'

  constructor(ground: Ground, cdu: string, because: string, now: Moment) {
    this.cdu = cdu
    this.#racks = ground.graph.racksOf(cdu)
    this.#startedMs = now.machineMs
    ground.request(cdu, 'pumpRun', 0)
    ground.request(cdu, 'makeupEnable', 0)
    ground.say(now, cdu, 'loopStopRequested', `${cdu}: loop stop, ${because}`, [
      `${cdu}.pumpRun`,
      `${cdu}.makeupEnable`,
    ])
  }

  get isSettled(): boolean {
    return this.#phase === 'returnClosed' && this.#outcome === 'confirmed'
  }

  look(ground: Ground, now: Moment): void {
    if (this.#phase === 'pumpOff') this.#closeSupply(ground, now)
    if (this.#phase === 'supplyClosed') this.#closeReturn(ground, now)
    this.#confirm(ground, now)
  }

  /** Moments at which something is due, past ones included. */
  deadlinesMs(speed: number): readonly number[] {
    const due: number[] = []
    if (this.#phase === 'pumpOff') due.push(this.#startedMs + paceWaitMs(waits.pumpMs, speed))
    if (this.#phase === 'supplyClosed') due.push(this.#supplyClosedMs + paceWaitMs(waits.closureMs, speed))
    if (this.#outcome === 'waiting') due.push(this.#startedMs + this.#confirmMs(speed))
    return due
  }

  /** The pump's 5 s and a valve's stroke of 15 s. */
  #confirmMs(speed: number): number {
    return paceWaitMs(waits.pumpMs, speed) + confirmWaitMs(waits.confirmMs, speed)
  }

  #pumpIsOff(ground: Ground): boolean {
    const speed = ground.value(this.cdu, 'pumpSpeed')
    return speed !== undefined && speed < stoppedPercent
  }

  #closeSupply(ground: Ground, now: Moment): void {
    const waited = now.machineMs >= this.#startedMs + paceWaitMs(waits.pumpMs, ground.speed)
    if (!this.#pumpIsOff(ground) && !waited) return
    ground.request(this.cdu, 'isolationValveOpen', 0)
    this.#phase = 'supplyClosed'
    this.#supplyClosedMs = now.machineMs
  }

  #closeReturn(ground: Ground, now: Moment): void {
    if (now.machineMs < this.#supplyClosedMs + paceWaitMs(waits.closureMs, ground.speed)) return
    const allOff = this.#racks.every(rack => ground.rackIsPowered(rack) === false)
    if (!allOff && !ground.graph.site.leak.reliefValve) return
    ground.request(this.cdu, 'returnValveOpen', 0)
    this.#phase = 'returnClosed'
  }

  #confirm(ground: Ground, now: Moment): void {
    if (this.#outcome === 'confirmed') return
    const valve = ground.value(this.cdu, 'isolationValvePosition')
    const pumpSpeed = ground.value(this.cdu, 'pumpSpeed')
    if (
      valve !== undefined &&
      valve < stoppedPercent &&
      pumpSpeed !== undefined &&
      pumpSpeed < stoppedPercent
    ) {
      if (this.#outcome === 'repeated')
        ground.alarm(now, 'isolationUnconfirmed', this.cdu, false, `${this.cdu}: the loop is stopped now`)
      this.#outcome = 'confirmed'
      ground.say(now, this.cdu, 'loopStopped', `${this.cdu}: pump off and supply valve closed`)
      return
    }
    if (this.#outcome !== 'waiting' || now.machineMs < this.#startedMs + this.#confirmMs(ground.speed)) return
    this.#outcome = 'repeated'
    ground.request(this.cdu, 'pumpRun', 0)
    ground.request(this.cdu, 'isolationValveOpen', 0)
    ground.alarm(
      now,
      'isolationUnconfirmed',
      this.cdu,
      true,
      `${this.cdu}: the loop is not seen to stop, asked again; stop it by hand`,
    )
  }
}
