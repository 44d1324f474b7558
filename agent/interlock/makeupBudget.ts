import type { Ground, Moment } from '#agent/interlock/ground.ts'
import type { DurationMs } from '#contract/units.ts'

const minuteMs = 60_000

/**
 * Automatic make-up may bring 5 L/h (CS-42): enough for what evaporates, too little to feed a leak. The tenth on top is
 * the meter's error: a device that holds exactly 5 L/h itself must not run dry here.
 */
const refillLpm = 5.5 / 60
const fullLitres = 5

type Account = {
  litres: number
  flowLpm: number
  machineMs: DurationMs
  isCapped: boolean
}

/**
 * An account of five litres for each CDU, filled at 5 L/h and emptied by the make-up flow. When it is empty make-up is
 * stopped; it is allowed again when the account is full, an hour later. At 1 L/min it lasts 5 min 30 s.
 */
export class MakeupBudget {
  readonly #accounts = new Map<string, Account>()
  /** Site minutes pass `speed` times faster than the machine's. */
  readonly #speed: number

  constructor(speed: number) {
    this.#speed = speed
  }

  /** An unknown flow counts as it was last seen. */
  hear(cdu: string, flowLpm: number | undefined, now: Moment): void {
    if (flowLpm === undefined) return
    const account = this.#account(cdu, now)
    this.#settle(account, now)
    account.flowLpm = flowLpm
  }

  /** After a restart: this CDU's make-up was stopped for having taken too much, and stays so for the hour. */
  startEmpty(cdu: string, now: Moment): void {
    Object.assign(this.#account(cdu, now), { litres: 0, isCapped: true })
  }

  isCapped(cdu: string): boolean {
    return this.#accounts.get(cdu)?.isCapped ?? false
  }

  /** Stops make-up that took too much, and lets it go again; `mustStay` says that a leak holds it stopped. */
  look(ground: Ground, now: Moment, mustStay: (cdu: string) => boolean): void {
    for (const [cdu, account] of this.#accounts) {
      this.#settle(account, now)
      if (!account.isCapped && account.litres <= 0) {
        account.isCapped = true
        ground.request(cdu, 'makeupEnable', 0)
        const sentence = `${cdu}: automatic make-up brought more than 5 L/h and is stopped for an hour; look for water`
        ground.alarm(now, 'makeupCapped', cdu, true, sentence)
      } else if (account.isCapped && account.litres >= fullLitres) {
        account.isCapped = false
        if (!mustStay(cdu)) ground.withdraw(cdu, 'makeupEnable', 1)
        ground.alarm(now, 'makeupCapped', cdu, false, `${cdu}: automatic make-up is allowed again`)
      }
    }
  }

  deadlinesMs(): readonly DurationMs[] {
    return [...this.#accounts.values()].flatMap(({ litres, flowLpm, machineMs, isCapped }) => {
      const gainLpm = refillLpm - flowLpm
      const missing = isCapped ? fullLitres - litres : -litres
      // A millisecond later than exact, so that rounding does not ask for the same moment again.
      return gainLpm !== 0 && missing / gainLpm > 0
        ? [machineMs + ((missing / gainLpm) * minuteMs) / this.#speed + 1]
        : []
    })
  }

  #account(cdu: string, now: Moment): Account {
    const known = this.#accounts.get(cdu)
    if (known) return known
    const account = { litres: fullLitres, flowLpm: 0, machineMs: now.machineMs, isCapped: false }
    this.#accounts.set(cdu, account)
    return account
  }

  #settle(account: Account, now: Moment): void {
    const minutes = ((now.machineMs - account.machineMs) * this.#speed) / minuteMs
    const litres = account.litres + (refillLpm - account.flowLpm) * minutes
    account.litres = Math.max(0, Math.min(fullLitres, litres))
    account.machineMs = now.machineMs
  }
}
