import type { FastifyInstance, FastifyReply } from 'fastify'
import { Failure } from '#contract/failure.ts'
import type { LiveReader } from '#hub/live.ts'
import type { Services } from '#hub/services.ts'

/** Screens that may watch at once: a control room has a dozen; beyond that a proxy should fan out. */
const watchersMax = 100
/** Bytes that may wait for a slow screen before it is cut off: it comes back with a fresh snapshot. */
const backlogBytesMax = 4_000_000
/** At most four paints a second. */
const liveEveryMs = 250
const agentsEveryMs = 2_000

/** Server-sent events: live values as they change, alarms and plans at once, agents every two seconds. */
export function registerStream(app: FastifyInstance, services: Services): void {
  const { access, live, alarms, planning, clock } = services
  const watchers = new Map<FastifyReply, LiveReader>()

  const send = (reply: FastifyReply, event: string, body: unknown) => {
    if (reply.raw.writableLength > backlogBytesMax) {
      reply.raw.destroy()
      return
    }
    reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`)
  }
  const toAll = (event: string, body: unknown) => {
    for (const reply of watchers.keys()) send(reply, event, body)
  }
  alarms.onChange(alarm => toAll('alarm', alarm))
  planning.onChange(plan => toAll('plan', plan))
  let quietSince = 0
  const livePulse = setInterval(() => {
    quietSince += liveEveryMs
    for (const [reply, reader] of watchers) {
      // Something at least each second, so that a screen can tell a quiet plant from a dead line.
      if (reader.changed.size > 0 || quietSince >= 1_000)
        send(reply, 'live', { siteNow: clock.siteNow(), values: live.changedSince(reader) })
    }
    if (quietSince >= 1_000) quietSince = 0
  }, liveEveryMs)
  const agentsPulse = setInterval(() => {
    if (watchers.size > 0) toAll('agents', services.agents())
  }, agentsEveryMs)
  app.addHook('preClose', async () => {
    clearInterval(livePulse)
    clearInterval(agentsPulse)
    for (const reply of watchers.keys()) reply.raw.end()
  })

  app.get(
    '/api/v1/stream',
    { schema: { tags: ['site'], summary: 'Server-sent events: live, alarm, plan, agents' } },
    (request, reply) => {
      access.require(request, 'viewer')
      if (watchers.size >= watchersMax)
        throw new Failure('CONFLICT', `${watchersMax} screens watch already; no more are served`)
      reply.hijack()
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      const reader = live.reader()
      watchers.set(reply, reader)
      request.raw.on('close', () => {
        watchers.delete(reply)
        live.forget(reader)
      })
      send(reply, 'live', { siteNow: clock.siteNow(), values: live.changedSince(reader) })
      for (const alarm of alarms.standing()) send(reply, 'alarm', alarm)
      send(reply, 'plan', planning.current())
      send(reply, 'agents', services.agents())
    },
  )
}
