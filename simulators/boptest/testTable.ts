import { Failure } from '#contract/failure.ts'
import { type DurationMs, hour } from '#contract/units.ts'
import type { TestRun } from '#simulators/boptest/testRun.ts'

export type TestTableLimits = {
  /** Tests held at once. Each may keep 160 MB of samples: eight of the largest are 1.3 GB. */
  readonly testsMax: number
  /** Machine time without a request after which a test is stopped: a controller that was forgotten, not one that thinks. */
  readonly idleMs: DurationMs
}
export const usualLimits: TestTableLimits = { testsMax: 8, idleMs: 2 * hour }

export type HeldTest = {
  readonly id: string
  readonly run: TestRun
  /** What moves it now; one call at a time. */
  busyWith: string | undefined
  usedAt: DurationMs
  /** When the answer of the last advance left. */
  answeredAt: DurationMs | undefined
  isStopped: boolean
}

export type TestTable = {
  add(open: () => TestRun): HeldTest
  find(id: string): HeldTest
  stop(id: string): void
}

/** The tests that run now. Idle ones are stopped whenever somebody asks for anything: no timer is needed. */
export function testTable(options: {
  readonly limits: TestTableLimits
  readonly machineNow: () => DurationMs
  readonly newId: () => string
}): TestTable {
  const { limits, machineNow, newId } = options
  const held = new Map<string, HeldTest>()
  const sweep = () => {
    for (const test of held.values())
      if (test.busyWith === undefined && machineNow() - test.usedAt > limits.idleMs) held.delete(test.id)
  }
  const find = (id: string): HeldTest => {
    sweep()
    const test = held.get(id)
    if (!test)
      throw new UnknownTest(
        id,
        `no test "${id.slice(0, 60)}" runs here: it was never selected, was stopped, or lay idle for ${limits.idleMs / hour} h`,
      )
    test.usedAt = machineNow()
    return test
  }
  return {
    add: open => {
      sweep()
      if (held.size >= limits.testsMax)
        throw new Failure(
          'CONFLICT',
          `${held.size} tests run, allowed are ${limits.testsMax}: PUT stop/{testid} ends one`,
          { retry: true },
        )
      const test: HeldTest = {
        id: newId(),
        run: open(),
        busyWith: undefined,
        usedAt: machineNow(),
        answeredAt: undefined,
        isStopped: false,
      }
      held.set(test.id, test)
      return test
    },
    find,
    stop: id => {
      find(id).isStopped = true
      held.delete(id)
    },
  }
}

/** The one trouble that the service reports in a form of its own, because clients look for `errors`. */
export class UnknownTest extends Failure {
  readonly id: string
  constructor(id: string, sentence: string) {
    super('MESSAGE_INVALID', sentence)
    this.name = 'UnknownTest'
    this.id = id
  }
}
