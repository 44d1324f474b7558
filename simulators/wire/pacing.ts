import type { Logger } from 'pino'
import type { Clock } from '#contract/clock.ts'
import { sentenceOf } from '#contract/failure.ts'
import { type Millis, second } from '#contract/units.ts'
import type { Face, FieldPlant, PlantDoor } from '#simulators/wire/face.ts'

/** At the speed of a real site a fast point must be out 20 ms after the plant knows; in a fast run 50 ms is minutes of site time. */
const tickMs = (speed: number): number => (speed <= 5 ? 20 : 50)
/** Telemetry: at most each second of site time, and at most each 250 ms of wall time. */
const telemetryWallMs = 250
const telemetrySiteMs = second

export type Pacing = {
  readonly door: PlantDoor
  add(face: Face): void
  start(): void
  /** Resolves when the site clock has come to its end and every face has shown every point. */
  readonly finished: Promise<void>
  stop(): void
}

/** Moves the plant along the site clock and tells the faces when to look. The only timer of the simulator's points. */
export function pace(options: { plant: FieldPlant; clock: Clock; endAt?: Millis; log: Logger }): Pacing {
  const { plant, clock, endAt, log } = options
  const faces: Face[] = []
  const telemetryMs = Math.max(telemetryWallMs, telemetrySiteMs / clock.speed)
  let timer: NodeJS.Timeout | undefined
  let telemetryDueMs = clock.machineNow()
  let seenAt = Number.NEGATIVE_INFINITY
  let isFinished = false
  let showQueued: NodeJS.Immediate | undefined
  let finish: () => void
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })

  const advance = (now = clock.siteNow()) => {
    if (!isFinished) plant.advanceTo(Math.max(plant.siteNow(), now))
  }
  const showFast = () => {
    showQueued = undefined
    for (const face of faces) face.showFast()
  }
  const tick = () => {
    // Read once: a clock that comes to its end after the plant has stepped would leave the plant a step short for ever.
    const now = clock.siteNow()
    advance(now)
    if (!isFinished && endAt !== undefined && now >= endAt) {
      isFinished = true
      for (const face of faces) face.showAll(endAt)
      return finish()
    }
    if (clock.machineNow() >= telemetryDueMs) {
      telemetryDueMs = Math.max(telemetryDueMs + telemetryMs, clock.machineNow())
      for (const face of faces) face.showTelemetry()
    } else if (plant.siteNow() !== seenAt) showFast()
    seenAt = plant.siteNow()
  }
  const touch = <T>(change: (plant: FieldPlant) => T): T => {
    advance()
    const result = change(plant)
    // Twenty-five devices are toggled in one turn of the event loop: one look at the end of the turn serves them all.
    showQueued ??= setImmediate(showFast)
    return result
  }
  return {
    door: {
      plant,
      write: (key, value) => touch(touched => touched.write(key, value)),
      setDevice: (key, value) => touch(touched => touched.setDevice(key, value)),
      touch,
    },
    add: face => faces.push(face),
    start: () => {
      timer = setInterval(() => {
        try {
          tick()
        } catch (error) {
          // A broken plant must not look like a quiet one.
          log.fatal({ err: error }, `the plant cannot go on: ${sentenceOf(error)}`)
          process.exitCode = 1
          clearInterval(timer)
          throw error
        }
      }, tickMs(clock.speed))
    },
    finished,
    stop: () => {
      clearInterval(timer)
      clearImmediate(showQueued)
    },
  }
}
