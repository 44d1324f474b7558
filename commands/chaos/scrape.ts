import type { Chain } from '#commands/chaos/chain.ts'
import { agentMismatch, differencesMax, hubMismatch } from '#commands/chaos/ledger.ts'

/** Reads both metrics pages each second and holds every count against the others. */
export type Scraper = {
  once(isDrained?: boolean): Promise<void>
  readonly counts: { agent: number; hub: number; unanswered: number; mismatches: number }
  /** The first mismatches, in words. */
  readonly mismatches: readonly string[]
  add(mismatch: string | undefined): void
}

/** A frozen process does not answer; the next look is a second later. */
const answerMsMax = 900

export function createScraper(chain: Chain): Scraper {
  const counts = { agent: 0, hub: 0, unanswered: 0, mismatches: 0 }
  const mismatches: string[] = []
  const add = (mismatch: string | undefined) => {
    if (mismatch === undefined) return
    counts.mismatches += 1
    if (mismatches.length < differencesMax) mismatches.push(mismatch)
  }

  async function look(who: 'agent' | 'hub', isDrained: boolean): Promise<void> {
    // Before the question: what is told while it is answered may not be in the answer.
    const told = chain.told.accepted()
    const page = await metricsAt(who === 'agent' ? chain.agentAddress : chain.hubAddress)
    if (page === undefined) {
      counts.unanswered += 1
      return
    }
    counts[who] += 1
    add(who === 'agent' ? agentMismatch(agentCounts(page), told) : hubMismatch(hubCounts(page), isDrained))
  }

  return {
    counts,
    mismatches,
    add,
    once: async (isDrained = false) => {
      await Promise.all([look('agent', isDrained), look('hub', isDrained)])
    },
  }
}

export type Page = (name: string) => number

export const agentCounts = (page: Page) => ({
  accepted: page('coldloop_agent_samples_accepted'),
  acknowledged: page('coldloop_agent_samples_acknowledged'),
  queued: page('coldloop_agent_samples_queued'),
  dropped: page('coldloop_agent_samples_dropped'),
  quarantined: page('coldloop_agent_samples_quarantined'),
})

export const hubCounts = (page: Page) => ({
  received: page('coldloop_hub_values_received'),
  stored: page('coldloop_hub_values_stored'),
  repeated: page('coldloop_hub_values_repeated'),
  quarantined: page('coldloop_hub_values_quarantined'),
})

/** A Prometheus page; undefined: nobody answered. A figure that is not there is NaN. */
export async function metricsAt(address: string): Promise<Page | undefined> {
  try {
    const answer = await fetch(`${address}/metrics`, { signal: AbortSignal.timeout(answerMsMax) })
    if (!answer.ok) return undefined
    const figures = new Map(
      (await answer.text())
        .split('\n')
        .filter(line => line !== '' && !line.startsWith('#'))
        .map(line => line.split(' ') as [string, string])
        .map(([name, figure]) => [name, Number(figure)]),
    )
    return name => figures.get(name) ?? Number.NaN
  } catch (error) {
    // Nobody listens, or not in time; anything else is a defect of ours.
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return undefined
    throw error
  }
}
