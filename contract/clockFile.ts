import Type, { type Static } from 'typebox'
import { checked } from '#contract/check.ts'
import { type Clock, type SiteTime, siteTimeAt, systemClock } from '#contract/clock.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'

/** The file that gives every process of a run the same site time; `anchorAt` null: not started yet. */
export const ClockFile = Type.Object(
  {
    startAt: Type.Number({ description: 'site time at the start, ms since 1970 UTC' }),
    speed: Type.Number({ exclusiveMinimum: 0, maximum: 100_000, description: 'site seconds per second' }),
    anchorAt: Type.Union([Type.Number(), Type.Null()], {
      description: 'wall time of the start, ms since 1970 UTC; null: not yet',
    }),
    endAt: Type.Optional(Type.Number({ description: 'site time at which the clock stops' })),
  },
  { additionalProperties: false },
)
export type ClockFile = Static<typeof ClockFile>

export type RunClock = Clock & {
  readonly startAt: Millis
  /** Where site time stops; undefined: never. */
  readonly endAt: Millis | undefined
  /** The run has been given its anchor; always true on a real site. */
  hasStarted(): boolean
  /** Site time stands at the end of the run. */
  hasEnded(): boolean
}

/** Looking for the start every 50 ms costs nothing and loses half a minute of site time at speed 600, once. */
const lookEveryMs = 50
/** The file may be caught half written; 20 looks are one second, after which it is broken. */
const misreadsMax = 20

/**
 * The clock of this process. Without a path it is real time; with one it is the run's, which stands at its start until the
 * file has an anchor. `read` gives the file's text: this folder opens no file itself. Looks again only when asked the time.
 */
export function runClock(
  path: string | undefined,
  read: (path: string) => string,
  machine: Clock = systemClock(),
): RunClock {
  if (path === undefined)
    return {
      ...machine,
      startAt: machine.siteNow(),
      endAt: undefined,
      hasStarted: () => true,
      hasEnded: () => false,
    }
  const first = parsed(path, read)
  let time = anchored(first)
  let lookedMs = machine.machineNow()
  let misreads = 0
  const look = () => {
    if (time || machine.machineNow() - lookedMs < lookEveryMs) return
    lookedMs = machine.machineNow()
    try {
      time = anchored(parsed(path, read))
      misreads = 0
    } catch (error) {
      misreads += 1
      if (misreads > misreadsMax) throw error
    }
  }
  const siteNow = () => {
    look()
    return time ? siteTimeAt(time, machine.wallNow()) : first.startAt
  }
  return {
    siteNow,
    machineNow: machine.machineNow,
    wallNow: machine.wallNow,
    speed: first.speed,
    startAt: first.startAt,
    endAt: first.endAt,
    hasStarted: () => {
      look()
      return time !== undefined
    },
    hasEnded: () => first.endAt !== undefined && siteNow() >= first.endAt,
  }
}

function anchored({ startAt, speed, anchorAt, endAt }: ClockFile): SiteTime | undefined {
  return anchorAt === null
    ? undefined
    : { startAt, speed, anchorAt, ...(endAt === undefined ? {} : { endAt }) }
}

function parsed(path: string, read: (path: string) => string): ClockFile {
  try {
    return checked(ClockFile, JSON.parse(read(path)), path)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('CONFIG_INVALID', `${path}: the clock file cannot be read: ${sentenceOf(cause)}`, {
      cause,
    })
  }
}
