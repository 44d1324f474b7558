import type { StreamEvents } from '#contract/api.ts'
import { silenceMs } from '../rules/contact.ts'
import { contact, heard, nextTryAt } from './contact.ts'
import { hub } from './hub.ts'
import { takeValues } from './live.ts'
import { agents, plans, siteProblem, siteView, takeAlarm, takeAlarms, takePlan } from './plant.ts'

/**
 * The one stream of this page. After a cut: back-off 0.5 s to 10 s, doubled, with a third of jitter so that forty wall
 * screens do not come back in one instant. A fresh snapshot first, then the stream.
 */
const firstWaitMs = 500
const longestWaitMs = 10_000
/** An open socket without a word for this long is taken down: twice the silence that greys the page, and a little. */
const hangMs = 2 * silenceMs + 1_000

export const waitBeforeTry = (failures: number, chance: number): number =>
  Math.min(longestWaitMs, firstWaitMs * 2 ** failures) * (1 - chance / 3)

type Running = { source: EventSource; openedAt: number }

let running: Running | undefined
let failures = 0
let retryTimer: number | undefined

async function snapshot(): Promise<void> {
  siteView.value = await hub.site()
  siteProblem.value = null
  const [alarmList, planList, agentList] = await Promise.all([hub.alarms(), hub.plans(24), hub.agents()])
  takeAlarms(alarmList)
  plans.value = planList
  agents.value = agentList
}

function listen<Name extends keyof StreamEvents>(
  source: EventSource,
  name: Name,
  take: (data: StreamEvents[Name]) => void,
): void {
  source.addEventListener(name, event =>
    take(JSON.parse((event as MessageEvent<string>).data) as StreamEvents[Name]),
  )
}

function tryAgain(): void {
  running?.source.close()
  running = undefined
  if (retryTimer !== undefined) return
  const waitMs = waitBeforeTry(failures, Math.random())
  failures += 1
  nextTryAt.value = performance.now() + waitMs
  retryTimer = window.setTimeout(() => {
    retryTimer = undefined
    void connect()
  }, waitMs)
}

async function connect(): Promise<void> {
  try {
    await snapshot()
  } catch (error) {
    siteProblem.value = error instanceof Error ? error.message : String(error)
    tryAgain()
    return
  }
  const source = new EventSource('/api/v1/stream')
  running = { source, openedAt: performance.now() }
  source.addEventListener('error', tryAgain)
  listen(source, 'live', view => {
    failures = 0
    nextTryAt.value = null
    heard({ siteNow: view.siteNow, speed: siteView.peek()?.speed ?? 1 })
    takeValues(view)
  })
  listen(source, 'alarm', takeAlarm)
  listen(source, 'plan', takePlan)
  listen(source, 'agents', list => {
    agents.value = list
  })
}

export function startStream(): void {
  void connect()
  window.setInterval(() => {
    if (!running) return
    const spokeAt = Math.max(running.openedAt, contact.peek()?.heardAt ?? 0)
    if (performance.now() - spokeAt > hangMs) tryAgain()
  }, 1_000)
}
