import { execFile } from 'node:child_process'
import type { Logger } from 'pino'
import { sentenceOf } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'

/** What systemd hears of us when it asked to (`Type=notify`, `WatchdogSec=`); without it nothing is said. */
export type ServiceManager = {
  ready(status: string): void
  stopping(): void
}

export type ServiceManagerOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Cycles done so far; undefined: there are none to count yet. A watchdog is fed by work, not by being there. */
  readonly cycles: () => number | undefined
  readonly log: Pick<Logger, 'warn' | 'error'>
}

/** A call takes some milliseconds; a manager that does not take it within these is busier than we are. */
const sayMsMax = 5_000

/**
 * Node opens no datagram socket of the unix kind, so each word is a call of `systemd-notify`, which every systemd brings
 * along; the unit allows it by `NotifyAccess=all`. It is started from the event loop: a loop that stands says nothing.
 */
export function serviceManager(options: ServiceManagerOptions): ServiceManager {
  const { environment, cycles, log } = options
  if (!environment.NOTIFY_SOCKET) return { ready: () => undefined, stopping: () => undefined }
  let isSaying = false
  let isComplainedOf = false
  let beats: NodeJS.Timeout | undefined
  let cyclesAtBeat: number | undefined

  function say(...words: readonly string[]): void {
    isSaying = true
    execFile(
      'systemd-notify',
      words,
      { env: environment, timeout: sayMsMax, killSignal: 'SIGKILL' },
      error => {
        isSaying = false
        if (error && !isComplainedOf)
          log.warn(`systemd was not told ${words[0]}: ${sentenceOf(error).trim()}`)
        isComplainedOf = error !== null
      },
    )
  }

  function beat(): void {
    const now = cycles()
    const hasWorked = now === undefined || now !== cyclesAtBeat
    cyclesAtBeat = now
    if (!hasWorked) log.error('no cycle was done since the last sign of life: systemd is told nothing')
    // A word that is still on its way is sign enough, and a second one would only queue behind it.
    else if (!isSaying) say('WATCHDOG=1')
  }

  return {
    ready: status => {
      say('--ready', `--status=${status}`)
      const everyMs = watchdogMs(options)
      if (everyMs !== undefined) beats = setInterval(beat, everyMs / 2)
    },
    stopping: () => {
      clearInterval(beats)
      say('STOPPING=1')
    },
  }
}

/** How long systemd waits for a sign of life; undefined: it does not, or it waits for another process. */
function watchdogMs({ environment, pid }: ServiceManagerOptions): DurationMs | undefined {
  const { WATCHDOG_USEC: forUs, WATCHDOG_PID: of } = environment
  if (of !== undefined && Number(of) !== pid) return undefined
  const ms = Number(forUs) / 1_000
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}
