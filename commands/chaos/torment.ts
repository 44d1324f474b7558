import { readFileSync } from 'node:fs'
import { agentId, becomes, type Chain, startChain, valuesPerSecond } from '#commands/chaos/chain.ts'
import { auditOf, type Comparison, hubMismatch } from '#commands/chaos/ledger.ts'
import { createNemesis, waited } from '#commands/chaos/nemesis.ts'
import { type Fault, type FaultKind, faultText, nemesisPlan } from '#commands/chaos/plan.ts'
import { seriesOf } from '#commands/chaos/samples.ts'
import {
  agentCounts,
  createScraper,
  hubCounts,
  metricsAt,
  type Page,
  type Scraper,
} from '#commands/chaos/scrape.ts'
import { storedRows } from '#commands/chaos/storeRows.ts'
import { isFailure, sentenceOf } from '#contract/failure.ts'
import { minute, second } from '#contract/units.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

export type ChaosResult = Comparison & {
  readonly seed: number
  readonly minutes: number
  readonly exact: boolean
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
  readonly faultsWithoutEffect: Readonly<Partial<Record<FaultKind, number>>>
  readonly disk: string
  readonly broker: string
  readonly valuesPerSecond: number
  readonly series: number
  readonly accepted: number
  readonly acknowledged: number
  readonly dropped: number
  readonly quarantined: number
  readonly scrapes: { readonly agent: number; readonly hub: number; readonly unanswered: number }
  readonly counterMismatches: number
  /** Processes that ended and were not killed. */
  readonly unexpectedEnds: Readonly<Record<string, number>>
  readonly drainedSeconds: number | null
  readonly versions: Readonly<Record<string, string>>
}

export type ChaosRun = {
  readonly folder: string
  readonly seed: number
  readonly minutes: number
  readonly without: readonly FaultKind[]
  /** A line of progress. */
  readonly tell: (line: string) => void
}

const tellEveryMs = 10 * second
/** The longest silence after which the agent sends again is 60 s. */
const drainMsMax = 3 * minute

/** The whole run: start, torment, let drain, end, compare. */
export async function torment({ folder, seed, minutes, without, tell }: ChaosRun): Promise<ChaosResult> {
  const site = resolveSite('small', openWeather('builtin:chicago', 1))
  const series = seriesOf(site, agentId)
  const plan = nemesisPlan(seed, minutes).filter(({ kind }) => !without.includes(kind))
  const chain = await startChain(folder, site)
  try {
    const scraper = createScraper(chain)
    const nemesis = createNemesis(chain)
    await live({ chain, scraper, plan, minutes, tell, nemesis })
    tell('no more faults, no more samples: what is queued drains')
    const drainedSeconds = await drain(chain, scraper)
    const agent = agentCounts((await metricsAt(chain.agentAddress)) ?? nothing)
    const isClosed = (await chain.processes.agent.end()) && (await chain.processes.hub.end())
    if (!isClosed) scraper.add('agent or hub did not end by itself')
    for (const forgotten of chain.told.forgotten) scraper.add(forgotten)
    const audit = auditOf(series, chain.told.accepted())
    for await (const row of storedRows(chain.storePath)) audit.take(row)
    // Only a spoilt file excuses what is missing.
    const isExcused = (nemesis.done.corrupt ?? 0) > 0
    const compared = audit.result(isExcused ? chain.told.excuses() : [])
    if (agent.acknowledged > compared.stored)
      scraper.add(`agent: acknowledged ${agent.acknowledged}, and the store holds ${compared.stored}`)
    const { mismatches, ...scrapes } = scraper.counts
    return {
      seed,
      minutes,
      exact:
        compared.lost + compared.phantom + compared.duplicate + compared.altered + mismatches === 0 &&
        drainedSeconds !== null,
      ...compared,
      differences: [...scraper.mismatches, ...compared.differences],
      accepted: chain.told.accepted(),
      acknowledged: agent.acknowledged,
      dropped: agent.dropped,
      quarantined: agent.quarantined,
      faults: nemesis.done,
      faultsWithoutEffect: nemesis.vain,
      disk:
        chain.disk.megabytes === undefined
          ? 'not filled: a tmpfs cannot be mounted here'
          : `tmpfs of ${chain.disk.megabytes} MB`,
      broker: chain.brokerName,
      valuesPerSecond,
      series: series.length,
      scrapes,
      counterMismatches: mismatches,
      unexpectedEnds: Object.fromEntries(
        Object.values(chain.processes).map(kept => [kept.name, kept.unexpectedEnds()]),
      ),
      drainedSeconds,
      versions: versions(),
    }
  } finally {
    await chain.close()
  }
}

type Living = {
  readonly chain: Chain
  readonly scraper: Scraper
  readonly nemesis: ReturnType<typeof createNemesis>
  readonly plan: readonly Fault[]
  readonly minutes: number
  readonly tell: (line: string) => void
}

/** Samples are made and faults befall them; each second the counters are read. */
async function live({ chain, scraper, nemesis, plan, minutes, tell }: Living): Promise<void> {
  const startedMs = performance.now()
  const elapsedMs = () => performance.now() - startedMs
  const due = [...plan]
  let tellAtMs = tellEveryMs
  let scrapeAtMs = second
  let scraping: Promise<void> = Promise.resolve()
  while (elapsedMs() < minutes * minute) {
    const nextMs = Math.min(due[0]?.atMs ?? Number.POSITIVE_INFINITY, tellAtMs, scrapeAtMs, minutes * minute)
    await waited(Math.max(0, nextMs - elapsedMs()))
    for (let fault = due[0]; fault !== undefined && fault.atMs <= elapsedMs(); fault = due[0]) {
      due.shift()
      tell(faultText(fault))
      nemesis.begin(fault)
    }
    if (elapsedMs() >= scrapeAtMs) {
      scrapeAtMs += second
      await scraping
      scraping = scraper.once()
    }
    if (elapsedMs() >= tellAtMs) {
      tellAtMs += tellEveryMs
      tell(
        `${Math.round(elapsedMs() / second)} of ${minutes * 60} s: ${chain.told.accepted()} accepted, ${scraper.counts.mismatches} counters wrong`,
      )
    }
  }
  await nemesis.rest()
  await scraping
}

/** Seconds until nothing is queued any more; null: something is still queued after the longest wait. */
async function drain(chain: Chain, scraper: Scraper): Promise<number | null> {
  const startedMs = performance.now()
  const isEmpty = async () => {
    // Told each time: an agent that has just come back makes samples again.
    chain.order({ makesSamples: false })
    const page = await metricsAt(chain.agentAddress)
    return (
      page !== undefined &&
      page('coldloop_agent_samples_queued') === 0 &&
      page('coldloop_agent_samples_waiting') === 0 &&
      page('coldloop_agent_samples_accepted') === chain.told.accepted()
    )
  }
  try {
    await becomes('the outbox is empty', isEmpty, drainMsMax)
    await becomes('the hub has nothing under way', () => hubIsStill(chain), drainMsMax)
  } catch (error) {
    if (!isFailure(error)) throw error
    scraper.add(`not drained: ${sentenceOf(error)}`)
    return null
  }
  await scraper.once(true)
  return Number(((performance.now() - startedMs) / second).toFixed(1))
}

async function hubIsStill(chain: Chain): Promise<boolean> {
  const page = await metricsAt(chain.hubAddress)
  if (page === undefined) return false
  return hubMismatch(hubCounts(page), true) === undefined
}

const nothing: Page = () => Number.NaN

function versions(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
    dependencies: Record<string, string>
  }
  return {
    coldloop: manifest.version,
    node: process.version,
    duckdb: manifest.dependencies['@duckdb/node-api'] ?? 'unknown',
    mqtt: manifest.dependencies.mqtt ?? 'unknown',
  }
}
