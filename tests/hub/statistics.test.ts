import { expect, test } from 'vitest'
import { virtualClock } from '#contract/clock.ts'
import type { Services } from '#hub/services.ts'
import { createStatistics } from '#hub/statistics.ts'

/** A hub whose store takes `countMs` to count and holds one value more each time that it is asked. */
function hub(countMs: number) {
  const clock = virtualClock()
  let counted = 0
  const services = {
    clock,
    store: {
      counts: async () => {
        counted += 1
        clock.advance(countMs)
        return { values: counted, duplicates: 0 }
      },
    },
    host: { counters: () => ({ received: 7, duplicatesOnWire: 0, rejected: 0, quarantined: 0 }) },
    planning: { counts: () => ({ made: 0, acted: 0, held: 0, inAuto: 0, applied: 0, leasesIssued: 0 }) },
    state: { counted: () => 0 },
    alarms: { counts: () => ({ raised: 0, active: 0 }) },
  } as unknown as Services
  return { clock, statistics: createStatistics(services) }
}
const polled = { fresh: false }

test('screens that poll share one count a second', async () => {
  const { clock, statistics } = hub(1)
  for (let asked = 0; asked < 10; asked++) {
    expect((await statistics(polled)).samples).toMatchObject({ stored: 1, received: 7 })
    clock.advance(90)
  }
  clock.advance(200)
  expect((await statistics(polled)).samples.stored).toBe(2)
})

test('a count that takes two seconds is not made again for forty', async () => {
  const { clock, statistics } = hub(2_000)
  await statistics(polled)
  clock.advance(39_000)
  expect((await statistics(polled)).samples.stored).toBe(1)
  clock.advance(2_000)
  expect((await statistics(polled)).samples.stored).toBe(2)
})

test('who needs the count of this moment gets it', async () => {
  const { statistics } = hub(1)
  await statistics(polled)
  expect((await statistics({ fresh: true })).samples.stored).toBe(2)
})
