import type {
  AgentView,
  AlarmView,
  CommissioningView,
  EnergyView,
  ErrorView,
  MeView,
  PlanningView,
  PlanView,
  SavingsView,
  SiteView,
  StatisticsView,
  SwitchbackProposalView,
  SwitchbackView,
} from '#contract/api.ts'
import type { Answer, Question } from '#contract/query/question.ts'

/** Every request that the console makes; errors carry the hub's own sentence to the place of the action. */
export class HubError extends Error {
  readonly code: string
  constructor(view: ErrorView) {
    super(view.sentence)
    this.name = 'HubError'
    this.code = view.code
  }
}

/** 10 s: a hub that takes longer over a page's data is said to be silent, and the page tries again. */
const answerWithinMs = 10_000

async function ask<T>(path: string, init?: { method: 'POST'; body: unknown }): Promise<T> {
  let response: Response
  try {
    response = await fetch(`/api/v1/${path}`, {
      signal: AbortSignal.timeout(answerWithinMs),
      ...(init
        ? {
            method: init.method,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(init.body),
          }
        : {}),
    })
  } catch (cause) {
    throw new HubError({
      code: 'HUB_SILENT',
      sentence: `the hub did not answer (${cause instanceof Error ? cause.message : String(cause)})`,
    })
  }
  const text = await response.text()
  const body: unknown = text === '' ? null : parse(text)
  if (response.ok) return body as T
  const refusal = body as Partial<ErrorView> | null
  throw new HubError({
    code: refusal?.code ?? `HTTP_${response.status}`,
    sentence: refusal?.sentence ?? `the hub answered ${response.status}`,
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new HubError({
      code: 'ANSWER_INVALID',
      sentence: `the hub's answer is not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
    })
  }
}

const post = <T>(path: string, body: unknown = {}) => ask<T>(path, { method: 'POST', body })

export const hub = {
  site: () => ask<SiteView>('site'),
  alarms: () => ask<readonly AlarmView[]>('alarms'),
  alarmHistory: (fromAt: number, toAt: number) =>
    ask<readonly AlarmView[]>(`alarms?state=all&from=${fromAt}&to=${toAt}`),
  plans: (limit: number) => ask<readonly PlanView[]>(`plans?limit=${limit}`),
  planning: () => ask<PlanningView>('planning'),
  commission: (action: 'start' | 'abort') => post<CommissioningView>('commissioning', { action }),
  agents: () => ask<readonly AgentView[]>('agents'),
  energy: (fromAt: number, toAt: number) => ask<EnergyView>(`energy?from=${fromAt}&to=${toAt}`),
  savings: () => ask<SavingsView>('savings'),
  proposeSwitchback: (pairs: number, seed: number) =>
    ask<SwitchbackProposalView>(`savings/proposal?pairs=${pairs}&seed=${seed}`),
  startSwitchback: (pairs: number, seed: number, sha256: string) =>
    post<SwitchbackView>('savings/start', { pairs, seed, sha256 }),
  stopSwitchback: (why: string) => post<SwitchbackView>('savings/stop', { why }),
  me: () => ask<MeView>('me'),
  statistics: () => ask<StatisticsView>('statistics'),
  query: (question: Question) => post<Answer>('query', question),
  signIn: (token: string) => post<MeView>('session', { token }),
  acknowledge: (id: string) => post<AlarmView>(`alarms/${encodeURIComponent(id)}/acknowledge`),
  shelve: (id: string, forMs: number, why: string) =>
    post<AlarmView>(`alarms/${encodeURIComponent(id)}/shelve`, { forMs, why }),
  handBack: (cdu: string, mayReturnAt: number) => post<unknown>('plans/hand-back', { cdu, mayReturnAt }),
  setMode: (cdu: string, mode: string) => post<unknown>('modes', { cdu, mode }),
}
