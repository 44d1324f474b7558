import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Clock } from '#contract/clock.ts'
import { second } from '#contract/units.ts'
import type { FieldPlant } from '#simulators/wire/face.ts'
import { pace } from '#simulators/wire/pacing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const stepMs = 5 * second
const endAt = 60 * second

/** Steps of five seconds, and nothing else that a plant has. */
function steppingPlant() {
  let at = 0
  const plant = {
    siteNow: () => at,
    advanceTo: (siteAt: number) => {
      while (at + stepMs <= siteAt) at += stepMs
    },
  }
  return plant as unknown as FieldPlant
}

/** Site time goes on while it is read, as it does: a millisecond of the machine is a quarter of a second of a fast site. */
function runningClock(perReadMs: number): Clock {
  let at = 0
  return {
    siteNow: () => {
      at += perReadMs
      return Math.min(at, endAt)
    },
    machineNow: () => 0,
    wallNow: () => 0,
    speed: 240,
  }
}

describe('a simulated site that comes to its end', () => {
  test.each([240, 700, 1_000, 1_900, 4_999, 7_001])(
    'stands at its very end, also where time passes between two looks at the clock (%d ms)',
    async perReadMs => {
      const plant = steppingPlant()
      const pacing = pace({ plant, clock: runningClock(perReadMs), endAt, log: pino({ level: 'silent' }) })
      pacing.start()
      await vi.advanceTimersByTimeAsync(60 * second)
      await pacing.finished
      pacing.stop()
      expect(plant.siteNow()).toBe(endAt)
    },
  )
})
