import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentView, CommissioningView, PlanView, SiteView } from '#contract/api.ts'
import { virtualClock } from '#contract/clock.ts'
import { Failure } from '#contract/failure.ts'
import { pointsOf } from '#contract/points.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { hour } from '#contract/units.ts'
import { createAccess } from '#hub/access/access.ts'
import { agentViews } from '#hub/agents.ts'
import { createAlarms } from '#hub/alarms/alarms.ts'
import { buildApp } from '#hub/app.ts'
import type { SparkplugHost } from '#hub/ingest/host.ts'
import { createLive } from '#hub/live.ts'
import type { Planning } from '#hub/planning/planning.ts'
import { createSensorWatch } from '#hub/sanity/sensorWatch.ts'
import { createExperiment } from '#hub/savings/experiment.ts'
import type { Services } from '#hub/services.ts'
import { openState } from '#hub/state/state.ts'
import { openStore } from '#hub/store/open.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite()
const graph = siteGraph(site)
const clock = virtualClock({ startAt: Date.UTC(2025, 6, 1) })
const handedBack: string[] = []

const noPlan: PlanView = {
  id: 'none',
  hourStartAt: 0,
  madeAt: 0,
  state: 'learning',
  mode: 'advise',
  reason: 'Nothing learnt yet.',
  waitingFor: 'three hours of history',
  expectedKw: null,
  measuredKw: null,
  measuredPlusMinusKw: null,
  leasesEndAt: null,
  moves: [],
  notDone: [],
  modelVersion: 'none',
  durationMs: 0,
  expectedCurve: [],
  trust: {
    trusted: false,
    modelErrorPercent: null,
    historyHours: 0,
    historyHoursNeeded: 3,
    loadForecastErrorPercent: null,
    wetBulbForecastErrorK: null,
    insideKnownRange: false,
    sentence: 'not yet',
  },
}
const noSweep: CommissioningView = {
  state: 'waiting',
  by: '',
  startedAt: null,
  endsAt: null,
  endedAt: null,
  share: 0,
  block: 1,
  blocks: 16,
  sentence: 'waits for the plant',
  facilityKwh: 0,
  overLimitDegreeMinutes: 0,
  leastChipMarginK: null,
}
let sweep: CommissioningView | null = null

/** A planning service without a planner, and a host without a broker: these routes are about access and form. */
const planning: Planning = {
  open: () => undefined,
  current: () => noPlan,
  list: () => [noPlan],
  leaseReport: () => undefined,
  modes: () => ({ 'cdu-1': 'advise' }),
  onChange: () => undefined,
  counts: () => ({ made: 0, inAuto: 0, acted: 0, held: 0, applied: 0, leasesIssued: 0 }),
  handBack: async ({ cdu, by }) => void handedBack.push(`${cdu} by ${by}`),
  setMode: async () => undefined,
  modeReport: () => undefined,
  view: () => ({ ladder: [], canary: null, models: [], lastDuel: null, unknown: [], commissioning: sweep }),
  model: id => {
    throw new Failure('NOT_FOUND', `no model "${id}" is at hand`)
  },
  pinModel: () => undefined,
  startCommissioning: by => (sweep = { ...noSweep, by }),
  abortCommissioning: async by => (sweep = { ...noSweep, by, state: 'aborted' }),
  close: async () => undefined,
}
const host: SparkplugHost = {
  open: async () => undefined,
  sendLeases: async () => undefined,
  releaseGroup: async () => undefined,
  sendMode: async () => undefined,
  agents: () => [],
  connected: () => true,
  drained: async () => undefined,
  close: async () => undefined,
  counters: () => ({
    received: 0,
    stored: 0,
    duplicatesOnWire: 0,
    rejected: 0,
    rejectedByReason: {},
    quarantined: 0,
    rebirthsRequested: 0,
  }),
}

let folder: string
let services: Services
let app: FastifyInstance
let token: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-routes-'))
  const log = pino({ level: 'silent' })
  const state = openState(join(folder, 'hub.sqlite'))
  const store = await openStore({
    config: { kind: 'duckdb', database: 'coldloop' },
    site,
    dataDir: folder,
    log,
  })
  const live = createLive()
  const access = createAccess({ state, anonymousViewer: true })
  token = access.firstToken as string
  const alarms = createAlarms({ graph, live, state, clock, log: () => undefined })
  services = {
    graph,
    clock,
    store,
    state,
    live,
    planning,
    savings: createExperiment({ site, state, ask: store.ask, siteNow: clock.siteNow }),
    host,
    access,
    log,
    version: '0.0.0',
    metrics: new Registry(),
    consoleDir: join(folder, 'console'),
    alarms,
    sensors: createSensorWatch({ site, clock, ask: store.ask, state, alarms, log }),
    siteView: () => ({
      site,
      startedAt: Date.UTC(2025, 6, 1),
      siteNow: clock.siteNow(),
      speed: 1,
      simulated: true,
      store: 'duckdb',
      version: '0.0.0',
    }),
    agents: () => agentViews({ graph, host, live, clock, modeOf: () => 'advise' }),
  }
  app = await buildApp(services)
  clock.advance(hour)
})
afterAll(async () => {
  await app.close()
  await services.store.close()
  services.state.close()
  rmSync(folder, { recursive: true })
})

const signedIn = () => ({ authorization: `Bearer ${token}` })

describe('the hub’s API', () => {
  test('anybody on loopback may look', async () => {
    for (const url of [
      '/api/v1/site',
      '/api/v1/live',
      '/api/v1/alarms',
      '/api/v1/plans',
      '/api/v1/plans/current',
      '/api/v1/agents',
      '/api/v1/energy',
      '/api/v1/statistics',
      '/api/v1/modes',
      '/api/v1/planning',
      '/api/v1/models',
      '/api/v1/commissioning',
      '/api/v1/savings',
      '/api/v1/me',
      '/health',
      '/metrics',
      '/api/docs',
    ])
      expect((await app.inject(url)).statusCode, url).toBe(200)
  })

  test('points of an agent are those that speak: a request that only we write is no doubt about it', async () => {
    const agents = (await app.inject('/api/v1/agents')).json() as AgentView[]
    const site = (await app.inject('/api/v1/site')).json() as SiteView
    for (const agent of agents) {
      const spoken = site.site.equipment
        .filter(item => item.agent === agent.id)
        .flatMap(item => pointsOf(item.kind).filter(([, spec]) => spec.quantity !== 'command'))
      const { good, uncertain, stale, bad, none } = agent.points
      expect(good + uncertain + stale + bad + none).toBe(spoken.length)
    }
  })

  test('nobody acts without a token, and the answer says what is needed', async () => {
    services.alarms.raise('writeFailed', 'cdu-1')
    const id = services.alarms.standing()[0]?.id
    const refused = await app.inject({ method: 'POST', url: `/api/v1/alarms/${id}/acknowledge` })
    expect(refused.statusCode).toBe(401)
    expect(refused.json().sentence).toMatch(/operator/)
    const done = await app.inject({
      method: 'POST',
      url: `/api/v1/alarms/${id}/acknowledge`,
      headers: signedIn(),
    })
    expect(done.json()).toMatchObject({ state: 'ackActive', acknowledgedBy: 'first admin' })
    expect(services.state.auditTail(1)[0]).toMatchObject({ what: 'acknowledge', who: 'first admin' })
  })

  test('a browser signs in once; its cookie is out of reach of scripts', async () => {
    const wrong = await app.inject({
      method: 'POST',
      url: '/api/v1/session',
      payload: { token: 'x'.repeat(43) },
    })
    expect(wrong.statusCode).toBe(401)
    const right = await app.inject({ method: 'POST', url: '/api/v1/session', payload: { token } })
    const cookie = String(right.headers['set-cookie'])
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    const me = await app.inject({ url: '/api/v1/me', headers: { cookie: cookie.split(';')[0] as string } })
    expect(me.json()).toEqual({ name: 'first admin', role: 'admin' })
  })

  test('a token is guessed at most five times a minute', async () => {
    const codes: number[] = []
    for (let i = 0; i < 8; i++)
      codes.push(
        (
          await app.inject({
            method: 'POST',
            url: '/api/v1/session',
            payload: { token: 'y'.repeat(43) },
            remoteAddress: '127.0.0.9',
          })
        ).statusCode,
      )
    expect(codes.filter(code => code === 429).length).toBe(3)
  })

  test('an admin gives an operator a token of their own; it acknowledges, but does not change modes', async () => {
    const made = await app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      headers: signedIn(),
      payload: { name: 'night desk', role: 'operator' },
    })
    const operator = { authorization: `Bearer ${made.json().token}` }
    services.alarms.raise('meterBackwards', 'meter-it-1')
    const id = services.alarms.standing().find(alarm => alarm.code === 'meterBackwards')?.id
    const done = await app.inject({
      method: 'POST',
      url: `/api/v1/alarms/${id}/acknowledge`,
      headers: operator,
    })
    expect(done.json()).toMatchObject({ acknowledgedBy: 'night desk' })
    const mode = await app.inject({
      method: 'POST',
      url: '/api/v1/modes',
      headers: operator,
      payload: { cdu: 'cdu-1', mode: 'auto' },
    })
    expect(mode.statusCode).toBe(403)
    expect((await app.inject({ url: '/api/v1/tokens', headers: operator })).statusCode).toBe(403)
    const gone = await app.inject({
      method: 'DELETE',
      url: '/api/v1/tokens/night%20desk',
      headers: signedIn(),
    })
    expect(gone.statusCode).toBe(200)
    expect(
      (await app.inject({ method: 'POST', url: `/api/v1/alarms/${id}/acknowledge`, headers: operator }))
        .statusCode,
    ).toBe(401)
  })

  test('handing back names a CDU that exists, or all', async () => {
    const wrong = await app.inject({
      method: 'POST',
      url: '/api/v1/plans/hand-back',
      headers: signedIn(),
      payload: { cdu: 'cdu-9', mayReturnAt: 0 },
    })
    expect(wrong.statusCode).toBe(404)
    expect(wrong.json().sentence).toMatch(/cdu-9.*cdu-1, cdu-2/)
    await app.inject({
      method: 'POST',
      url: '/api/v1/plans/hand-back',
      headers: signedIn(),
      payload: { cdu: 'all', mayReturnAt: 0 },
    })
    expect(handedBack).toEqual(['all by first admin'])
  })

  test('an engineer starts and stops a sweep, and pins a model; nobody else does', async () => {
    const act = (url: string, payload: object, headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: `/api/v1/${url}`, headers, payload })
    expect((await act('commissioning', { action: 'start' }, {})).statusCode).toBe(401)
    const started = await act('commissioning', { action: 'start' }, signedIn())
    expect(started.json()).toMatchObject({ state: 'waiting', by: 'first admin' })
    const stopped = await act('commissioning', { action: 'abort' }, signedIn())
    expect(stopped.json()).toMatchObject({ state: 'aborted' })
    expect((await act('models/pin', { id: null }, {})).statusCode).toBe(401)
    expect((await act('models/pin', { id: null }, signedIn())).json()).toEqual([])
    expect((await act('models/pin', {}, signedIn())).json().sentence).toMatch(/id/)
    expect((await app.inject('/api/v1/models/no-such')).json()).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('questions that make no sense get one sentence', async () => {
    const ask = async (body: object) =>
      (await app.inject({ method: 'POST', url: '/api/v1/query', payload: body })).json()
    const right = { kind: 'cdu', points: ['flow'], fromAt: 0, toAt: 1_000, aggregate: 'mean' }
    expect(await ask(right)).toMatchObject({ series: [] })
    expect((await ask({ ...right, kind: 'submarine' })).sentence).toMatch(/kind/)
    expect((await ask({ ...right, points: ['flow"; DROP'] })).sentence).toMatch(/points/)
    expect((await ask({ ...right, fromAt: 2_000 })).code).toBe('QUERY_INVALID')
    const span = await app.inject('/api/v1/energy?from=20&to=10')
    expect(span.statusCode).toBe(400)
    expect(span.json().sentence).toMatch(/from = 20.*before.*to = 10/)
  })

  test('a switchback is proposed, registered and started by an engineer; before it nothing is claimed', async () => {
    expect((await app.inject('/api/v1/savings')).json()).toEqual({ experiment: null, outcome: null })
    expect((await app.inject('/api/v1/savings/proposal')).statusCode).toBe(401)
    const shown = (await app.inject({ url: '/api/v1/savings/proposal?pairs=14', headers: signedIn() })).json()
    expect(shown).toMatchObject({ pairs: 14, power: { detectableShare: null } })
    const start = (sha256: string) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/savings/start',
        headers: signedIn(),
        payload: { pairs: 14, seed: 1, sha256 },
      })
    const unseen = await start('0'.repeat(64))
    expect(unseen.json().sentence).toContain('look at it again before it starts')
    const started = await start(shown.registration.sha256)
    expect(started.json()).toMatchObject({ state: 'registered', startedBy: 'first admin' })
    const [registered] = services.state.auditTail(1)
    expect(registered).toMatchObject({ who: 'first admin', what: 'switchback registered' })
    expect(registered?.result).toContain(shown.registration.text)
  })

  test('a report is judged against a baseline that was asked for, and says why not', async () => {
    const hourAt = Date.UTC(2025, 5, 30)
    const report = (query: string) =>
      app.inject(`/api/v1/report?from=${hourAt}&to=${hourAt + 2 * hour}&format=json${query}`)
    expect((await report('')).json().saving).toMatchObject({ claim: null, method: null })
    const judged = (await report(`&baselineFrom=${hourAt - 4 * hour}`)).json().saving
    expect(judged).toMatchObject({ claim: null, method: 'adjustedBaseline' })
    expect(judged.why).toContain('Nothing is claimed')
    const wrong = await report(`&baselineFrom=${hourAt + hour}`)
    expect(wrong.statusCode).toBe(400)
    expect(wrong.json().sentence).toMatch(/baselineFrom = .* must be before from = /)
  })

  test('energy without a single sample is unknown, not zero', async () => {
    const energy = (await app.inject('/api/v1/energy')).json()
    expect(energy).toMatchObject({ itKwh: null, facilityKwh: null, pue: null, kind: 'interim' })
  })

  test('an address that is not there says so', async () => {
    const gone = await app.inject('/api/v1/nothing')
    expect(gone.statusCode).toBe(404)
  })

  test('the API describes itself', async () => {
    const paths = Object.keys((await app.inject('/api/docs')).json().paths)
    for (const path of [
      '/api/v1/live',
      '/api/v1/stream',
      '/api/v1/alarms/{id}/acknowledge',
      '/api/v1/plans/hand-back',
      '/api/v1/report',
      '/api/v1/savings/start',
    ])
      expect(paths).toContain(path)
  })
})
