import type { FastifyInstance } from 'fastify'
import type { Services } from '#hub/services.ts'

/** For machines that watch the hub: is it well, and Prometheus figures. No secrets, no token needed on loopback. */
export function registerHealth(app: FastifyInstance, services: Services): void {
  const { host, store, metrics, clock, alarms } = services
  app.get('/health', { schema: { tags: ['agents'], summary: 'Is the hub well' } }, async () => ({
    ready: host.connected(),
    siteNow: clock.siteNow(),
    store: store.kind,
    broker: host.connected() ? 'connected' : 'lost',
    agents: host.agents().map(agent => ({
      id: agent.id,
      online: agent.online,
      acknowledgedPosition: agent.acknowledgedPosition,
    })),
    alarms: alarms.counts(),
    version: services.version,
  }))
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}
