import type { Sample } from '#contract/reading.ts'
import { startAgent } from './pair.ts'
import { pumpSpeed, supplyTemperature } from './plant.ts'

/**
 * An agent in its own process, to be killed. Each sample's time is its number, counted on from what the outbox already
 * accepted, so that the store must in the end hold 0, 1, 2 … without a gap. Says on stdout how many are committed.
 */
const [url, dataDir] = process.argv.slice(2) as [string, string]
const { outbox } = await startAgent({ url, dataDir })
let next = outbox.counters().accepted
outbox.onCommit(() => process.stdout.write(`${outbox.counters().accepted}\n`))
setInterval(() => {
  const samples: Sample[] = []
  for (let count = 0; count < 20; count++, next++)
    samples.push(next % 2 === 0 ? supplyTemperature(next, next) : pumpSpeed(next, next))
  outbox.offer(samples)
}, 5)
