import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Gauge, Registry } from 'prom-client'
import Type, { type Static, type TSchema } from 'typebox'
import type { OutboxCounters } from '#agent/outbox/outbox.ts'
import type { UplinkStatus } from '#agent/uplink/uplink.ts'
import { checked } from '#contract/check.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'

/** GET /health. */
export type Health = {
  readonly id: string
  readonly siteNow: number
  readonly mode: string
  /** Cycles since the start. */
  readonly cycles: number
  readonly cycleP99Ms: number | null
  readonly sources: ReadonlyArray<{ readonly id: string; readonly state: string }>
  readonly outbox: OutboxCounters
  readonly uplink: UplinkStatus
  readonly interlock: {
    readonly latched: readonly string[]
    readonly waitingForConfirmation: readonly string[]
    /** Leak inputs by what they say; unknown is not dry. */
    readonly inputs: { readonly dry: number; readonly wet: number; readonly unknown: number }
  }
  /** Setpoints that a lease holds now. */
  readonly leases: { readonly holding: number }
  /** Times the event loop stood still for a second or more. */
  readonly stalls: { readonly count: number; readonly longestMs: number; readonly lastMs: number }
  readonly points: {
    readonly good: number
    readonly uncertain: number
    readonly stale: number
    readonly bad: number
    readonly none: number
  }
  readonly version: string
}

const closed = { additionalProperties: false } as const
const Name = Type.String({ minLength: 1, maxLength: 100 })
const ByHand = Type.Object({ zone: Name, by: Name }, closed)
const Confirm = Type.Object({ id: Name, by: Name }, closed)
const Manual = Type.Object(
  { equipment: Name, point: Name, value: Type.Union([Type.Number(), Type.Null()]), by: Name },
  closed,
)

export type Hands = {
  /** The reason when it may not be done now. */
  reset(zone: string, by: string): string | undefined
  confirm(id: string, by: string): string | undefined
  manual(wish: Static<typeof Manual>): string | undefined
}

export type HealthDoor = { readonly port: number; close(): Promise<void> }

/** A hand's request is a name and a place: more than this is something else. */
const bodyBytesMax = 4_096

/** Opens the door on loopback only. */
export async function openHealth(port: number, health: () => Health, hands: Hands): Promise<HealthDoor> {
  const registry = metricsOf(health)
  const server = createServer((request, response) => {
    answer(request, health, hands, registry).then(
      ({ status, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
      error => refuse(response, error),
    )
  })
  server.requestTimeout = 5_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', error =>
      reject(
        new Failure(
          'PORT_IN_USE',
          `health port ${port} on 127.0.0.1 cannot be opened: ${sentenceOf(error)}`,
          { cause: error },
        ),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Answer = { readonly status: number; readonly type: string; readonly text: string }
const json = (value: unknown, status = 200): Answer => ({
  status,
  type: 'application/json',
  text: JSON.stringify(value),
})

async function answer(
  request: IncomingMessage,
  health: () => Health,
  hands: Hands,
  registry: Registry,
): Promise<Answer> {
  const route = `${request.method} ${request.url?.split('?')[0]}`
  switch (route) {
    case 'GET /health':
      return json(health())
    case 'GET /metrics':
      return { status: 200, type: registry.contentType, text: await registry.metrics() }
    case 'POST /reset': {
      const body = await bodyOf(request, ByHand)
      return done(hands.reset(body.zone, body.by))
    }
    case 'POST /confirm': {
      const body = await bodyOf(request, Confirm)
      return done(hands.confirm(body.id, body.by))
    }
    case 'POST /manual':
      return done(hands.manual(await bodyOf(request, Manual)))
    default:
      throw new Failure(
        'NOT_FOUND',
        `no ${route}; allowed: GET /health, GET /metrics, POST /reset, POST /confirm, POST /manual`,
      )
  }
}

function done(because: string | undefined): Answer {
  if (because !== undefined) throw new Failure('CONFLICT', because)
  return json({ done: true })
}

/** A web page in a browser on this machine can post here too: only JSON said to be JSON is heard, which a page cannot send unasked. */
async function bodyOf<S extends TSchema>(request: IncomingMessage, schema: S): Promise<Static<S>> {
  if (!request.headers['content-type']?.startsWith('application/json'))
    throw new Failure('MESSAGE_INVALID', 'content-type must be application/json')
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > bodyBytesMax)
      throw new Failure('MESSAGE_INVALID', `the body is longer than ${bodyBytesMax} bytes`)
  }
  try {
    return checked(schema, JSON.parse(text), 'body', 'MESSAGE_INVALID')
  } catch (error) {
    throw isFailure(error)
      ? error
      : new Failure('MESSAGE_INVALID', `the body is not JSON: ${sentenceOf(error)}`, { cause: error })
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  const code = isFailure(error) ? error.code : 'CONFLICT'
  const status = isFailure(error) ? failureCodes[error.code].http : 500
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ code, sentence: sentenceOf(error) }))
}

/** Read from /health at each scrape, so that both say the same. */
function metricsOf(health: () => Health): Registry {
  const registry = new Registry()
  const gauge = (name: string, help: string, read: (now: Health) => number) =>
    new Gauge({
      name: `coldloop_agent_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read(health()))
      },
    })
  gauge('samples_accepted', 'Values committed to the outbox.', now => now.outbox.accepted)
  gauge('samples_acknowledged', 'Values that the hub keeps.', now => now.outbox.acknowledged)
  gauge('samples_queued', 'Values that wait for the hub.', now => now.outbox.queued)
  gauge('samples_dropped', 'Values given up because the outbox was full.', now => now.outbox.dropped)
  gauge('samples_quarantined', 'Values that could not be kept.', now => now.outbox.quarantined)
  gauge('events_queued', 'Events that wait for the hub.', now => now.outbox.eventsQueued)
  gauge('outbox_on_disk', '1 while the outbox is on disk.', now => (now.outbox.durability === 'disk' ? 1 : 0))
  gauge('uplink_connected', '1 while the uplink broker is connected.', now => (now.uplink.connected ? 1 : 0))
  gauge('uplink_rebirths', 'Births asked for again by the host.', now => now.uplink.rebirths)
  gauge(
    'sources_live',
    'Sources whose path is alive.',
    now => now.sources.filter(source => source.state === 'live').length,
  )
  gauge('samples_waiting', 'Values offered to the outbox and not yet committed.', now => now.outbox.waiting)
  gauge('cycles', 'Cycles since the start.', now => now.cycles)
  gauge('cycle_p99_milliseconds', '99th percentile of the last 600 cycles.', now => now.cycleP99Ms ?? 0)
  gauge('zones_latched', 'Leak zones that are latched.', now => now.interlock.latched.length)
  gauge('leak_inputs_unknown', 'Leak inputs that cannot say.', now => now.interlock.inputs.unknown)
  gauge('stalls', 'Times the event loop stood still for a second or more.', now => now.stalls.count)
  gauge('stall_longest_milliseconds', 'Longest of them.', now => now.stalls.longestMs)
  gauge('points_good', 'Points with a good value.', now => now.points.good)
  return registry
}
