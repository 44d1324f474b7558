import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pino from 'pino'
import { keptFile } from '#agent/cycle/keptFile.ts'
import { type Health, openHealth } from '#agent/health/health.ts'
import { openOutbox } from '#agent/outbox/sqliteOutbox.ts'
import { stamp } from '#agent/stamp.ts'
import { createUplink } from '#agent/uplink/edge.ts'
import { sampleAt, seriesOf } from '#commands/chaos/samples.ts'
import { type Clock, systemClock } from '#contract/clock.ts'
import { failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'

/**
 * An agent without a plant, to be killed: the agent's own outbox, uplink and health door, fed with samples that follow
 * from their number. They are counted on from what the outbox has accepted, so that the store must in the end hold
 * 0, 1, 2 …; what is told on stdout is durable.
 */
export type EdgeConfig = {
  readonly agent: string
  readonly dataDir: string
  readonly sitePath: string
  readonly url: string
  readonly healthPort: number
  readonly valuesPerSecond: number
  /** How far the wall clock that the agent sees is off. */
  readonly wallOffsetMs: number
}

/** What the edge says on stdout. */
export type EdgeWord = {
  readonly accepted: number
  /** Of the first word of a life: what the outbox then holds, and what it has dropped or quarantined since ever. */
  readonly ready?: { readonly queued: number; readonly givenUp: number }
}
/** What it is told on stdin. */
export type EdgeOrder = { readonly wallOffsetMs?: number; readonly makesSamples?: boolean }

const makeEveryMs = 20

async function main(configPath: string): Promise<void> {
  const config = JSON.parse(readFileSync(configPath, 'utf8')) as EdgeConfig
  const site = JSON.parse(readFileSync(config.sitePath, 'utf8')) as Site
  const log = pino({ level: 'info' }, pino.destination({ dest: 2, sync: true }))
  const series = seriesOf(site, config.agent)
  const wall = { offsetMs: config.wallOffsetMs, makesSamples: true }
  const clock = steppedClock(() => wall.offsetMs)
  const outbox = await openOutbox({
    dataDir: config.dataDir,
    clock,
    log,
    deviceOf: siteGraph(site).assemblyOf,
  })
  const uplink = createUplink({
    config: {
      url: config.url,
      agent: config.agent,
      hostId: 'coldloop-hub',
      acknowledges: true,
      keepaliveS: 5,
    },
    site,
    clock,
    outbox,
    log,
    births: { current: () => undefined },
    listener: {
      lease: () => undefined,
      releaseGroup: () => undefined,
      mode: () => undefined,
      host: () => undefined,
    },
    bdSeq: keptFile<{ bdSeq: number }>(join(config.dataDir, 'bdSeq.json')),
  })
  const say = (word: EdgeWord) => process.stdout.write(`${JSON.stringify(word)}\n`)
  const { accepted, queued, dropped, quarantined } = outbox.counters()
  let next = accepted
  outbox.onCommit(() => say({ accepted: outbox.counters().accepted }))
  const door = await openHealth(
    config.healthPort,
    () => ({
      ...withoutPlant(config.agent),
      siteNow: clock.siteNow(),
      outbox: outbox.counters(),
      uplink: uplink.status(),
    }),
    { reset: noPlant, confirm: noPlant, manual: noPlant },
  )
  uplink.open()
  say({ accepted, ready: { queued, givenUp: dropped + quarantined } })
  const timer = setInterval(() => {
    if (!wall.makesSamples) return
    const count = Math.round((config.valuesPerSecond * makeEveryMs) / 1_000)
    outbox.offer(Array.from({ length: count }, () => sampleAt(series, next++)))
  }, makeEveryMs)
  const orders = createInterface({ input: process.stdin })
  orders.on('line', line => {
    const { wallOffsetMs, makesSamples } = JSON.parse(line) as EdgeOrder
    wall.offsetMs = wallOffsetMs ?? wall.offsetMs
    wall.makesSamples = makesSamples ?? wall.makesSamples
  })
  orders.once('close', async () => {
    clearInterval(timer)
    await outbox.flush()
    await uplink.close()
    await door.close()
    await outbox.close()
    say({ accepted: outbox.counters().accepted })
    process.exit(0)
  })
}

/** The machine's clock with its wall time moved; monotonic time is as it is. */
function steppedClock(offsetMs: () => number): Clock {
  const machine = systemClock()
  const wallNow = () => Math.max(0, machine.wallNow() + offsetMs())
  return { ...machine, siteNow: wallNow, wallNow }
}

const noPlant = (): string => 'this agent has no plant'

const withoutPlant = (id: string): Omit<Health, 'siteNow' | 'outbox' | 'uplink'> => ({
  id,
  mode: 'advise',
  cycles: 0,
  cycleP99Ms: null,
  sources: [],
  interlock: { latched: [], waitingForConfirmation: [], inputs: { dry: 0, wet: 0, unknown: 0 } },
  leases: { holding: 0 },
  stalls: { count: 0, longestMs: 0, lastMs: 0 },
  points: { good: 0, uncertain: 0, stale: 0, bad: 0, none: 0 },
  version: stamp.version,
})

main(process.argv[2] as string).catch(error => {
  process.stderr.write(`${isFailure(error) ? sentenceOf(error) : (error as Error).stack}\n`)
  process.exit(isFailure(error) ? failureCodes[error.code].exit : 1)
})
