import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AlarmView, ErrorView } from '#contract/api.ts'
import type { Question } from '#contract/query/question.ts'
import {
  demoAgents,
  demoAlarms,
  demoAnswer,
  demoEnergy,
  demoLive,
  demoPlan,
  demoPlanning,
  type Story,
} from './demoPlant.ts'
import { demoProposal, demoSavings, demoStarted } from './demoSavings.ts'
import { demoSite } from './demoSite.ts'

/** A real HTTP server with the hub's API shapes, for screens only: it stores nothing and controls nothing. */
export type DemoHub = {
  readonly address: string
  readonly token: string
  raise(alarm: AlarmView): void
  /** The stream goes silent with its socket open, as a hub would that hangs. */
  freeze(): void
  /** Sockets are cut and new ones refused. */
  cut(): void
  mend(): void
  setValue(key: string, value: number | null, quality: 'good' | 'uncertain' | 'stale' | 'bad'): void
  readonly requests: readonly string[]
  close(): Promise<void>
}

const dist = fileURLToPath(new URL('../../../dashboards/console/dist', import.meta.url))
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

export async function startDemoHub(
  options: { story?: Story; port?: number; speed?: number } = {},
): Promise<DemoHub> {
  const story = options.story ?? 'normal'
  const speed = options.speed ?? 1
  const site = demoSite()
  const startedAt = Date.UTC(2025, 6, 1, 2, 47)
  const openedAt = Date.now()
  const siteNow = () => startedAt + (Date.now() - openedAt) * speed
  const alarms = new Map(demoAlarms(story, startedAt).map(alarm => [alarm.id, alarm]))
  const streams = new Set<ServerResponse>()
  const requests: string[] = []
  const forced = new Map<string, [number | null, 'good' | 'uncertain' | 'stale' | 'bad', number]>()
  const token = 'demo-token'
  let isCut = false
  let isFrozen = false
  let plan = demoPlan(story, startedAt)
  let planning = demoPlanning(story, startedAt)
  let savings = demoSavings(story, startedAt)

  const live = () => ({
    siteNow: siteNow(),
    values: { ...demoLive(site, story, siteNow()), ...Object.fromEntries(forced) },
  })
  const send = (name: string, data: unknown, to: Iterable<ServerResponse> = streams) => {
    for (const stream of to) stream.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const timer = setInterval(() => {
    if (!isFrozen && !isCut) send('live', live())
  }, 500)

  const refuse = (response: ServerResponse, status: number, view: ErrorView) => json(response, view, status)
  const json = (response: ServerResponse, body: unknown, status = 200): unknown => {
    return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const signedIn = (request: IncomingMessage) => (request.headers.cookie ?? '').includes(`session=${token}`)

  async function write(request: IncomingMessage, response: ServerResponse, path: string): Promise<unknown> {
    const text = await bodyOf(request)
    const body = JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>
    if (path === '/api/v1/query') return json(response, demoAnswer(site, story, body as unknown as Question))
    if (path === '/api/v1/session') {
      if (body.token !== token)
        return refuse(response, 401, { code: 'NOT_SIGNED_IN', sentence: 'this token is not known' })
      response.setHeader('set-cookie', `session=${token}; HttpOnly; SameSite=Strict; Path=/`)
      return json(response, { name: 'night desk', role: 'operator' })
    }
    if (!signedIn(request))
      return refuse(response, 401, { code: 'NOT_SIGNED_IN', sentence: 'a token is needed' })
    const [, id, verb] = /^\/api\/v1\/alarms\/([^/]+)\/(acknowledge|shelve)$/.exec(path) ?? []
    const alarm = id ? alarms.get(decodeURIComponent(id)) : undefined
    if (alarm && verb) {
      const next: AlarmView =
        verb === 'acknowledge'
          ? {
              ...alarm,
              state: 'ackActive',
              acknowledgedAt: siteNow(),
              acknowledgedBy: 'night desk',
              changedAt: siteNow(),
            }
          : {
              ...alarm,
              state: 'shelved',
              shelvedUntilAt: siteNow() + Number(body.forMs),
              shelvedBy: 'night desk',
              shelvedWhy: String(body.why),
            }
      alarms.set(alarm.id, next)
      send('alarm', next)
      return json(response, next)
    }
    if (path === '/api/v1/plans/hand-back') {
      plan = { ...plan, state: 'handedBack' }
      send('plan', plan)
      return json(response, {})
    }
    if (path === '/api/v1/commissioning') {
      planning = demoPlanning(story, siteNow(), body.action === 'start')
      return json(response, planning.commissioning)
    }
    if (path === '/api/v1/savings/start') {
      const proposal = demoProposal(siteNow(), Number(body.pairs), Number(body.seed))
      if (body.sha256 !== proposal.registration.sha256)
        return refuse(response, 409, { code: 'CONFLICT', sentence: 'look at it again before it starts' })
      savings = { experiment: demoStarted(proposal, siteNow()), outcome: null }
      return json(response, savings.experiment)
    }
    if (path === '/api/v1/modes')
      return refuse(response, 409, { code: 'CONFLICT', sentence: 'cdu-3 is under local command' })
    return refuse(response, 404, { code: 'NOT_FOUND', sentence: `no such thing: ${path}` })
  }

  function read(request: IncomingMessage, response: ServerResponse, url: URL): unknown {
    const now = siteNow()
    switch (url.pathname) {
      case '/api/v1/site':
        return json(response, {
          site,
          startedAt,
          siteNow: now,
          speed,
          simulated: true,
          store: 'duckdb',
          version: '0.1.0',
        })
      case '/api/v1/live':
        return json(response, live())
      case '/api/v1/alarms':
        return json(response, [...alarms.values()])
      case '/api/v1/plans':
        return json(
          response,
          Array.from({ length: story === 'firstRun' ? 1 : 12 }, (_, index) =>
            index === 0 ? plan : demoPlan(story, startedAt, index),
          ),
        )
      case '/api/v1/plans/current':
        return json(response, plan)
      case '/api/v1/savings':
        return json(response, savings)
      case '/api/v1/savings/proposal':
        return json(
          response,
          demoProposal(now, Number(url.searchParams.get('pairs')), Number(url.searchParams.get('seed'))),
        )
      case '/api/v1/planning':
        return json(response, planning)
      case '/api/v1/agents':
        return json(response, demoAgents(site, story, now))
      case '/api/v1/energy':
        return json(
          response,
          demoEnergy(site, Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))),
        )
      case '/api/v1/me':
        return json(
          response,
          signedIn(request) ? { name: 'night desk', role: 'operator' } : { name: '', role: 'viewer' },
        )
      case '/api/v1/stream':
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        streams.add(response)
        response.on('close', () => streams.delete(response))
        if (!isFrozen) send('live', live(), [response])
        return undefined
      default:
        return refuse(response, 404, { code: 'NOT_FOUND', sentence: `no such thing: ${url.pathname}` })
    }
  }

  async function page(response: ServerResponse, path: string): Promise<void> {
    const file = extname(path) ? path : '/index.html'
    const text = await readFile(join(dist, file))
    response
      .writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': "default-src 'self'",
      })
      .end(text)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    requests.push(`${request.method} ${url.pathname}`)
    if (isCut) {
      request.socket.destroy()
      return
    }
    const work = url.pathname.startsWith('/api/')
      ? request.method === 'POST'
        ? write(request, response, url.pathname)
        : Promise.resolve(read(request, response, url))
      : page(response, url.pathname)
    work.catch((error: unknown) => refuse(response, 404, { code: 'NOT_FOUND', sentence: String(error) }))
  })
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    requests,
    raise: alarm => {
      alarms.set(alarm.id, alarm)
      send('alarm', alarm)
    },
    freeze: () => {
      isFrozen = true
    },
    cut: () => {
      isCut = true
      for (const stream of streams) stream.destroy()
    },
    mend: () => {
      isCut = false
      isFrozen = false
    },
    setValue: (key, value, quality) => {
      forced.set(key, [value, quality, siteNow()])
    },
    close: () => {
      clearInterval(timer)
      for (const stream of streams) stream.destroy()
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
