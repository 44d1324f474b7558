import { Failure } from '#contract/failure.ts'

/** What an agent's /health says of its outbox and of the paths that may still bring values. */
type AgentHealthPage = {
  readonly sources: ReadonlyArray<{ readonly id: string; readonly state: string }>
  readonly outbox: {
    readonly accepted: number
    readonly queued: number
    readonly eventsQueued: number
    readonly waiting: number
  }
}

/** A backlog is drained at ten times live; a run's whole tail is a few seconds of it. */
const drainMsMax = 60_000
const lookEveryMs = 200
/**
 * The end is the end when nothing has moved for two seconds and every path lives: a device that was out of sight when time
 * stopped shows its last values within a second of coming back.
 */
const stillLooks = 10

export async function getJson<T>(url: string, timeoutMs = 10_000): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
  if (!response.ok)
    throw new Failure(
      'CHILD_FAILED',
      `${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
    )
  return (await response.json()) as T
}

/** Waits until every agent's outbox is empty and nothing more comes; gives the count of accepted values. */
export async function drained(healthUrls: readonly string[]): Promise<number> {
  const givesUpAt = performance.now() + drainMsMax
  let lastAccepted = -1
  let still = 0
  for (;;) {
    const pages = await Promise.all(healthUrls.map(url => getJson<AgentHealthPage>(`${url}/health`)))
    const accepted = pages.reduce((sum, page) => sum + page.outbox.accepted, 0)
    const queued = pages.reduce(
      (sum, page) => sum + page.outbox.queued + page.outbox.eventsQueued + page.outbox.waiting,
      0,
    )
    const lost = pages.flatMap(page =>
      page.sources.filter(source => source.state !== 'live').map(source => source.id),
    )
    still = queued === 0 && lost.length === 0 && accepted === lastAccepted ? still + 1 : 0
    lastAccepted = accepted
    if (still >= stillLooks) return accepted
    if (performance.now() > givesUpAt)
      throw new Failure(
        'DEADLINE_PASSED',
        queued > 0
          ? `the agents' outboxes still hold ${queued} values after ${drainMsMax / 1_000} s: they are kept in the data folder`
          : `after ${drainMsMax / 1_000} s the last values are still missing: ${lost.length > 0 ? `no contact with ${lost.join(', ')}` : 'new ones keep coming'}`,
      )
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}
